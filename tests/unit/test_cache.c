/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "front/cache.h"

static const struct hash_key key = {1, 2};

/* What the cache has let go. */
static unsigned retired;

static void retire(void *arg, struct resolution *r)
{
	assert_ptr_equal(arg, &retired);
	resolution_free(r);
	retired++;
}

static struct question question(unsigned n, uint16_t type)
{
	struct question q = {.type = type, .class = RR_CLASS_IN};
	char text[32];

	snprintf(text, sizeof(text), "n%u.example", n);
	assert_int_equal(name_parse(span_text(text), &q.name), 0);
	return q;
}

static struct resolution *resolution(unsigned n, uint16_t type)
{
	struct question q = question(n, type);
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e = d ? evidence_keep(d, EXTENT_FULL) : NULL;
	struct resolution *r;

	evidence_draft_free(d);
	assert_non_null(e);
	r = resolution_new(&q, NULL, e, DNSSEC_UNCHECKED);
	assert_non_null(r);
	return r;
}

static struct cache *make(size_t octets)
{
	struct cache *c = NULL;

	retired = 0;
	assert_int_equal(cache_new(octets, &key, retire, &retired, &c), 0);
	return c;
}

static bool has(struct cache *c, unsigned n)
{
	struct question q = question(n, RR_A);

	return cache_find(c, &q) != NULL;
}

static void test_found_by_name_and_type(void **state)
{
	struct cache *c = make(1 << 20);
	struct question a = question(1, RR_A), aaaa = question(1, RR_AAAA);
	struct cache_entry *e = cache_put(c, resolution(1, RR_A), 3);

	(void)state;
	assert_non_null(e);
	assert_ptr_equal(cache_find(c, &a), e);
	assert_null(cache_find(c, &aaaa));
	assert_int_equal(e->group_count, 3);
	assert_int_equal(e->decided, 0);
	cache_free(c);
	assert_int_equal(retired, 1);
}

static void test_put_replaces(void **state)
{
	struct cache *c = make(1 << 20);
	struct question q = question(1, RR_A);
	struct resolution *second = resolution(1, RR_A);

	(void)state;
	assert_non_null(cache_put(c, resolution(1, RR_A), 1));
	assert_non_null(cache_put(c, second, 1));
	assert_int_equal(retired, 1);
	assert_ptr_equal(cache_find(c, &q)->resolution, second);
	cache_free(c);
	assert_int_equal(retired, 2);
}

static void test_bounded_and_nothing_leaks(void **state)
{
	enum { COUNT = 5000 };
	struct cache *c = make(256 << 10);

	(void)state;
	for (unsigned n = 0; n < COUNT; n++) {
		assert_non_null(cache_put(c, resolution(n, RR_A), 1));
		assert_true(cache_used(c) <= 256 << 10);
	}
	assert_int_equal(cache_evicted(c), retired);
	assert_true(retired > 0);
	cache_free(c);
	assert_int_equal(retired, COUNT);
}

/* A flood of names that are asked once does not push out those that are asked again. */
static void test_flood_passes_through(void **state)
{
	enum { GOOD = 20, FLOOD = 20000 };
	struct cache *c = make(256 << 10);
	unsigned kept = 0;

	(void)state;
	for (unsigned n = 0; n < GOOD; n++)
		assert_non_null(cache_put(c, resolution(n, RR_A), 1));
	for (unsigned n = 0; n < FLOOD; n++) {
		if (n % 10 == 0)
			has(c, n / 10 % GOOD);
		assert_non_null(cache_put(c, resolution(1000 + n, RR_A), 1));
	}
	for (unsigned n = 0; n < GOOD; n++)
		kept += has(c, n);
	assert_int_equal(kept, GOOD);
	cache_free(c);
}

