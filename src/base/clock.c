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

int64_t clock_day(uint64_t real_ns)
{
	time_t seconds = (time_t)(real_ns / NS_PER_S);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return (int64_t)(real_ns / NS_PER_S / 86400);
	return (int64_t)((seconds + local.tm_gmtoff) / 86400);
}
