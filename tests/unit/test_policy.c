/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/policy.h"
#include "sample.h"

static const struct policy_moment moment = {.day = 20781}; /* 2026-11-24 */

#define BIT(on) (UINT32_C(1) << (on))
#define LIST(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

/* One place with at most two entries that hold for it. */
struct seen {
	enum on on;
	const char *at;
	struct store_row rows[2];
	size_t count;
};

#define VENDOR_ROW                                                                                 \
	{                                                                                          \
		.fact = FACT_OPERATED, .country = "CN", .list = SPAN_LITERAL("prc"),               \
		.category = SPAN_LITERAL("ip-cameras"),                                            \
		.vendors = {SPAN_LITERAL("ezviz"), SPAN_LITERAL("hikvision")}, .vendor_count = 2   \
	}
#define LOCATED_ROW(code, from)                                                                    \
	{                                                                                          \
		.fact = FACT_LOCATED, .country = code, .list = SPAN_LITERAL("geoip"),              \
		.source = SPAN_LITERAL(from)                                                       \
	}
#define AS_ROW                                                                                     \
	{                                                                                          \
		.fact = FACT_OPERATED, .country = "CN", .list = SPAN_LITERAL("prc"),               \
		.vendors = {SPAN_LITERAL("alibaba")}, .vendor_count = 1, .asn = 45102              \
	}

static const struct seen clean_name[] = {{ON_QNAME, "www.example.com", {{0}}, 0}, {0}};
static const struct seen vendor_name[] = {{ON_QNAME, "a.ezviz.com", {VENDOR_ROW}, 1}, {0}};
static const struct seen vendor_alias[] = {
	{ON_QNAME, "www.example.com", {{0}}, 0}, {ON_CNAME, "a.ezviz.com", {VENDOR_ROW}, 1}, {0}};
static const struct seen in_china[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "11.0.0.1", {LOCATED_ROW("US", "one")}, 1},
	{ON_ADDRESS, "8.129.0.1", {LOCATED_ROW("CN", "one"), LOCATED_ROW("CN", "two")}, 2}, {0}};
static const struct seen disputed[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "8.129.0.1", {LOCATED_ROW("CN", "one"), LOCATED_ROW("HK", "two")}, 2},
	{ON_ADDRESS, "8.129.0.2", {LOCATED_ROW("CN", "two")}, 1}, {0}};
static const struct seen agreed[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "8.129.0.1", {LOCATED_ROW("CN", "one; two"), LOCATED_ROW("CN", "two")}, 2},
	{0}};
static const struct seen unsourced[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "8.129.0.1", {LOCATED_ROW("CN", ""), LOCATED_ROW("CN", " ; one")}, 2}, {0}};
static const struct seen cloud_abroad[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "47.91.1.1", {LOCATED_ROW("DE", "one"), AS_ROW}, 2}, {0}};
static const struct seen embedded[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
	{ON_ADDRESS, "2002:881:1::", {{0}}, 0},
	{ON_EMBEDDED, "8.129.0.1", {LOCATED_ROW("CN", "one")}, 1}, {0}};

static struct evidence *evidence_of(const struct seen *seen, enum extent extent)
{
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e;

	for (; seen->at && (extent == EXTENT_FULL || seen->on == ON_QNAME); seen++) {
		if (on_is_address(seen->on)) {
			struct inet_addr addr = sample_addr(seen->at);

			evidence_draft_address(d, seen->on, &addr, seen->rows, seen->count);
		} else {
			struct name name = sample_name(seen->at);

			evidence_draft_name(d, seen->on, &name, seen->rows, seen->count);
		}
	}
	e = evidence_keep(d, extent);
	evidence_draft_free(d);
	assert_non_null(e);
	return e;
}

#define VENDOR(v) .vendors = LIST(v), .vendor_count = 1
#define CATEGORY(c) .categories = LIST(c), .category_count = 1
#define LISTED(l) .lists = LIST(l), .list_count = 1
#define OPERATED(c) .operated = LIST(c), .operated_count = 1
#define OWNED(c) .owned = LIST(c), .owned_count = 1
#define LOCATED(...)                                                                               \
	.located = LIST(__VA_ARGS__), .located_count = sizeof(LIST(__VA_ARGS__)) / sizeof(char *)
#define QTYPE(t) .qtypes = (const uint16_t[]){t}, .qtype_count = 1
#define ASN(n) .asns = (const uint32_t[]){n}, .asn_count = 1

