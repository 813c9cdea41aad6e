/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/pace.h"

#define SLOW_MIN_MS 1200
#define QUICK_ANSWERS 3

static bool change(struct pace *p, uint32_t wait_ms)
{
	bool changed = p->wait_ms != wait_ms;

	p->wait_ms = wait_ms;
	p->quick = 0;
	return changed;
}

static uint32_t wait_for(uint32_t rtt_ms)
{
	if (rtt_ms <= PACE_QUICK_MS)
		return PACE_QUICK_MS;
	if (rtt_ms >= PACE_PATIENT_MS / 3)
		return PACE_PATIENT_MS;
	return rtt_ms < SLOW_MIN_MS / 3 ? SLOW_MIN_MS : 3 * rtt_ms;
}

void pace_init(struct pace *p)
{
	*p = (struct pace){.wait_ms = PACE_QUICK_MS};
}

bool pace_measured(struct pace *p, uint32_t rtt_ms)
{
	uint32_t want_ms = wait_for(rtt_ms);

	if (!p->measured) {
		p->measured = true;
		return change(p, want_ms);
	}
	/* Half as long again as an answer takes is enough room for its neighbours. */
	if (want_ms > p->wait_ms && rtt_ms > p->wait_ms / 3 * 2)
		return change(p, want_ms);
	if (want_ms > p->wait_ms / 2) {
		p->quick = 0;
		return false;
	}
	return ++p->quick == QUICK_ANSWERS ? change(p, want_ms) : false;
}

bool pace_silent(struct pace *p)
{
	return p->measured ? false : change(p, PACE_PATIENT_MS);
}
