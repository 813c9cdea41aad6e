/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_CONDITION_H
#define REVIEW_CONDITION_H

/* An expression as a condition on rows (client, name, shape) of the index, in SQL. Values are part
 * of the text, quoted. */

#include "base/buf.h"
#include "review/expression.h"
#include "review/index.h"

struct condition {
	struct buf sql; /* of the caller, to be released */
	bool exact; /* true of the asked records alone; else of others too */
	bool uses_client, uses_name;
};

/* A column of shape or fact; NULL when the index does not have the field. */
struct condition_column {
	const char *field, *column;
	bool of_fact;
	const char *fact; /* only of such matches; NULL */
};
const struct condition_column *condition_column(const char *field);
/* Text as an SQL literal. */
void condition_quote(struct buf *b, const char *text);
/* ERR_MEMORY, or as db_error: which clients are in a network is asked at once. */
int condition_make(struct index *x, const struct expression *e, struct condition *out) MUST_CHECK;

#endif