/* What a match is on the name alone, then on the whole answer. */
static void matches(void **state)
{
	const struct inet_prefix network = sample_prefix("8.129.0.0/16");
	const struct conf_pattern example = {sample_name("example.com"), false, true};
	const struct conf_pattern exact = {sample_name("www.example.com"), true, false};
	const struct conf_pattern ezviz = {sample_name("ezviz.com"), true, true};
	const struct {
		struct conf_match match;
		const struct seen *seen;
		enum truth name, full;
	} cases[] = {
		{{VENDOR("ezviz")}, vendor_name, TRUTH_YES, TRUTH_YES},
		{{VENDOR("hikvision")}, vendor_name, TRUTH_YES, TRUTH_YES},
		{{VENDOR("dahua")}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{VENDOR("dahua"), .on = BIT(ON_QNAME)}, vendor_name, TRUTH_NO, TRUTH_NO},
		{{VENDOR("dahua"), .on = BIT(ON_QNAME) | BIT(ON_CNAME)}, vendor_name, TRUTH_NOT_YET,
			TRUTH_NO},
		{{VENDOR("ezviz"), .on = BIT(ON_CNAME)}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{VENDOR("ezviz")}, vendor_alias, TRUTH_NOT_YET, TRUTH_YES},
		{{VENDOR("ezviz"), .on = BIT(ON_QNAME)}, vendor_alias, TRUTH_NO, TRUTH_NO},
		{{VENDOR("ezviz"), .on = BIT(ON_CLIENT)}, vendor_name, TRUTH_NO, TRUTH_NO},
		{{VENDOR("ezviz"), CATEGORY("ip-cameras"), OPERATED("CN")}, vendor_name, TRUTH_YES,
			TRUTH_YES},
		{{VENDOR("ezviz"), CATEGORY("inverters")}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{LISTED("prc")}, vendor_name, TRUTH_YES, TRUTH_YES},
		{{LISTED("site")}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{OPERATED("CN")}, vendor_name, TRUTH_YES, TRUTH_YES},
		{{OWNED("CN")}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{OPERATED("HK")}, vendor_name, TRUTH_NOT_YET, TRUTH_NO},
		{{QTYPE(RR_A)}, clean_name, TRUTH_YES, TRUTH_YES},
		{{QTYPE(RR_AAAA)}, clean_name, TRUTH_NO, TRUTH_NO},
		{{VENDOR("ezviz"), QTYPE(RR_AAAA)}, vendor_alias, TRUTH_NO, TRUTH_NO},
		{{LOCATED("CN")}, in_china, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN"), .on = BIT(ON_QNAME)}, in_china, TRUTH_NO, TRUTH_NO},
		{{LOCATED("CN"), .on = BIT(ON_HINT)}, in_china, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("HK", "CN")}, in_china, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("HK")}, in_china, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("CN"), .sources = 2}, in_china, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN"), .sources = 3}, in_china, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("CN"), .sources = 2}, agreed, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN"), .sources = 3}, agreed, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("CN"), .sources = 2}, unsourced, TRUTH_NOT_YET, TRUTH_YES},
		{{.sources = 2}, agreed, TRUTH_NOT_YET, TRUTH_YES},
		{{.sources = 2}, disputed, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("CN", "HK"), .sources = 2}, disputed, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("HK")}, disputed, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN"), .networks = &network, .network_count = 1}, in_china, TRUTH_NOT_YET,
			TRUTH_YES},
		{{LOCATED("US"), .networks = &network, .network_count = 1}, in_china, TRUTH_NOT_YET,
			TRUTH_NO},
		{{.networks = &network, .network_count = 1}, in_china, TRUTH_NOT_YET, TRUTH_YES},
		{{.networks = &network, .network_count = 1}, cloud_abroad, TRUTH_NOT_YET, TRUTH_NO},
		{{.networks = &network, .network_count = 1}, embedded, TRUTH_NOT_YET, TRUTH_YES},
		{{ASN(45102)}, cloud_abroad, TRUTH_NOT_YET, TRUTH_YES},
		{{ASN(45102), LOCATED("DE")}, cloud_abroad, TRUTH_NOT_YET, TRUTH_YES},
		{{ASN(45102), LOCATED("CN")}, cloud_abroad, TRUTH_NOT_YET, TRUTH_NO},
		{{ASN(4134)}, cloud_abroad, TRUTH_NOT_YET, TRUTH_NO},
		{{OPERATED("CN")}, cloud_abroad, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN")}, cloud_abroad, TRUTH_NOT_YET, TRUTH_NO},
		{{LOCATED("CN")}, embedded, TRUTH_NOT_YET, TRUTH_YES},
		{{LOCATED("CN"), .on = BIT(ON_ADDRESS)}, embedded, TRUTH_NOT_YET, TRUTH_NO},
		{{.on = BIT(ON_EMBEDDED)}, embedded, TRUTH_NOT_YET, TRUTH_YES},
		{{.on = BIT(ON_EMBEDDED)}, in_china, TRUTH_NOT_YET, TRUTH_NO},
		{{.names = &example, .name_count = 1}, clean_name, TRUTH_YES, TRUTH_YES},
		{{.names = &exact, .name_count = 1}, clean_name, TRUTH_YES, TRUTH_YES},
		{{.names = &ezviz, .name_count = 1}, clean_name, TRUTH_NOT_YET, TRUTH_NO},
		{{.names = &ezviz, .name_count = 1}, vendor_alias, TRUTH_NOT_YET, TRUTH_YES},
		{{.names = &ezviz, .name_count = 1, .on = BIT(ON_QNAME)}, vendor_alias, TRUTH_NO,
			TRUTH_NO},
		{{.names = &example, .name_count = 1, LOCATED("CN")}, in_china, TRUTH_NOT_YET,
			TRUTH_YES},
		{{.names = &ezviz, .name_count = 1, LOCATED("CN")}, in_china, TRUTH_NOT_YET,
			TRUTH_NO},
		{{VENDOR("ezviz"), .names = &example, .name_count = 1}, vendor_alias, TRUTH_NOT_YET,
			TRUTH_YES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_rule rule = {.name = "r",
			.groups = UINT64_MAX,
			.matches = &cases[i].match,
			.match_count = 1};
		const struct conf conf = {.rules = &rule, .rule_count = 1};
		const struct policy_query q = {0, RR_A};
		struct policy *p = NULL;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		for (enum extent x = EXTENT_NAME; x <= EXTENT_FULL; x++) {
			enum truth expected = x == EXTENT_NAME ? cases[i].name : cases[i].full;
			struct evidence *e = evidence_of(cases[i].seen, x);

			if (policy_rule_truth(p, 0, &q, e, NULL) != expected)
				fail_msg("case %zu at extent %d", i, x);
			free(e);
		}
		policy_free(p);
	}
}

