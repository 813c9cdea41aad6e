/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_WAIVER_H
#define POLICY_WAIVER_H

/* Which places of evidence exceptions take out of a decision. */

#include "conf/conf.h"
#include "judge/evidence.h"
#include "wire/answer.h"

struct waiver {
	uint64_t places[(EVIDENCE_PLACES_MAX + 63) / 64]; /* a bit for each */
};

static inline bool waiver_has(const struct waiver *w, unsigned place)
{
	return w && (w->places[place / 64] >> (place % 64) & 1);
}

static inline void waiver_join(struct waiver *w, const struct waiver *other)
{
	for (size_t i = 0; i < sizeof(w->places) / sizeof(w->places[0]); i++)
		w->places[i] |= other->places[i];
}

static inline void waiver_add_place(struct waiver *w, unsigned place)
{
	w->places[place / 64] |= UINT64_C(1) << (place % 64);
}

/* All that stands in these records. */
void waiver_add_records(
	struct waiver *w, const struct evidence *e, const struct answer_records *records);
/* Adds what an exception waives of the evidence; true when that is something. */
bool waiver_add(struct waiver *w, const struct conf_exception *x, const struct evidence *e);

#endif
