/* SPDX-License-Identifier: BSD-3-Clause */

#include "row.h"

#include "field.h"
#include "guard.h"

struct builder_row row_from(const struct import_target *t, const struct line *line)
{
	return (struct builder_row){
		.fact = FACT_LISTED,
		.confidence = CONFIDENCE_HIGH,
		.list = t->list,
		.file = t->file,
		.line = line->number,
	};
}

struct builder_row row_plain(const struct import_target *t, const struct line *line)
{
	struct builder_row row = row_from(t, line);

	row.vendor = span_text(t->source->vendor);
	row.category = span_text(t->source->category);
	return row;
}

void row_refuse(const struct import_target *t, const struct line *line, struct span at,
	const char *problem, struct import_result *result)
{
	line_warn(t, line, at, "%s", problem);
	result->skipped++;
}

int row_count(const struct import_target *t, const struct line *line, int err,
	struct import_result *result)
{
	switch (err) {
	case 0:
		result->accepted++;
		return 0;
	case ERR_STATE:
		result->duplicate++;
		return 0;
	case ERR_FORMAT:
		row_refuse(t, line, (struct span){0}, "the row cannot be stored", result);
		return 0;
	default:
		return err;
	}
}

int row_add_name(const struct import_target *t, const struct line *line, struct span text,
	enum name_match match, struct import_result *result)
{
	struct builder_row row = row_plain(t, line);
	uint8_t key[NAME_LEN_MAX];
	const char *problem;
	struct name name;
	size_t len;

	problem = field_name(text, match, &name);
	if (!problem)
		problem = guard_name(t->guard, &name, match);
	if (problem) {
		row_refuse(t, line, text, problem, result);
		return 0;
	}
	len = name_to_key(&name, key);
	return row_count(t, line, builder_name(t->builder, span_of(key, len), match, &row), result);
}

int row_add_range(const struct import_target *t, const struct line *line, struct span text,
	struct import_result *result)
{
	struct builder_row row = row_plain(t, line);
	struct inet_addr first, last;
	const char *problem = field_range(text, &first, &last);

	if (problem) {
		row_refuse(t, line, text, problem, result);
		return 0;
	}
	return row_count(t, line, builder_range(t->builder, &first, &last, &row), result);
}
