/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_FLATTEN_H
#define STORE_FLATTEN_H

/* Overlapping ranges into disjoint segments, each with the ranges that cover it. */

#include "base/err.h"
#include "base/span.h"
#include "format.h"

struct flatten_range {
	uint8_t first[FORMAT_ADDRESS_LEN], last[FORMAT_ADDRESS_LEN];
	uint32_t entry, line;
};

struct flatten_segment {
	uint8_t first[FORMAT_ADDRESS_LEN], last[FORMAT_ADDRESS_LEN];
	const struct flatten_range *const *ranges; /* the narrowest first */
	unsigned count;
};

/*
 * Sorts ranges and calls emit for each segment in ascending order, until it returns an error, which
 * is passed on. ERR_LIMIT when more than STORE_ROWS_MAX ranges cover a segment.
 */
int flatten_ranges(struct flatten_range *ranges, size_t count,
	int (*emit)(void *context, const struct flatten_segment *segment),
	void *context) MUST_CHECK;

#endif
