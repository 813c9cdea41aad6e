/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static void decodes(void **state)
{
	static const struct {
		struct span text;
		size_t len;
		uint32_t character;
	} rows[] = {
		{SPAN_LITERAL(""), 0, 0},
		{SPAN_LITERAL("\0"), 1, 0},
		{SPAN_LITERAL("az"), 1, 'a'},
		{SPAN_LITERAL("\x7f"), 1, 0x7f},
		{SPAN_LITERAL("\x80"), 0, 0},
		{SPAN_LITERAL("\xc2\x80"), 2, 0x80},
		{SPAN_LITERAL("\xc1\xbf"), 0, 0},
		{SPAN_LITERAL("\xc5"), 0, 0},
		{SPAN_LITERAL("\xc5\x99"), 2, 0x159},
		{SPAN_LITERAL("\xc5z"), 0, 0},
		{SPAN_LITERAL("\xe0\x9f\xbf"), 0, 0},
		{SPAN_LITERAL("\xe0\xa0\x80"), 3, 0x800},
		{SPAN_LITERAL("\xe2\x82"), 0, 0},
		{SPAN_LITERAL("\xed\x9f\xbf"), 3, 0xd7ff},
		{SPAN_LITERAL("\xed\xa0\x80"), 0, 0},
		{SPAN_LITERAL("\xed\xbf\xbf"), 0, 0},
		{SPAN_LITERAL("\xee\x80\x80"), 3, 0xe000},
		{SPAN_LITERAL("\xf0\x8f\xbf\xbf"), 0, 0},
		{SPAN_LITERAL("\xf0\x90\x80\x80"), 4, 0x10000},
		{SPAN_LITERAL("\xf4\x8f\xbf\xbf"), 4, 0x10ffff},
		{SPAN_LITERAL("\xf4\x90\x80\x80"), 0, 0},
		{SPAN_LITERAL("\xf8\x88\x80\x80\x80"), 0, 0},
		{SPAN_LITERAL("\xff"), 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t character = 12345;

		assert_int_equal(utf8_decode(rows[i].text, &character), rows[i].len);
		assert_int_equal(character, rows[i].len > 0 ? rows[i].character : 12345);
	}
}

static void checks_and_counts(void **state)
{
	(void)state;
	assert_int_equal(utf8_check(SPAN_LITERAL("")), 0);
	assert_int_equal(utf8_check(SPAN_LITERAL("\xc5\x99"
						 "e\xc4\x8d")),
		5);
	assert_int_equal(utf8_check(SPAN_LITERAL("ab\xff"
						 "c")),
		2);
	assert_int_equal(utf8_count(SPAN_LITERAL("\xc5\x99"
						 "e\xc4\x8d")),
		3);
	assert_int_equal(utf8_count(SPAN_LITERAL("a\xff\xfe"
						 "b")),
		4);
}

static void shows_without_obeying(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"plain \xc5\x99", "plain \xc5\x99"},
		{"a\tb", "a\tb"},
		{"a\x1b[31mb\n", "a?[31mb?"},
		{"\x7f\xc2\x9b"
		 "1m",
			"??1m"},
		{"x\xe2\x80\xaey", "x?y"},
		{"\xff\xfe", "??"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char storage[64];
		struct buf b;

		buf_init_fixed(&b, storage, sizeof(storage));
		utf8_put_visible(&b, span_text(rows[i].text));
		assert_string_equal(buf_text(&b), rows[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(checks_and_counts),
		cmocka_unit_test(shows_without_obeying),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
