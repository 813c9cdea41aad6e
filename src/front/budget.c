/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Keys stand apart from the rows, so that a look-up touches two cache lines and not five. */
struct budget {
	uint64_t keys[BUDGET_SETS][BUDGET_WAYS];
	struct budget_row rows[BUDGET_SETS][BUDGET_WAYS];
	uint64_t forgotten;
};

int budget_new(struct budget **out)
{
	struct budget *b = calloc(1, sizeof(*b));

	if (!b)
		return ERR_MEMORY;
	*out = b;
	return 0;
}

void budget_free(struct budget *b)
{
	free(b);
}

static unsigned set_of(uint64_t hash)
{
	return (unsigned)(hash >> 32) & (BUDGET_SETS - 1);
}

struct budget_row *budget_find(struct budget *b, uint64_t key, uint64_t hash)
{
	unsigned set = set_of(hash);

	for (unsigned i = 0; i < BUDGET_WAYS; i++)
		if (b->keys[set][i] == key)
			return &b->rows[set][i];
	return NULL;
}

static bool goes_before(const struct budget_row *a, const struct budget_row *b)
{
	if (!a->outstanding != !b->outstanding)
		return !a->outstanding;
	return a->used_ns < b->used_ns;
}

static unsigned pick(const struct budget_row rows[BUDGET_WAYS])
{
	unsigned best = 0;

	for (unsigned i = 1; i < BUDGET_WAYS; i++)
		if (goes_before(&rows[i], &rows[best]))
			best = i;
	return best;
}

struct budget_row *budget_row(struct budget *b, uint64_t key, uint64_t hash, uint64_t now_ns)
{
	struct budget_row *row = budget_find(b, key, hash);

	if (!row) {
		unsigned set = set_of(hash), way = pick(b->rows[set]);

		row = &b->rows[set][way];
		b->forgotten += row->untold;
		memset(row, 0, sizeof(*row));
		b->keys[set][way] = key;
	}
	row->used_ns = now_ns;
	return row;
}

uint64_t budget_take_forgotten(struct budget *b)
{
	uint64_t forgotten = b->forgotten;

	b->forgotten = 0;
	return forgotten;
}

uint64_t budget_cost_ns(unsigned per_second)
{
	return per_second ? NS_PER_S / per_second : 0;
}

bool budget_take(struct budget_row *row, unsigned rate, uint64_t cost_ns, uint64_t now_ns)
{
	uint64_t due_ns = row->due_ns[rate] > now_ns ? row->due_ns[rate] : now_ns;

	if (due_ns + cost_ns > now_ns + NS_PER_S)
		return false;
	row->due_ns[rate] = due_ns + cost_ns;
	return true;
}
