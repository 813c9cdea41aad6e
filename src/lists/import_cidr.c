/* SPDX-License-Identifier: BSD-3-Clause */

#include "row.h"

static int import_line(
	const struct import_target *t, const struct line *line, struct import_result *result)
{
	const char *problem = line_problem(line);

	if (problem) {
		row_refuse(t, line, line->text, problem, result);
		return 0;
	}
	return row_add_range(t, line, line->text, result);
}

int import_cidr(const struct import_target *t, struct span text, struct import_result *out)
{
	struct import_result result = {0};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#;");
	while (!err && lines_next(&lines, &line))
		err = import_line(t, &line, &result);
	if (!err)
		*out = result;
	return err;
}
