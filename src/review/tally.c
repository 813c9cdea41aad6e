/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/tally.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	void *tree; /* of struct tally_row */
	size_t count;
	uint64_t total;
	struct tally_row *sorted; /* for who asks */
};

/* While the tree is walked. */
struct gathering {
	struct tally_row *rows;
	size_t count;
};

struct tally *tally_new(void)
{
	return calloc(1, sizeof(struct tally));
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	tdestroy(t->tree, free);
	free(t->sorted);
	free(t);
}

static int compare_texts(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* Row and text in one block. */
static struct tally_row *row_new(const char *text)
{
	size_t size = strlen(text) + 1;
	struct tally_row *row = malloc(sizeof(*row) + size);

	if (!row)
		return NULL;
	memcpy(row + 1, text, size);
	*row = (struct tally_row){1, (const char *)(row + 1)};
	return row;
}

int tally_count(struct tally *t, const char *text)
{
	const struct tally_row key = {.text = text};
	struct tally_row **found = tfind(&key, &t->tree, compare_texts);
	struct tally_row *row;

	t->total++;
	if (found) {
		(*found)->count++;
		return 0;
	}
	if (t->count == TALLY_MAX)
		return 0;
	row = row_new(text);
	if (!row || !tsearch(row, &t->tree, compare_texts)) {
		free(row);
		return ERR_MEMORY;
	}
	t->count++;
	return 0;
}

static void gather(const void *node, VISIT visit, void *arg)
{
	struct gathering *g = arg;

	if (visit == postorder || visit == leaf)
		g->rows[g->count++] = **(struct tally_row *const *)node;
}

static int compare_rows(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

size_t tally_top(struct tally *t, const struct tally_row **out, size_t max)
{
	struct gathering g = {.rows = calloc(t->count + 1, sizeof(*g.rows))};

	if (!g.rows)
		return 0;
	twalk_r(t->tree, gather, &g);
	qsort(g.rows, g.count, sizeof(*g.rows), compare_rows);
	free(t->sorted);
	t->sorted = g.rows;
	*out = g.rows;
	return g.count < max ? g.count : max;
}

uint64_t tally_rest(const struct tally *t, const struct tally_row *rows, size_t count)
{
	uint64_t rest = t->total;

	for (size_t i = 0; i < count; i++)
		rest -= rows[i].count;
	return rest;
}
