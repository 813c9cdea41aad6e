/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

/* What a builder has collected (store/builder.h), before it is written. */

#include "flatten.h"
#include "intern.h"
#include "store/builder.h"

#define MODEL_PROBLEM_MAX 300

struct model_name {
	uint32_t key; /* in keys */
	uint32_t entry, line;
};

struct model_asn {
	uint32_t asn;
	uint32_t entry, line;
};

struct model_vendor {
	uint32_t id, name, parent; /* strings; parent 0 when there is none */
};

struct model_list {
	uint32_t name; /* a string */
	uint32_t names, ranges, asns, skipped, off;
};

struct model_names {
	struct model_name *items;
	size_t count, capacity;
};

struct model_ranges {
	struct flatten_range *items;
	size_t count, capacity;
};

struct model_asns {
	struct model_asn *items;
	size_t count, capacity;
};

struct model_vendors {
	struct model_vendor *items;
	size_t count, capacity;
};

struct model_lists {
	struct model_list *items;
	size_t count, capacity;
};

/*
 * Entries are kept as they are written, but with the string of the vendor's id in the place of the
 * vendor's index, which is known only when all vendors are.
 */
struct builder {
	struct intern strings; /* the first is empty */
	struct intern entries;
	struct intern keys; /* of names */
	struct intern facts; /* what was said already: finds duplicates */
	struct intern vendor_ids; /* number: index in vendors */
	struct model_names names;
	struct model_ranges ranges;
	struct model_asns asns;
	struct model_vendors vendors;
	struct model_lists lists;
	char problem[MODEL_PROBLEM_MAX];
};

/* Room for one more item: doubles *items. ERR_MEMORY. */
int model_room(void **items, size_t *capacity, size_t count, size_t size) MUST_CHECK;
#define MODEL_ROOM(array)                                                                          \
	model_room((void **)&(array)->items, &(array)->capacity, (array)->count,                   \
		sizeof(*(array)->items))

#endif
