/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_REPLAY_LINE_H
#define CELNIK_REPLAY_LINE_H

/* A line of the query log as a query that can be decided again. */

#include "lists/presentation.h"
#include "review/replay.h"
#include "json/reader.h"

enum replay_line_kind {
	REPLAY_LINE_QUERY,
	REPLAY_LINE_OTHER, /* a change or a loss */
	REPLAY_LINE_CUT, /* a part of its answer is not in the log */
	REPLAY_LINE_UNREADABLE,
};

struct replay_line {
	struct replay_query query;
	struct replay_outcome was;
	struct presentation answer; /* what query.answer points into */
};

/* Of a query, line is to be released, and stands as long as the record. */
enum replay_line_kind replay_line_read(const struct json_value *record, struct replay_line *line);
void replay_line_release(struct replay_line *line);

#endif
