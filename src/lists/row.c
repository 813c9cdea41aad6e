/* SPDX-License-Identifier: BSD-3-Clause */

#include "row.h"

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