enum { UNIVERSE = 20000 };

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* The n-th name of UNIVERSE is asked for as often as 1/n says (Zipf). */
static unsigned draw_name(uint64_t *seed)
{
	static uint64_t sums[UNIVERSE + 1];
	unsigned low = 0, high = UNIVERSE;
	uint64_t at;

	for (unsigned n = 0; sums[UNIVERSE] == 0 && n < UNIVERSE; n++)
		sums[n + 1] = sums[n] + (1 << 24) / (n + 1);
	at = draw(seed) % sums[UNIVERSE];
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (sums[middle + 1] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Hits in a hundred of a skewed trace, while flood_percent of all queries are for random names that
 * are never asked for again. */
static unsigned hit_rate(unsigned flood_percent)
{
	enum { QUERIES = 100000 };
	struct cache *c = make(1 << 20);
	unsigned hits = 0, flood = UNIVERSE;
	uint64_t seed = 1;

	for (unsigned asked = 0; asked < QUERIES;) {
		unsigned n = flood;

		if (draw(&seed) % 100 < flood_percent) {
			flood++;
		} else {
			n = draw_name(&seed);
			asked++;
		}
		if (has(c, n))
			hits++;
		else
			assert_non_null(cache_put(c, resolution(n, RR_A), 1));
	}
	print_message("cache_hit_percent flood=%u value=%u\n", flood_percent, hits * 100 / QUERIES);
	cache_free(c);
	return hits * 100 / QUERIES;
}

/* Nine random names for each real question cost a sixth of the hits, not nine tenths. */
static void test_hit_rate(void **state)
{
	(void)state;
	assert_true(hit_rate(0) >= 70);
	assert_true(hit_rate(50) >= 65);
	assert_true(hit_rate(90) >= 55);
}

static void test_too_large_stays_the_callers(void **state)
{
	struct cache *c = make(16);
	struct resolution *r = resolution(1, RR_A);

	(void)state;
	assert_null(cache_put(c, r, 1));
	resolution_free(r);
	cache_free(c);
	assert_int_equal(retired, 0);
}

static void test_renew_voids_verdicts(void **state)
{
	struct cache *c = make(1 << 20);
	struct question q = question(1, RR_A);
	struct resolution *again = resolution(1, RR_A);
	struct cache_entry *e = cache_put(c, resolution(1, RR_A), 2);

	(void)state;
	e->decided = 3;
	assert_int_equal(cache_renew(c, e, again), 0);
	assert_int_equal(retired, 1);
	assert_int_equal(e->decided, 0);
	assert_ptr_equal(cache_find(c, &q)->resolution, again);
	e->decided = 3;
	assert_int_equal(cache_void_verdicts(c, e, 64), 0);
	assert_int_equal(e->decided, 0);
	assert_int_equal(e->group_count, 64);
	e->verdicts[63].decision.rule = 7;
	cache_free(c);
}

static void keep_stripped(struct cache *c, struct cache_entry *e, unsigned group)
{
	struct answer *a = calloc(1, sizeof(*a) + 1000);

	assert_non_null(a);
	a->size = sizeof(*a) + 1000;
	e->verdicts[group].stripped = a;
	cache_decided(c, e, group);
}

/* What strip leaves for a group takes room, and goes with the verdict. */
static void test_stripped_answers_count(void **state)
{
	struct cache *c = make(1 << 20);
	struct cache_entry *e = cache_put(c, resolution(1, RR_A), 3);
	size_t before = cache_used(c);

	(void)state;
	cache_decided(c, e, 0);
	assert_int_equal(cache_used(c), before);
	keep_stripped(c, e, 1);
	keep_stripped(c, e, 2);
	assert_int_equal(cache_used(c), before + 2 * (sizeof(struct answer) + 1000));
	assert_int_equal(e->decided, 7);
	assert_int_equal(cache_void_verdicts(c, e, 3), 0);
	assert_int_equal(cache_used(c), before);
	assert_null(e->verdicts[1].stripped);
	keep_stripped(c, e, 2);
	assert_int_equal(cache_renew(c, e, resolution(1, RR_A)), 0);
	assert_int_equal(cache_used(c), before);
	keep_stripped(c, e, 0);
	cache_put(c, resolution(1, RR_A), 3);
	assert_int_equal(cache_used(c), before);
	cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_name_and_type),
		cmocka_unit_test(test_put_replaces),
		cmocka_unit_test(test_bounded_and_nothing_leaks),
		cmocka_unit_test(test_flood_passes_through),
		cmocka_unit_test(test_hit_rate),
		cmocka_unit_test(test_too_large_stays_the_callers),
		cmocka_unit_test(test_renew_voids_verdicts),
		cmocka_unit_test(test_stripped_answers_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
