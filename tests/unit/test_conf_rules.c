/* SPDX-License-Identifier: BSD-3-Clause */

/* What is wrong with rules: their values, those that never match, those that wait. */

#include "base/buf.h"
#include "conf_check.h"

static void test_rule_values(void **state)
{
	static const struct error_case cases[] = {
		{"policy: [ { rule: r, clients: c, action: log } ]\n",
			{"f:3:31: error: unknown group 'c'; name one that stands below 'clients'"}},
		{"policy: [ { rule: r, action: log, hours: daily } ]\n",
			{"f:3:42: error: bad value 'daily' for 'hours'; write days, hours or both "
			 "such as"}},
		{"policy: [ { rule: r, action: log, hours: [ \"Mon\", \"06:00-25:00\" ] } ]\n",
			{"f:3:51: error: '06:00-25:00' is out of range for 'hours'; "}},
		{"policy: [ { rule: r, action: log, hours: [] } ]\n",
			{"f:3:42: error: 'hours' is an empty list; "}},
		{"policy: [ { rule: r, clients: [], action: log } ]\n",
			{"f:3:31: error: 'clients' is an empty list; "}},
		{"policy: [ { rule: r, match: { list: x }, action: log } ]\n",
			{"f:3:37: error: unknown list 'x'; "}},
		{"policy: [ { rule: r } ]\n", {"f:3:11: error: 'action' is missing in a rule of "
					       "'policy'; write for example 'action: log'"}},
		{"policy: [ { action: log } ]\n", {"f:3:11: error: 'rule' is missing in a rule"}},
		{"policy: [ { rule: r, action: block } ]\n",
			{"f:3:30: error: unknown action 'block'; did you mean 'sinkhole'?"}},
		{"policy: [ { rule: r, action: blok } ]\n",
			{"f:3:30: error: unknown action 'blok'; did you mean 'sinkhole'?"}},
		{"policy: [ { rule: r, match: {}, action: log } ]\n",
			{"f:3:29: error: an empty 'match'; "}},
		{"policy: [ { rule: r, match: [], action: log } ]\n",
			{"f:3:29: error: 'match' is an empty list; "}},
		{"policy: [ { rule: r, match: { located: UK }, action: log } ]\n",
			{"f:3:40: error: 'UK' is no country; write an ISO 3166 code, which is GB"}},
		{"policy: [ { rule: r, match: { located: China }, action: log } ]\n",
			{"f:3:40: error: bad value 'China' for 'located'; "}},
		{"policy: [ { rule: r, match: { operated: unknown }, action: log } ]\n",
			{"f:3:41: error: bad value 'unknown' for 'operated'; "}},
		{"policy: [ { rule: r, match: { vendor: Hikvision }, action: log } ]\n",
			{"f:3:39: error: bad value 'Hikvision' for 'vendor'; write an id in lower "
			 "case"}},
		{"policy: [ { rule: r, match: { asn: 0 }, action: log } ]\n",
			{"f:3:36: error: '0' is out of range for 'asn'; "}},
		{"policy: [ { rule: r, match: { qtype: FOO }, action: log } ]\n",
			{"f:3:38: error: bad value 'FOO' for 'qtype'; "}},
		{"policy: [ { rule: r, match: { name: *.x.cz }, action: log } ]\n",
			{"f:3:37: error: a word that begins with * is an alias"}},
		{"policy: [ { rule: r, match: { name: \"https://x.cz/\" }, action: log } ]\n",
			{"f:3:37: error: bad value 'https://x.cz/' for 'name'; "}},
		{"policy: [ { rule: r, match: { sources: 2 }, action: log } ]\n",
			{"f:3:29: error: 'sources' counts who says where"}},
		{"policy: [ { rule: r, match: { located: CN, sources: 0 }, action: log } ]\n",
			{"f:3:53: error: '0' is out of range for 'sources'; write 1 to 16"}},
		{"policy: [ { rule: r, match: { vendor: a }, action: log }, { rule: r, action: log "
		 "} ]\n",
			{"f:3:67: error: a rule 'r' stands already in line 3; "}},
	};

	(void)state;
	CHECK_WITH(SOURCES, cases);
}

#define RULE(name, rest) "- { rule: " name ", " rest ", action: nxdomain }\n"
#define POLICY "policy:\n"