static const struct conf_match vendor_match = {VENDOR("ezviz")};
static const struct conf_match located_match = {LOCATED("CN")};
static const struct conf_match either[] = {{VENDOR("ezviz")}, {LOCATED("CN")}};

static void decides(void **state)
{
	const struct conf_rule by_name = {
		"by-name", .groups = 2, .matches = &vendor_match, 1, ACTION_NXDOMAIN};
	const struct conf_rule by_address = {
		"by-address", .groups = 3, .matches = &located_match, 1, ACTION_SINKHOLE};
	const struct conf_rule any = {
		"any", .groups = UINT64_MAX, .matches = either, 2, ACTION_LOG};
	const struct conf_rule pass = {
		"pass", .groups = UINT64_MAX, .matches = &vendor_match, 1, ACTION_ALLOW};
	const struct conf_rule all = {"all", .groups = 1, .matches = NULL, 0, ACTION_REFUSE};
	const struct {
		struct conf_rule rules[2];
		enum action otherwise;
		uint16_t group;
		const struct seen *seen;
		enum extent extent;
		struct decision expected; /* as enforce decides */
	} cases[] = {
		/* Blocked by the name alone: never goes upstream. */
		{{by_name, by_address}, ACTION_ALLOW, 1, vendor_name, EXTENT_NAME,
			{false, ACTION_NXDOMAIN, ACTION_NXDOMAIN, 0, 0, true}},
		/* An earlier rule waits for the answer. */
		{{by_address, by_name}, ACTION_ALLOW, 1, vendor_name, EXTENT_NAME, {true}},
		{{by_address, by_name}, ACTION_ALLOW, 1, vendor_name, EXTENT_FULL,
			{false, ACTION_NXDOMAIN, ACTION_NXDOMAIN, 1, 0, true}},
		/* Not for this group. */
		{{by_name, by_address}, ACTION_ALLOW, 2, vendor_name, EXTENT_NAME,
			{false, ACTION_ALLOW, ACTION_ALLOW, POLICY_RULE_NONE, UINT16_MAX, false}},
		{{by_name, by_address}, ACTION_ALLOW, POLICY_GROUP_NONE, vendor_name, EXTENT_NAME,
			{false, ACTION_ALLOW, ACTION_ALLOW, POLICY_RULE_NONE, UINT16_MAX, false}},
		{{by_name, by_address}, ACTION_ALLOW, 1, in_china, EXTENT_FULL,
			{false, ACTION_SINKHOLE, ACTION_SINKHOLE, 1, 1, true}},
		{{any, by_name}, ACTION_ALLOW, 1, in_china, EXTENT_FULL,
			{false, ACTION_LOG, ACTION_LOG, 0, 1, true}},
		{{pass, by_address}, ACTION_ALLOW, 0, vendor_name, EXTENT_NAME,
			{false, ACTION_ALLOW, ACTION_ALLOW, 0, 0, false}},
		{{all, by_address}, ACTION_ALLOW, 0, clean_name, EXTENT_NAME,
			{false, ACTION_REFUSE, ACTION_REFUSE, 0, UINT16_MAX, true}},
		{{by_name, by_name}, ACTION_NXDOMAIN, 1, clean_name, EXTENT_FULL,
			{false, ACTION_NXDOMAIN, ACTION_NXDOMAIN, POLICY_RULE_NONE, UINT16_MAX,
				true}},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		bool observe = i & 1;
		const struct conf conf = {.mode = observe ? MODE_OBSERVE : MODE_ENFORCE,
			.rules = cases[i / 2].rules,
			.rule_count = 2,
			.otherwise = cases[i / 2].otherwise};
		const struct policy_query q = {cases[i / 2].group, RR_A};
		struct evidence *e = evidence_of(cases[i / 2].seen, cases[i / 2].extent);
		struct decision expected = cases[i / 2].expected, d;
		struct policy *p = NULL;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		policy_decide(p, &q, e, &d);
		/* What passes needs an answer. */
		if (e->extent == EXTENT_NAME && (observe || expected.would < ACTION_SINKHOLE))
			expected.resolve_first = true;
		if (observe)
			expected.action = expected.alert ? ACTION_LOG : ACTION_ALLOW;
		assert_int_equal(d.resolve_first, expected.resolve_first);
		if (!expected.resolve_first &&
			(d.action != expected.action || d.would != expected.would ||
				d.rule != expected.rule || d.finding != expected.finding ||
				d.alert != expected.alert))
			fail_msg("case %zu: %d %d %u %u %d", i, d.action, d.would, d.rule,
				d.finding, d.alert);
		policy_free(p);
		free(e);
	}
}

#define BUILTIN_ROW(of, kind)                                                                      \
	{                                                                                          \
		.fact = FACT_LISTED, .list = SPAN_LITERAL(of), .category = SPAN_LITERAL(kind)      \
	}

