/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_ROW_H
#define LISTS_ROW_H

/* From a line of a source to a row of the builder. */

#include "line.h"

/* What a row is without anything said: listed, of high confidence, from that file and line. */
struct builder_row row_from(const struct import_target *t, const struct line *line);
/* The same with the vendor and category that the source gives its plain lines. */
struct builder_row row_plain(const struct import_target *t, const struct line *line);
/* Skips the line with a warning at a part of it. */
void row_refuse(const struct import_target *t, const struct line *line, struct span at,
	const char *problem, struct import_result *result);
/* Adds the name that stands at text, or refuses the line with a warning there; returns 0, or the
 * code that ends the file. */
int row_add_name(const struct import_target *t, const struct line *line, struct span text,
	enum name_match match, struct import_result *result) MUST_CHECK;
/* The same with a prefix, an address or `first-last`. */
int row_add_range(const struct import_target *t, const struct line *line, struct span text,
	struct import_result *result) MUST_CHECK;
/* Counts what adding a row gave; returns 0, or the code that ends the file. */
int row_count(const struct import_target *t, const struct line *line, int err,
	struct import_result *result) MUST_CHECK;

#endif
