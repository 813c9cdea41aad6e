/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_ns(clockid_t id)
{
	struct timespec t;

	/* Both clocks always exist; a failure could only be a bad pointer. */
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_real_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

const char *clock_format(uint64_t real_ns, char out[CLOCK_TEXT_MAX])
{
	time_t s = (time_t)(real_ns / NS_PER_S);
	unsigned ms = (unsigned)(real_ns % NS_PER_S / NS_PER_MS);
	struct tm tm;
	size_t len;

	/* 64 bits of nanoseconds end in 2554, so the year has four digits. */
	gmtime_r(&s, &tm);
	len = strftime(out, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, CLOCK_TEXT_MAX - len, ".%03uZ", ms);
	return out;
}

void clock_watch_init(struct clock_watch *w, uint64_t real_ns, uint64_t monotonic_ns)
{
	w->ahead_ns = real_ns - monotonic_ns;
}

int64_t clock_watch_jump(struct clock_watch *w, uint64_t real_ns, uint64_t monotonic_ns)
{
	int64_t jump = (int64_t)(real_ns - monotonic_ns - w->ahead_ns);

	if (jump > -CLOCK_JUMP_NS && jump < CLOCK_JUMP_NS)
		return 0;
	w->ahead_ns += (uint64_t)jump;
	return jump;
}