/* What stands on a built-in list is logged where no rule speaks and the rest is allowed. */
static void builtin(void **state)
{
	static const struct seen near[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
		{ON_ADDRESS, "10.0.0.1", {BUILTIN_ROW("rebinding", "private")}, 1}, {0}};
	static const struct seen resolver[] = {
		{ON_QNAME, "dns.google", {BUILTIN_ROW("dns-bypass", "resolver")}, 1}, {0}};
	static const struct seen canary[] = {
		{ON_QNAME, "use-application-dns.net", {BUILTIN_ROW("dns-bypass", "canary")}, 1},
		{0}};
	static const struct seen mentioned[] = {{ON_QNAME, "www.example.com", {{0}}, 0},
		{ON_MENTION, "dns.google", {BUILTIN_ROW("dns-bypass", "resolver")}, 1}, {0}};
	const struct conf_match listed = {
		.lists = LIST("dns-bypass", "rebinding"), .list_count = 2};
	const struct conf_match loopback = {LISTED("rebinding"), CATEGORY("loopback")};
	const struct inet_prefix network = sample_prefix("10.0.0.0/8");
	const struct conf_exception waived = {
		.networks = &network, .network_count = 1, .groups = 1, .expires = 30000};
	const struct {
		const struct conf_match *match;
		enum action rule, otherwise;
		unsigned exceptions;
		const struct seen *seen;
		enum action expected;
		bool alert;
	} cases[] = {
		{&located_match, ACTION_NXDOMAIN, ACTION_ALLOW, 0, near, ACTION_LOG, true},
		{&located_match, ACTION_NXDOMAIN, ACTION_ALLOW, 0, resolver, ACTION_LOG, true},
		{&located_match, ACTION_NXDOMAIN, ACTION_ALLOW, 0, mentioned, ACTION_ALLOW, false},
		{&located_match, ACTION_NXDOMAIN, ACTION_ALLOW, 0, clean_name, ACTION_ALLOW, false},
		{&located_match, ACTION_NXDOMAIN, ACTION_REFUSE, 0, near, ACTION_REFUSE, true},
		{&located_match, ACTION_NXDOMAIN, ACTION_ALLOW, 1, near, ACTION_ALLOW, true},
		{&listed, ACTION_ALLOW, ACTION_ALLOW, 0, near, ACTION_ALLOW, false},
		{&listed, ACTION_NXDOMAIN, ACTION_ALLOW, 0, near, ACTION_NXDOMAIN, true},
		{&listed, ACTION_NXDOMAIN, ACTION_ALLOW, 1, near, ACTION_ALLOW, true},
		{&listed, ACTION_SINKHOLE, ACTION_ALLOW, 0, resolver, ACTION_SINKHOLE, true},
		{&listed, ACTION_SINKHOLE, ACTION_ALLOW, 0, canary, ACTION_NXDOMAIN, true},
		{&listed, ACTION_NODATA, ACTION_ALLOW, 0, canary, ACTION_NODATA, true},
		{&loopback, ACTION_NXDOMAIN, ACTION_ALLOW, 0, near, ACTION_LOG, true},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_rule rule = {.name = "r",
			.groups = 1,
			.matches = cases[i / 2].match,
			.match_count = 1,
			.action = cases[i / 2].rule};
		const struct conf conf = {.mode = i & 1 ? MODE_OBSERVE : MODE_ENFORCE,
			.rules = &rule,
			.rule_count = 1,
			.otherwise = cases[i / 2].otherwise,
			.exceptions = &waived,
			.exception_count = cases[i / 2].exceptions};
		const struct policy_query q = {0, RR_A};
		struct evidence *e = evidence_of(cases[i / 2].seen, EXTENT_FULL);
		struct policy *p = NULL;
		struct decision d;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		policy_decide(p, &q, e, &d);
		if (d.would != cases[i / 2].expected || d.alert != cases[i / 2].alert)
			fail_msg("case %zu: %d %d", i, d.would, d.alert);
		if (d.would == ACTION_LOG)
			assert_int_equal(d.finding, 0);
		policy_free(p);
		free(e);
	}
}

/* What could not be judged as a whole is not passed. */
static void overflow(void **state)
{
	static const struct {
		enum action rule, expected;
	} cases[] = {
		{ACTION_ALLOW, ACTION_REFUSE},
		{ACTION_LOG, ACTION_REFUSE},
		{ACTION_STRIP, ACTION_REFUSE},
		{ACTION_SINKHOLE, ACTION_SINKHOLE},
		{ACTION_DROP, ACTION_DROP},
	};
	struct evidence *e = evidence_of(vendor_name, EXTENT_FULL);
	const struct policy_query q = {0, RR_A};
	struct decision d;

	(void)state;
	e->overflow = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_rule rule = {"r", .groups = 1, .matches = &vendor_match,
			.match_count = 1, .action = cases[i].rule};
		struct conf conf = {.mode = MODE_ENFORCE, .rules = &rule, .rule_count = 1};
		bool kept = cases[i].expected == cases[i].rule;
		struct policy *p = NULL;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		policy_decide(p, &q, e, &d);
		assert_int_equal(d.action, cases[i].expected);
		assert_int_equal(d.rule, kept ? 0 : POLICY_RULE_NONE);
		assert_true(d.alert);
		conf.mode = MODE_OBSERVE;
		policy_decide(p, &q, e, &d);
		assert_int_equal(d.action, ACTION_LOG);
		assert_int_equal(d.would, cases[i].expected);
		policy_free(p);
	}
	free(e);
}

