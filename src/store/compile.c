/* SPDX-License-Identifier: BSD-3-Clause */

#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "tables.h"

#define VALUE_MAX (FORMAT_ADDRESS_LEN + STORE_ROWS_MAX * ROW_LEN)
#define DEPTH_MAX 128 /* more than a name has labels */
#define TABLE_MAX ((size_t)1 << 31)

struct compile {
	struct builder *b;
	int (*put)(void *context, struct span key, struct span value);
	void *context;
	struct digest_state *digest;
	struct encode_vendors vendors;
	struct flatten_range *ranges; /* joined with the operators */
	size_t range_count, range_capacity;
	uint32_t names, segments, asns; /* keys */
};

static int record_put(struct compile *c, enum format_tag tag, struct span key, struct span value)
{
	uint8_t storage[FORMAT_KEY_MAX];
	struct buf full;

	buf_init_fixed(&full, storage, sizeof(storage));
	buf_put_u8(&full, (uint8_t)tag);
	buf_put_span(&full, key);
	if (full.overflow)
		return ERR_LIMIT;
	if (tag != TAG_HEADER)
		records_digest(c->digest, buf_span(&full), value);
	return c->put(c->context, buf_span(&full), value);
}

static void row_put(struct buf *value, uint32_t entry, uint32_t line)
{
	buf_put_u32(value, entry);
	buf_put_u32(value, line);
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_asns(const void *a, const void *b)
{
	const struct model_asn *x = a, *y = b;
	int order = compare_u32(x->asn, y->asn);

	if (order == 0)
		order = compare_u32(x->entry, y->entry);
	return order ? order : compare_u32(x->line, y->line);
}

static int asns_put(struct compile *c)
{
	const struct model_asns *asns = &c->b->asns;
	size_t i = 0;

	while (i < asns->count) {
		uint32_t asn = asns->items[i].asn;
		uint8_t key[4], storage[VALUE_MAX];
		struct buf value;
		int err;

		buf_init_fixed(&value, storage, STORE_ROWS_MAX * ROW_LEN);
		for (; i < asns->count && asns->items[i].asn == asn; i++)
			row_put(&value, asns->items[i].entry, asns->items[i].line);
		if (value.overflow) {
			snprintf(c->b->problem, sizeof(c->b->problem), "AS%u has more than %d rows",
				asn, STORE_ROWS_MAX);
			return ERR_LIMIT;
		}
		format_put_u32(key, asn);
		err = record_put(c, TAG_ASN, span_of(key, sizeof(key)), buf_span(&value));
		if (err)
			return err;
		c->asns++;
	}
	return 0;
}

static struct span name_key(const struct builder *b, const struct model_name *n)
{
	return intern_get(&b->keys, n->key);
}

static int compare_names(const void *a, const void *b, void *context)
{
	const struct builder *builder = context;
	const struct model_name *x = a, *y = b;
	int order = 0;

	if (x->key != y->key)
		return span_compare(name_key(builder, x), name_key(builder, y));
	order = compare_u32(intern_get(&builder->entries, x->entry).data[ENTRY_MATCH],
		intern_get(&builder->entries, y->entry).data[ENTRY_MATCH]);
	if (order == 0)
		order = compare_u32(x->entry, y->entry);
	return order ? order : compare_u32(x->line, y->line);
}

/* The listed ancestors of the name at hand, the nearest last, and how many rows there are up to it.
 */
struct ancestors {
	struct {
		size_t len;
		size_t rows;
	} stack[DEPTH_MAX];
	size_t depth;
	struct span previous;
};

/* Leaves only ancestors of key on the stack: prefixes of the previous key that are prefixes of it.
 */
static void ancestors_descend(struct ancestors *a, struct span key)
{
	size_t common = 0;

	while (common < key.len && common < a->previous.len &&
		key.data[common] == a->previous.data[common])
		common++;
	while (a->depth > 0 && a->stack[a->depth - 1].len > common)
		a->depth--;
	a->previous = key;
}

/* For a message: the labels in the usual order, dots between. */
static void problem_name(struct builder *b, struct span key)
{
	char text[FORMAT_NAME_KEY_MAX + 1];
	size_t at = 0, end = sizeof(text) - 1;

	text[end] = '\0';
	while (at < key.len) {
		size_t label = key.data[at];

		if (end != sizeof(text) - 1)
			text[--end] = '.';
		end -= label;
		memcpy(text + end, key.data + at + 1, label);
		at += 1 + label;
	}
	snprintf(b->problem, sizeof(b->problem),
		"name '%s' has more than %d rows with those above it", text + end, STORE_ROWS_MAX);
}

/* Puts the name at *i with all its rows, and moves *i behind them. */
static int name_put(struct compile *c, struct ancestors *a, size_t *i)
{
	const struct model_names *names = &c->b->names;
	uint32_t number = names->items[*i].key;
	struct span key = intern_get(&c->b->keys, number);
	uint8_t storage[VALUE_MAX];
	struct buf value;
	size_t rows = 0;

	ancestors_descend(a, key);
	if (a->depth > 0)
		rows = a->stack[a->depth - 1].rows;
	buf_init_fixed(&value, storage, sizeof(storage));
	buf_put_u8(&value, a->depth > 0 ? (uint8_t)a->stack[a->depth - 1].len : 0);
	for (; *i < names->count && names->items[*i].key == number; (*i)++, rows++)
		row_put(&value, names->items[*i].entry, names->items[*i].line);
	if (rows > STORE_ROWS_MAX || a->depth == DEPTH_MAX) {
		problem_name(c->b, key);
		return ERR_LIMIT;
	}
	a->stack[a->depth].len = key.len;
	a->stack[a->depth++].rows = rows;
	c->names++;
	return record_put(c, TAG_NAME, key, buf_span(&value));
}

static int names_put(struct compile *c)
{
	struct model_names *names = &c->b->names;
	struct ancestors a = {.depth = 0};
	size_t i = 0;
	int err = 0;

	if (names->count > 0)
		qsort_r(names->items, names->count, sizeof(*names->items), compare_names, c->b);
	while (!err && i < names->count)
		err = name_put(c, &a, &i);
	return err;
}

static int range_add(struct compile *c, const struct flatten_range *range)
{
	int err = model_room(
		(void **)&c->ranges, &c->range_capacity, c->range_count, sizeof(*c->ranges));

	if (!err)
		c->ranges[c->range_count++] = *range;
	return err;
}

/* The first row of an AS, or where it would stand. */
static size_t asn_position(const struct model_asns *asns, uint32_t asn)
{
	size_t low = 0, high = asns->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (asns->items[middle].asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * The entry of a range row joined with one row of its AS. It keeps list, file and source where both
 * stand on one list; an operator that another list names is that list's own row.
 */
static int range_join(struct compile *c, const struct flatten_range *range,
	const struct model_asn *asn, uint8_t *previous)
{
	struct flatten_range joined = *range;
	uint8_t e[ENTRY_LEN], own[ENTRY_LEN];
	int err;

	memcpy(own, intern_get(&c->b->entries, range->entry).data, ENTRY_LEN);
	memcpy(e, intern_get(&c->b->entries, asn->entry).data, ENTRY_LEN);
	if (memcmp(e + ENTRY_LIST, own + ENTRY_LIST, 4) == 0) {
		memcpy(e + ENTRY_FILE, own + ENTRY_FILE, 4);
		memcpy(e + ENTRY_SOURCE, own + ENTRY_SOURCE, 4);
		if (own[ENTRY_CONFIDENCE] < e[ENTRY_CONFIDENCE])
			e[ENTRY_CONFIDENCE] = own[ENTRY_CONFIDENCE];
	} else {
		joined.line = asn->line;
	}
	/* Rows of the AS that differed only in where they come from are one now. */
	if (memcmp(previous, e, ENTRY_LEN) == 0)
		return 0;
	memcpy(previous, e, ENTRY_LEN);
	err = intern_put(&c->b->entries, span_of(e, sizeof(e)), &joined.entry, NULL);
	return err ? err : range_add(c, &joined);
}

static int range_expand(struct compile *c, const struct flatten_range *range)
{
	const uint8_t *e = intern_get(&c->b->entries, range->entry).data;
	const struct model_asns *asns = &c->b->asns;
	uint32_t asn = format_u32(e + ENTRY_ASN);
	uint8_t previous[ENTRY_LEN] = {0};
	size_t at = asn_position(asns, asn);
	int err = 0;

	if (e[ENTRY_FACT] != FACT_LISTED || asn == 0 || at == asns->count ||
		asns->items[at].asn != asn)
		return range_add(c, range);
	for (; !err && at < asns->count && asns->items[at].asn == asn; at++)
		err = range_join(c, range, &asns->items[at], previous);
	return err;
}

static int segment_put(void *context, const struct flatten_segment *segment)
{
	struct compile *c = context;
	uint8_t storage[VALUE_MAX];
	struct buf value;

	buf_init_fixed(&value, storage, sizeof(storage));
	buf_put(&value, segment->last, sizeof(segment->last));
	for (unsigned i = 0; i < segment->count; i++)
		row_put(&value, segment->ranges[i]->entry, segment->ranges[i]->line);
	c->segments++;
	return record_put(
		c, TAG_RANGE, span_of(segment->first, sizeof(segment->first)), buf_span(&value));
}

static int ranges_put(struct compile *c)
{
	const struct model_ranges *ranges = &c->b->ranges;
	int err = 0;

	for (size_t i = 0; !err && i < ranges->count; i++)
		err = range_expand(c, &ranges->items[i]);
	if (!err)
		err = flatten_ranges(c->ranges, c->range_count, segment_put, c);
	if (err == ERR_LIMIT && c->b->problem[0] == '\0')
		snprintf(c->b->problem, sizeof(c->b->problem),
			"an address range is covered by more than %d rows", STORE_ROWS_MAX);
	return err;
}

static int tables_put(struct compile *c)
{
	int err = 0;

	for (unsigned i = 0; !err && i < TABLE_COUNT; i++) {
		struct buf value;

		buf_init_heap(&value, TABLE_MAX);
		err = encode_table(c->b, &c->vendors, (enum format_table)i, &value);
		if (!err && value.overflow)
			err = ERR_MEMORY;
		if (!err)
			err = record_put(
				c, TAG_TABLE, span_of(&FORMAT_TABLE_NAMES[i], 1), buf_span(&value));
		buf_release(&value);
	}
	return err;
}

static int header_put(struct compile *c, const struct compile_header *header)
{
	uint8_t value[HEADER_LEN];

	format_put_u32(value, STORE_FORMAT_VERSION);
	format_put_u32(value + HEADER_BUILT, (uint32_t)(header->built_ns >> 32));
	format_put_u32(value + HEADER_BUILT + 4, (uint32_t)header->built_ns);
	format_put_u32(value + HEADER_NAMES, c->names);
	format_put_u32(value + HEADER_RANGES, c->segments);
	format_put_u32(value + HEADER_ASNS, c->asns);
	memcpy(value + HEADER_SOURCES, header->sources, DIGEST_LEN);
	digest_finish(c->digest, value + HEADER_DIGEST);
	c->digest = NULL;
	return record_put(c, TAG_HEADER, span_of(NULL, 0), span_of(value, sizeof(value)));
}

static int records_put(struct compile *c)
{
	struct model_asns *asns = &c->b->asns;
	int err;

	if (asns->count > 0)
		qsort(asns->items, asns->count, sizeof(*asns->items), compare_asns);
	err = asns_put(c);
	if (!err)
		err = names_put(c);
	if (!err)
		err = ranges_put(c);
	return err ? err : tables_put(c);
}

int compile_records(struct builder *b, const struct compile_header *header,
	int (*put)(void *context, struct span key, struct span value), void *context)
{
	struct compile c = {.b = b, .put = put, .context = context, .digest = digest_new()};
	uint8_t unused[DIGEST_LEN];
	int err = c.digest ? encode_vendors_init(b, &c.vendors) : ERR_MEMORY;

	if (!err)
		err = records_put(&c);
	if (!err)
		err = header_put(&c, header);
	if (c.digest)
		digest_finish(c.digest, unused);
	encode_vendors_release(&c.vendors);
	free(c.ranges);
	return err;
}
