/* SPDX-License-Identifier: BSD-3-Clause */

/* What strip leaves of an answer, and what exceptions keep it from taking. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "judge/judge.h"
#include "policy/policy.h"
#include "sample.h"

#define BIT(on) (UINT32_C(1) << (on))
#define A(data) "= www.example. 60 IN A " data "\n"
#define AAAA(data) "= www.example. 60 IN AAAA " data "\n"
#define HTTPS(data) "= www.example. 60 IN HTTPS " data "\n"
#define MX(data) "= www.example. 60 IN MX " data "\n"
#define SIGNATURE                                                                                  \
	"= www.example. 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA\n"

static struct matcher *matcher;
static struct inet_prefix far;
static struct conf_pattern bad;

static int setup(void **state)
{
	(void)state;
	far = sample_prefix("8.129.0.0/16");
	bad = (struct conf_pattern){sample_name("bad.test"), true, true};
	return matcher_new(&(struct matcher_sources){.store = NULL}, &matcher);
}

static int teardown(void **state)
{
	(void)state;
	matcher_free(matcher);
	return 0;
}

static struct resolution *resolution_of(uint16_t type, const char *records)
{
	struct question q = sample_question("www.example", type);
	char text[4096], name[RR_TEXT_MAX];
	struct evidence *e = NULL;
	struct answer *a;

	snprintf(text, sizeof(text), "? www.example. %s NOERROR\n%s", rr_type_format(type, name),
		records);
	a = sample_answer(&q, text);
	assert_int_equal(judge_answer(matcher, &q, a, &e), 0);
	return resolution_new(&q, a, e, DNSSEC_UNCHECKED);
}

/* `data;` for each record of the answer section; "NODATA" without an answer. */
static const char *answer_text(const struct answer *a)
{
	static char text[4096];
	struct record_cursor cursor;
	struct message m;
	struct record r;
	struct buf out;

	buf_init_fixed(&out, text, sizeof(text));
	if (!a)
		return "NODATA";
	assert_int_equal(message_read(a->plain.octets, &m), 0);
	cursor = message_records(&m);
	while (record_next(&cursor, &r)) {
		rdata_format(&m, &r, &out);
		buf_put_u8(&out, ';');
	}
	return buf_text(&out);
}

/* What the client gets, and whether an exception had a part in it. */
static void check(const struct conf *conf, uint16_t type, const char *records, const char *expected,
	bool exception)
{
	struct resolution *r = resolution_of(type, records);
	const struct policy_query q = {0, type};
	struct answer *left = NULL;
	struct policy *p = NULL;
	struct decision d;

	assert_int_equal(policy_new(conf, &(struct policy_moment){0}, &p), 0);
	policy_decide(p, &q, r->evidence, &d);
	if (d.action == ACTION_STRIP)
		left = policy_stripped(p, d.rule, &q, r);
	else
		assert_int_equal(d.action, exception ? ACTION_LOG : ACTION_ALLOW);
	assert_string_equal(answer_text(d.action == ACTION_STRIP ? left : r->answer), expected);
	assert_int_equal(d.exception != POLICY_EXCEPTION_NONE, exception);
	free(left);
	policy_free(p);
	resolution_free(r);
}

