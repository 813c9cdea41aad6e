/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_ROWS_H
#define CELNIK_ROWS_H

/* List entries as `lists lookup` shows them. */

#include "cli.h"
#include "store/store.h"

/* What stands before all that is shown. */
void rows_head(enum cli_output output);
/* What was asked for, and what is known about it, on standard output. */
void rows_show(
	enum cli_output output, const char *asked, const struct store_row *rows, size_t count);
/* A CSV field after RFC 4180, quoted where it must be; what a spreadsheet would take for a formula
 * gets an apostrophe. */
void rows_csv_field(struct span text);

#endif
