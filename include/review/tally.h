/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_TALLY_H
#define REVIEW_TALLY_H

/* How often each of many texts came: which came most. */

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define TALLY_MAX 1000000u /* different texts; of later ones only the sum is kept */

struct tally_row {
	uint64_t count;
	const char *text;
};

struct tally;

/* NULL when memory is exhausted. */
struct tally *tally_new(void);
void tally_free(struct tally *t);
/* ERR_MEMORY. */
int tally_count(struct tally *t, const char *text) MUST_CHECK;
/* The rows, most first and then by their text; at most max, and returns how many there are. Valid
 * until the next count. ERR_MEMORY is 0 rows. */
size_t tally_top(struct tally *t, const struct tally_row **out, size_t max);
/* What is behind those. */
uint64_t tally_rest(const struct tally *t, const struct tally_row *rows, size_t count);

#endif
