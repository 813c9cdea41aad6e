/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

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

/* count digits of value and what stands behind them. */
static char *put_digits(char *at, unsigned value, unsigned count, char behind)
{
	for (unsigned i = count; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	at[count] = behind;
	return at + count + 1;
}

/* The day of a number of days since 1970. Years are counted from March, so that the leap day is the
 * last; 153 days are five months from there on. */
static char *put_date(char *at, unsigned days)
{
	unsigned since = days + 719468; /* days since 0000-03-01 */
	unsigned era = since / 146097, day = since % 146097; /* 400 years */
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	at = put_digits(at, era * 400 + year + (month <= 2), 4, '-');
	at = put_digits(at, month, 2, '-');
	return put_digits(at, day + 1, 2, 'T');
}

/* By hand, as each line of the log has one. 64 bits of nanoseconds end in 2554, so the year has
 * four digits. */
const char *clock_format(uint64_t real_ns, char out[CLOCK_TEXT_MAX])
{
	uint64_t s = real_ns / NS_PER_S;
	unsigned ms = (unsigned)(real_ns % NS_PER_S / NS_PER_MS), of_day = (unsigned)(s % 86400);
	char *at = put_date(out, (unsigned)(s / 86400));

	at = put_digits(at, of_day / 3600, 2, ':');
	at = put_digits(at, of_day / 60 % 60, 2, ':');
	at = put_digits(at, of_day % 60, 2, '.');
	*put_digits(at, ms, 3, 'Z') = '\0';
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
