/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "review/census.h"

#define MANY 5000

static void add(struct census *c, const char *line, const char *first, const char *second)
{
	const struct field *by[] = {field_find(first), second ? field_find(second) : NULL};
	struct entry entry;

	assert_int_equal(entry_parse(span_text(line), &entry), 0);
	assert_int_equal(census_add(c, &entry, by, second ? 2 : 1), 0);
	entry_release(&entry);
}

static void parallel_values_belong_together(void **state)
{
	static const char line[] =
		"{\"@timestamp\":\"2026-11-23T10:14:02.123Z\",\"client.ip\":\"10.0.0.1\","
		"\"celnik.match.vendor\":[\"a\",\"\",\"a\",\"b\"],"
		"\"celnik.match.country\":[\"CN\",\"HK\",\"CN\",\"MO\"]}";
	struct census *c = census_new();

	(void)state;
	assert_non_null(c);
	add(c, line, "vendor", "country");
	census_sort(c, CENSUS_BY_KEY);
	/* Neither a with MO nor HK, which has no vendor; a record counts once for each row. */
	assert_int_equal(census_count(c), 2);
	assert_string_equal(census_value(census_at(c, 0), 0), "a");
	assert_string_equal(census_value(census_at(c, 0), 1), "CN");
	assert_int_equal(census_at(c, 0)->count, 1);
	assert_string_equal(census_value(census_at(c, 1), 0), "b");
	assert_string_equal(census_value(census_at(c, 1), 1), "MO");
	census_free(c);
}

static void others_are_combined(void **state)
{
	static const char line[] = "{\"@timestamp\":\"2026-11-23T10:14:02.123Z\","
				   "\"client.name\":\"cam\",\"client.ip\":\"10.0.0.1\","
				   "\"dns.resolved_ip\":[\"192.0.2.1\",\"192.0.2.2\"]}";
	struct census *c = census_new();

	(void)state;
	assert_non_null(c);
	add(c, line, "client", "answer");
	census_sort(c, CENSUS_BY_KEY);
	/* A client that has a name is counted by it alone. */
	assert_int_equal(census_count(c), 2);
	assert_string_equal(census_value(census_at(c, 0), 0), "cam");
	assert_string_equal(census_value(census_at(c, 1), 1), "192.0.2.2");
	census_free(c);
}

static void many_rows_with_their_times(void **state)
{
	struct census *c = census_new();
	char line[128];

	(void)state;
	assert_non_null(c);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			snprintf(line, sizeof(line),
				"{\"@timestamp\":\"2026-11-2%uT00:00:00.000Z\","
				"\"dns.question.name\":\"n%05u\"}",
				3 - round, i);
			add(c, line, "name", NULL);
		}
	}
	add(c, "{\"@timestamp\":\"2026-11-24T00:00:00.000Z\",\"dns.question.name\":\"n00007\"}",
		"name", NULL);
	assert_int_equal(census_count(c), MANY);
	census_sort(c, CENSUS_BY_COUNT);
	assert_string_equal(census_value(census_at(c, 0), 0), "n00007");
	assert_int_equal(census_at(c, 0)->count, 3);
	assert_string_equal(census_at(c, 0)->first, "2026-11-22T00:00:00.000Z");
	assert_string_equal(census_at(c, 0)->last, "2026-11-24T00:00:00.000Z");
	for (unsigned i = 1; i < MANY; i++)
		assert_int_equal(census_at(c, i)->count, 2);
	assert_int_equal(census_left_out(c), 0);
	census_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parallel_values_belong_together),
		cmocka_unit_test(others_are_combined),
		cmocka_unit_test(many_rows_with_their_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
