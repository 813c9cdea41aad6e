/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal/explain.h"
#include "sample.h"
#include "json/reader.h"

static const struct policy_moment moment = {.day = 20781}; /* 2026-11-24 */

static const char *const countries[] = {"CN"}, *const vendors[] = {"hikvision"};
static const struct conf_match located = {.located = countries, .located_count = 1};
static const struct conf_match camera = {.vendors = vendors, .vendor_count = 1};
static const struct conf_rule rules[] = {
	{"by-address", {"site.yaml", 12, 5}, 1, &located, 1, ACTION_LOG},
	{"by-name", {"rules.yaml", 3, 5}, 1, &camera, 1, ACTION_SINKHOLE},
};
static const struct conf_group groups[] = {{.name = "ot"}};
static const struct conf conf = {
	.mode = MODE_OBSERVE, .groups = groups, .group_count = 1, .rules = rules, .rule_count = 2};

/* The document stays with the caller. */
static const struct json_value *explained(
	const struct resolution *r, uint16_t group, struct json_document **d)
{
	static char text[65536];
	struct inet_addr client = sample_addr("10.20.8.11");
	struct policy *p = NULL;
	struct buf out;

	assert_int_equal(policy_new(&conf, &moment, &p), 0);
	buf_init_fixed(&out, text, sizeof(text));
	explain_format(&(struct explain_request){&conf, p, r, &client, group}, &out);
	assert_false(out.overflow);
	policy_free(p);
	assert_int_equal(json_parse(buf_span(&out), d), 0);
	return json_root(*d);
}

static struct resolution *resolution_of(const char *message)
{
	struct question q = sample_question("www.example", RR_A);
	struct evidence_draft *d = evidence_draft_new();
	struct name alias = sample_name("dev.hicloudcam.com");
	uint8_t key[NAME_LEN_MAX];
	struct store_row row = {.fact = FACT_OPERATED,
		.country = "CN",
		.list = SPAN_LITERAL("prc"),
		.file = SPAN_LITERAL("domains/ip-cameras.tsv"),
		.line = 41,
		.category = SPAN_LITERAL("ip-cameras"),
		.source = SPAN_LITERAL("vendor"),
		.vendors = {SPAN_LITERAL("hikvision")},
		.vendor_count = 1,
		.key = sample_key("hicloudcam.com", key)};
	struct evidence *e;

	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	if (message)
		evidence_draft_name(d, ON_CNAME, &alias, &row, 1);
	e = evidence_keep(d, message ? EXTENT_FULL : EXTENT_NAME);
	evidence_draft_free(d);
	return resolution_new(&q, message ? sample_answer(&q, message) : NULL, e, DNSSEC_INSECURE);
}

#define TEXT(value, key, expected)                                                                 \
	assert_string_equal(json_get_string(value, key, "(none)"), expected)

static void resolved(void **state)
{
	static const char reason[] = "alias dev.hicloudcam.com is below hicloudcam.com: vendor "
				     "hikvision (prc, domains/ip-cameras.tsv:41)";
	struct resolution *r = resolution_of(
		"? www.example. A NOERROR\n= www.example. 60 IN CNAME dev.hicloudcam.com.\n"
		"= dev.hicloudcam.com. 30 IN A 192.0.2.1\n");
	struct json_document *d = NULL;
	const struct json_value *v = explained(r, 0, &d), *list;

	(void)state;
	TEXT(json_get(v, "question"), "name", "www.example");
	TEXT(json_get(v, "question"), "type", "A");
	TEXT(v, "client", "10.20.8.11");
	TEXT(v, "group", "ot");
	TEXT(v, "mode", "observe");
	TEXT(v, "dnssec", "insecure");
	TEXT(v, "rcode", "NOERROR");
	TEXT(v, "why", "");
	list = json_get(v, "answers");
	assert_int_equal(json_count(list), 2);
	TEXT(json_at(list, 0), "data", "dev.hicloudcam.com");
	assert_int_equal(json_get_u64(json_at(list, 1), "ttl", 0), 30);
	list = json_get(v, "findings");
	assert_int_equal(json_count(list), 1);
	TEXT(json_at(list, 0), "on", "cname");
	TEXT(json_at(list, 0), "value", "dev.hicloudcam.com");
	TEXT(json_at(list, 0), "fact", "operated");
	TEXT(json_at(list, 0), "vendor", "hikvision");
	assert_int_equal(json_get_u64(json_at(list, 0), "line", 0), 41);
	TEXT(json_at(list, 0), "text", reason);
	list = json_get(v, "rules");
	assert_int_equal(json_count(list), 2);
	TEXT(json_at(list, 0), "truth", "no");
	TEXT(json_at(list, 0), "finding", "");
	TEXT(json_at(list, 1), "rule", "by-name");
	TEXT(json_at(list, 1), "place", "rules.yaml:3");
	TEXT(json_at(list, 1), "truth", "yes");
	TEXT(json_at(list, 1), "action", "sinkhole");
	TEXT(json_at(list, 1), "finding", reason);
	TEXT(v, "decided_on", "full");
	TEXT(v, "winner", "by-name");
	TEXT(v, "place", "rules.yaml:3");
	TEXT(v, "action", "log");
	TEXT(v, "would", "sinkhole");
	TEXT(v, "reason", reason);
	json_document_free(d);
	resolution_free(r);
}

static void name_alone(void **state)
{
	struct resolution *r = resolution_of(NULL);
	struct json_document *d = NULL;
	const struct json_value *v = explained(r, 0, &d);

	(void)state;
	assert_non_null(json_get(v, "rcode"));
	TEXT(v, "rcode", "(none)");
	TEXT(v, "ede", "(none)");
	assert_int_equal(json_count(json_get(v, "answers")), 0);
	TEXT(json_at(json_get(v, "rules"), 0), "truth", "not yet");
	TEXT(v, "decided_on", "name");
	json_document_free(d);
	resolution_free(r);
}

static void not_ours(void **state)
{
	struct resolution *r = resolution_of(NULL);
	struct json_document *d = NULL;
	const struct json_value *v = explained(r, POLICY_GROUP_NONE, &d);

	(void)state;
	TEXT(v, "group", "(none)");
	TEXT(json_at(json_get(v, "rules"), 1), "truth", "no");
	TEXT(v, "winner", "(none)");
	json_document_free(d);
	resolution_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolved),
		cmocka_unit_test(name_alone),
		cmocka_unit_test(not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
