/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "conf/value.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static void test_bool(void **state)
{
	static const struct {
		const char *text;
		int err;
		bool value;
	} cases[] = {{"yes", 0, true}, {"no", 0, false}, {"true", 0, true}, {"false", 0, false},
		{"Yes", ERR_FORMAT}, {"on", ERR_FORMAT}, {"1", ERR_FORMAT}, {"", ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		bool value = !cases[i].value;

		assert_int_equal(value_bool(cases[i].text, &value), cases[i].err);
		assert_int_equal(value, cases[i].err ? !cases[i].value : cases[i].value);
	}
}

struct quantity {
	const char *text;
	int err;
	uint64_t value;
};

static void check_quantities(
	int (*parse)(const char *, uint64_t *), const struct quantity *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value = 4711;

		if (parse(cases[i].text, &value) != cases[i].err)
			fail_msg("'%s' does not give %d", cases[i].text, cases[i].err);
		if (value != (cases[i].err ? 4711 : cases[i].value))
			fail_msg("'%s' gives %lu", cases[i].text, (unsigned long)value);
	}
}

static void test_count(void **state)
{
	static const struct quantity cases[] = {{"0", 0, 0}, {"010", 0, 10},
		{"18446744073709551615", 0, UINT64_MAX}, {"18446744073709551616", ERR_LIMIT},
		{"99999999999999999999999", ERR_LIMIT}, {"", ERR_FORMAT}, {"-1", ERR_FORMAT},
		{"+1", ERR_FORMAT}, {" 1", ERR_FORMAT}, {"1 ", ERR_FORMAT}, {"1x", ERR_FORMAT},
		{"0x10", ERR_FORMAT}};

	(void)state;
	check_quantities(value_count, cases, LEN(cases));
}

static void test_size(void **state)
{
	static const struct quantity cases[] = {{"256 MiB", 0, UINT64_C(256) << 20},
		{"256MiB", 0, UINT64_C(256) << 20}, {"20 GiB", 0, UINT64_C(20) << 30},
		{"20 GB", 0, UINT64_C(20000000000)}, {"1 KiB", 0, 1024}, {"1 kB", 0, 1000},
		{"5 B", 0, 5}, {"2 TiB", 0, UINT64_C(2) << 40}, {"0", 0, 0}, {"0 B", 0, 0},
		{"256", ERR_FORMAT}, {"256 mib", ERR_FORMAT}, {"1.5 GiB", ERR_FORMAT},
		{"GiB", ERR_FORMAT}, {"-1 GiB", ERR_FORMAT},
		{"16777215 TiB", 0, UINT64_C(16777215) << 40}, {"16777216 TiB", ERR_LIMIT},
		{"1 GiB ", ERR_FORMAT}};

	(void)state;
	check_quantities(value_size, cases, LEN(cases));
}

static void test_duration(void **state)
{
	static const struct quantity cases[] = {{"60s", 0, 60}, {"90d", 0, 90 * 86400},
		{"18 months", 0, UINT64_C(18) * 31 * 86400}, {"1 month", 0, 31 * 86400},
		{"1y", 0, 366 * 86400}, {"2 years", 0, 2 * 366 * 86400}, {"5min", 0, 300},
		{"1 minute", 0, 60}, {"12h", 0, 43200}, {"2w", 0, 14 * 86400}, {"0", 0, 0},
		{"0d", 0, 0}, {"3", ERR_FORMAT}, {"3m", ERR_FORMAT}, {"3x", ERR_FORMAT},
		{"d", ERR_FORMAT}, {"1d12h", ERR_FORMAT}, {"90 D", ERR_FORMAT},
		{"18446744073709551615d", ERR_LIMIT}};

	(void)state;
	check_quantities(value_duration, cases, LEN(cases));
}

