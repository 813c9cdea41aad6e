/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolver/giveup.h"

#define START_MS 5000000
#define WAIT_MS 300

static void note(struct giveup *g, unsigned good, unsigned bad, uint64_t took_ms, uint64_t now_ms)
{
	while (good-- > 0)
		giveup_note(g, false, 20, WAIT_MS, now_ms);
	while (bad-- > 0)
		giveup_note(g, true, took_ms, WAIT_MS, now_ms);
}

static void counts_what_fails_at_once(void **state)
{
	static const struct {
		unsigned good, bad;
		uint64_t took_ms;
		bool likely;
	} rows[] = {
		{0, 0, 0, false},
		{0, 49, 0, false},
		{0, 50, 0, true},
		{0, 50, WAIT_MS - 1, true},
		{0, 5000, WAIT_MS, false}, /* these were sent */
		{10, 90, 0, false},
		{9, 91, 0, true},
		{5000, 50, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct giveup g = {0};

		note(&g, rows[i].good, rows[i].bad, rows[i].took_ms, START_MS);
		assert_int_equal(giveup_is_likely(&g, START_MS + 1), rows[i].likely);
	}
}

static void looks_back_for_two_seconds(void **state)
{
	struct giveup g = {0};

	(void)state;
	note(&g, 0, 40, 0, START_MS);
	note(&g, 0, 40, 0, START_MS + 1500);
	assert_true(giveup_is_likely(&g, START_MS + 1500));
	assert_false(giveup_is_likely(&g, START_MS + 2000));
	note(&g, 0, 50, 0, START_MS + 2500);
	assert_true(giveup_is_likely(&g, START_MS + 2500));
	assert_false(giveup_is_likely(&g, START_MS + 9000));
}

static void is_left_alone_for_a_while_after_a_renewal(void **state)
{
	struct giveup g = {0};

	(void)state;
	note(&g, 0, 100, 0, START_MS);
	assert_true(giveup_is_likely(&g, START_MS));
	giveup_renewed(&g, START_MS);
	assert_false(giveup_is_likely(&g, START_MS));
	note(&g, 0, 100, 0, START_MS + 9999);
	assert_false(giveup_is_likely(&g, START_MS + 9999));
	assert_true(giveup_is_likely(&g, START_MS + 10000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_fails_at_once),
		cmocka_unit_test(looks_back_for_two_seconds),
		cmocka_unit_test(is_left_alone_for_a_while_after_a_renewal),
	};

	return cmocka_run_group_tests_name("giveup", tests, NULL, NULL);
}
