/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_SCAN_H
#define REVIEW_SCAN_H

/* Records of the query log in a span of time that an expression asks for, read from the segments in
 * the order they were written. Lines outside are mostly told apart without parsing them. */

#include "review/expression.h"

struct scan_request {
	const char *directory, *stream;
	uint64_t since_ns, until_ns; /* until_ns 0: without end */
	const struct expression *filter; /* lives as long as the scan */
};

struct scan;

struct scan_stats {
	uint64_t octets; /* of the lines read */
	uint64_t unreadable; /* damaged lines that were left out */
	uint64_t damaged; /* sealed segments that cannot be read to their end */
};

/* ERR_IO, ERR_MEMORY. */
int scan_open(const struct scan_request *request, struct scan **out) MUST_CHECK;
void scan_close(struct scan *s);
/* The caller releases the entry before the next call. ERR_MISSING at the end (may be called again
 * later); ERR_AGAIN now and then on the way, so that a long search can be told of. */
int scan_next(struct scan *s, struct entry *out) MUST_CHECK;
struct scan_stats scan_stats(const struct scan *s);

#endif