static void test_percent(void **state)
{
	static const struct {
		const char *text;
		int err;
		unsigned value;
	} cases[] = {{"30%", 0, 30}, {"30 %", 0, 30}, {"0", 0, 0}, {"100%", 0, 100},
		{"101%", ERR_LIMIT}, {"%", ERR_FORMAT}, {"30%%", ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		unsigned value = 4711;

		assert_int_equal(value_percent(cases[i].text, &value), cases[i].err);
		assert_int_equal(value, cases[i].err ? 4711 : cases[i].value);
	}
}

static void test_date(void **state)
{
	static const struct {
		const char *text;
		int err;
		int64_t days;
	} cases[] = {{"1970-01-01", 0, 0}, {"1970-03-01", 0, 59}, {"2000-02-29", 0, 11016},
		{"2027-06-30", 0, 20999}, {"2024-02-29", 0, 19782}, {"2023-02-29", ERR_LIMIT},
		{"2100-02-29", ERR_LIMIT}, {"2026-13-01", ERR_LIMIT}, {"2026-00-01", ERR_LIMIT},
		{"2026-01-00", ERR_LIMIT}, {"2026-04-31", ERR_LIMIT}, {"1969-12-31", ERR_LIMIT},
		{"30.6.2027", ERR_FORMAT}, {"2027-6-30", ERR_FORMAT}, {"2027-06-30 ", ERR_FORMAT},
		{"2027/06/30", ERR_FORMAT}, {"", ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		int64_t days = -1;
		char text[VALUE_DATE_TEXT_MAX];

		if (value_date(cases[i].text, &days) != cases[i].err)
			fail_msg("'%s' does not give %d", cases[i].text, cases[i].err);
		assert_int_equal(days, cases[i].err ? -1 : cases[i].days);
		if (!cases[i].err)
			assert_string_equal(value_date_format(days, text), cases[i].text);
	}
}

static void test_date_there_and_back(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 60000; day += 13) {
		char text[VALUE_DATE_TEXT_MAX];
		int64_t back = -1;

		assert_int_equal(value_date(value_date_format(day, text), &back), 0);
		assert_int_equal(back, day);
	}
}

static void test_hours(void **state)
{
	static const struct {
		const char *text;
		int err;
		struct conf_hours value;
	} cases[] = {
		{"Mon-Fri 06:00-18:00", 0, {0x1f, 360, 1080}},
		{"mon,WED,fri-sat 00:00-24:00", 0, {0x35, 0, 1440}},
		{"Fri-Mon", 0, {0x71, 0, 1440}},
		{"Sun", 0, {0x40, 0, 1440}},
		{"Sun-Sat", 0, {0x7f, 0, 1440}},
		{"22:00-06:00", 0, {0x7f, 1320, 360}},
		{"", ERR_FORMAT},
		{",Mon", ERR_FORMAT},
		{"Mon,", ERR_FORMAT},
		{"Mon-", ERR_FORMAT},
		{"Monday", ERR_FORMAT},
		{"Mon  06:00-18:00", ERR_FORMAT},
		{"Mon 06:00", ERR_FORMAT},
		{"6:00-18:00", ERR_FORMAT},
		{"06:00-18:00 Mon", ERR_FORMAT},
		{"06:00-18:00 ", ERR_FORMAT},
		{"06:00 - 18:00", ERR_FORMAT},
		{"24:01-06:00", ERR_LIMIT},
		{"06:60-07:00", ERR_LIMIT},
		{"06:00-06:00", ERR_LIMIT},
		{"24:00-06:00", ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct conf_hours h = {0};

		if (value_hours(cases[i].text, &h) != cases[i].err)
			fail_msg("'%s' does not give %d", cases[i].text, cases[i].err);
		assert_int_equal(h.days, cases[i].value.days);
		assert_int_equal(h.from, cases[i].value.from);
		assert_int_equal(h.to, cases[i].value.to);
	}
}

/* Each minute of the week against what is written: does it lie in a span that begins on a day? */
static void test_hours_have(void **state)
{
	static const char *const texts[] = {"Mon-Fri 06:00-18:00", "Sun 22:00-06:00", "Fri-Mon",
		"22:00-06:00", "Sat 23:59-24:00", "Sun 00:01-00:00", "Wed 00:00-00:01"};

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++) {
		struct conf_hours h;
		bool within[7 * 1440] = {false};

		assert_int_equal(value_hours(texts[i], &h), 0);
		for (unsigned day = 0; day < 7; day++)
			for (unsigned m = 0; (h.days >> day & 1) &&
					     m < (h.to + (h.to < h.from ? 1440u : 0)) - h.from;
				m++)
				within[(day * 1440 + h.from + m) % (7 * 1440)] = true;
		for (unsigned m = 0; m < 7 * 1440; m++)
			if (conf_hours_have(&h, 1, m) != within[m])
				fail_msg("'%s' at minute %u", texts[i], m);
	}
	assert_true(conf_hours_have(NULL, 0, 7));
}

static void test_asn(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint32_t value;
	} cases[] = {{"4134", 0, 4134}, {"AS4134", 0, 4134}, {"as4134", 0, 4134},
		{"4294967295", 0, UINT32_MAX}, {"4294967296", ERR_LIMIT}, {"0", ERR_LIMIT},
		{"AS", ERR_FORMAT}, {"ASX", ERR_FORMAT}, {"", ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		uint32_t value = 7;

		assert_int_equal(value_asn(cases[i].text, &value), cases[i].err);
		assert_int_equal(value, cases[i].err ? 7 : cases[i].value);
	}
}

static void test_country(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *code;
	} cases[] = {{"CN", 0, "CN"}, {"cn", 0, "CN"}, {"NO", 0, "NO"}, {"XK", 0, "XK"},
		{"ZW", 0, "ZW"}, {"AD", 0, "AD"}, {"UK", ERR_LIMIT}, {"XX", ERR_LIMIT},
		{"DA", ERR_LIMIT}, {"D ", ERR_FORMAT}, {"C", ERR_FORMAT}, {"CHN", ERR_FORMAT},
		{"", ERR_FORMAT}, {"1A", ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		char code[3] = "--";

		assert_int_equal(value_country(cases[i].text, code), cases[i].err);
		assert_string_equal(code, cases[i].err ? "--" : cases[i].code);
	}
}

static void test_id(void **state)
{
	(void)state;
	assert_true(value_is_id("a"));
	assert_true(value_is_id("EX-2026-007"));
	assert_true(value_is_id("0.a_b"));
	assert_true(value_is_id("123456789012345678901234567890123456789012345678901234567890123"));
	assert_false(
		value_is_id("1234567890123456789012345678901234567890123456789012345678901234"));
	assert_false(value_is_id(""));
	assert_false(value_is_id("-a"));
	assert_false(value_is_id(".a"));
	assert_false(value_is_id("a b"));
	assert_false(value_is_id("a/b"));
	assert_false(value_is_id("\xc3\xa9"));
}

static void test_pattern(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *name;
		bool self, below;
	} cases[] = {{"example.com", 0, "example.com", true, false},
		{"Example.COM.", 0, "example.com", true, false},
		{"*.example.com", 0, "example.com", false, true},
		{".example.com", 0, "example.com", true, true}, {".cn", 0, "cn", true, true},
		{"_tcp.example.com", 0, "_tcp.example.com", true, false},
		{"xn--bcher-kva.cz", 0, "xn--bcher-kva.cz", true, false},
		{"b\xc3\xbc"
		 "cher.cz",
			ERR_LIMIT},
		{".", ERR_FORMAT}, {"*.", ERR_FORMAT}, {"", ERR_FORMAT}, {"a..b", ERR_FORMAT},
		{"*", ERR_FORMAT}, {"*example.com", ERR_FORMAT}, {"a.*.com", ERR_FORMAT},
		{"http://example.com/", ERR_FORMAT}, {"example.com:80", ERR_FORMAT},
		{"a b", ERR_FORMAT},
		{"a123456789012345678901234567890123456789012345678901234567890123.com",
			ERR_FORMAT}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct conf_pattern p;
		char text[NAME_TEXT_MAX];

		if (value_pattern(cases[i].text, &p) != cases[i].err)
			fail_msg("'%s' does not give %d", cases[i].text, cases[i].err);
		if (cases[i].err)
			continue;
		assert_string_equal(name_format(&p.name, text), cases[i].name);
		assert_int_equal(p.self, cases[i].self);
		assert_int_equal(p.below, cases[i].below);
	}
}

