/* SPDX-License-Identifier: BSD-3-Clause */

#include "match/builtin.h"

#include <stdlib.h>
#include <string.h>

#include "dns_bypass.h"
#include "wire/name.h"

#define FILE_NAME "dns-bypass.txt"

struct entry {
	const struct dns_bypass_row *row;
	uint8_t key[NAME_LEN_MAX]; /* of a name */
	uint8_t key_len;
	struct inet_addr addr; /* where there is no key */
};

/* Names first, in the order of their keys, then addresses in theirs. No name is below another. */
struct builtin {
	size_t name_count;
	struct entry entries[]; /* dns_bypass_count of them */
};

static struct span key_of(const struct entry *e)
{
	return span_of(e->key, e->key_len);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->key_len == 0 || y->key_len == 0)
		return x->key_len || y->key_len ? (x->key_len == 0) - (y->key_len == 0)
						: inet_addr_compare(&x->addr, &y->addr);
	return span_compare(key_of(x), key_of(y));
}

static int entry_read(const struct dns_bypass_row *row, struct entry *out)
{
	struct name name;

	out->row = row;
	if (inet_addr_parse(span_text(row->entry), &out->addr) == 0)
		return 0;
	if (name_parse(span_text(row->entry), &name) != 0 || name.labels == 0)
		return ERR_FORMAT;
	out->key_len = (uint8_t)name_to_key(&name, out->key);
	return 0;
}

int builtin_new(struct builtin **out)
{
	struct builtin *b = calloc(1, sizeof(*b) + dns_bypass_count * sizeof(b->entries[0]));
	int err = b ? 0 : ERR_MEMORY;

	for (size_t i = 0; !err && i < dns_bypass_count; i++) {
		err = entry_read(&dns_bypass_rows[i], &b->entries[i]);
		b->name_count += !err && b->entries[i].key_len > 0;
	}
	if (err) {
		free(b);
		return err;
	}
	qsort(b->entries, dns_bypass_count, sizeof(b->entries[0]), compare_entries);
	*out = b;
	return 0;
}

void builtin_free(struct builtin *b)
{
	free(b);
}

static struct store_row row_of(const struct entry *e)
{
	return (struct store_row){
		.fact = FACT_LISTED,
		.confidence = CONFIDENCE_HIGH,
		.match = NAME_MATCH_SUFFIX,
		.list = SPAN_LITERAL(BUILTIN_BYPASS),
		.file = SPAN_LITERAL(FILE_NAME),
		.line = e->row->line,
		.category = span_text(e->row->category),
		.source = span_text(e->row->source),
		.key = key_of(e),
		.first = e->addr,
		.last = e->addr,
	};
}

/* Whatever stands between a name and one above it is below that too, so of names of which none is
 * below another only the last that does not come after it can be above it. */
bool builtin_find_name(const struct builtin *b, struct span key, struct store_row *out)
{
	size_t low = 0, high = b->name_count;
	const struct entry *e;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(key_of(&b->entries[middle]), key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	e = &b->entries[low - 1];
	if (!span_equal(span_part(key, 0, e->key_len), key_of(e)))
		return false;
	*out = row_of(e);
	return true;
}

bool builtin_find_address(
	const struct builtin *b, const struct inet_addr *addr, struct store_row *out)
{
	const struct entry wanted = {.addr = *addr};
	const struct entry *e = bsearch(&wanted, b->entries + b->name_count,
		dns_bypass_count - b->name_count, sizeof(wanted), compare_entries);

	if (!e)
		return false;
	*out = row_of(e);
	return true;
}

bool builtin_rebinding(const struct inet_addr *addr, struct store_row *out)
{
	const char *near = inet_addr_near(addr);

	if (!near)
		return false;
	*out = (struct store_row){
		.fact = FACT_LISTED,
		.confidence = CONFIDENCE_HIGH,
		.list = SPAN_LITERAL(BUILTIN_REBINDING),
		.category = span_text(near),
		.first = *addr,
		.last = *addr,
	};
	return true;
}

void builtin_count(uint32_t *names, uint32_t *ranges)
{
	struct inet_addr addr;

	*names = *ranges = 0;
	for (size_t i = 0; i < dns_bypass_count; i++)
		++*(inet_addr_parse(span_text(dns_bypass_rows[i].entry), &addr) == 0 ? ranges
										     : names);
}
