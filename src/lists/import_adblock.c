/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "hosts.h"
#include "row.h"

/* One file while it is read. */
struct adblock {
	const struct import_target *t;
	struct tally tally;
	struct import_result result;
};

static void skip(struct adblock *a, const struct line *line, struct span at, const char *reason)
{
	tally_add(&a->tally, line, at, reason);
	a->result.skipped++;
}

static bool begins(struct span s, const char *with)
{
	size_t len = strlen(with);

	return s.len >= len && memcmp(s.data, with, len) == 0;
}

static bool holds(struct span s, const char *what)
{
	return s.len > 0 && memmem(s.data, s.len, what, strlen(what)) != NULL;
}

/* `#` begins a comment, but `##`, `#@#`, `#?#`, `#$#` and `#%#` hide parts of pages. */
static bool is_comment(struct span text)
{
	return text.data[0] == '!' || text.data[0] == '[' ||
	       (text.data[0] == '#' &&
		       (text.len == 1 || !strchr("#@?$%", text.data[1]) || text.data[1] == '\0'));
}

static bool is_of_pages(struct span text)
{
	static const char *const marks[] = {"##", "#@#", "#?#", "#$#", "#%#"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (holds(text, marks[i]))
			return true;
	return false;
}

/* What an option makes of a rule; NULL when the rule stays one about a name. */
static const char *option_reason(struct span option)
{
	static const struct {
		const char *option, *reason;
	} options[] = {
		{"important", NULL},
		{"all", NULL},
		{"badfilter", "the rule switches off another; remove that instead"},
		{"dnsrewrite", "the rule has an answer of its own; lists have no answers"},
		{"dnstype", "the rule is for types of records; write a rule with 'qtype'"},
		{"client", "the rule is for some clients; write a rule with 'clients'"},
		{"ctag", "the rule is for some clients; write a rule with 'clients'"},
		{"denyallow", "the rule leaves names out; write an exception"},
	};
	const uint8_t *equals = option.len > 0 ? memchr(option.data, '=', option.len) : NULL;
	struct span word =
		span_part(option, 0, equals ? (size_t)(equals - option.data) : option.len);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (span_equal(word, span_text(options[i].option)))
			return options[i].reason;
	return "the options make it a rule about parts of pages, which DNS does not see";
}

/* The first reason that any of the options gives. */
static const char *options_reason(struct span options)
{
	const char *reason = NULL;

	while (!reason && options.len > 0) {
		const uint8_t *comma = memchr(options.data, ',', options.len);
		size_t len = comma ? (size_t)(comma - options.data) : options.len;

		reason = option_reason(line_trim(span_part(options, 0, len)));
		options = span_part(options, len + 1, options.len);
	}
	return reason;
}

/* Takes the marks off a pattern that names one host. False when it is another kind of pattern. */
static bool pattern_name(struct span *pattern, enum name_match *match)
{
	struct span p = *pattern;
	bool ended = p.len > 0 && (p.data[p.len - 1] == '^' || p.data[p.len - 1] == '|');
	size_t start = 0;

	if (begins(p, "||")) {
		*match = NAME_MATCH_SUFFIX;
		start = 2;
	} else {
		*match = NAME_MATCH_EXACT;
		start = begins(p, "|") ? 1 : 0;
	}
	while (p.len > start && (p.data[p.len - 1] == '^' || p.data[p.len - 1] == '|'))
		p.len--;
	*pattern = span_part(p, start, p.len);
	return ended == (start > 0);
}

static int rule_line(struct adblock *a, const struct line *line, struct span pattern)
{
	enum name_match match;
	struct span name = pattern;

	if (holds(pattern, "/") || holds(pattern, "://"))
		skip(a, line, pattern,
			"the rule is about addresses of pages, which DNS does not see");
	else if (!pattern_name(&name, &match))
		skip(a, line, pattern,
			"the rule is about parts of names; only ||name^, |name^ and a name alone "
			"are "
			"taken");
	else if (holds(name, "*") || holds(name, "^") || holds(name, "|"))
		skip(a, line, pattern, "names with '*' inside cannot stand on a list");
	else
		return row_add_name(a->t, line, name, match, &a->result);
	return 0;
}

static struct span without_comment(struct span text)
{
	for (size_t i = 1; i < text.len; i++)
		if (text.data[i] == '#' && (text.data[i - 1] == ' ' || text.data[i - 1] == '\t'))
			return line_trim(span_part(text, 0, i));
	return text;
}

static int import_line(struct adblock *a, const struct line *line)
{
	struct span text = line->text, options = {0};
	const uint8_t *dollar;
	const char *reason;

	if (hosts_is_line(without_comment(text)))
		return hosts_line(
			a->t, &a->tally, line, without_comment(text), NAME_MATCH_EXACT, &a->result);
	if (begins(text, "@@")) {
		skip(a, line, text,
			"the rule takes names out of what is blocked; write an exception");
		return 0;
	}
	if (is_of_pages(text)) {
		skip(a, line, text, "the rule hides parts of pages, which DNS does not see");
		return 0;
	}
	if (text.data[0] == '/') {
		skip(a, line, text, "regular expressions cannot stand on a list");
		return 0;
	}
	text = without_comment(text);
	dollar = memchr(text.data, '$', text.len);
	if (dollar) {
		options = span_part(text, (size_t)(dollar - text.data) + 1, text.len);
		text = line_trim(span_part(text, 0, (size_t)(dollar - text.data)));
	}
	reason = options_reason(options);
	if (reason) {
		skip(a, line, line->text, reason);
		return 0;
	}
	return rule_line(a, line, text);
}

int import_adblock(const struct import_target *t, struct span text, struct import_result *out)
{
	struct adblock a = {.t = t};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "");
	while (!err && lines_next(&lines, &line)) {
		const char *problem = line_problem(&line);

		if (problem)
			row_refuse(t, &line, line.text, problem, &a.result);
		else if (!is_comment(line.text))
			err = import_line(&a, &line);
	}
	tally_report(&a.tally, t);
	if (!err)
		*out = a.result;
	return err;
}
