/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front/quarantine.h"

#define HOLD_MS 1000

static struct question question(unsigned n, uint16_t type)
{
	struct question q = {.type = type, .class = RR_CLASS_IN};
	char text[32];

	snprintf(text, sizeof(text), "n%u.example", n);
	assert_int_equal(name_parse(span_text(text), &q.name), 0);
	return q;
}

static struct quarantine *make(void)
{
	struct quarantine *q = NULL;

	assert_int_equal(quarantine_new(HOLD_MS, &q), 0);
	return q;
}

static void test_held_for_its_time(void **state)
{
	struct quarantine *q = make();
	const struct question a = question(1, RR_A), aaaa = question(1, RR_AAAA);
	struct question told;

	(void)state;
	assert_false(quarantine_holds(q, &a, 10));
	assert_false(quarantine_news(q, &told));
	quarantine_put(q, &a, 10);
	assert_true(quarantine_holds(q, &a, 10));
	assert_true(quarantine_holds(q, &a, 10 + HOLD_MS - 1));
	assert_false(quarantine_holds(q, &aaaa, 10));
	assert_int_equal(quarantine_count(q, 10), 1);
	assert_true(quarantine_news(q, &told));
	assert_true(name_equal(&told.name, &a.name));
	assert_false(quarantine_news(q, &told));
	assert_int_equal(quarantine_count(q, 10 + HOLD_MS), 0);
	assert_false(quarantine_holds(q, &a, 10 + HOLD_MS));
	/* Again, it is news again. */
	quarantine_put(q, &a, 5000);
	assert_true(quarantine_news(q, &told));
	quarantine_free(q);
}

static void test_suspicion(void **state)
{
	struct quarantine *q = make();
	const struct question a = question(1, RR_A);
	struct question told;

	(void)state;
	assert_int_equal(quarantine_deaths(q, &a, 10), 0);
	quarantine_suspect(q, &a, 1, 10);
	assert_int_equal(quarantine_deaths(q, &a, 11), 1);
	assert_false(quarantine_holds(q, &a, 11));
	assert_false(quarantine_news(q, &told));
	assert_int_equal(quarantine_count(q, 11), 0);
	quarantine_acquit(q, &a);
	assert_int_equal(quarantine_deaths(q, &a, 11), 0);
	quarantine_put(q, &a, 20);
	quarantine_suspect(q, &a, 1, 30);
	quarantine_acquit(q, &a);
	assert_true(quarantine_holds(q, &a, 40));
	quarantine_free(q);
}

static void test_full_table_forgets_suspects_first(void **state)
{
	struct quarantine *q = make();
	struct question one;

	(void)state;
	for (unsigned n = 0; n < QUARANTINE_MAX; n++) {
		one = question(n, RR_A);
		if (n == 7)
			quarantine_suspect(q, &one, 1, 900);
		else
			quarantine_put(q, &one, n);
	}
	one = question(1000, RR_A);
	quarantine_put(q, &one, 300);
	one = question(7, RR_A);
	assert_int_equal(quarantine_deaths(q, &one, 900), 0);
	assert_int_equal(quarantine_count(q, 300), QUARANTINE_MAX);
	one = question(1001, RR_A);
	quarantine_put(q, &one, 300);
	assert_true(quarantine_holds(q, &one, 300));
	one = question(0, RR_A);
	assert_false(quarantine_holds(q, &one, 300));
	quarantine_free(q);
}

static void test_one_worker_tries(void **state)
{
	struct quarantine *q = make();

	(void)state;
	assert_true(quarantine_enter_trial(q, 1, 0));
	assert_true(quarantine_enter_trial(q, 1, 0));
	assert_false(quarantine_enter_trial(q, 1, 3));
	assert_false(quarantine_is_trial_of_other(q, 1, 3));
	quarantine_set_trying(q, 1, 0, true);
	assert_true(quarantine_is_trial_of_other(q, 1, 3));
	assert_false(quarantine_is_trial_of_other(q, 1, 0));
	assert_false(quarantine_is_trial_of_other(q, 2, 0));
	assert_true(quarantine_enter_trial(q, 2, 3));
	quarantine_leave_trial(q, 1, 3);
	assert_false(quarantine_enter_trial(q, 1, 3));
	quarantine_leave_trial(q, 1, 0);
	assert_true(quarantine_enter_trial(q, 1, 3));
	quarantine_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held_for_its_time),
		cmocka_unit_test(test_suspicion),
		cmocka_unit_test(test_one_worker_tries),
		cmocka_unit_test(test_full_table_forgets_suspects_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
