/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

/*
 * One file's text with an index of its lines, and messages about places in it. The text and the
 * path are borrowed.
 */

#include "base/arena.h"
#include "conf/conf.h"

#define CONF_EXCERPT_MAX 128

struct conf_text {
	const char *path; /* as the operator wrote it */
	struct span text;
	const uint32_t *starts; /* offset of each line */
	uint32_t line_count; /* at least 1 */
};

/* The index comes from the arena. ERR_LIMIT above CONF_FILE_MAX, ERR_MEMORY. */
int conf_text_init(
	struct conf_text *t, const char *path, struct span text, struct arena *arena) MUST_CHECK;
/* The line without its end, empty when there is no such line. */
struct span conf_text_line(const struct conf_text *t, uint32_t line);
/* Adds a message with its line; line and column may be 0 as in base/report.h. */
void conf_text_report(const struct conf_text *t, struct report *r, enum report_level level,
	uint32_t line, uint32_t column, const char *format, ...) PRINTF_LIKE(6, 7);
/*
 * Checks what must hold before anything parses the text: UTF-8, no byte order mark, no control
 * characters but tab and line feed (a carriage return only before a line feed). ERR_FORMAT with the
 * first offence in r.
 */
int conf_text_check(const struct conf_text *t, struct report *r) MUST_CHECK;
/* The beginning of a value for a message, whole characters; returns out. */
const char *conf_excerpt(const char *value, char out[CONF_EXCERPT_MAX]);

#endif
