/* SPDX-License-Identifier: BSD-3-Clause */

#include "collection.h"

#include <stdlib.h>
#include <string.h>

#include "form.h"

#define FIELD_NAMES_MAX 2 /* in the RDATA of any form */

int collection_init(struct collection *c, size_t room)
{
	struct item *items = calloc(room ? room : 1, sizeof(*items));

	if (!items)
		return ERR_MEMORY;
	*c = (struct collection){.items = items, .room = room};
	/* Each record's owner and names in full, and twice what a message can hold. */
	buf_init_heap(&c->octets, 2 * (MESSAGE_MAX + room * (1 + FIELD_NAMES_MAX) * NAME_LEN_MAX));
	return 0;
}

void collection_release(struct collection *c)
{
	free(c->items);
	buf_release(&c->octets);
	*c = (struct collection){0};
}

static void put_name(struct collection *c, const struct name *n)
{
	buf_put_span(&c->octets, name_span(n));
}

static void put_lower(struct collection *c, const struct name *n)
{
	struct name lower = *n;

	name_to_lower(&lower);
	put_name(c, &lower);
}

/* Returns whether there is a name in it. */
static bool put_rdata(struct collection *c, const struct message *m, const struct record *r,
	void (*put)(struct collection *c, const struct name *n))
{
	const uint8_t *field = form_of(r->type);
	size_t end = r->rdata_at + r->rdata.len;
	size_t pos = r->rdata_at;
	bool has_name = false;

	for (; field && *field != FIELD_END; field++) {
		size_t at = pos;
		struct name n;

		if (field_skip(*field, m->octets, end, &pos) != 0)
			break;
		if ((*field == FIELD_NAME || *field == FIELD_NAME_SHORT) &&
			name_read(m->octets, &at, &n) == 0) {
			put(c, &n);
			has_name = true;
		} else {
			buf_put(&c->octets, m->octets.data + at, pos - at);
		}
	}
	buf_put(&c->octets, m->octets.data + pos, end - pos);
	return has_name;
}

/* Owners in lower case, so that equal ones are equal octets; names in RDATA keep theirs. */
static struct item *item_start(struct collection *c, const struct name *owner)
{
	struct item *item;

	if (c->count == c->room)
		return NULL;
	item = &c->items[c->count];
	item->owner_at = c->octets.len;
	put_lower(c, owner);
	item->rdata_at = c->octets.len;
	return item;
}

/* What stands behind the RDATA is the same in lower case; when nothing does, it is itself. */
static int item_end(struct collection *c, struct item *item)
{
	size_t behind = item->rdata_at + item->rdata_len;

	if (c->octets.overflow)
		return ERR_MEMORY;
	item->lower_at = c->octets.len > behind ? behind : item->rdata_at;
	c->count++;
	return 0;
}

int collection_add(struct collection *c, const struct message *m, const struct record *r,
	enum section section, bool is_dnssec)
{
	struct item *item = item_start(c, &r->owner);
	bool has_name;

	if (!item)
		return ERR_LIMIT;
	item->ttl = r->ttl;
	item->type = r->type;
	item->section = section;
	item->is_dnssec = is_dnssec;
	has_name = put_rdata(c, m, r, put_name);
	item->rdata_len = c->octets.len - item->rdata_at;
	if (has_name)
		put_rdata(c, m, r, put_lower);
	return item_end(c, item);
}

int collection_add_alias(
	struct collection *c, const struct name *owner, const struct name *target, uint32_t ttl)
{
	struct item *item = item_start(c, owner);

	if (!item)
		return ERR_LIMIT;
	item->ttl = ttl;
	item->type = RR_CNAME;
	item->section = SECTION_ANSWER;
	put_name(c, target);
	item->rdata_len = c->octets.len - item->rdata_at;
	put_lower(c, target);
	return item_end(c, item);
}

static int compare_records(const struct collection *c, const struct item *a, const struct item *b)
{
	struct span octets = buf_span(&c->octets);
	int order = (int)a->section - (int)b->section;

	if (!order)
		order = (int)a->type - (int)b->type;
	if (!order)
		order = span_compare(span_part(octets, a->lower_at, a->rdata_len),
			span_part(octets, b->lower_at, b->rdata_len));
	if (!order)
		order = span_compare(span_part(octets, a->owner_at, a->rdata_at - a->owner_at),
			span_part(octets, b->owner_at, b->rdata_at - b->owner_at));
	return order;
}

static int compare_places(const void *a, const void *b, void *context)
{
	struct item *const *left = a;
	struct item *const *right = b;
	int order = compare_records(context, *left, *right);

	return order ? order : (*left > *right) - (*left < *right);
}

int collection_mark_repeated(struct collection *c)
{
	struct item **sorted = calloc(c->count ? c->count : 1, sizeof(struct item *));

	if (!sorted)
		return ERR_MEMORY;
	for (size_t i = 0; i < c->count; i++)
		sorted[i] = &c->items[i];
	qsort_r(sorted, c->count, sizeof(struct item *), compare_places, c);
	for (size_t i = 1; i < c->count; i++)
		sorted[i]->is_repeated = compare_records(c, sorted[i - 1], sorted[i]) == 0;
	free(sorted);
	return 0;
}