static void strips(void **state)
{
	const uint16_t any_type[] = {RR_A};
	const struct conf_match in_far = {.networks = &far, .network_count = 1};
	const struct conf_match named = {.names = &bad, .name_count = 1};
	const struct conf_match mentioned = {.names = &bad, .name_count = 1, .on = BIT(ON_MENTION)};
	const struct conf_pattern here = {sample_name("example"), false, true};
	const struct conf_match both = {
		.names = &here, .name_count = 1, .networks = &far, .network_count = 1};
	const struct conf_match typed = {.qtypes = any_type, .qtype_count = 1};
	const struct conf_match client = {.on = BIT(ON_CLIENT)};
	const struct {
		const struct conf_match *match;
		uint16_t type;
		const char *records, *expected;
	} cases[] = {
		{&in_far, RR_A, A("192.0.2.1") A("8.129.0.1") A("192.0.2.2"),
			"192.0.2.1;192.0.2.2;"},
		{&in_far, RR_A, A("8.129.0.1") A("8.129.0.2"), "NODATA"},
		{&in_far, RR_A, A("192.0.2.1"), "192.0.2.1;"},
		/* What is left would not validate. */
		{&in_far, RR_A, A("192.0.2.1") A("8.129.0.1") SIGNATURE, "NODATA"},
		/* The record goes with what is embedded in it. */
		{&in_far, RR_AAAA, AAAA("2002:881:1::1") AAAA("2001:db8::1"), "2001:db8::1;"},
		{&in_far, RR_HTTPS,
			HTTPS("1 . ipv4hint=192.0.2.1,8.129.0.1") HTTPS("2 . ipv4hint=192.0.2.1"),
			"2 . ipv4hint=192.0.2.1;"},
		{&named, RR_HTTPS, HTTPS("1 a.bad.test. alpn=h2") HTTPS("2 . alpn=h2"),
			"2 . alpn=h2;"},
		{&named, RR_MX, MX("1 a.bad.test.") MX("2 mx.example."),
			"1 a.bad.test;2 mx.example;"},
		{&mentioned, RR_MX, MX("1 a.bad.test.") MX("2 mx.example."), "2 mx.example;"},
		/* The alias stays, or takes all with it. */
		{&in_far, RR_A,
			"= www.example. 60 IN CNAME b.example.\n= b.example. 60 IN A 8.129.0.1\n"
			"= b.example. 60 IN A 192.0.2.1\n",
			"b.example;192.0.2.1;"},
		{&named, RR_A,
			"= www.example. 60 IN CNAME bad.test.\n= bad.test. 60 IN A 192.0.2.1\n",
			"NODATA"},
		/* A condition that the question meets narrows the other. */
		{&both, RR_A, A("192.0.2.1") A("8.129.0.1"), "192.0.2.1;"},
		{&typed, RR_A, A("192.0.2.1"), "NODATA"},
		{&client, RR_A, A("192.0.2.1"), "NODATA"},
		{NULL, RR_A, A("192.0.2.1"), "NODATA"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_rule rule = {"r", .groups = 1, .matches = cases[i].match,
			.match_count = cases[i].match ? 1 : 0, .action = ACTION_STRIP};
		const struct conf conf = {.mode = MODE_ENFORCE, .rules = &rule, .rule_count = 1};

		check(&conf, cases[i].type, cases[i].records, cases[i].expected, false);
	}
}

/* What cannot be left out so is decided by the name alone, and never asked for. */
static void by_name(void **state)
{
	const struct conf_match named = {.names = &bad, .name_count = 1};
	const struct conf_rule rule = {
		"r", .groups = 1, .matches = &named, .match_count = 1, .action = ACTION_STRIP};
	const struct conf conf = {.mode = MODE_ENFORCE, .rules = &rule, .rule_count = 1};
	struct question q = sample_question("www.bad.test", RR_A);
	struct evidence *e = NULL;
	struct policy *p = NULL;
	struct decision d;

	(void)state;
	assert_int_equal(judge_name(matcher, &q, &e), 0);
	assert_int_equal(policy_new(&conf, &(struct policy_moment){0}, &p), 0);
	policy_decide(p, &(struct policy_query){0, RR_A}, e, &d);
	assert_false(d.resolve_first);
	assert_int_equal(d.action, ACTION_STRIP);
	policy_free(p);
	free(e);
}

static void exceptions(void **state)
{
	const struct inet_prefix one = sample_prefix("8.129.0.1");
	const struct conf_match matches[] = {{.networks = &far, .network_count = 1},
		{.names = &bad, .name_count = 1, .on = BIT(ON_MENTION)}};
	const struct conf_rule rule = {
		"r", .groups = 1, .matches = matches, .match_count = 2, .action = ACTION_STRIP};
	const struct conf_exception waives_one = {
		.networks = &one, .network_count = 1, .groups = 1, .expires = 1};
	const struct conf_exception waives_bad = {
		.names = &bad, .name_count = 1, .groups = 1, .expires = 1};
	const struct {
		const struct conf_exception *exception;
		uint16_t type;
		const char *records, *expected;
		bool used;
	} cases[] = {
		{&waives_one, RR_A, A("8.129.0.1") A("8.129.0.2"), "8.129.0.1;", true},
		{&waives_one, RR_A, A("8.129.0.1") A("192.0.2.1"), "8.129.0.1;192.0.2.1;", true},
		{&waives_one, RR_A, A("8.129.0.2") A("192.0.2.1"), "192.0.2.1;", false},
		{&waives_bad, RR_A, A("8.129.0.2") A("192.0.2.1"), "192.0.2.1;", false},
		/* The target of one service leads to its own hints, not to those of another. */
		{&waives_bad, RR_HTTPS,
			HTTPS("1 bad.test. ipv4hint=8.129.0.1") HTTPS("2 . ipv4hint=8.129.0.2"),
			"1 bad.test ipv4hint=8.129.0.1;", true},
		{&waives_bad, RR_MX, MX("1 bad.test.") MX("2 mx.example."),
			"1 bad.test;2 mx.example;", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf conf = {.mode = MODE_ENFORCE,
			.rules = &rule,
			.rule_count = 1,
			.exceptions = cases[i].exception,
			.exception_count = 1};

		check(&conf, cases[i].type, cases[i].records, cases[i].expected, cases[i].used);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips),
		cmocka_unit_test(by_name),
		cmocka_unit_test(exceptions),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
