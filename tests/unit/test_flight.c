/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "front/flight.h"

static const struct hash_key key = {1, 2};

static struct question question(unsigned n)
{
	struct question q = {.type = RR_A, .class = RR_CLASS_IN};
	char text[64];

	snprintf(text, sizeof(text), "n%u.z%u.example", n, n);
	assert_int_equal(name_parse(span_text(text), &q.name), 0);
	return q;
}

static struct flights *make(void)
{
	struct flights *f = NULL;

	assert_int_equal(flights_new(&key, &f), 0);
	return f;
}

static struct flight *add(struct flights *f, unsigned n)
{
	struct question q = question(n);
	struct flight *flight = NULL;

	assert_int_equal(flights_add(f, &q, n, 100, &flight), 0);
	return flight;
}

static void test_found_by_question_and_id(void **state)
{
	struct flights *f = make();
	struct question one = question(1), two = question(2);
	struct flight *flight = add(f, 1);

	(void)state;
	assert_ptr_equal(flights_find(f, &one), flight);
	assert_ptr_equal(flights_by_id(f, flight->id), flight);
	assert_null(flights_find(f, &two));
	assert_null(flights_by_id(f, flight->id + FLIGHTS_MAX));
	assert_null(flights_by_id(f, 0));
	flights_free(f);
}

static void test_ids_are_never_used_twice(void **state)
{
	struct flights *f = make();
	uint64_t last = 0;

	(void)state;
	for (unsigned n = 0; n < 10000; n++) {
		struct flight *flight = add(f, n);
		uint64_t id = flight->id;

		assert_true(id > last);
		last = id;
		flights_remove(f, flight);
		assert_null(flights_by_id(f, id));
	}
	flights_free(f);
}

static void test_full_table_is_an_error_and_recovers(void **state)
{
	struct flights *f = make();
	struct question q = question(FLIGHTS_MAX);
	struct flight *flight = NULL;

	(void)state;
	for (unsigned n = 0; n < FLIGHTS_MAX; n++)
		add(f, n);
	assert_int_equal(flights_add(f, &q, FLIGHTS_MAX, 100, &flight), ERR_LIMIT);
	assert_int_equal(flights_count(f), FLIGHTS_MAX);
	flights_remove(f, flights_oldest(f));
	assert_int_equal(flights_add(f, &q, FLIGHTS_MAX, 100, &flight), 0);
	for (unsigned n = 1; n <= FLIGHTS_MAX; n++) {
		q = question(n);
		assert_non_null(flights_find(f, &q));
	}
	flights_free(f);
}

/* A flood below one zone leaves most of the table to the others. */
static void test_a_zone_has_its_share(void **state)
{
	struct flights *f = make();
	struct question q = {.type = RR_A, .class = RR_CLASS_IN};
	struct flight *flight = NULL;
	char text[64];

	(void)state;
	for (unsigned n = 0; n <= FLIGHTS_ZONE_MAX; n++) {
		snprintf(text, sizeof(text), "n%u.deep.er.victim.example", n);
		assert_int_equal(name_parse(span_text(text), &q.name), 0);
		assert_int_equal(
			flights_add(f, &q, n, 100, &flight), n < FLIGHTS_ZONE_MAX ? 0 : ERR_LIMIT);
	}
	add(f, FLIGHTS_MAX);
	flights_remove(f, flights_oldest(f));
	assert_int_equal(flights_add(f, &q, FLIGHTS_MAX, 100, &flight), 0);
	flights_free(f);
}

static void test_oldest_first(void **state)
{
	struct flights *f = make();
	struct flight *second;

	(void)state;
	add(f, 1);
	second = add(f, 2);
	add(f, 3);
	flights_remove(f, second);
	assert_int_equal(flights_oldest(f)->deadline_ms, 101);
	assert_int_equal(flight_next(flights_oldest(f))->deadline_ms, 103);
	flights_remove(f, flights_oldest(f));
	assert_int_equal(flights_oldest(f)->deadline_ms, 103);
	flights_remove(f, flights_oldest(f));
	assert_null(flights_oldest(f));
	flights_free(f);
}

static void test_waiters_in_order_and_bounded(void **state)
{
	struct flights *f = make();
	struct flight *flight = add(f, 1);
	struct asker a = {.transport = JOURNAL_UDP};
	struct waiter *w;

	(void)state;
	for (unsigned n = 0; n < FLIGHT_WAITERS_MAX; n++) {
		a.client.port = (uint16_t)n;
		assert_int_equal(flights_wait(f, flight, &a), 0);
	}
	/* Asked again by who waits already. */
	assert_int_equal(flights_wait(f, flight, &a), ERR_STATE);
	a.to.id = 1;
	assert_int_equal(flights_wait(f, flight, &a), ERR_LIMIT);
	for (unsigned n = 0; (w = flights_take_waiter(flight)); n++) {
		assert_int_equal(w->asker.client.port, n);
		flights_waiter_free(f, w);
	}
	assert_int_equal(flights_wait(f, flight, &a), 0);
	flights_free(f);
}

static void test_waiters_in_total(void **state)
{
	struct flights *f = make();
	struct asker a = {.transport = JOURNAL_TCP};

	(void)state;
	for (unsigned n = 0; n < WAITERS_MAX / FLIGHT_WAITERS_MAX; n++) {
		struct flight *flight = add(f, n);

		for (unsigned i = 0; i < FLIGHT_WAITERS_MAX; i++)
			assert_int_equal(flights_wait(f, flight, &a), 0);
	}
	assert_int_equal(flights_wait(f, add(f, WAITERS_MAX), &a), ERR_LIMIT);
	flights_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_question_and_id),
		cmocka_unit_test(test_ids_are_never_used_twice),
		cmocka_unit_test(test_full_table_is_an_error_and_recovers),
		cmocka_unit_test(test_a_zone_has_its_share),
		cmocka_unit_test(test_oldest_first),
		cmocka_unit_test(test_waiters_in_order_and_bounded),
		cmocka_unit_test(test_waiters_in_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
