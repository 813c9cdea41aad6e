/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_GIVEUP_H
#define RESOLVER_GIVEUP_H

/*
 * Whether libunbound has given up its upstreams: many names in a row whose servers are slow look to
 * it like an upstream that is down, and then nearly all questions fail at once without being sent.
 * A failure that took longer than an upstream is given says nothing, as it was sent.
 */

#include <stdbool.h>
#include <stdint.h>

struct giveup {
	uint64_t since_ms; /* where the present count began */
	uint64_t renewed_ms; /* 0: never */
	unsigned answered, failed; /* since then */
	unsigned before_answered, before_failed; /* in the second before that */
};

/* now_ms is monotonic and above 0. took_ms: from the question to the answer or failure, wait_ms: as
 * in resolver/pace.h. */
void giveup_note(
	struct giveup *g, bool failed, uint64_t took_ms, uint32_t wait_ms, uint64_t now_ms);
/* True when of at least 50 in the last two seconds more than nine of ten failed at once, but not
 * within ten seconds of giveup_renewed. */
bool giveup_is_likely(struct giveup *g, uint64_t now_ms);
/* What was noted is forgotten: the context is new. */
void giveup_renewed(struct giveup *g, uint64_t now_ms);

#endif
