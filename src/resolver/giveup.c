/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/giveup.h"

#define HALF_MS 1000
#define ENOUGH 50
#define PAUSE_MS 10000

static void move(struct giveup *g, uint64_t now_ms)
{
	bool adjoins = now_ms - g->since_ms < (uint64_t)2 * HALF_MS;

	if (now_ms - g->since_ms < HALF_MS)
		return;
	g->before_answered = adjoins ? g->answered : 0;
	g->before_failed = adjoins ? g->failed : 0;
	g->answered = g->failed = 0;
	g->since_ms = adjoins ? g->since_ms + HALF_MS : now_ms;
}

void giveup_note(struct giveup *g, bool failed, uint64_t took_ms, uint32_t wait_ms, uint64_t now_ms)
{
	move(g, now_ms);
	if (!failed)
		g->answered++;
	else if (took_ms < wait_ms)
		g->failed++;
}

bool giveup_is_likely(struct giveup *g, uint64_t now_ms)
{
	unsigned failed, all;

	move(g, now_ms);
	failed = g->failed + g->before_failed;
	all = failed + g->answered + g->before_answered;
	if (g->renewed_ms != 0 && now_ms - g->renewed_ms < PAUSE_MS)
		return false;
	return all >= ENOUGH && failed > all / 10 * 9;
}

void giveup_renewed(struct giveup *g, uint64_t now_ms)
{
	*g = (struct giveup){.since_ms = now_ms, .renewed_ms = now_ms};
}
