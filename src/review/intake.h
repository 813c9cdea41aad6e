/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_INTAKE_H
#define REVIEW_INTAKE_H

/* From a line of the log to rows of the index. */

#include "review/db.h"

struct intake;

/* Where a line stands. */
struct intake_place {
	int64_t segment;
	uint64_t offset;
};

/* alerts_in_queries: they are taken from the queries, as there is no stream of events. ERR_MEMORY,
 * ERR_IO. */
int intake_new(struct db *db, bool alerts_in_queries, struct intake **out) MUST_CHECK;
void intake_free(struct intake *in);
/* ERR_FORMAT: it is no record. What the database says stays with it. */
int intake_line(struct intake *in, struct span line, bool of_events,
	const struct intake_place *place) MUST_CHECK;

#endif
