/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/expression.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "term.h"

#define OPEN_PARENTHESIS 255

/* Operators that wait for their operands, and operands that wait for an operator (Dijkstra's
 * shunting yard). */
struct parser {
	struct expression *e;
	struct expression_error *error;
	struct span text;
	size_t at;
	bool has_operand; /* what stands before `at` ends an operand */
	unsigned operand_count, operator_count;
	uint16_t operands[EXPRESSION_NODES_MAX];
	struct {
		uint8_t kind;
		size_t column;
	} operators[EXPRESSION_NODES_MAX];
};

int expression_fail(struct expression_error *error, size_t column, const char *format, ...)
{
	va_list arguments;

	error->column = column;
	va_start(arguments, format);
	vsnprintf(error->message, sizeof(error->message), format, arguments);
	va_end(arguments);
	return ERR_FORMAT;
}

static int too_long(struct parser *p)
{
	return expression_fail(p->error, p->at, "this is too long; ask for less at once");
}

static int push_node(struct parser *p, const struct expression_node *node)
{
	struct expression *e = p->e;

	if (e->count == EXPRESSION_NODES_MAX)
		return too_long(p);
	p->operands[p->operand_count++] = (uint16_t)e->count;
	e->nodes[e->count++] = *node;
	return 0;
}

/* Makes a node of the last operator and its operands. */
static int reduce(struct parser *p)
{
	struct expression_node node = {.kind = p->operators[--p->operator_count].kind};

	if (node.kind != EXPRESSION_NOT)
		node.right = p->operands[--p->operand_count];
	node.left = p->operands[--p->operand_count];
	return push_node(p, &node);
}

static int push_operator(struct parser *p, uint8_t kind, size_t column)
{
	static const uint8_t strength[] = {
		[EXPRESSION_OR] = 1, [EXPRESSION_AND] = 2, [EXPRESSION_NOT] = 3};
	bool is_prefix = kind == EXPRESSION_NOT || kind == OPEN_PARENTHESIS;

	while (!is_prefix && p->operator_count > 0) {
		uint8_t last = p->operators[p->operator_count - 1].kind;

		if (last == OPEN_PARENTHESIS || strength[last] < strength[kind])
			break;
		if (reduce(p) != 0)
			return ERR_FORMAT;
	}
	if (p->operator_count == EXPRESSION_NODES_MAX)
		return too_long(p);
	p->operators[p->operator_count].kind = kind;
	p->operators[p->operator_count++].column = column;
	p->has_operand = false;
	return 0;
}

/* What begins an operand behind another one is joined by `and`. */
static int join(struct parser *p)
{
	return p->has_operand ? push_operator(p, EXPRESSION_AND, p->at) : 0;
}

static int close_parenthesis(struct parser *p)
{
	if (!p->has_operand)
		return expression_fail(
			p->error, p->at, "a term is missing before this; write FIELD=VALUE");
	while (p->operator_count > 0 &&
		p->operators[p->operator_count - 1].kind != OPEN_PARENTHESIS)
		if (reduce(p) != 0)
			return ERR_FORMAT;
	if (p->operator_count == 0)
		return expression_fail(
			p->error, p->at, "no parenthesis is open here; remove this one");
	p->operator_count--;
	p->at++;
	return 0;
}

static int read_operator(struct parser *p, uint8_t kind, size_t len)
{
	size_t column = p->at;
	int err = kind == EXPRESSION_NOT ? join(p) : 0;

	if (!err && kind != EXPRESSION_NOT && !p->has_operand)
		err = expression_fail(
			p->error, p->at, "a term is missing before this; write FIELD=VALUE");
	if (!err)
		err = push_operator(p, kind, column);
	p->at += len;
	return err;
}

static int read_term(struct parser *p)
{
	struct expression_node node = {.kind = EXPRESSION_TERM};
	int err = join(p);

	if (!err)
		err = term_parse(p->e, p->text, &p->at, &node, p->error);
	if (!err) {
		node.literal = term_literal(&node);
		err = push_node(p, &node);
	}
	p->has_operand = true;
	return err;
}

static int read_token(struct parser *p)
{
	static const struct {
		const char *word;
		uint8_t kind;
	} words[] = {{"and", EXPRESSION_AND}, {"or", EXPRESSION_OR}, {"not", EXPRESSION_NOT}};
	struct span rest = span_part(p->text, p->at, p->text.len);
	size_t len = term_word_len(rest);
	int err;

	if (rest.data[0] == ')')
		return close_parenthesis(p);
	if (rest.data[0] == '(') {
		err = join(p);
		if (!err)
			err = push_operator(p, OPEN_PARENTHESIS, p->at);
		p->at++;
		return err;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (len == strlen(words[i].word) &&
			strncasecmp((const char *)rest.data, words[i].word, len) == 0 &&
			!term_has_relation(span_part(rest, len, rest.len)))
			return read_operator(p, words[i].kind, len);
	return read_term(p);
}

static int finish(struct parser *p)
{
	if (!p->has_operand && p->operator_count > 0)
		return expression_fail(
			p->error, p->text.len, "a term is missing at the end; write FIELD=VALUE");
	while (p->operator_count > 0) {
		if (p->operators[p->operator_count - 1].kind == OPEN_PARENTHESIS)
			return expression_fail(p->error, p->operators[p->operator_count - 1].column,
				"this parenthesis is not closed; add ) where it ends");
		if (reduce(p) != 0)
			return ERR_FORMAT;
	}
	return 0;
}

static int parse(struct parser *p)
{
	int err = 0;

	/* A text takes less room than the term that it stands in. */
	if (p->text.len > EXPRESSION_TEXT_MAX) {
		p->at = EXPRESSION_TEXT_MAX;
		return too_long(p);
	}
	while (!err) {
		while (p->at < p->text.len && isspace(p->text.data[p->at]))
			p->at++;
		if (p->at == p->text.len)
			return finish(p);
		err = read_token(p);
	}
	return err;
}

int expression_parse(struct span text, struct expression **out, struct expression_error *error)
{
	struct parser *p = calloc(1, sizeof(*p));
	struct expression *e = calloc(1, sizeof(*e));
	int err = ERR_MEMORY;

	if (!p || !e)
		goto out;
	p->e = e;
	p->error = error;
	p->text = text;
	err = parse(p);
	if (err)
		goto out;
	*out = e;
	e = NULL;
out:
	free(p);
	free(e);
	return err;
}

void expression_free(struct expression *e)
{
	free(e);
}

/* What the tree says, given what each of its terms says. `not` of what only may be is maybe too. */
static bool evaluate(
	const struct expression *e, const struct entry *entry, struct span line, bool exact)
{
	bool results[EXPRESSION_NODES_MAX];

	for (unsigned i = 0; i < e->count; i++) {
		const struct expression_node *n = &e->nodes[i];

		switch (n->kind) {
		case EXPRESSION_TERM:
			results[i] = exact ? term_matches(n, entry) : term_may_match(n, line);
			break;
		case EXPRESSION_NOT:
			results[i] = !exact || !results[n->left];
			break;
		case EXPRESSION_AND:
			results[i] = results[n->left] && results[n->right];
			break;
		case EXPRESSION_OR:
			results[i] = results[n->left] || results[n->right];
			break;
		}
	}
	return e->count == 0 || results[e->count - 1];
}

bool expression_matches(const struct expression *e, const struct entry *entry)
{
	return evaluate(e, entry, entry->line, true);
}

bool expression_may_match(const struct expression *e, struct span line)
{
	return evaluate(e, NULL, line, false);
}
