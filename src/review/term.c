/* SPDX-License-Identifier: BSD-3-Clause */

#include "term.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "conf/suggest.h"

#define WORD_SHOWN_MAX 64

/* A value while it is read. */
struct value {
	const struct field *field;
	char *text; /* the expression's, terminated */
	size_t column;
	struct expression_error *error;
};

size_t term_word_len(struct span text)
{
	size_t len = 0;

	while (len < text.len && text.data[len] && !isspace(text.data[len]) &&
		!strchr("()=!<>~", text.data[len]))
		len++;
	return len;
}

bool term_has_relation(struct span text)
{
	return (text.len > 0 && text.data[0] == '=') ||
	       (text.len > 1 && text.data[0] == '!' && text.data[1] == '=');
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?") != NULL;
}

bool expression_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	/* Only the last * is ever taken up again: what an earlier one left is the shortest. */
	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			again = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static int fail_word(const struct value *v)
{
	char known[160] = "";
	size_t len = 0;
	struct suggestion s;

	suggestion_init(&s, v->text);
	for (const char *const *w = v->field->words; *w; w++) {
		suggestion_offer(&s, *w);
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
			w == v->field->words ? ""
			: w[1]               ? ", "
					     : " or ",
			*w);
	}
	if (s.best)
		return expression_fail(v->error, v->column,
			"'%s' is never '%.64s'; did you mean '%s'?", v->field->name, v->text,
			s.best);
	if (v->field->open)
		return 0;
	return expression_fail(v->error, v->column, "'%s' is never '%.64s'; write %s",
		v->field->name, v->text, known);
}

static int check_word(const struct value *v)
{
	for (const char *const *w = v->field->words; w && *w; w++)
		if (strcmp(*w, v->text) == 0)
			return 0;
	return v->field->words && !is_pattern(v->text) ? fail_word(v) : 0;
}

