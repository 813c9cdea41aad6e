/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/report.h"

/* What is printed, which must be what is made for another process, too. */
static void printed(const struct report *r, const char *expected)
{
	char *print = NULL, *text;
	size_t len;
	FILE *out = open_memstream(&print, &len);

	assert_non_null(out);
	report_print(r, out);
	fclose(out);
	assert_string_equal(print, expected);
	text = report_text(r, 1 << 20);
	assert_string_equal(text, expected);
	free(text);
	free(print);
}

static void shows_line_and_caret(void **state)
{
	static const struct {
		struct report_place place;
		const char *expected;
	} rows[] = {
		{{"a.yaml", 3, 5, SPAN_LITERAL("key: value")},
			"a.yaml:3:5: error: wrong\nkey: value\n    ^\n"},
		{{"a.yaml", 3, 1, SPAN_LITERAL("key")}, "a.yaml:3:1: error: wrong\nkey\n^\n"},
		{{"a.yaml", 3, 4, SPAN_LITERAL("key")}, "a.yaml:3:4: error: wrong\nkey\n   ^\n"},
		{{"a.yaml", 3, 5, SPAN_LITERAL("key")}, "a.yaml:3:5: error: wrong\nkey\n"},
		{{"a.yaml", 3, UINT32_MAX, SPAN_LITERAL("key")},
			"a.yaml:3:4294967295: error: wrong\nkey\n"},
		{{"a.yaml", 3, 0, SPAN_LITERAL("key")}, "a.yaml:3: error: wrong\nkey\n"},
		{{"a.yaml", 3, 2, {NULL, 0}}, "a.yaml:3:2: error: wrong\n"},
		{{"a.yaml", 0, 0, {NULL, 0}}, "a.yaml: error: wrong\n"},
		{{NULL, 0, 0, {NULL, 0}}, "error: wrong\n"},
		{{"t", 1, 4, SPAN_LITERAL("\ta\tb")}, "t:1:4: error: wrong\n\ta\tb\n\t \t^\n"},
		{{"u", 1, 3, SPAN_LITERAL("\xc5\x99\xe2\x82\xacx")},
			"u:1:3: error: wrong\n\xc5\x99\xe2\x82\xacx\n  ^\n"},
		{{"c", 1, 4, SPAN_LITERAL("\x1b[\0x\xff")}, "c:1:4: error: wrong\n?[?x?\n   ^\n"},
		{{"\x1b]0;x", 1, 0, {NULL, 0}}, "?]0;x:1: error: wrong\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report *r = report_new(10);

		report_add(r, REPORT_ERROR, &rows[i].place, "%s", "wrong");
		printed(r, rows[i].expected);
		report_free(r);
	}
}

static void add(struct report *r, enum report_level level, const char *file, uint32_t line,
	uint32_t column, const char *text)
{
	struct report_place place = {.file = file, .line = line, .column = column};

	report_add(r, level, &place, "%s", text);
}

static void orders_by_file_and_place(void **state)
{
	struct report *r = report_new(10);
	char name[] = "z.yaml";

	(void)state;
	add(r, REPORT_ERROR, name, 9, 1, "first seen");
	add(r, REPORT_WARNING, "a.yaml", 2, 1, "other file");
	memset(name, 'x', 6);
	add(r, REPORT_ERROR, "z.yaml", 10, 1, "ten");
	add(r, REPORT_WARNING, "z.yaml", 9, 1, "same place, later");
	add(r, REPORT_ERROR, "z.yaml", 0, 0, "whole");
	add(r, REPORT_ERROR, "a.yaml", 1, 7, "one");
	add(r, REPORT_ERROR, "a.yaml", 1, 3, "one before");
	assert_int_equal(report_count(r, REPORT_ERROR), 5);
	assert_int_equal(report_count(r, REPORT_WARNING), 2);
	printed(r, "z.yaml: error: whole\n"
		   "z.yaml:9:1: error: first seen\n"
		   "z.yaml:9:1: warning: same place, later\n"
		   "z.yaml:10:1: error: ten\n"
		   "a.yaml:1:3: error: one before\n"
		   "a.yaml:1:7: error: one\n"
		   "a.yaml:2:1: warning: other file\n");
	report_free(r);
}

static void says_what_was_not_kept(void **state)
{
	struct report *r = report_new(2);

	(void)state;
	printed(r, "");
	for (uint32_t line = 1; line <= 3; line++)
		add(r, REPORT_ERROR, "f", line, 0, "e");
	printed(r, "f:1: error: e\nf:2: error: e\nand 1 more error\n");
	for (uint32_t line = 1; line <= 7; line++)
		add(r, REPORT_WARNING, "f", line, 0, "w");
	assert_int_equal(report_count(r, REPORT_ERROR), 3);
	assert_int_equal(report_count(r, REPORT_WARNING), 7);
	printed(r, "f:1: error: e\nf:1: warning: w\nf:2: error: e\nf:2: warning: w\n"
		   "and 1 more error, 5 more warnings\n");
	report_free(r);
	report_free(NULL);
}

static void text_keeps_its_bound(void **state)
{
	struct report *r = report_new(1000);

	(void)state;
	for (uint32_t line = 1; line <= 1000; line++)
		add(r, REPORT_ERROR, "file", line, 1, "something is wrong here");
	for (size_t max = 0; max < 3000; max += 7) {
		char *text = report_text(r, max);
		size_t len = strlen(text);

		assert_true(len <= max);
		if (max >= 100)
			assert_string_equal(
				text + len - strlen(" more errors\n"), " more errors\n");
		free(text);
	}
	report_free(r);
}

static void long_lines_and_sentences_are_cut(void **state)
{
	static char line[100000];
	struct report_place place = {"f", 1, 60000, {(const uint8_t *)line, sizeof(line)}};
	struct report *r = report_new(2);
	char *text;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	report_add(r, REPORT_ERROR, &place, "%s", line);
	report_add(r, REPORT_ERROR, NULL, "%s", "no place");
	text = report_text(r, 1 << 20);
	assert_true(strlen(text) < 4096);
	assert_non_null(strstr(text, "error: no place\n"));
	free(text);
	report_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_line_and_caret),
		cmocka_unit_test(orders_by_file_and_place),
		cmocka_unit_test(says_what_was_not_kept),
		cmocka_unit_test(text_keeps_its_bound),
		cmocka_unit_test(long_lines_and_sentences_are_cut),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
