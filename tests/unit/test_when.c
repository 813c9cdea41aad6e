/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "celnik/when.h"

/* 2026-11-23T10:14:02Z, in Prague 11:14:02 */
#define NOW_S UINT64_C(1795428842)

static void times(void **state)
{
	static const struct {
		const char *text;
		const char *expected; /* NULL: no time */
	} cases[] = {
		{"now", "2026-11-23T10:14:02.000Z"},
		{"today", "2026-11-22T23:00:00.000Z"},
		{"yesterday", "2026-11-21T23:00:00.000Z"},
		{"2h", "2026-11-23T08:14:02.000Z"},
		{"-2h", "2026-11-23T08:14:02.000Z"},
		{"30m", "2026-11-23T09:44:02.000Z"},
		{"90s", "2026-11-23T10:12:32.000Z"},
		{"1d", "2026-11-22T10:14:02.000Z"},
		{"2w", "2026-11-09T10:14:02.000Z"},
		{"0s", "2026-11-23T10:14:02.000Z"},
		{"2026-11-23", "2026-11-22T23:00:00.000Z"},
		{"2026-07-01", "2026-06-30T22:00:00.000Z"},
		{"2026-11-23T10:14", "2026-11-23T09:14:00.000Z"},
		{"2026-11-23 10:14:05", "2026-11-23T09:14:05.000Z"},
		{"2026-11-23T10:14:05.123Z", "2026-11-23T10:14:05.000Z"},
		{"2026-11-23T10:14:05+01:00", "2026-11-23T09:14:05.000Z"},
		{"2026-11-23T10:14-0530", "2026-11-23T15:44:00.000Z"},
		{"", NULL},
		{"h", NULL},
		{"2", NULL},
		{"2y", NULL},
		{"2hours", NULL},
		{"--2h", NULL},
		{"99999999999999999999d", NULL},
		{"9999999999999d", NULL},
		{"2026-02-30", NULL},
		{"2026-13-01", NULL},
		{"2026-11-23T", NULL},
		{"2026-11-23T25:00", NULL},
		{"2026-11-23T10:14x", NULL},
		{"2026-11-23T10:14+1", NULL},
		{"2026-11-23T10:14+15:00", NULL},
		{"1969-12-31T00:00Z", NULL},
		{"tomorrow", NULL},
	};
	char text[CLOCK_TEXT_MAX];
	uint64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = when_parse(cases[i].text, NOW_S * NS_PER_S, &ns);

		if (err != (cases[i].expected ? 0 : ERR_FORMAT))
			fail_msg("'%s': %d", cases[i].text, err);
		if (!err && strcmp(clock_format(ns, text), cases[i].expected) != 0)
			fail_msg("'%s': %s", cases[i].text, text);
	}
}

/* The day when summer time ended had 25 hours. */
static void long_day(void **state)
{
	uint64_t ns = 0;
	char text[CLOCK_TEXT_MAX];

	(void)state;
	assert_int_equal(when_parse("2026-10-26T09:00:00Z", 0, &ns), 0);
	assert_int_equal(when_parse("yesterday", ns, &ns), 0);
	assert_string_equal(clock_format(ns, text), "2026-10-24T22:00:00.000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(long_day),
	};

	/* As Europe/Prague, without needing its file. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