static void causes(void **state)
{
	const struct conf_pattern ezviz = {sample_name("ezviz.com"), true, true};
	const struct {
		struct conf_match match;
		struct cause expected;
	} cases[] = {
		{{VENDOR("ezviz")}, {0, 1}},
		{{.names = &ezviz, .name_count = 1}, {UINT16_MAX, 1}},
		{{.names = &ezviz, .name_count = 1, VENDOR("ezviz")}, {0, 1}},
		{{QTYPE(RR_A)}, {UINT16_MAX, UINT16_MAX}},
	};
	struct evidence *e = evidence_of(vendor_alias, EXTENT_FULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_rule rule = {
			"r", .groups = 1, .matches = &cases[i].match, .match_count = 1};
		const struct conf conf = {.rules = &rule, .rule_count = 1};
		struct policy *p = NULL;
		struct cause cause;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		assert_int_equal(
			policy_rule_truth(p, 0, &(struct policy_query){0, RR_A}, e, &cause),
			TRUTH_YES);
		assert_int_equal(cause.finding, cases[i].expected.finding);
		assert_int_equal(cause.place, cases[i].expected.place);
		policy_free(p);
	}
	free(e);
}

static void groups(void **state)
{
	static const struct {
		const char *client;
		uint16_t group;
	} cases[] = {
		{"10.0.0.1", 0},
		{"10.20.0.0", 1},
		{"10.20.7.255", 1},
		{"10.20.8.0", 2},
		{"10.20.8.255", 2},
		{"10.20.9.0", 1},
		{"10.20.255.255", 1},
		{"10.21.0.0", 0},
		{"10.255.255.255", 0},
		{"11.0.0.0", POLICY_GROUP_NONE},
		{"9.255.255.255", POLICY_GROUP_NONE},
		{"255.255.255.255", 1},
		{"fd00:30::1", 2},
		{"2001:db8::1", 0},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0},
		{"::", 0},
	};
	const struct inet_prefix first[] = {sample_prefix("10.0.0.0/8"), sample_prefix("::/0")};
	const struct inet_prefix second[] = {
		sample_prefix("10.20.0.0/16"), sample_prefix("255.255.255.255")};
	const struct inet_prefix third[] = {
		sample_prefix("10.20.8.0/24"), sample_prefix("fd00:30::/48")};
	const struct conf_group all[] = {
		{.networks = first, .network_count = 2},
		{.networks = second, .network_count = 2},
		{.networks = third, .network_count = 2},
	};
	const struct conf conf = {.groups = all, .group_count = 3};
	struct policy *p = NULL;

	(void)state;
	assert_int_equal(policy_new(&conf, &moment, &p), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_addr client = sample_addr(cases[i].client);

		if (policy_group(p, &client) != cases[i].group)
			fail_msg("client %s: %u", cases[i].client, policy_group(p, &client));
	}
	policy_free(p);
}

static uint32_t seed = 20261123;

static uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* Against looking at every network of random, nested groups. */
static void groups_random(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct inet_prefix networks[24];
		struct conf_group all[24];
		const struct conf conf = {.groups = all, .group_count = 24};
		struct policy *p = NULL;

		for (unsigned i = 0; i < 24; i++) {
			char text[32];
			unsigned len = 24 + draw(9), host = draw(256) & (0xffu << (32 - len));

			snprintf(text, sizeof(text), "10.0.0.%u/%u", host, len);
			networks[i] = sample_prefix(text);
			all[i] = (struct conf_group){.networks = &networks[i], .network_count = 1};
		}
		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		for (unsigned host = 0; host < 256; host++) {
			struct inet_addr client =
				inet_addr_v4((uint8_t[]){10, 0, 0, (uint8_t)host});
			uint16_t expected = POLICY_GROUP_NONE;
			int len = -1;

			for (uint16_t i = 0; i < 24; i++) {
				if (!inet_prefix_has(&networks[i], &client) ||
					networks[i].len <= len)
					continue;
				len = networks[i].len;
				expected = i;
			}
			assert_int_equal(policy_group(p, &client), expected);
		}
		policy_free(p);
	}
}

/* What the clock on the wall of Prague shows; summer time began on 2026-03-29 at 02:00 and ended on
 * 2026-10-25 at 03:00. */
static void moments(void **state)
{
	static const struct {
		uint64_t real_s;
		int64_t day;
		unsigned weekday, hour, minute; /* of the site */
	} cases[] = {
		{1774745999, 20541, 6, 1, 59}, /* 2026-03-29T00:59:59Z */
		{1774746000, 20541, 6, 3, 0}, /* 2026-03-29T01:00:00Z: there is no 02:00 */
		{1792889999, 20751, 6, 2, 59}, /* 2026-10-25T00:59:59Z */
		{1792890000, 20751, 6, 2, 0}, /* 2026-10-25T01:00:00Z: again */
		{1792893599, 20751, 6, 2, 59},
		{1792893600, 20751, 6, 3, 0},
		{1795474799, 20780, 0, 23, 59}, /* 2026-11-23T22:59:59Z, a Monday */
		{1795474800, 20781, 1, 0, 0},
	};
	const struct conf conf = {.timezone = "Europe/Prague"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy_moment at;

		policy_moment_at(&conf, cases[i].real_s * UINT64_C(1000000000), NULL, &at);
		assert_int_equal(at.day, cases[i].day);
		assert_int_equal(
			at.minute, (cases[i].weekday * 24 + cases[i].hour) * 60 + cases[i].minute);
		assert_int_equal(at.suspensions.count, 0);
	}
}

