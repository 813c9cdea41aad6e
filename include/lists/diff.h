/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_DIFF_H
#define LISTS_DIFF_H

/* What became of the rows between two generations, wherever in their files they stand. */

#include "store/store.h"

struct lists_item {
	enum store_kind kind;
	enum name_match match; /* names only */
	enum fact fact;
	enum confidence confidence;
	char country[3];
	uint32_t asn;
	struct span list, vendor, category, source;
	struct span key; /* of a name */
	struct inet_addr first, last; /* of a range: segments that differ in nothing are one */
};

enum lists_change { LISTS_ADDED, LISTS_REMOVED, LISTS_CHANGED, LISTS_CHANGE_COUNT };

/*
 * Calls each for every row that is in only one of them, or in both with another country, vendor,
 * category, AS, confidence or source; before or after is NULL where there is none. Rows come by
 * kind, list and subject. ERR_MEMORY, or what store_walk gives.
 */
int lists_diff(struct store *old, struct store *new,
	void (*each)(void *context, enum lists_change change, const struct lists_item *before,
		const struct lists_item *after),
	void *context) MUST_CHECK;

#endif
