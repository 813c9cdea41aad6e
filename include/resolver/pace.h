/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_PACE_H
#define RESOLVER_PACE_H

/*
 * How long libunbound waits for an upstream before it asks again. It drops what comes later than
 * that, and only learns from what comes: behind a slow line its first questions would all fail.
 * So we measure ourselves. Longer waiting comes at once, shorter when three answers in a row were
 * quick.
 */

#include <stdbool.h>
#include <stdint.h>

#define PACE_QUICK_MS 300 /* an upstream may take so long to resolve without being asked twice */
#define PACE_PATIENT_MS 4400 /* the front waits for 4500 */

struct pace {
	uint32_t wait_ms;
	bool measured;
	unsigned quick; /* answers in a row that were */
};

/* Quick until something else is known; what is measured next counts at once. */
void pace_init(struct pace *p);
/* These return true when wait_ms has changed. */
bool pace_measured(struct pace *p, uint32_t rtt_ms);
/* Nothing has come for a while: as if everything takes long, until something was measured. */
bool pace_silent(struct pace *p);

#endif
