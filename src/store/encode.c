/* SPDX-License-Identifier: BSD-3-Clause */

#include "encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_vendors(const void *a, const void *b, void *context)
{
	const struct builder *builder = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return span_compare(
		intern_get(&builder->vendor_ids, x), intern_get(&builder->vendor_ids, y));
}

static int vendor_problem(struct builder *b, struct span id, const char *what)
{
	snprintf(b->problem, sizeof(b->problem), "vendor '%.*s' %s", SPAN_ARGS(id), what);
	return ERR_FORMAT;
}

static int vendor_chain_check(struct builder *b, uint32_t vendor)
{
	const struct model_vendors *vendors = &b->vendors;
	struct span id = intern_get(&b->vendor_ids, vendor);
	uint32_t at = vendor;

	for (unsigned depth = 1; vendors->items[at].parent != 0; depth++) {
		struct span parent = intern_get(&b->strings, vendors->items[at].parent);

		if (!intern_find(&b->vendor_ids, parent, &at))
			return vendor_problem(b, parent, "is named as a parent but not described");
		if (at == vendor)
			return vendor_problem(b, id, "is its own ancestor");
		if (depth == STORE_VENDOR_DEPTH)
			return vendor_problem(b, id, "has too many ancestors");
	}
	return 0;
}

int encode_vendors_init(struct builder *b, struct encode_vendors *out)
{
	uint32_t count = (uint32_t)b->vendors.count;
	struct encode_vendors v;

	for (uint32_t i = 0; i < count; i++) {
		int err = vendor_chain_check(b, i);

		if (err)
			return err;
	}
	v.order = calloc((size_t)count + 1, sizeof(*v.order));
	v.index = calloc((size_t)count + 1, sizeof(*v.index));
	if (!v.order || !v.index) {
		encode_vendors_release(&v);
		return ERR_MEMORY;
	}
	for (uint32_t i = 0; i < count; i++)
		v.order[i] = i;
	qsort_r(v.order, count, sizeof(*v.order), compare_vendors, b);
	for (uint32_t i = 0; i < count; i++)
		v.index[v.order[i]] = i + 1;
	*out = v;
	return 0;
}

void encode_vendors_release(struct encode_vendors *v)
{
	free(v->order);
	free(v->index);
}

/* From the string of an id; 0 for the empty one. */
static int vendor_resolve(
	struct builder *b, const struct encode_vendors *v, uint32_t string, uint32_t *index)
{
	struct span id = intern_get(&b->strings, string);
	uint32_t number;

	if (id.len == 0) {
		*index = 0;
		return 0;
	}
	if (!intern_find(&b->vendor_ids, id, &number))
		return vendor_problem(b, id, "is not described");
	*index = v->index[number];
	return 0;
}

static int encode_entries(struct builder *b, const struct encode_vendors *v, struct buf *out)
{
	for (uint32_t i = 0; i < b->entries.count; i++) {
		uint8_t e[ENTRY_LEN];
		uint32_t vendor;
		int err;

		memcpy(e, intern_get(&b->entries, i).data, ENTRY_LEN);
		err = vendor_resolve(b, v, format_u32(e + ENTRY_VENDOR), &vendor);
		if (err)
			return err;
		format_put_u32(e + ENTRY_VENDOR, vendor);
		buf_put(out, e, sizeof(e));
	}
	return 0;
}

static int encode_lists(struct builder *b, const struct encode_vendors *v, struct buf *out)
{
	(void)v;
	for (size_t i = 0; i < b->lists.count; i++) {
		const struct model_list *l = &b->lists.items[i];

		buf_put_u32(out, l->name);
		buf_put_u32(out, l->names);
		buf_put_u32(out, l->ranges);
		buf_put_u32(out, l->asns);
		buf_put_u32(out, l->skipped);
		buf_put_u32(out, l->off);
	}
	return 0;
}

static int encode_strings(struct builder *b, const struct encode_vendors *v, struct buf *out)
{
	const struct intern *strings = &b->strings;

	(void)v;
	buf_put_u32(out, strings->count);
	buf_put_u32(out, 0);
	for (uint32_t i = 0; i < strings->count; i++)
		buf_put_u32(out, strings->ends[i]);
	buf_put_span(out, buf_span(&strings->text));
	return 0;
}

static int encode_vendors(struct builder *b, const struct encode_vendors *v, struct buf *out)
{
	for (size_t i = 0; i < b->vendors.count; i++) {
		const struct model_vendor *vendor = &b->vendors.items[v->order[i]];
		uint32_t parent;
		int err = vendor_resolve(b, v, vendor->parent, &parent);

		if (err)
			return err;
		buf_put_u32(out, vendor->id);
		buf_put_u32(out, vendor->name);
		buf_put_u32(out, parent);
	}
	return 0;
}

int encode_table(
	struct builder *b, const struct encode_vendors *v, enum format_table table, struct buf *out)
{
	static int (*const encoders[TABLE_COUNT])(
		struct builder *, const struct encode_vendors *, struct buf *) = {
		[TABLE_ENTRIES] = encode_entries,
		[TABLE_LISTS] = encode_lists,
		[TABLE_STRINGS] = encode_strings,
		[TABLE_VENDORS] = encode_vendors,
	};

	return encoders[table](b, v, out);
}
