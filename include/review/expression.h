/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_EXPRESSION_H
#define REVIEW_EXPRESSION_H

/*
 * Which records are wanted: `vendor=tuya client!=cam-* and (action=sinkhole or located=CN)`.
 *
 *   expression  terms with `and`, `or`, `not`, parentheses; terms side by side are joined by `and`;
 *               `not` binds closest, then `and`, then `or`
 *   term        FIELD=VALUE, FIELD!=VALUE, FIELD being a row of review/field.h
 *   value       up to white space or a parenthesis, or in ' or "; `*` is any text and `?` any
 *               character; a prefix for addresses (10.20.8.0/24); `.example.com` for a name and all
 *               below it
 *
 * A field that has several values is equal when one of them is, and != is the contrary: so
 * `exception=*` asks for records that have one, `exception!=*` for those that have none.
 *
 * The parsed form is a tree in an array, children before parents: it is evaluated in one pass over
 * the array, and can be turned into SQL in the same way. Nothing here recurses.
 */

#include "base/inet.h"
#include "review/entry.h"

#define EXPRESSION_NODES_MAX 256
#define EXPRESSION_TEXT_MAX 4096

enum expression_kind { EXPRESSION_TERM, EXPRESSION_NOT, EXPRESSION_AND, EXPRESSION_OR };

enum expression_how {
	EXPRESSION_EQUAL, /* to text */
	EXPRESSION_GLOB, /* text has * or ? */
	EXPRESSION_PREFIX, /* in prefix; values that are no address are not */
	EXPRESSION_BELOW, /* text, a name, or below it */
};

struct expression_node {
	enum expression_kind kind;
	uint16_t left, right; /* indices of the children, both smaller; `not` has left alone */
	/* Of a term. Its text is written as the field's values are: in lower case or so. */
	const struct field *field;
	bool differs; /* != */
	enum expression_how how;
	const char *text;
	struct inet_prefix prefix;
	/* What stands in every line that the term holds for; empty when that cannot be said. */
	struct span literal;
};

struct expression {
	unsigned count; /* 0: every record */
	struct expression_node nodes[EXPRESSION_NODES_MAX]; /* the last one is the root */
	char texts[EXPRESSION_TEXT_MAX]; /* that the nodes point into */
	size_t texts_len;
};

struct expression_error {
	size_t column; /* from 0, in octets of the text */
	char message[256]; /* a lower-case sentence, with the remedy */
};

/* On the heap. Text of white space alone asks for every record. ERR_FORMAT with the error filled
 * in, ERR_MEMORY. */
int expression_parse(
	struct span text, struct expression **out, struct expression_error *error) MUST_CHECK;
void expression_free(struct expression *e);
bool expression_matches(const struct expression *e, const struct entry *r);
/* False when no record in this line can match, which is told without parsing it. */
bool expression_may_match(const struct expression *e, struct span line);
/* Whether text is what the pattern with * and ? says. */
bool expression_glob(const char *pattern, const char *text);

#endif