/* Those that hold, and whether two moments differ at all. */
static void moments_differ(void **state)
{
	static const struct conf_hours morning = {.days = 0x7f, .from = 360, .to = 720};
	static const struct conf_rule rule = {.hours = &morning, .hours_count = 1};
	static const struct suspensions all = {.count = 1,
		.items = {{.group = "ot",
			.who = "uid 0",
			.reason = "r",
			.since_ns = 100,
			.until_ns = 200}}};
	const struct conf conf = {.timezone = "UTC", .rules = &rule, .rule_count = 1};
	const struct policy_moment base = {.day = 1, .minute = 400};
	struct policy_moment at;

	(void)state;
	for (uint64_t ns = 98; ns <= 201; ns++) {
		policy_moment_at(&conf, ns, &all, &at);
		assert_int_equal(at.suspensions.count, ns >= 100 && ns < 200);
	}
	for (unsigned minute = 0; minute < 1440; minute++) {
		at = (struct policy_moment){.day = 1, .minute = minute};
		assert_int_equal(
			policy_moments_agree(&conf, &base, &at), minute >= 360 && minute < 720);
	}
	at = base;
	at.day = 2;
	assert_false(policy_moments_agree(&conf, &base, &at));
	at = base;
	at.suspensions = all;
	assert_false(policy_moments_agree(&conf, &base, &at));
}

/* Suspended, a group gets what mode observe would give it; the others do not. */
static void suspended(void **state)
{
	const struct conf_match match = {VENDOR("ezviz")};
	static const struct conf_group groups[] = {{.name = "it"}, {.name = "ot"}};
	static const struct seen *const all[] = {clean_name, vendor_name, vendor_alias, in_china};
	struct policy_moment at = moment;

	(void)state;
	at.suspensions = (struct suspensions){.count = 1, .items = {{.group = "ot"}}};
	for (unsigned i = 0; i < 16; i++) {
		const struct conf_rule rule = {.name = "r",
			.groups = UINT64_MAX,
			.matches = &match,
			.match_count = 1,
			.observed = i & 4,
			.action = i & 8 ? ACTION_NXDOMAIN : ACTION_LOG};
		const struct conf observing = {.mode = MODE_OBSERVE,
			.rules = &rule,
			.rule_count = 1,
			.groups = groups,
			.group_count = 2};
		struct conf conf = observing;
		struct policy *p = NULL, *o = NULL, *e = NULL;

		conf.mode = MODE_ENFORCE;
		assert_int_equal(policy_new(&conf, &at, &p), 0);
		assert_int_equal(policy_new(&observing, &moment, &o), 0);
		assert_int_equal(policy_new(&conf, &moment, &e), 0);
		assert_null(policy_suspension(p, 0));
		assert_string_equal(policy_suspension(p, 1)->group, "ot");
		for (uint16_t group = 0; group < 2; group++) {
			for (enum extent x = EXTENT_NAME; x <= EXTENT_FULL; x++) {
				const struct policy_query q = {group, RR_A};
				struct evidence *seen = evidence_of(all[i & 3], x);
				struct decision a, b;

				memset(&a, 0, sizeof(a));
				memset(&b, 0, sizeof(b));
				policy_decide(p, &q, seen, &a);
				policy_decide(group == 1 ? o : e, &q, seen, &b);
				assert_int_equal(a.resolve_first, b.resolve_first);
				assert_int_equal(a.action, b.action);
				assert_int_equal(a.would, b.would);
				assert_int_equal(a.rule, b.rule);
				assert_int_equal(a.alert, b.alert);
				free(seen);
			}
		}
		policy_free(p);
		policy_free(o);
		policy_free(e);
	}
}

/* Outside of its hours a rule is no, and those behind it decide. */
static void hours(void **state)
{
	static const struct conf_hours morning = {.days = 0x01, .from = 360, .to = 720};
	static const struct conf_rule rules[] = {{.name = "r",
							 .groups = UINT64_MAX,
							 .hours = &morning,
							 .hours_count = 1,
							 .action = ACTION_REFUSE},
		{.name = "s", .groups = UINT64_MAX, .action = ACTION_NODATA}};
	const struct conf conf = {.mode = MODE_ENFORCE, .rules = rules, .rule_count = 2};
	const struct policy_query q = {0, RR_A};

	(void)state;
	for (unsigned minute = 350; minute < 730; minute++) {
		const struct policy_moment at = {.minute = minute};
		bool open = minute >= 360 && minute < 720;
		struct evidence *e = evidence_of(clean_name, EXTENT_NAME);
		struct policy *p = NULL;
		struct decision d;

		assert_int_equal(policy_new(&conf, &at, &p), 0);
		assert_int_equal(policy_rule_holds(p, 0), open);
		assert_int_equal(policy_rule_truth(p, 0, &q, e, NULL), open ? TRUTH_YES : TRUTH_NO);
		policy_decide(p, &q, e, &d);
		assert_int_equal(d.would, open ? ACTION_REFUSE : ACTION_NODATA);
		policy_free(p);
		free(e);
	}
}

