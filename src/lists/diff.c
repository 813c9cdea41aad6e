/* SPDX-License-Identifier: BSD-3-Clause */

#include "lists/diff.h"

#include <stdlib.h>
#include <string.h>

/* The rows of one generation. */
struct items {
	struct lists_item *at;
	size_t count, capacity;
};

static int items_add(void *context, enum store_kind kind, const struct store_row *row)
{
	struct items *items = context;

	if (items->count == items->capacity) {
		size_t capacity = items->capacity ? 2 * items->capacity : 1024;
		struct lists_item *grown = reallocarray(items->at, capacity, sizeof(*grown));

		if (!grown)
			return ERR_MEMORY;
		items->at = grown;
		items->capacity = capacity;
	}
	items->at[items->count] = (struct lists_item){.kind = kind,
		.match = kind == STORE_NAME ? row->match : 0,
		.fact = row->fact,
		.confidence = row->confidence,
		.asn = row->asn,
		.list = row->list,
		.vendor = row->vendor_count > 0 ? row->vendors[0] : span_of(NULL, 0),
		.category = row->category,
		.source = row->source,
		.key = row->key,
		.first = row->first,
		.last = row->last};
	memcpy(items->at[items->count].country, row->country, sizeof(row->country));
	items->count++;
	return 0;
}

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_numbers(const struct lists_item *a, const struct lists_item *b)
{
	int order = ORDER(a->match, b->match);

	return order ? order : ORDER(a->fact, b->fact);
}

static int compare_holders(const struct lists_item *a, const struct lists_item *b)
{
	int order = strcmp(a->country, b->country);

	if (!order)
		order = span_compare(a->vendor, b->vendor);
	if (!order)
		order = span_compare(a->category, b->category);
	return order ? order : ORDER(a->asn, b->asn);
}

static int compare_origins(const struct lists_item *a, const struct lists_item *b)
{
	int order = ORDER(a->confidence, b->confidence);

	return order ? order : span_compare(a->source, b->source);
}

static int compare_places(const struct lists_item *a, const struct lists_item *b)
{
	int order = ORDER(a->kind, b->kind);

	return order ? order : span_compare(a->list, b->list);
}

static int compare_subjects(const struct lists_item *a, const struct lists_item *b)
{
	int order = span_compare(a->key, b->key);

	if (!order)
		order = inet_addr_compare(&a->first, &b->first);
	return order ? order : inet_addr_compare(&a->last, &b->last);
}

/* Ranges that differ in nothing but their addresses side by side, those in order. */
static int compare_for_joining(const void *one, const void *other)
{
	const struct lists_item *a = one, *b = other;
	int order = compare_places(a, b);

	if (!order)
		order = compare_numbers(a, b);
	if (!order)
		order = compare_holders(a, b);
	if (!order)
		order = compare_origins(a, b);
	return order ? order : compare_subjects(a, b);
}

/* What makes two rows the same row. Of names a list has one of each match and fact; a range or an
 * AS may have several holders. */
static int compare_identity(const struct lists_item *a, const struct lists_item *b)
{
	int order = compare_places(a, b);

	if (!order)
		order = compare_subjects(a, b);
	if (!order && a->kind == STORE_ASN)
		order = ORDER(a->asn, b->asn);
	if (!order)
		order = compare_numbers(a, b);
	return order || a->kind == STORE_NAME ? order : compare_holders(a, b);
}

static int compare_for_merging(const void *one, const void *other)
{
	int order = compare_identity(one, other);

	return order ? order : compare_origins(one, other);
}

static bool follows(const struct inet_addr *last, const struct inet_addr *first)
{
	struct inet_addr next = *last;

	for (int i = 15; i >= 0; i--)
		if (++next.octets[i] != 0)
			break;
	return next.is_v4 == first->is_v4 && inet_addr_compare(&next, first) == 0;
}

static bool joins(const struct lists_item *a, const struct lists_item *b)
{
	return a->kind == STORE_RANGE && compare_places(a, b) == 0 && compare_numbers(a, b) == 0 &&
	       compare_holders(a, b) == 0 && compare_origins(a, b) == 0 &&
	       follows(&a->last, &b->first);
}

static int items_read(struct store *store, struct items *items)
{
	struct store_reader *reader = NULL;
	size_t kept = 0;
	int err = store_reader_new(store, &reader);

	if (!err)
		err = store_walk(reader, items_add, items);
	store_reader_free(reader);
	if (err || items->count == 0)
		return err;
	qsort(items->at, items->count, sizeof(*items->at), compare_for_joining);
	for (size_t i = 1; i < items->count; i++) {
		if (joins(&items->at[kept], &items->at[i]))
			items->at[kept].last = items->at[i].last;
		else
			items->at[++kept] = items->at[i];
	}
	items->count = kept + 1;
	qsort(items->at, items->count, sizeof(*items->at), compare_for_merging);
	return 0;
}

static bool is_changed(const struct lists_item *a, const struct lists_item *b)
{
	return compare_holders(a, b) != 0 || compare_origins(a, b) != 0;
}

int lists_diff(struct store *old, struct store *new,
	void (*each)(void *context, enum lists_change change, const struct lists_item *before,
		const struct lists_item *after),
	void *context)
{
	struct items before = {0}, after = {0};
	size_t i = 0, j = 0;
	int err = items_read(old, &before);

	if (!err)
		err = items_read(new, &after);
	while (!err && (i < before.count || j < after.count)) {
		int order = i == before.count ? 1 : j == after.count ? -1 : 0;

		if (!order)
			order = compare_identity(&before.at[i], &after.at[j]);
		if (order < 0) {
			each(context, LISTS_REMOVED, &before.at[i++], NULL);
		} else if (order > 0) {
			each(context, LISTS_ADDED, NULL, &after.at[j++]);
		} else {
			if (is_changed(&before.at[i], &after.at[j]))
				each(context, LISTS_CHANGED, &before.at[i], &after.at[j]);
			i++;
			j++;
		}
	}
	free(before.at);
	free(after.at);
	return err;
}
