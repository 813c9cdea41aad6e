/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_CENSUS_H
#define REVIEW_CENSUS_H

/*
 * Counts records by the values of some fields, with the first and the last time of each. Values of
 * parallel fields are taken match by match; of a client the name, where it has one. A record
 * without a value for each of the fields is not counted.
 */

#include "base/clock.h"
#include "review/entry.h"

#define CENSUS_FIELDS_MAX 4
#define CENSUS_ROWS_MAX ((size_t)1 << 20) /* further ones are only counted */

struct census_row {
	char *key; /* the values, each with its NUL */
	size_t key_len;
	uint64_t count;
	uint64_t entry; /* the last one that counted */
	char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
};

struct census;

enum census_order { CENSUS_BY_COUNT, CENSUS_BY_KEY, CENSUS_BY_FIRST };

/* NULL when memory is exhausted. */
struct census *census_new(void);
void census_free(struct census *t);
/* Counts the entry once for each combination of values. ERR_MEMORY. */
int census_add(struct census *t, const struct entry *entry, const struct field *const *by,
	unsigned count) MUST_CHECK;
/* The same for values that the caller has: key is as in a row. */
int census_add_key(struct census *t, struct span key, const char *timestamp) MUST_CHECK;
/* Between entries, when census_add_key is used. */
void census_next_entry(struct census *t);
/* Ends adding. */
void census_sort(struct census *t, enum census_order order);
size_t census_count(const struct census *t);
const struct census_row *census_at(const struct census *t, size_t index);
/* How many combinations found no room. */
uint64_t census_left_out(const struct census *t);
/* The n-th value of a row. */
const char *census_value(const struct census_row *row, unsigned n);

#endif