/*
 * The naive evaluation: an answer that is still unknown is tried with each place and entry that
 * exists in this small world; what some of them meets is not yet, what none does is no.
 */
static const char *const world_vendors[] = {"v0", "v1", "v2"};
static const char *const world_countries[] = {"CN", "HK", "US"};

struct sight {
	enum on on;
	unsigned vendor, country;
	bool located;
};

static bool naive_met(const struct conf_match *m, const struct sight *s, unsigned count)
{
	bool vendor = !m->vendor_count, located = !m->located_count;

	for (unsigned i = 0; i < count; i++) {
		if (m->on && !(m->on & BIT(s[i].on)))
			continue;
		vendor |= !s[i].located &&
			  strcmp(m->vendors ? m->vendors[0] : "", world_vendors[s[i].vendor]) == 0;
		located |=
			s[i].located && on_is_address(s[i].on) &&
			strcmp(m->located ? m->located[0] : "", world_countries[s[i].country]) == 0;
	}
	return vendor && located;
}

/* Two more sights suffice: one for the vendor, one for the country. */
static bool naive_can(const struct conf_match *m, const struct sight *seen, unsigned count)
{
	struct sight all[10];

	memcpy(all, seen, count * sizeof(*all));
	for (unsigned a = 0; a < 5 * 3; a++) {
		for (unsigned b = 0; b < 3 * 3; b++) {
			all[count] = (struct sight){(enum on)(ON_CNAME + a / 3), a % 3, 0, false};
			all[count + 1] =
				(struct sight){(enum on)(ON_ADDRESS + b / 3), 0, b % 3, true};
			if (naive_met(m, all, count + 2))
				return true;
		}
	}
	return false;
}

static enum truth naive_truth(
	const struct conf_rule *r, const struct sight *seen, unsigned count, enum extent extent)
{
	enum truth best = TRUTH_NO;

	for (unsigned i = 0; i < r->match_count; i++) {
		if (naive_met(&r->matches[i], seen, count))
			return TRUTH_YES;
		if (extent == EXTENT_NAME && naive_can(&r->matches[i], seen, count))
			best = TRUTH_NOT_YET;
	}
	return best;
}

static struct evidence *evidence_of_sights(
	const struct sight *seen, unsigned count, enum extent extent)
{
	struct evidence_draft *d = evidence_draft_new();
	struct name name = sample_name("a.example");
	struct inet_addr addr = sample_addr("11.0.0.1");
	struct evidence *e;

	for (unsigned i = 0; i < count; i++) {
		struct store_row row = {.fact = seen[i].located ? FACT_LOCATED : FACT_LISTED};

		if (seen[i].located) {
			memcpy(row.country, world_countries[seen[i].country], 3);
		} else {
			row.vendors[0] = span_text(world_vendors[seen[i].vendor]);
			row.vendor_count = 1;
		}
		if (on_is_address(seen[i].on))
			evidence_draft_address(d, seen[i].on, &addr, &row, 1);
		else
			evidence_draft_name(d, seen[i].on, &name, &row, 1);
	}
	e = evidence_keep(d, extent);
	evidence_draft_free(d);
	return e;
}

static void draw_match(struct conf_match *m)
{
	*m = (struct conf_match){0};
	if (draw(3) > 0) {
		m->vendors = &world_vendors[draw(3)];
		m->vendor_count = 1;
	}
	if (draw(3) > 0 || !m->vendor_count) {
		m->located = &world_countries[draw(3)];
		m->located_count = 1;
	}
	if (draw(2))
		m->on = 1 + draw(63);
}

static void decides_as_naive(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		enum extent extent = draw(2) ? EXTENT_FULL : EXTENT_NAME;
		struct conf_match all[3][2];
		struct conf_rule rules[3];
		struct conf conf = {.mode = MODE_ENFORCE, .rules = rules, .rule_count = 3};
		struct sight seen[8];
		unsigned count = draw(extent == EXTENT_FULL ? 6 : 2), rule = 0;
		enum truth expected = TRUTH_NO;
		struct evidence *e;
		struct decision d;
		struct policy *p = NULL;

		for (unsigned i = 0; i < 3; i++) {
			draw_match(&all[i][0]);
			draw_match(&all[i][1]);
			rules[i] = (struct conf_rule){.name = "r",
				.groups = 1,
				.matches = all[i],
				.match_count = 1 + draw(2),
				.action = ACTION_NXDOMAIN};
		}
		for (unsigned i = 0; i < count; i++) {
			enum on on = extent == EXTENT_FULL ? (enum on)draw(6) : ON_QNAME;

			seen[i] =
				(struct sight){on, draw(3), draw(3), on_is_address(on) && draw(2)};
		}
		e = evidence_of_sights(seen, count, extent);
		for (; rule < 3; rule++)
			if ((expected = naive_truth(&rules[rule], seen, count, extent)) != TRUTH_NO)
				break;
		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		policy_decide(p, &(struct policy_query){0, RR_A}, e, &d);
		assert_int_equal(
			d.resolve_first, expected == TRUTH_NOT_YET ||
						 (expected == TRUTH_NO && extent == EXTENT_NAME));
		if (expected != TRUTH_NOT_YET)
			assert_int_equal(d.rule, expected == TRUTH_YES ? rule : POLICY_RULE_NONE);
		policy_free(p);
		free(e);
	}
}

