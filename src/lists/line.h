/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_LINE_H
#define LISTS_LINE_H

/* The lines of a list file, and warnings about them. */

#include "lists/lists.h"

#define LINE_MAX_LEN 8192

struct line {
	struct span text; /* without its end, blanks around it and comment */
	struct span whole; /* as it stands in the file, without its end */
	uint32_t number; /* from 1 */
};

struct lines {
	struct span rest;
	const char *comments; /* what begins one, at the start or after a blank */
	uint32_t number;
};

/* Skips a byte order mark. */
void lines_init(struct lines *l, struct span text, const char *comments);
/* The next line that is not empty; false at the end. */
bool lines_next(struct lines *l, struct line *out);
/* NULL, or why the line as a whole cannot be read: control characters, no UTF-8, or its length. */
const char *line_problem(const struct line *line);
/* Without blanks (space and tab) at both ends. */
struct span line_trim(struct span s);

/* A warning at a part of line->whole; any other span stands for all of it. */
void line_warn(const struct import_target *t, const struct line *line, struct span at,
	const char *format, ...) PRINTF_LIKE(4, 5);

#endif
