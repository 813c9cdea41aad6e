/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_GRID_H
#define REVIEW_GRID_H

/* The rows of one figure, held while they are drawn. */

#include "review/figures.h"

struct grid {
	const struct figure *figure;
	unsigned columns;
	size_t rows;
	size_t left_out; /* rows beyond the maximum */
	char **cells; /* rows times columns; text of every cell */
};

/* At most max rows. ERR_MEMORY; otherwise as db_error. */
int grid_read(struct db *db, const struct figure *f, size_t max, struct grid *out) MUST_CHECK;
void grid_release(struct grid *g);
const char *grid_text(const struct grid *g, size_t row, unsigned column);
int64_t grid_number(const struct grid *g, size_t row, unsigned column);
unsigned figure_columns(const struct figure *f);

#endif
