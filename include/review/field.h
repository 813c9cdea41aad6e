/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_FIELD_H
#define REVIEW_FIELD_H

/*
 * What can be asked for in a record of the query log: one table of short names, from which
 * expressions, dimensions and columns come. Every field is a set of texts; those of
 * `celnik.match.*` are parallel, so that the n-th values of two such fields belong together.
 */

#include <stdbool.h>

enum field_kind {
	FIELD_TEXT, /* as it stands */
	FIELD_LOWER, /* always logged in lower case */
	FIELD_UPPER, /* in upper case */
	FIELD_NAME, /* a domain name, in lower case */
	FIELD_NUMBER,
	FIELD_ADDRESS, /* a prefix can be asked for */
	FIELD_COUNTRY,
	FIELD_HOUR, /* of the record's time in the zone of the process: `2026-11-23 10:00` */
	FIELD_DAY, /* `2026-11-23` */
};

struct field {
	const char *name; /* as people write it */
	const char *key; /* in the log */
	const char *other_key; /* the same by another name, such as the client's address; NULL */
	enum field_kind kind;
	bool parallel; /* one value for each match */
	const char *fact; /* only of matches with this fact; NULL: of all */
	const char *const *words; /* what it can be, ended by NULL; NULL: anything */
	bool open; /* words are only the usual ones */
};

/* Ended by a row without a name. */
extern const struct field fields[];

/* By its short name; NULL. */
const struct field *field_find(const char *name);
/* The known name next to a wrong one; NULL when none is near. */
const char *field_suggest(const char *wrong);

#endif
