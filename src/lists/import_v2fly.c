/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "conf/domain_list.h"
#include "row.h"
#include "tally.h"

#define DEPTH_MAX 16
#define FILTERS_MAX 64 /* of all files that lead to a row */
#define INCLUSIONS_MAX 100000

/* An attribute that rows must have, or must not. */
struct filter {
	struct span attribute;
	bool absent;
};

/* A file and those that include it. */
struct v2fly {
	const struct import_target *target; /* with this file's path */
	const struct v2fly *parent;
	unsigned depth;
	struct filter filters[FILTERS_MAX];
	unsigned filter_count;
	struct tally tally;
	struct import_result *result;
	unsigned *inclusions;
};

static int import_text(struct v2fly *v, struct span text);

static void skip(struct v2fly *v, const struct line *line, struct span at, const char *reason)
{
	tally_add(&v->tally, line, at, reason);
	v->result->skipped++;
}

static struct span word_next(struct span *rest)
{
	struct span text = line_trim(*rest), word;
	size_t len = 0;

	while (len < text.len && text.data[len] != ' ' && text.data[len] != '\t')
		len++;
	word = span_part(text, 0, len);
	*rest = span_part(text, len, text.len);
	return word;
}

static bool filter_add(struct v2fly *v, struct span text)
{
	struct filter *f = &v->filters[v->filter_count];

	f->absent = text.len > 0 && text.data[0] == '-';
	f->attribute = span_part(text, f->absent, text.len);
	if (f->attribute.len == 0 || v->filter_count == FILTERS_MAX - 1)
		return false;
	v->filter_count++;
	return true;
}

static bool has_attribute(struct span rest, struct span attribute)
{
	struct span word;

	while ((word = word_next(&rest)).len > 0)
		if (word.data[0] == '@' && span_equal(span_part(word, 1, word.len), attribute))
			return true;
	return false;
}

static bool is_wanted(const struct v2fly *v, struct span attributes)
{
	for (unsigned i = 0; i < v->filter_count; i++)
		if (has_attribute(attributes, v->filters[i].attribute) == v->filters[i].absent)
			return false;
	return true;
}

/* Attributes, and `&name`, which lends the row to another list. */
static bool are_attributes(struct span rest)
{
	struct span word;

	while ((word = word_next(&rest)).len > 0)
		if (word.len < 2 || (word.data[0] != '@' && word.data[0] != '&'))
			return false;
	return true;
}

/* An error ends the list: half a list would be taken for the whole. */
static int refuse_file(
	const struct v2fly *v, const struct line *line, struct span at, const char *problem)
{
	struct report_place place = {.file = v->target->path,
		.line = line->number,
		.column = (uint32_t)(at.data - line->whole.data) + 1,
		.context = line->whole};

	report_add(v->target->report, REPORT_ERROR, &place, "%s", problem);
	return ERR_FORMAT;
}

static int include_file(struct v2fly *child, const struct line *line, struct span name)
{
	const struct v2fly *v = child->parent;
	char *text = NULL;
	size_t len = 0;
	int err = file_read(child->target->path, DOMAIN_LIST_FILE_MAX, &text, &len);

	if (err == ERR_IO)
		err = refuse_file(v, line, name, strerror(errno));
	if (!err)
		err = import_text(child, span_of(text, len));
	free(text);
	return err;
}

/* What an ancestor includes already it will have read when it is done. */
static bool is_open(const struct v2fly *v, const char *path)
{
	for (; v; v = v->parent)
		if (strcmp(v->target->path, path) == 0)
			return true;
	return false;
}

static int include_filtered(
	struct v2fly *child, const struct line *line, struct span name, struct span rest)
{
	struct span word;

	while ((word = word_next(&rest)).len > 0)
		if (word.data[0] != '@' || !filter_add(child, span_part(word, 1, word.len)))
			return refuse_file(child->parent, line, word,
				"only attributes stand behind an included file; write @name or "
				"@-name");
	return include_file(child, line, name);
}

static int include(struct v2fly *v, const struct line *line, struct span name, struct span rest)
{
	char *path = domain_list_path(v->target->path, name);
	struct import_target target = *v->target;
	struct v2fly *child = NULL;
	int err = 0;

	if (!path)
		return refuse_file(v, line, name.len > 0 ? name : line->text,
			"this is no name of a file beside this one; write include:NAME");
	target.path = path;
	target.file = span_text(path);
	if (is_open(v, path))
		skip(v, line, name, "the files include each other in a circle");
	else if (v->depth == DEPTH_MAX || ++*v->inclusions > INCLUSIONS_MAX)
		err = refuse_file(
			v, line, name, "files include each other too deeply or too often");
	else if (!(child = malloc(sizeof(*child))))
		err = ERR_MEMORY;
	if (child) {
		*child = *v;
		child->target = &target;
		child->parent = v;
		child->depth++;
		child->tally = (struct tally){0};
		err = include_filtered(child, line, name, rest);
	}
	free(child);
	free(path);
	return err;
}

static int import_row(struct v2fly *v, const struct line *line)
{
	static const struct {
		const char *key;
		enum name_match match;
		const char *reason;
	} keys[] = {
		{"domain:", NAME_MATCH_SUFFIX, NULL},
		{"full:", NAME_MATCH_EXACT, NULL},
		{"keyword:", 0, "keywords cannot stand on a list"},
		{"regexp:", 0, "regular expressions cannot stand on a list"},
	};
	struct span rest = line->text, word = word_next(&rest);
	enum name_match match = NAME_MATCH_SUFFIX;

	/* A regular expression may hold blanks. */
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);

		if (word.len < len || memcmp(word.data, keys[i].key, len) != 0)
			continue;
		if (keys[i].reason) {
			skip(v, line, word, keys[i].reason);
			return 0;
		}
		match = keys[i].match;
		word = span_part(word, len, word.len);
		break;
	}
	if (!are_attributes(rest)) {
		row_refuse(v->target, line, line_trim(rest),
			"only attributes stand behind a name; write @name", v->result);
		return 0;
	}
	if (!is_wanted(v, rest))
		return 0;
	return row_add_name(v->target, line, word, match, v->result);
}

static int import_text(struct v2fly *v, struct span text)
{
	struct span name, rest;
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#");
	while (!err && lines_next(&lines, &line)) {
		const char *problem = line_problem(&line);

		if (problem)
			row_refuse(v->target, &line, line.text, problem, v->result);
		else if (domain_list_include(line.text, &name, &rest))
			err = include(v, &line, name, rest);
		else
			err = import_row(v, &line);
	}
	tally_report(&v->tally, v->target);
	return err;
}

int import_v2fly(const struct import_target *t, struct span text, struct import_result *out)
{
	struct import_result result = {0};
	unsigned inclusions = 0;
	struct v2fly *v = calloc(1, sizeof(*v));
	int err = 0;

	if (!v)
		return ERR_MEMORY;
	v->target = t;
	v->result = &result;
	v->inclusions = &inclusions;
	for (unsigned i = 0; i < t->source->attribute_count; i++)
		(void)filter_add(v, span_text(t->source->attributes[i]));
	err = import_text(v, text);
	if (!err)
		*out = result;
	free(v);
	return err;
}
