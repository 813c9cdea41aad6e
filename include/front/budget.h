/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_BUDGET_H
#define FRONT_BUDGET_H

/*
 * Budgets by key in a table that never grows: a few rates, what is outstanding, and what was turned
 * away and not yet told. Looking up is one set of four rows. A key that finds no row takes the one
 * of its set that has nothing outstanding and was not used for longest: what is forgotten so begins
 * anew, in favour of who asks. Knows neither clients nor a clock. One thread.
 */

#include "base/err.h"
#include "base/span.h"

#define BUDGET_SETS 2048u /* a power of two */
#define BUDGET_WAYS 4u
#define BUDGET_RATES 4u /* of each row */

/* One cache line. */
struct budget_row {
	uint64_t due_ns[BUDGET_RATES]; /* when all that was taken is earned (GCRA) */
	uint64_t used_ns;
	uint32_t outstanding;
	uint32_t untold; /* turned away and in no report yet */
	uint32_t turned_away; /* since the row was taken; wraps */
};

struct budget;

int budget_new(struct budget **out) MUST_CHECK;
void budget_free(struct budget *b);

/* The key's row, begun anew when it has none. hash is of the key by a secret; key is not 0. */
struct budget_row *budget_row(struct budget *b, uint64_t key, uint64_t hash, uint64_t now_ns);
/* NULL when the key has no row. */
struct budget_row *budget_find(struct budget *b, uint64_t key, uint64_t hash);
/* What stood untold in rows that others took, since the last call. */
uint64_t budget_take_forgotten(struct budget *b);

/* What one costs at so many a second; 0 for 0, which is no limit. */
uint64_t budget_cost_ns(unsigned per_second);
/*
 * Takes one, false when there is none left. What is not used is saved for one second and no longer:
 * so much may come at once.
 */
bool budget_take(struct budget_row *row, unsigned rate, uint64_t cost_ns, uint64_t now_ns);

#endif
