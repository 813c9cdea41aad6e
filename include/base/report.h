/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

/*
 * What is wrong in a file that a human wrote: collected, so that one run shows all of it, and
 * printed in the form compilers use: `file:line:col: error: what; remedy`, the line, and a caret.
 * Readers of configuration and lists add to a report; only a program prints it.
 */

#include <stdio.h>

#include "base/err.h"
#include "base/span.h"

enum report_level {
	REPORT_ERROR,
	REPORT_WARNING,
};

struct report_place {
	const char *file; /* as the operator wrote it; copied; NULL for none */
	uint32_t line; /* from 1; 0 for the file as a whole */
	uint32_t column; /* from 1, in characters; 0 for the line as a whole */
	struct span context; /* the text of that line without its end; copied; may be empty */
};

struct report;

/* At most max messages are kept of each level; those above are only counted. NULL when memory is
 * exhausted. */
struct report *report_new(size_t max);
void report_free(struct report *r);
/* One lower-case sentence without a full stop. A message that cannot be stored is still counted. */
void report_add(struct report *r, enum report_level level, const struct report_place *place,
	const char *format, ...) PRINTF_LIKE(4, 5);
size_t report_count(const struct report *r, enum report_level level);
/* All messages ordered by file and place, then how many were not kept. */
void report_print(const struct report *r, FILE *out);
/* The same as one heap text for a message to another process, at most max octets; NULL when memory
 * is exhausted. */
char *report_text(const struct report *r, size_t max);

#endif
