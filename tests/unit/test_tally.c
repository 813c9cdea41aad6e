/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "review/tally.h"

static void count_some(struct tally *t, const char *text, unsigned times)
{
	while (times-- > 0)
		assert_int_equal(tally_count(t, text), 0);
}

static void test_most_first(void **state)
{
	struct tally *t = tally_new();
	const struct tally_row *rows = NULL;

	(void)state;
	assert_non_null(t);
	assert_int_equal(tally_top(t, &rows, 10), 0);
	assert_int_equal(tally_rest(t, rows, 0), 0);
	count_some(t, "b", 2);
	count_some(t, "rare", 1);
	count_some(t, "most", 7);
	count_some(t, "a", 2);
	assert_int_equal(tally_top(t, &rows, 3), 3);
	assert_string_equal(rows[0].text, "most");
	assert_int_equal(rows[0].count, 7);
	assert_string_equal(rows[1].text, "a");
	assert_string_equal(rows[2].text, "b");
	assert_int_equal(tally_rest(t, rows, 3), 1);
	/* Counting goes on. */
	count_some(t, "rare", 9);
	assert_int_equal(tally_top(t, &rows, 10), 4);
	assert_string_equal(rows[0].text, "rare");
	assert_int_equal(rows[0].count, 10);
	assert_int_equal(tally_rest(t, rows, 4), 0);
	tally_free(t);
}

/* Beyond the maximum the sum stays right. */
static void test_bound(void **state)
{
	struct tally *t = tally_new();
	const struct tally_row *rows = NULL;
	char text[16];

	(void)state;
	for (unsigned i = 0; i < TALLY_MAX + 10; i++) {
		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(tally_count(t, text), 0);
	}
	count_some(t, "5", 1);
	assert_int_equal(tally_top(t, &rows, SIZE_MAX), TALLY_MAX);
	assert_string_equal(rows[0].text, "5");
	assert_int_equal(tally_rest(t, rows, TALLY_MAX), 10);
	assert_int_equal(tally_rest(t, rows, 1), TALLY_MAX + 9);
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_most_first),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
