/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "review/expression.h"

static const char query[] =
	"{\"@timestamp\":\"2026-11-23T10:14:02.123Z\",\"event.id\":\"b-0-1\",\"event.kind\":"
	"\"alert\","
	"\"event.action\":\"allow\",\"client.ip\":\"10.20.8.11\",\"client.name\":\"cam-gate\","
	"\"dns.question.name\":\"dev.hicloudcam.com\",\"dns.question.type\":\"AAAA\","
	"\"dns.resolved_ip\":[\"8.129.0.1\",\"2001:db8::1\"],\"rule.name\":\"camera clouds\","
	"\"celnik.group\":\"cameras\",\"celnik.would_action\":\"nxdomain\","
	"\"celnik.match.on\":[\"qname\",\"address\"],"
	"\"celnik.match.vendor\":[\"hikvision\",\"\"],\"celnik.match.fact\":[\"operated\","
	"\"located\"],"
	"\"celnik.match.country\":[\"CN\",\"--\"],\"celnik.match.asn\":[0,37963]}";

static bool matches(const char *text)
{
	struct expression_error error;
	struct expression *e = NULL;
	struct entry entry;
	bool found;

	if (expression_parse(span_text(text), &e, &error) != 0)
		fail_msg("'%s': %s", text, error.message);
	assert_int_equal(entry_parse(SPAN_LITERAL(query), &entry), 0);
	found = expression_matches(e, &entry);
	if (found && !expression_may_match(e, SPAN_LITERAL(query)))
		fail_msg("'%s' is passed over", text);
	entry_release(&entry);
	expression_free(e);
	return found;
}

static void terms(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{"", true},
		{"vendor=hikvision", true},
		{"vendor=Hikvision", false},
		{"vendor=hik*", true},
		{"vendor=*vis?on", true},
		{"vendor=hik", false},
		{"vendor!=tuya", true},
		{"vendor!=hikvision", false},
		{"action=allow", true},
		{"would=nxdomain", true},
		{"kind=alert", true},
		{"exception=*", false},
		{"exception!=*", true},
		{"client=cam-*", true},
		{"client=10.20.8.11", true},
		{"client=10.20.8.0/24", true},
		{"client=10.20.9.0/24", false},
		{"client!=10.20.9.0/24", true},
		{"client!=cam-*", false},
		{"client=10.20.8.*", true},
		{"answer=8.129.0.0/16", true},
		{"answer=2001:db8::/32", true},
		{"answer=2001:0db8:0::1", true},
		{"name=dev.hicloudcam.com", true},
		{"name=DEV.HiCloudCam.com.", true},
		{"name=.hicloudcam.com", true},
		{"name=.dev.hicloudcam.com", true},
		{"name=.cloudcam.com", false},
		{"name=hicloudcam.com", false},
		{"name=*cloudcam*", true},
		{"type=aaaa", true},
		{"rule=\"camera clouds\"", true},
		{"rule='camera clouds'", true},
		{"asn=37963", true},
		{"asn=as37963", true},
		{"asn=0", false},
		{"country=cn", true},
		{"operated=CN", true},
		{"located=CN", false},
		{"located=unknown", true},
		{"owned=*", false},
		{"located=*", true},
		{"day=2026-11-23", true},
		{"hour='2026-11-23 10:00'", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(cases[i].text) != cases[i].expected)
			fail_msg("'%s'", cases[i].text);
}

/* type=AAAA is true, type=A is false. */
static void connectives(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{"type=AAAA type=A", false},
		{"type=AAAA and type=AAAA", true},
		{"type=A or type=AAAA", true},
		{"type=AAAA or type=A and type=A", true},
		{"(type=AAAA or type=A) and type=A", false},
		{"type=AAAA or type=A type=A", true},
		{"not type=A", true},
		{"not type=A type=A", false},
		{"not (type=A type=AAAA)", true},
		{"NOT NOT type=AAAA", true},
		{"type=AAAA not type=A", true},
		{"(type=AAAA)(type=A)", false},
		{"((((type=AAAA))))", true},
		{"type=A or not(type=A or type=A)or type=A", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(cases[i].text) != cases[i].expected)
			fail_msg("'%s'", cases[i].text);
}

