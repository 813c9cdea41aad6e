/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_PREPARED_H
#define JOURNAL_PREPARED_H

/*
 * The runs of lines that are written again and again, kept with the resolution that they are of: so
 * they go when it goes. Kept from the first answer out of the cache on, so a flood of names that
 * are asked once keeps nothing. Bounded by journal_prepared_max octets; beyond it the oldest goes
 * that was not used since its turn came last. The writer's thread alone uses it; the resolution's
 * pointer too is the writer's.
 */

#include "line.h"

struct prepared;

struct prepared_store {
	struct prepared *newest, *oldest;
	uint64_t octets;
	struct buf scratch; /* the runs that are kept nowhere */
	struct line_text text; /* in scratch */
};

void prepared_init(struct prepared_store *s);
void prepared_release(struct prepared_store *s);
/* The runs of a record's line, valid until the next call; NULL when they are too long. */
const struct line_text *prepared_find(
	struct prepared_store *s, const struct journal_record *r, const struct journal_context *c);
/* To be called before a resolution is freed. */
void prepared_forget(struct prepared_store *s, const struct resolution *r);
/* To be called when a context ends: another may come to stand at the same address. */
void prepared_clear(struct prepared_store *s);

#endif
