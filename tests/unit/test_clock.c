/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

#include "base/clock.h"

static void formats_times(void **state)
{
	static const struct {
		uint64_t ns;
		const char *expected;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{UINT64_C(1795428842123999999), "2026-11-23T10:14:02.123Z"},
		{UINT64_C(951782399999999999), "2000-02-28T23:59:59.999Z"},
		{UINT64_C(951827696789000000), "2000-02-29T12:34:56.789Z"},
		{UINT64_C(951868800000000000), "2000-03-01T00:00:00.000Z"},
		{UINT64_C(4107542399000999999), "2100-02-28T23:59:59.000Z"},
		{UINT64_C(4107542400000000000), "2100-03-01T00:00:00.000Z"},
		{UINT64_C(1735689599999000000), "2024-12-31T23:59:59.999Z"},
		{UINT64_MAX, "2554-07-21T23:34:33.709Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[CLOCK_TEXT_MAX];

		assert_string_equal(clock_format(rows[i].ns, text), rows[i].expected);
	}
}

/* Each day that there is, against the C library. */
static void formats_all_days(void **state)
{
	(void)state;
	for (uint64_t day = 0; day <= UINT64_MAX / NS_PER_S / 86400; day++) {
		char text[CLOCK_TEXT_MAX], expected[CLOCK_TEXT_MAX];
		time_t s = (time_t)day * 86400;
		struct tm tm;

		strftime(expected, sizeof(expected), "%Y-%m-%dT00:00:00.000Z", gmtime_r(&s, &tm));
		assert_string_equal(clock_format((uint64_t)s * NS_PER_S, text), expected);
	}
}

static void reads_both_clocks(void **state)
{
	uint64_t monotonic = clock_monotonic_ns();
	uint64_t real = clock_real_ns() / NS_PER_S;
	uint64_t now = (uint64_t)time(NULL);

	(void)state;
	assert_true(clock_monotonic_ns() >= monotonic);
	/* time(2) goes with the ticks and may be one behind. */
	assert_in_range(now, real > 0 ? real - 1 : 0, real + 2);
}

static void sees_jumps(void **state)
{
	/* Seconds of both clocks, and the jump that is seen. */
	static const struct {
		uint64_t real, monotonic;
		int64_t expected;
	} rows[] = {
		{1001, 2, 0},
		{5009, 4001, 0}, /* 9 s ahead: not yet */
		{5010, 4001, 9 + 1},
		{5011, 4002, 0},
		{0, 4003, -5012},
		{1, 4004, 0},
		{10000000, 4005, 9999998},
		{10000001, 4006, 0},
	};
	struct clock_watch w;

	(void)state;
	clock_watch_init(&w, 1000 * NS_PER_S, 1 * NS_PER_S);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			clock_watch_jump(&w, rows[i].real * NS_PER_S, rows[i].monotonic * NS_PER_S),
			rows[i].expected * (int64_t)NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_times),
		cmocka_unit_test(formats_all_days),
		cmocka_unit_test(reads_both_clocks),
		cmocka_unit_test(sees_jumps),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
