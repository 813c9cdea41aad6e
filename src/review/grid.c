/* SPDX-License-Identifier: BSD-3-Clause */

#include "grid.h"

#include <stdlib.h>
#include <string.h>

unsigned figure_columns(const struct figure *f)
{
	unsigned count = 0;

	while (f->columns[count].heading != PHRASE_NONE)
		count++;
	return count;
}

static int add_row(struct grid *g, struct db_statement *s, size_t *capacity)
{
	size_t need = (g->rows + 1) * g->columns;

	if (need > *capacity) {
		size_t more = need * 2;
		char **cells = reallocarray(g->cells, more, sizeof(*cells));

		if (!cells)
			return ERR_MEMORY;
		g->cells = cells;
		*capacity = more;
	}
	for (unsigned i = 0; i < g->columns; i++) {
		struct span text = db_text(s, (int)i);
		char *copy = strndup((const char *)text.data, text.len);

		if (!copy) {
			while (i > 0)
				free(g->cells[g->rows * g->columns + --i]);
			return ERR_MEMORY;
		}
		g->cells[g->rows * g->columns + i] = copy;
	}
	g->rows++;
	return 0;
}

int grid_read(struct db *db, const struct figure *f, size_t max, struct grid *out)
{
	struct grid g = {.figure = f, .columns = figure_columns(f)};
	struct db_statement *s = db_prepare(db, f->sql);
	size_t capacity = 0;
	int err = 0;

	while (!err && db_step(s)) {
		if (g.rows < max)
			err = add_row(&g, s, &capacity);
		else
			g.left_out++;
	}
	db_statement_free(s);
	if (!err)
		err = db_error(db);
	if (err)
		grid_release(&g);
	else
		*out = g;
	return err;
}

void grid_release(struct grid *g)
{
	for (size_t i = 0; i < g->rows * g->columns; i++)
		free(g->cells[i]);
	free(g->cells);
	*g = (struct grid){0};
}

const char *grid_text(const struct grid *g, size_t row, unsigned column)
{
	return g->cells[row * g->columns + column];
}

int64_t grid_number(const struct grid *g, size_t row, unsigned column)
{
	return strtoll(grid_text(g, row, column), NULL, 10);
}
