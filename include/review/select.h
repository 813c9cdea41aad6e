/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_SELECT_H
#define REVIEW_SELECT_H

/*
 * An expression as a question to the index. The index knows not all of a record: where it cannot
 * tell, it says yes, so who asks looks at the lines again. Only where it knows everything that is
 * asked, counting needs no lines.
 */

#include "review/census.h"
#include "review/expression.h"
#include "review/index.h"

struct select_request {
	struct index *index;
	const struct expression *filter; /* lives as long as the selection */
	bool all; /* also queries that are no events */
	int64_t since_ms, until_ms;
};

struct selection;

/* What the index holds at this moment. As db_error. */
int selection_new(const struct select_request *q, struct selection **out) MUST_CHECK;
void selection_free(struct selection *s);
/* The places of lines that may be asked for, in the order of their times. ERR_MISSING at the end;
 * otherwise as db_error. */
int selection_next(struct selection *s, struct span *segment, uint64_t *offset) MUST_CHECK;
/* Whether the index knows all that counting by these fields takes. */
bool selection_can_sum(const struct selection *s, const struct field *const *by, unsigned count);
/* Counts queries by such fields, as census_add does of each; selection_next gives only the places
 * of other records from then on. */
int selection_sum(struct selection *s, const struct field *const *by, unsigned count,
	struct census *out) MUST_CHECK;
/* How many octets of a segment the index has; for journal_reader_skip, arg being the selection. */
uint64_t selection_taken(void *arg, const char *segment);

#endif