static void errors(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *message; /* a part of it */
	} cases[] = {
		{"type=A vendro=tuya", 7, "unknown field 'vendro'; did you mean 'vendor'?"},
		{"quux=1", 0, "unknown field 'quux'; write for example"},
		{"action=sinkhol", 7, "'action' is never 'sinkhol'; did you mean 'sinkhole'?"},
		{"action=block", 7, "did you mean 'sinkhole'?"},
		{"evidence=some", 9, "'evidence' is never 'some'; write name or full"},
		{"type=A and", 10, "a term is missing at the end"},
		{"or type=A", 0, "a term is missing before this"},
		{"type=A or )", 10, "a term is missing before this"},
		{"(type=A", 0, "this parenthesis is not closed"},
		{"type=A)", 6, "no parenthesis is open here"},
		{"()", 1, "a term is missing before this"},
		{"type=", 5, "a value is missing"},
		{"type=A name=\"x", 12, "this quote is not closed"},
		{"www.example.com", 0, "did you mean name=www.example.com?"},
		{"tuya", 0, "'tuya' is no term; write FIELD=VALUE"},
		{"client=10.20.8.1/24", 7, "has bits behind its length"},
		{"address=cam", 8, "is no address or network"},
		{"asn=many", 4, "is no number"},
		{"located=China", 8, "is no country; write two letters"},
		{"name=b\xc3\xbc"
		 "cher",
			5, "is not ASCII; write it with xn-- labels"},
		{"vendor=\xff", 7, "this is not UTF-8"},
		{"ede>3", 0, "'ede' is no term"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct expression_error error = {0};
		struct expression *e = NULL;
		int err = expression_parse(span_text(cases[i].text), &e, &error);

		if (err != ERR_FORMAT || error.column != cases[i].column ||
			!strstr(error.message, cases[i].message))
			fail_msg("'%s': %d, column %zu: %s", cases[i].text, err, error.column,
				error.message);
		assert_null(e);
	}
}

static void bounds(void **state)
{
	struct expression_error error;
	struct expression *e = NULL;
	char text[EXPRESSION_TEXT_MAX + 2];

	(void)state;
	memset(text, '(', sizeof(text));
	assert_int_equal(expression_parse(span_of(text, 3000), &e, &error), ERR_FORMAT);
	assert_int_equal(expression_parse(span_of(text, sizeof(text)), &e, &error), ERR_FORMAT);
	for (size_t i = 0; i < 130; i++)
		memcpy(text + i * 7, "type=A ", 7);
	/* 128 terms and 127 `and` are 255 nodes. */
	assert_int_equal(expression_parse(span_of(text, 128 * 7), &e, &error), 0);
	expression_free(e);
	e = NULL;
	assert_int_equal(expression_parse(span_of(text, 130 * 7), &e, &error), ERR_FORMAT);
	assert_non_null(strstr(error.message, "too long"));
}

/* Whether a line with nothing but this text in it is worth parsing. */
static void passed_over(void **state)
{
	static const struct {
		const char *text, *line;
		bool expected;
	} cases[] = {
		{"vendor=hikvision", "hikvision", true},
		{"vendor=hikvision", "tuya", false},
		{"vendor=hikvision name=.hicloudcam.com", "hikvision", false},
		{"vendor=hikvision name=.hicloudcam.com", "hikvision hicloudcam.com", true},
		{"name=*abc*longer*d", "longer", true},
		{"name=*abc*longer*d", "abc", false},
		{"vendor=a or vendor=b", "c", false},
		{"vendor=a or vendor=b", "b", true},
		{"vendor=a or not vendor=b", "c", true},
		{"vendor=a (not vendor=b)", "c", false},
		{"client=10.0.0.1", "10.0.0.2", false},
		{"asn=AS04134", "4134", true},
		{"located=unknown", "--", true},
		{"vendor!=hikvision", "", true},
		{"not vendor=hikvision", "", true},
		{"client=10.0.0.0/8", "", true},
		{"client=fd00::1", "", true},
		{"reason='a\"b'", "", true},
		{"name='a\\032b'", "", true},
		{"day=2026-11-23", "", true},
		{"", "", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct expression_error error;
		struct expression *e = NULL;

		assert_int_equal(expression_parse(span_text(cases[i].text), &e, &error), 0);
		if (expression_may_match(e, span_text(cases[i].line)) != cases[i].expected)
			fail_msg("'%s' in '%s'", cases[i].text, cases[i].line);
		expression_free(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms),
		cmocka_unit_test(connectives),
		cmocka_unit_test(errors),
		cmocka_unit_test(bounds),
		cmocka_unit_test(passed_over),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