static void test_pattern_covers(void **state)
{
	static const struct {
		const char *a, *b;
		bool covers;
	} cases[] = {{"a.b", "a.b", true}, {".b", "a.b", true}, {"*.b", "a.b", true},
		{"*.b", "b", false}, {".b", "b", true}, {".b", "*.b", true}, {"*.b", ".b", false},
		{"b", ".b", false}, {"b", "*.b", false}, {".b", ".a.b", true},
		{"*.b", ".a.b", true}, {".a.b", ".b", false}, {"a.b", "c.b", false},
		{".b", "ab", false}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct conf_pattern a, b;

		assert_int_equal(value_pattern(cases[i].a, &a), 0);
		assert_int_equal(value_pattern(cases[i].b, &b), 0);
		if (value_pattern_covers(&a, &b) != cases[i].covers)
			fail_msg("'%s' and '%s'", cases[i].a, cases[i].b);
	}
}

static void test_prefix_mend(void **state)
{
	static const struct {
		const char *text;
		const char *meant; /* NULL: no prefix at all */
	} cases[] = {{"10.20.8.1/24", "10.20.8.0/24"}, {"10.20.8.255/25", "10.20.8.128/25"},
		{"255.255.255.255/0", "0.0.0.0/0"}, {"2001:db8::1/32", "2001:db8::/32"},
		{"fd00:30::1/127", "fd00:30::/127"}, {"10.0.0.0/33", NULL}, {"10.0.0.0", NULL},
		{"10.0.0/8", NULL}, {"::/129", NULL}, {"::/x", NULL}, {"/8", NULL}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct inet_prefix p, parsed;
		char text[INET_PREFIX_TEXT_MAX];

		assert_int_equal(
			value_prefix_mend(cases[i].text, &p), cases[i].meant ? 0 : ERR_FORMAT);
		if (!cases[i].meant)
			continue;
		assert_string_equal(inet_prefix_format(&p, text), cases[i].meant);
		assert_int_equal(inet_prefix_parse(span_text(text), &parsed), 0);
		assert_true(value_prefix_covers(&p, &parsed) && value_prefix_covers(&parsed, &p));
	}
}

static void test_prefix_covers(void **state)
{
	static const struct {
		const char *a, *b;
		bool covers;
	} cases[] = {{"10.0.0.0/8", "10.20.0.0/16", true}, {"10.0.0.0/8", "10.0.0.0/8", true},
		{"10.20.0.0/16", "10.0.0.0/8", false}, {"10.0.0.0/8", "11.0.0.0/8", false},
		{"::/0", "2001:db8::/32", true}, {"2001:db8::/32", "10.0.0.0/8", false}};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct inet_prefix a, b;

		assert_int_equal(inet_prefix_parse(span_text(cases[i].a), &a), 0);
		assert_int_equal(inet_prefix_parse(span_text(cases[i].b), &b), 0);
		assert_int_equal(value_prefix_covers(&a, &b), cases[i].covers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_date_there_and_back),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_hours_have),
		cmocka_unit_test(test_asn),
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_pattern),
		cmocka_unit_test(test_pattern_covers),
		cmocka_unit_test(test_prefix_mend),
		cmocka_unit_test(test_prefix_covers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