static void test_rules_that_never_match(void **state)
{
	static const struct error_case cases[] = {
		{POLICY RULE("x", "clients: a") RULE("y", "clients: a, match: { vendor: v }"),
			{"f:5:3: error: the rule 'y' can never match: 'x' in f:4 comes first and "
			 "matches always"}},
		{POLICY "- { rule: x, action: log }\n" RULE("y", "clients: b"),
			{"f:5:3: error: the rule 'y' can never match: 'x' in f:4"}},
		{POLICY RULE("x", "clients: a") RULE("y", "clients: b")
				RULE("z", "match: { vendor: v }"),
			{"f:6:3: error: the rule 'z' can never match: 'y' in f:5"}},
		{POLICY RULE("x", "clients: a") RULE("y", "match: { vendor: v }"), {NULL}},
		/* Outside of its hours it takes nothing. */
		{POLICY RULE("x", "hours: Mon-Fri") RULE("y", "match: { vendor: v }"), {NULL}},
		{POLICY RULE("x", "hours: 06:00-18:00") RULE("y", "hours: 06:00-18:00"), {NULL}},
		{POLICY RULE("x", "clients: [ a, b ]")
				RULE("y", "hours: Sun, match: { vendor: v }"),
			{"f:5:3: error: the rule 'y' can never match: 'x' in f:4"}},
		{POLICY RULE("x", "match: { vendor: [ v, w ] }")
				RULE("y", "clients: a, match: { vendor: v, on: qname }"),
			{"f:5:3: error: the rule 'y' can never match: 'x' in f:4 comes first and "
			 "matches all that it would"}},
		{POLICY RULE("x", "match: { vendor: v, on: [ qname, cname ] }")
				RULE("y", "match: { vendor: v, on: qname }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { vendor: v }")
				RULE("y", "match: { vendor: v, on: mention }"),
			{NULL}},
		{POLICY RULE("x", "match: { qtype: MX }")
				RULE("y", "match: { qtype: MX, vendor: v, on: mention }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { name: .x.cz }")
				RULE("y", "match: { name: [ a.x.cz, \"*.x.cz\" ] }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { network: 8.0.0.0/8 }")
				RULE("y", "match: { network: 8.8.0.0/16 }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { located: CN }")
				RULE("y", "match: { located: CN, sources: 2 }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { located: CN, sources: 2 }")
				RULE("y", "match: { located: CN }"),
			{NULL}},
		{POLICY RULE("x", "match: { asn: 1 }") RULE("y", "match: { asn: [ 1, 2 ] }"),
			{NULL}},
		{POLICY RULE("x", "match: { qtype: A }")
				RULE("y", "match: { qtype: A, located: CN }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { vendor: v, on: qname }") RULE(
			 "y", "match: { vendor: w, on: qname }") RULE("z",
			 "match: [ { vendor: v, on: qname }, { vendor: w, on: qname } ]"),
			{"f:6:3: error: the rule 'z' can never match: 'y' in f:5"}},
		{POLICY RULE("x", "match: { operated: CN }") RULE("y", "match: { located: CN }"),
			{NULL}},
		{POLICY RULE("x", "match: { operated: CN, owned: CN }"),
			{"f:4:21: error: this can never match: 'operated' and 'owned'"}},
		{POLICY RULE("x", "match: { located: CN, on: [ qname, cname ] }"),
			{"f:4:21: error: this can never match: 'located', 'asn' and 'network'"}},
		{POLICY RULE("x", "match: { name: .x.cz, on: address }"),
			{"f:4:21: error: this can never match: 'name' speaks of names"}},
		{POLICY RULE("x", "match: { vendor: v, on: address }"), {NULL}},
		/* A mention counts only where it is asked for. */
		{POLICY RULE("x", "match: { vendor: v }")
				RULE("y", "match: { vendor: v, on: mention }"),
			{NULL}},
		{POLICY RULE("x", "match: { vendor: v }")
				RULE("y", "match: { vendor: v, on: [ qname, mention ] }"),
			{NULL}},
		{POLICY RULE("x", "match: { vendor: v, on: [ qname, mention ] }")
				RULE("y", "match: { vendor: v, on: mention }"),
			{"f:5:3: error: the rule 'y'"}},
		{POLICY RULE("x", "match: { on: client }") RULE("y", "match: { vendor: v }"),
			{"f:5:3: error: the rule 'y' can never match: 'x' in f:4"}},
		{POLICY RULE("x", "match: { on: client, qtype: A }")
				RULE("y", "match: { vendor: v }"),
			{NULL}},
		{POLICY RULE("x", "match: { vendor: v, on: client }"),
			{"f:4:21: error: this can never match: on 'client' nothing is looked up"}},
		{POLICY RULE("x", "match: { located: CN, on: [ client, address ] }"),
			{"f:4:21: error: this can never match: on 'client' nothing is looked up"}},
		{POLICY RULE("x", "match: { on: embedded }"), {NULL}},
		/* A rule with mistakes of its own takes nothing from those behind it. */
		{POLICY RULE("x", "clients: c") RULE("y", "match: { vendor: v }"),
			{"f:4:23: error: unknown group 'c'"}},
	};

	(void)state;
	CHECK_WITH(SOURCES, cases);
}

