/* SPDX-License-Identifier: BSD-3-Clause */

#include "row.h"

/* Takes `*.` or `.` off the front; both mean the name and all below. */
static struct span without_wildcard(struct span text, enum name_match *match)
{
	size_t len = 0;

	if (text.len > 1 && text.data[0] == '.')
		len = 1;
	else if (text.len > 2 && text.data[0] == '*' && text.data[1] == '.')
		len = 2;
	if (len > 0)
		*match = NAME_MATCH_SUFFIX;
	return span_part(text, len, text.len);
}

static int import_line(
	const struct import_target *t, const struct line *line, struct import_result *result)
{
	enum name_match match = t->source->scope_exact ? NAME_MATCH_EXACT : NAME_MATCH_SUFFIX;
	struct span name = without_wildcard(line->text, &match);
	const char *problem = line_problem(line);

	if (problem) {
		row_refuse(t, line, line->text, problem, result);
		return 0;
	}
	return row_add_name(t, line, name, match, result);
}

int import_domains(const struct import_target *t, struct span text, struct import_result *out)
{
	struct import_result result = {0};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#");
	while (!err && lines_next(&lines, &line))
		err = import_line(t, &line, &result);
	if (!err)
		*out = result;
	return err;
}