/* A rule on trial in mode enforce is recorded, and the rules behind it decide. */
static void observed(void **state)
{
	const struct conf_rule trial = {"trial", .groups = UINT64_MAX, .matches = &vendor_match, 1,
		ACTION_NXDOMAIN, .observed = true};
	const struct conf_rule block = {
		"block", .groups = UINT64_MAX, .matches = &vendor_match, 1, ACTION_SINKHOLE};
	const struct conf_rule china = {
		"china", .groups = UINT64_MAX, .matches = &located_match, 1, ACTION_REFUSE};
	const struct {
		struct conf_rule rules[2];
		const struct seen *seen;
		enum action action, would;
		uint16_t rule;
		bool alert;
	} cases[] = {
		{{trial, china}, vendor_name, ACTION_LOG, ACTION_NXDOMAIN, 0, true},
		{{trial, block}, vendor_name, ACTION_SINKHOLE, ACTION_NXDOMAIN, 1, true},
		{{block, trial}, vendor_name, ACTION_SINKHOLE, ACTION_SINKHOLE, 0, true},
		{{trial, china}, in_china, ACTION_REFUSE, ACTION_REFUSE, 1, true},
		{{trial, china}, clean_name, ACTION_ALLOW, ACTION_ALLOW, POLICY_RULE_NONE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf conf = {
			.mode = MODE_ENFORCE, .rules = cases[i].rules, .rule_count = 2};
		const struct policy_query q = {0, RR_A};
		struct evidence *e = evidence_of(cases[i].seen, EXTENT_FULL);
		struct policy *p = NULL;
		struct decision d;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		policy_decide(p, &q, e, &d);
		if (d.action != cases[i].action || d.would != cases[i].would ||
			d.rule != cases[i].rule || d.alert != cases[i].alert)
			fail_msg("case %zu: %d %d %u %d", i, d.action, d.would, d.rule, d.alert);
		policy_free(p);
		free(e);
	}
}

/* What exceptions waive, and what is then decided. The rule blocks the vendor and the country. */
static void exceptions(void **state)
{
	const struct conf_pattern example = {sample_name("example.com"), true, true};
	const struct conf_pattern ezviz = {sample_name("ezviz.com"), true, true};
	const struct conf_pattern other = {sample_name("example.org"), true, true};
	const struct inet_prefix china = sample_prefix("8.129.0.0/16");
	const struct conf_rule rule = {
		"both", .groups = UINT64_MAX, .matches = either, 2, ACTION_NXDOMAIN};
	const struct {
		struct conf_exception x;
		uint16_t group;
		const struct seen *seen;
		bool holds; /* the exception is why it passes */
	} cases[] = {
		{{.names = &ezviz, .name_count = 1}, 0, vendor_name, true},
		{{.names = &ezviz, .name_count = 1, .covers = CONF_COVERS_NAME}, 0, vendor_name,
			true},
		{{.names = &other, .name_count = 1}, 0, vendor_name, false},
		/* The chain from the question on. */
		{{.names = &example, .name_count = 1}, 0, vendor_alias, true},
		{{.names = &example, .name_count = 1}, 0, in_china, true},
		{{.names = &example, .name_count = 1, .covers = CONF_COVERS_NAME}, 0, vendor_alias,
			false},
		{{.names = &example, .name_count = 1, .covers = CONF_COVERS_NAME}, 0, in_china,
			false},
		{{.names = &ezviz, .name_count = 1}, 0, vendor_alias, true},
		/* Networks waive addresses alone. */
		{{.networks = &china, .network_count = 1}, 0, in_china, true},
		{{.networks = &china, .network_count = 1}, 0, vendor_name, false},
		/* Only for its groups. */
		{{.names = &ezviz, .name_count = 1}, 1, vendor_name, false},
		/* Nothing to waive. */
		{{.names = &example, .name_count = 1}, 0, clean_name, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int day = -1; day <= 1; day++) {
			struct conf_exception x = cases[i].x;
			const struct conf conf = {.mode = MODE_ENFORCE,
				.rules = &rule,
				.rule_count = 1,
				.exceptions = &x,
				.exception_count = 1};
			const struct policy_query q = {cases[i].group, RR_A};
			const struct policy_moment at = {moment.day + day};
			struct evidence *e = evidence_of(cases[i].seen, EXTENT_FULL);
			/* The last day is today. */
			bool holds = cases[i].holds && day <= 0;
			bool guilty = cases[i].seen != clean_name;
			struct policy *p = NULL;
			struct decision d;

			x.groups = 1;
			x.expires = moment.day;
			assert_int_equal(policy_new(&conf, &at, &p), 0);
			policy_decide(p, &q, e, &d);
			if ((d.exception == 0) != holds ||
				d.would != (holds || !guilty ? ACTION_ALLOW : ACTION_NXDOMAIN) ||
				d.alert != guilty)
				fail_msg("case %zu, day %d: %d %u", i, day, d.would, d.exception);
			policy_free(p);
			free(e);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(decides),
		cmocka_unit_test(exceptions),
		cmocka_unit_test(observed),
		cmocka_unit_test(moments),
		cmocka_unit_test(moments_differ),
		cmocka_unit_test(suspended),
		cmocka_unit_test(hours),
		cmocka_unit_test(builtin),
		cmocka_unit_test(overflow),
		cmocka_unit_test(causes),
		cmocka_unit_test(groups),
		cmocka_unit_test(groups_random),
		cmocka_unit_test(decides_as_naive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