static void test_rules_that_nothing_knows_of(void **state)
{
	static const char *const others[] = {"mode: enforce\n", "mode: observe\n",
		"mode: enforce\nlists: { store: /x }\ngeoip: { asn: /x.mmdb }\n"};
	static const struct error_case cases[] = {
		{POLICY RULE("x", "match: { located: CN }"),
			{"f:4:21: error: this can never match: nothing says where an address is "
			 "located; add lists.sources or geoip.country"}},
		{POLICY RULE("x", "match: { vendor: v }"),
			{"f:4:21: error: this can never match: 'vendor' is known from lists, and "
			 "there are none; add some to lists.sources"}},
		{POLICY RULE("x", "match: { category: c }"),
			{"f:4:21: error: this can never match: 'category'"}},
		{POLICY RULE("x", "match: { operated: CN }"),
			{"f:4:21: error: this can never match: 'operated'"}},
		{POLICY RULE("x", "match: { owned: CN }"),
			{"f:4:21: error: this can never match: 'owned'"}},
		{POLICY RULE("x", "match: [ { name: .x.cz }, { located: CN } ]"),
			{"f:4:40: error: this can never match: nothing"}},
		{POLICY RULE("x", "match: { name: .x.cz, network: 192.0.2.0/24 }"), {NULL}},
		{POLICY RULE("x", "match: { qtype: A }"), {NULL}},
	};
	static const struct error_case without_asns[] = {
		{POLICY RULE("x", "match: { asn: 64500 }"),
			{"f:4:21: error: this can never match: nothing says which AS an address "
			 "belongs to; add lists.sources or geoip.asn"}},
	};
	static const struct error_case with_asns[] = {
		{POLICY RULE("x", "match: { asn: 64500 }"), {NULL}},
	};
	static const struct error_case with_database[] = {
		{POLICY RULE("x", "match: { located: CN }"), {NULL}},
		{POLICY RULE("x", "match: { located: CN, vendor: v }"),
			{"f:4:21: error: this can never match: 'vendor'"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK_WITH(others[i], cases);
	CHECK_WITH("geoip: { country: /x.mmdb }\n", with_database);
	CHECK_WITH("geoip: { country: /x.mmdb }\n", without_asns);
	CHECK_WITH(others[2], with_asns);
}

static void test_rules_that_wait(void **state)
{
	static const struct error_case cases[] = {
		{POLICY RULE("x", "match: { located: CN }") RULE("y", "match: { vendor: v }"),
			{"f:5:3: warning: names that the rule 'y' blocks are asked upstream first, "
			 "as 'x' in f:4"}},
		{POLICY RULE("x", "match: { vendor: v }") RULE("y", "match: { name: .x.cz }"),
			{"f:5:3: warning: names that the rule 'y' blocks"}},
		{POLICY RULE("x", "match: { vendor: v }") RULE("y", "match: { vendor: w }"),
			{NULL}},
		{POLICY RULE("x", "match: { vendor: v, on: qname }")
				RULE("y", "match: { name: .x.cz }"),
			{NULL}},
		{POLICY RULE("x", "match: { on: client, qtype: TXT }")
				RULE("y", "match: { name: .x.cz }"),
			{NULL}},
		{POLICY RULE("x", "clients: a, match: { located: CN }")
				RULE("y", "clients: b, match: { name: .x.cz }"),
			{NULL}},
		{POLICY RULE("x", "match: { located: CN }") "- { rule: y, match: { name: .x.cz }, "
							    "action: log }\n",
			{NULL}},
		{POLICY RULE("x", "match: { name: .x.cz }") RULE("y", "match: { located: CN }"),
			{NULL}},
	};

	(void)state;
	CHECK_WITH(SOURCES, cases);
}

static void assert_only_error(struct buf *text, const char *part)
{
	struct outcome o = check(buf_text(text));

	if (o.errors != 1 || !strstr(o.messages, part))
		fail_msg("should say\n%s\nbut says\n%s", part, o.messages);
	free(o.messages);
}

static void test_limits(void **state)
{
	struct buf b;

	(void)state;
	buf_init_heap(&b, 1 << 20);
	buf_put_text(&b, "version: 1\nclients:\n");
	for (unsigned i = 0; i <= CONF_GROUPS_MAX; i++)
		buf_printf(&b, "  g%u: { networks: 10.%u.0.0/16 }\n", i, i);
	assert_only_error(&b, "'clients' holds 65 items, more than 64; write fewer");
	buf_clear(&b);
	buf_put_text(&b, HEAD "policy:\n");
	for (unsigned i = 0; i <= CONF_RULES_MAX; i++)
		buf_printf(&b, "  - { rule: r%u, match: { vendor: v%u }, action: log }\n", i, i);
	assert_only_error(&b, "'policy' holds 257 items, more than 256; write fewer");
	buf_release(&b);
}

/* 64 groups fill the bits of a rule exactly. */
static void test_most_groups(void **state)
{
	struct outcome o;
	struct buf b;

	(void)state;
	buf_init_heap(&b, 1 << 20);
	buf_put_text(&b, "version: 1\nclients:\n");
	for (unsigned i = 0; i < CONF_GROUPS_MAX; i++)
		buf_printf(&b, "  g%u: { networks: 10.%u.0.0/16 }\n", i, i);
	buf_put_text(&b, "policy:\n" RULE("x", "clients: g63") RULE("y", "clients: [ g0, g63 ]"));
	o = check(buf_text(&b));
	assert_int_equal(o.errors, 0);
	free(o.messages);
	buf_put_text(&b, RULE("z", "clients: [ g63 ], match: { vendor: v }"));
	assert_only_error(&b, "the rule 'z' can never match: 'x'");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_values),
		cmocka_unit_test(test_rules_that_never_match),
		cmocka_unit_test(test_rules_that_nothing_knows_of),
		cmocka_unit_test(test_rules_that_wait),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_most_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
