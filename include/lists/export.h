/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_EXPORT_H
#define LISTS_EXPORT_H

/* A generation in the words of other programs. */

#include <stdio.h>

#include "store/store.h"

/* Which rows; what is NULL is not asked. */
struct lists_filter {
	const char *list, *country, *category, *vendor; /* vendor: it, or one it belongs to */
	const enum fact *fact;
};

struct lists_export_result {
	uint64_t names, ranges; /* written, ranges as prefixes */
	uint64_t left_out; /* names that are too long for the format */
};

/*
 * One writer per format. Overlapping and adjacent ranges are joined and written as prefixes.
 * Whether all of it was written is for the caller to ask the stream. ERR_MEMORY, or what store_walk
 * gives.
 */
/* A prefix a line. */
int lists_export_cidr(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result) MUST_CHECK;
/* Commands for nft(8) that fill the sets `ipv4` and `ipv6` of the table `inet celnik` anew. */
int lists_export_nft(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result) MUST_CHECK;
/* A response policy zone with relative names, in which all that is listed does not exist. */
int lists_export_rpz(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result) MUST_CHECK;

#endif
