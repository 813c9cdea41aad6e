/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_TABLE_H
#define CELNIK_TABLE_H

/*
 * Rows of cells on standard output: aligned for people, an object a row as JSON, or CSV. People see
 * them when the table ends, as the widths are known then.
 */

#include "cli.h"

#define TABLE_COLUMNS_MAX 16

struct table_column {
	const char *name;
	bool is_number;
	bool is_time; /* as in the log; people see it in the zone of the process */
};

struct table {
	const struct cli *cli;
	const struct table_column *columns;
	unsigned count;
	char **cells; /* of people's table */
	size_t cell_count, capacity;
	bool failed;
};

/* Columns live as long as the table. */
void table_begin(
	struct table *t, const struct cli *cli, const struct table_column *columns, unsigned count);
/* As many cells as columns; NULL for none. */
void table_row(struct table *t, const char *const *cells);
/* False when memory did not suffice. */
bool table_end(struct table *t);
/* `2026-11-23T10:14:02.123Z` in the zone of the process, without the fraction; returns out. */
const char *table_time(const char *timestamp, char out[32]);

#endif