static int check_name(struct value *v, struct expression_node *out)
{
	size_t len = strlen(v->text);

	for (const char *c = v->text; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return expression_fail(v->error, v->column,
				"'%.64s' is not ASCII; write it with xn-- labels, as 'idn2' prints "
				"it",
				v->text);
	if (len > 1 && v->text[len - 1] == '.')
		v->text[len - 1] = '\0';
	if (v->text[0] == '.' && v->text[1]) {
		v->text++;
		if (is_pattern(v->text))
			return expression_fail(v->error, v->column,
				"* and ? do not go with a name that begins with a dot; write "
				"*.%.64s",
				v->text);
		out->how = EXPRESSION_BELOW;
	}
	return 0;
}

static int check_address(struct value *v, struct expression_node *out)
{
	int err = inet_prefix_parse(span_text(v->text), &out->prefix);

	if (!err)
		out->how = EXPRESSION_PREFIX;
	else if (err == ERR_LIMIT)
		return expression_fail(v->error, v->column,
			"'%.64s' has bits behind its length; write its first address", v->text);
	else if (strchr(v->text, '/') || (!v->field->other_key && !is_pattern(v->text)))
		return expression_fail(v->error, v->column,
			"'%.64s' is no address or network; write for example 10.20.8.0/24",
			v->text);
	return 0;
}

/* `AS4134` and `4134`. */
static int check_number(struct value *v)
{
	char *digits = v->text + (strncasecmp(v->text, "AS", 2) == 0 ? 2 : 0);

	if (is_pattern(v->text))
		return 0;
	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return expression_fail(v->error, v->column, "'%.64s' is no number", v->text);
	while (*digits == '0' && digits[1])
		digits++;
	v->text = digits;
	return 0;
}

static int check_country(struct value *v)
{
	size_t len = strlen(v->text);

	if (strcmp(v->text, "UNKNOWN") == 0)
		memcpy(v->text, "--", 3);
	else if (len != 2 && !is_pattern(v->text))
		return expression_fail(v->error, v->column,
			"'%.64s' is no country; write two letters such as CN, or unknown", v->text);
	return 0;
}

/* As the field's values are written. */
static void fold(const struct value *v)
{
	bool lower = v->field->kind == FIELD_LOWER || v->field->kind == FIELD_NAME ||
		     (v->field->kind == FIELD_ADDRESS && !v->field->other_key);
	bool upper = v->field->kind == FIELD_UPPER || v->field->kind == FIELD_COUNTRY;

	for (char *c = v->text; *c; c++)
		*c = (char)(lower   ? tolower((unsigned char)*c)
			    : upper ? toupper((unsigned char)*c)
				    : *c);
}

static int check(struct value *v, struct expression_node *out)
{
	int err = check_word(v);

	if (!err && v->field->kind == FIELD_NAME)
		err = check_name(v, out);
	else if (!err && v->field->kind == FIELD_ADDRESS)
		err = check_address(v, out);
	else if (!err && v->field->kind == FIELD_NUMBER)
		err = check_number(v);
	else if (!err && v->field->kind == FIELD_COUNTRY)
		err = check_country(v);
	if (!err && out->how == EXPRESSION_EQUAL && is_pattern(v->text))
		out->how = EXPRESSION_GLOB;
	out->text = v->text;
	return err;
}

/* A value at *at into the expression's texts. */
static int read_value(struct expression *e, struct span text, size_t *at, struct value *v)
{
	struct span rest = span_part(text, *at, text.len);
	uint8_t quote = rest.len > 0 && strchr("'\"", rest.data[0]) ? rest.data[0] : 0;
	size_t len = 0, skip = quote ? 1 : 0;

	v->column = *at;
	rest = span_part(rest, skip, rest.len);
	while (len < rest.len &&
		(quote ? rest.data[len] != quote
		       : !isspace(rest.data[len]) && !memchr("()", rest.data[len], 2)))
		len++;
	if (quote && len == rest.len)
		return expression_fail(v->error, *at, "this quote is not closed");
	if (len == 0 || memchr(rest.data, '\0', len) || utf8_check(span_part(rest, 0, len)) != len)
		return expression_fail(v->error, *at,
			len ? "this is not UTF-8"
			    : "a value is missing; write * for any and != * for none");
	v->text = e->texts + e->texts_len;
	memcpy(v->text, rest.data, len);
	v->text[len] = '\0';
	e->texts_len += len + 1;
	*at += len + 2 * skip;
	return 0;
}

static int fail_no_term(struct span word, size_t column, struct expression_error *error)
{
	int len = word.len < WORD_SHOWN_MAX ? (int)word.len : WORD_SHOWN_MAX;

	if (word.len == 0)
		return expression_fail(error, column, "a term is expected here; write FIELD=VALUE");
	if (memchr(word.data, '.', word.len))
		return expression_fail(error, column, "'%.*s' is no term; did you mean name=%.*s?",
			len, word.data, len, word.data);
	return expression_fail(error, column,
		"'%.*s' is no term; write FIELD=VALUE or FIELD!=VALUE", len, word.data);
}

static int find_field(
	struct span word, size_t column, struct expression_error *error, const struct field **out)
{
	char name[WORD_SHOWN_MAX + 1];
	const char *near;
	size_t len = word.len < WORD_SHOWN_MAX ? word.len : WORD_SHOWN_MAX;

	memcpy(name, word.data, len);
	name[len] = '\0';
	*out = field_find(name);
	if (*out)
		return 0;
	near = field_suggest(name);
	if (near)
		return expression_fail(
			error, column, "unknown field '%s'; did you mean '%s'?", name, near);
	return expression_fail(error, column,
		"unknown field '%s'; write for example vendor, client, name, action or located",
		name);
}

int term_parse(struct expression *e, struct span text, size_t *at, struct expression_node *out,
	struct expression_error *error)
{
	struct span rest = span_part(text, *at, text.len);
	struct span word = span_part(rest, 0, term_word_len(rest));
	struct value v = {.error = error};
	size_t column = *at;
	int err;

	rest = span_part(rest, word.len, rest.len);
	if (word.len == 0 || !term_has_relation(rest))
		return fail_no_term(word, column, error);
	err = find_field(word, column, error, &v.field);
	if (err)
		return err;
	out->field = v.field;
	out->differs = rest.data[0] == '!';
	*at += word.len + (out->differs ? 2 : 1);
	err = read_value(e, text, at, &v);
	if (err)
		return err;
	fold(&v);
	return check(&v, out);
}

static bool is_below(const char *value, const char *name)
{
	size_t len = strlen(value), name_len = strlen(name);

	return len >= name_len && strcmp(value + len - name_len, name) == 0 &&
	       (len == name_len || value[len - name_len - 1] == '.');
}

static bool value_matches(const struct expression_node *n, const char *value)
{
	struct inet_addr address;

	switch (n->how) {
	case EXPRESSION_GLOB:
		return expression_glob(n->text, value);
	case EXPRESSION_PREFIX:
		return inet_addr_parse(span_text(value), &address) == 0 &&
		       inet_prefix_has(&n->prefix, &address);
	case EXPRESSION_BELOW:
		return is_below(value, n->text);
	case EXPRESSION_EQUAL:
		break;
	}
	return strcmp(n->text, value) == 0;
}

bool term_matches(const struct expression_node *n, const struct entry *entry)
{
	struct entry_values values;
	bool found = false;

	entry_values(entry, n->field, &values);
	for (unsigned i = 0; i < values.count && !found; i++)
		found = values.texts[i] && value_matches(n, values.texts[i]);
	return found != n->differs;
}

/* JSON writes these as they are. */
static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < 0x20 || s.data[i] > 0x7e || memchr("\"\\/", s.data[i], 3))
			return false;
	return true;
}

struct span term_literal(const struct expression_node *n)
{
	struct span longest = span_of(NULL, 0);
	bool is_derived = n->field->kind == FIELD_HOUR || n->field->kind == FIELD_DAY;

	if (n->differs || is_derived ||
		(n->how == EXPRESSION_PREFIX && (n->prefix.len < 128 || !n->prefix.addr.is_v4)))
		return longest;
	for (const char *part = n->text; *part;) {
		size_t len = n->how == EXPRESSION_GLOB ? strcspn(part, "*?") : strlen(part);

		if (len > longest.len && is_plain(span_of(part, len)))
			longest = span_of(part, len);
		part += len + (part[len] != '\0');
	}
	return longest;
}

bool term_may_match(const struct expression_node *n, struct span line)
{
	return n->literal.len == 0 ||
	       memmem(line.data, line.len, n->literal.data, n->literal.len) != NULL;
}
