/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/span.h"

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void compares(void **state)
{
	static const struct {
		struct span a, b;
		int order;
	} rows[] = {
		{{NULL, 0}, {NULL, 0}, 0},
		{{NULL, 0}, SPAN_LITERAL("a"), -1},
		{SPAN_LITERAL("a"), SPAN_LITERAL("a"), 0},
		{SPAN_LITERAL("a"), SPAN_LITERAL("b"), -1},
		{SPAN_LITERAL("ab"), SPAN_LITERAL("a"), 1},
		{SPAN_LITERAL("a\0b"), SPAN_LITERAL("a\0c"), -1},
		{SPAN_LITERAL("\xff"), SPAN_LITERAL("\x01"), 1},
		{SPAN_LITERAL("b"), SPAN_LITERAL("aa"), 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sign(span_compare(rows[i].a, rows[i].b)), rows[i].order);
		assert_int_equal(sign(span_compare(rows[i].b, rows[i].a)), -rows[i].order);
		assert_int_equal(span_equal(rows[i].a, rows[i].b), rows[i].order == 0);
	}
}

static void takes_parts(void **state)
{
	static const struct {
		size_t offset, len;
		const char *expected;
	} rows[] = {
		{0, 5, "hello"},
		{0, 2, "he"},
		{1, SIZE_MAX, "ello"},
		{4, 1, "o"},
		{4, 9, "o"},
		{5, 1, ""},
		{SIZE_MAX, SIZE_MAX, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span part = span_part(SPAN_LITERAL("hello"), rows[i].offset, rows[i].len);

		assert_true(span_equal(part, span_text(rows[i].expected)));
	}
	assert_int_equal(span_part(span_of(NULL, 0), 0, 1).len, 0);
	assert_int_equal(span_text(NULL).len, 0);
}

static void each_error_has_a_text(void **state)
{
	(void)state;
	for (int a = ERR_AGAIN; a <= 0; a++)
		for (int b = ERR_AGAIN; b < a; b++)
			assert_string_not_equal(err_text(a), err_text(b));
	assert_string_equal(err_text(1), "unknown error");
	assert_string_equal(err_text(ERR_AGAIN - 1), "unknown error");
	assert_string_equal(err_text(INT32_MIN), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(takes_parts),
		cmocka_unit_test(each_error_has_a_text),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
