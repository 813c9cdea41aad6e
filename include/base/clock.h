/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* The two clocks. Deadlines and ages use the monotonic one, records the real one. Pure code gets
 * time as an argument. */

#include <stdint.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define CLOCK_TEXT_MAX 32
#define CLOCK_JUMP_NS (10 * (int64_t)NS_PER_S) /* less harms nobody */

uint64_t clock_monotonic_ns(void);
/* Nanoseconds since 1970-01-01 UTC. */
uint64_t clock_real_ns(void);
/* The civil day there is in the process's timezone (tzset(3)), in days since 1970-01-01. */
int64_t clock_day(uint64_t real_ns);
/* RFC 3339 in UTC with milliseconds, `2026-11-23T10:14:02.123Z`; returns out. */
const char *clock_format(uint64_t real_ns, char out[CLOCK_TEXT_MAX]);

/* Sees the real clock jump: what slews it (NTP) moves the monotonic one with it. */
struct clock_watch {
	uint64_t ahead_ns; /* of the monotonic clock, modulo 2^64 */
};

void clock_watch_init(struct clock_watch *w, uint64_t real_ns, uint64_t monotonic_ns);
/* How far the real clock was set, or has gone on while the host slept, since the last jump or the
 * begin; 0 while that is less than CLOCK_JUMP_NS. */
int64_t clock_watch_jump(struct clock_watch *w, uint64_t real_ns, uint64_t monotonic_ns);

#endif
