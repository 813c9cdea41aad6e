/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hash.h"
#include "front/budget.h"

#define NOW (1000 * NS_PER_S)

static struct budget *make(void)
{
	struct budget *b = NULL;

	assert_int_equal(budget_new(&b), 0);
	return b;
}

static uint64_t hash_of(uint64_t key)
{
	static const struct hash_key secret = {1, 2};

	return hash_keyed(&secret, &key, sizeof(key));
}

static unsigned take_all(struct budget_row *row, unsigned rate, uint64_t cost_ns, uint64_t now_ns)
{
	unsigned taken = 0;

	while (taken < 10000000 && budget_take(row, rate, cost_ns, now_ns))
		taken++;
	return taken;
}

/* A second's worth may come at once, and then what time earns. */
static void test_rates(void **state)
{
	static const struct {
		unsigned per_second, after_ms, more;
	} cases[] = {
		{1, 999, 0},
		{1, 1000, 1},
		{1, 60000, 1},
		{10, 99, 0},
		{10, 100, 1},
		{10, 550, 5},
		{5000, 1, 5},
		{5000, 500, 2500},
		{5000, 3600000, 5000},
		{1000000, 1, 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t cost_ns = budget_cost_ns(cases[i].per_second);
		struct budget_row row = {0};

		assert_int_equal(take_all(&row, 0, cost_ns, NOW), cases[i].per_second);
		assert_int_equal(take_all(&row, 0, cost_ns, NOW + cases[i].after_ms * NS_PER_MS),
			cases[i].more);
	}
	assert_int_equal(budget_cost_ns(0), 0);
}

static void test_rates_of_a_row_are_apart(void **state)
{
	uint64_t cost_ns = budget_cost_ns(100);
	struct budget_row row = {0};

	(void)state;
	for (unsigned rate = 0; rate < BUDGET_RATES; rate++)
		assert_int_equal(take_all(&row, rate, cost_ns, NOW), 100);
}

/* Against a naive bucket of tokens, over a random walk of the clock. */
static void test_never_more_than_rate_and_burst(void **state)
{
	uint64_t cost_ns = budget_cost_ns(250), now_ns = NOW, seed = 1;
	struct budget_row row = {0};
	unsigned taken = 0;
	double tokens = 250;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t step_ns;

		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		step_ns = (seed >> 33) % (6 * NS_PER_MS);
		now_ns += step_ns;
		tokens += 250.0 * (double)step_ns / (double)NS_PER_S;
		tokens = tokens > 250 ? 250 : tokens;
		if (budget_take(&row, 0, cost_ns, now_ns)) {
			taken++;
			tokens -= 1;
			assert_true(tokens > -0.001);
		} else {
			assert_true(tokens < 1.001);
		}
	}
	assert_true(taken > 100000);
}

static void test_rows_are_found_again(void **state)
{
	struct budget *b = make();

	(void)state;
	assert_null(budget_find(b, 1, hash_of(1)));
	for (uint64_t key = 1; key <= 1000; key++)
		budget_row(b, key, hash_of(key), NOW)->turned_away = (uint32_t)key;
	for (uint64_t key = 1; key <= 1000; key++) {
		struct budget_row *row = budget_find(b, key, hash_of(key));

		if (row)
			assert_int_equal(row->turned_away, key);
	}
	assert_ptr_equal(budget_row(b, 7, hash_of(7), NOW), budget_find(b, 7, hash_of(7)));
	budget_free(b);
}

/* The same set for all: who waits stays, of the others the one that was used last. */
static void test_the_idle_make_room(void **state)
{
	struct budget *b = make();

	(void)state;
	budget_row(b, 1, 0, NOW)->outstanding = 1;
	for (uint64_t key = 2; key <= BUDGET_WAYS; key++)
		budget_row(b, key, 0, NOW + key);
	budget_row(b, 2, 0, NOW + 100);
	budget_row(b, 100, 0, NOW + 101);
	assert_non_null(budget_find(b, 1, 0));
	assert_non_null(budget_find(b, 2, 0));
	assert_null(budget_find(b, 3, 0));
	assert_int_equal(budget_row(b, 3, 0, NOW + 102)->outstanding, 0);
	budget_free(b);
}

static void test_when_all_wait_the_oldest_makes_room(void **state)
{
	struct budget *b = make();

	(void)state;
	for (uint64_t key = 1; key <= BUDGET_WAYS; key++)
		budget_row(b, key, 0, NOW + key)->outstanding = 1;
	assert_int_equal(budget_row(b, 100, 0, NOW + 100)->outstanding, 0);
	assert_null(budget_find(b, 1, 0));
	budget_free(b);
}

static void test_what_is_untold_is_not_forgotten(void **state)
{
	struct budget *b = make();
	uint64_t told = 0, kept = 0;

	(void)state;
	for (uint64_t key = 1; key <= 100000; key++)
		budget_row(b, key, hash_of(key), NOW + key)->untold += 2;
	told = budget_take_forgotten(b);
	assert_int_equal(budget_take_forgotten(b), 0);
	for (uint64_t key = 1; key <= 100000; key++) {
		struct budget_row *row = budget_find(b, key, hash_of(key));

		kept += row ? row->untold : 0;
	}
	assert_true(kept <= 2 * BUDGET_SETS * BUDGET_WAYS);
	assert_int_equal(told + kept, 200000);
	budget_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_rates_of_a_row_are_apart),
		cmocka_unit_test(test_never_more_than_rate_and_burst),
		cmocka_unit_test(test_rows_are_found_again),
		cmocka_unit_test(test_the_idle_make_room),
		cmocka_unit_test(test_when_all_wait_the_oldest_makes_room),
		cmocka_unit_test(test_what_is_untold_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
