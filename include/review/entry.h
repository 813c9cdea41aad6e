/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_ENTRY_H
#define REVIEW_ENTRY_H

/* One record of the query log, read from its line, and the values of its fields. */

#include "review/field.h"
#include "json/reader.h"

#define ENTRY_VALUES_MAX 256 /* further ones are not looked at */

struct entry {
	struct span line; /* the caller's */
	struct json_document *document;
	const struct json_value *root;
};

struct entry_values {
	unsigned count;
	const char *texts[ENTRY_VALUES_MAX]; /* NULL where there is none, as for a match without
						vendor */
	char storage[ENTRY_VALUES_MAX][24]; /* of numbers and times */
};

/* ERR_FORMAT, ERR_MEMORY. */
int entry_parse(struct span line, struct entry *out) MUST_CHECK;
void entry_release(struct entry *r);
/* The texts live as long as the record. */
void entry_values(const struct entry *r, const struct field *f, struct entry_values *out);
/* The first value that there is, or otherwise. */
const char *entry_text(const struct entry *r, const char *key, const char *otherwise);

#endif
