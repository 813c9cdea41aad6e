/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_TERM_H
#define REVIEW_TERM_H

/* FIELD=VALUE of an expression: read, and compared with the values of a record. */

#include "review/expression.h"

/* The length of the word that text begins with: up to white space, a parenthesis or a relation. */
size_t term_word_len(struct span text);
/* Whether text begins with = or !=. */
bool term_has_relation(struct span text);
/* Reads the term at *at and moves *at behind it. ERR_FORMAT. */
int term_parse(struct expression *e, struct span text, size_t *at, struct expression_node *out,
	struct expression_error *error) MUST_CHECK;
bool term_matches(const struct expression_node *n, const struct entry *entry);
/* False when the term holds for no record in this line. */
bool term_may_match(const struct expression_node *n, struct span line);
/* What stands in every line that matches, as JSON writes it; empty when that cannot be said. */
struct span term_literal(const struct expression_node *n);
/* Fills in the error; returns ERR_FORMAT. */
int expression_fail(struct expression_error *error, size_t column, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
