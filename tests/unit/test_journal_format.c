/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "journal/record.h"
#include "sample.h"
#include "json/reader.h"

static const struct policy_moment moment = {.day = 20781}; /* 2026-11-24 */

#define TIME_NS (UINT64_C(1795000000) * NS_PER_S + 123 * NS_PER_MS)

static const char *const vendors[] = {"hikvision"}, *const countries[] = {"CN"};
static struct conf_match camera = {.vendors = vendors, .vendor_count = 1};
static struct conf_match located = {.located = countries, .located_count = 1};
static struct conf_rule rules[] = {
	{"cameras", .groups = 1, .matches = &camera, .match_count = 1, .action = ACTION_SINKHOLE},
	{"in-prc", .groups = 1, .matches = &located, .match_count = 1, .action = ACTION_LOG},
};
static struct inet_prefix network;
static struct conf_group groups[] = {{.name = "ot", .networks = &network, .network_count = 1}};
static struct conf_device devices[] = {{.name = "cam-gate-north"}};
static struct conf conf = {
	.site = "brno-substation-1",
	.mode = MODE_OBSERVE,
	.groups = groups,
	.group_count = 1,
	.devices = devices,
	.device_count = 1,
	.rules = rules,
	.rule_count = 2,
};
static struct journal_context context = {.conf = &conf, .lists = "aa11", .config = "bb22"};

static int setup(void **state)
{
	struct policy *p = NULL;

	(void)state;
	network = sample_prefix("10.20.8.0/24");
	devices[0].addr = sample_addr("10.20.8.11");
	assert_int_equal(policy_new(&conf, &moment, &p), 0);
	context.policy = p;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	policy_free((struct policy *)context.policy);
	return 0;
}

static struct resolution *resolution_of(const char *name, const char *message)
{
	struct question q = sample_question(name, RR_A);
	struct evidence_draft *d = evidence_draft_new();
	uint8_t key[NAME_LEN_MAX];
	struct store_row hik = {.fact = FACT_OPERATED,
		.country = "CN",
		.list = SPAN_LITERAL("prc"),
		.file = SPAN_LITERAL("domains/ip-cameras.tsv"),
		.line = 41,
		.category = SPAN_LITERAL("ip-cameras"),
		.vendors = {SPAN_LITERAL("hikvision")},
		.vendor_count = 1,
		.key = sample_key("hicloudcam.com", key)};
	struct store_row range = {.fact = FACT_LOCATED,
		.country = "CN",
		.list = SPAN_LITERAL("geoip"),
		.source = SPAN_LITERAL("country.mmdb")};
	struct inet_addr addr = sample_addr("8.129.0.1");
	struct answer *a = message ? sample_answer(&q, message) : NULL;
	struct evidence *e;

	evidence_draft_name(d, ON_QNAME, &q.name, &hik, strstr(name, "hicloudcam") ? 1 : 0);
	if (a && strstr(message, "8.129.0.1"))
		evidence_draft_address(d, ON_ADDRESS, &addr, &range, 1);
	e = evidence_keep(d, a ? EXTENT_FULL : EXTENT_NAME);
	evidence_draft_free(d);
	return resolution_new(&q, a, e, a ? DNSSEC_INSECURE : DNSSEC_UNCHECKED);
}

static struct journal_record record_of(const struct resolution *r)
{
	struct inet_addr client = sample_addr("10.20.8.11");
	struct journal_record record = {
		.resolution = r,
		.real_ns = TIME_NS,
		.number = 7,
		.duration_us = 250,
		.client_port = 40000,
		.dns_id = 4660,
		.query_flags = FLAG_RD | FLAG_CD,
		.rule = POLICY_RULE_NONE,
		.exception = POLICY_EXCEPTION_NONE,
		.ede = (uint16_t)EDE_NONE,
		.source = JOURNAL_SOURCE_UPSTREAM,
		.client_is_v4 = 1,
	};

	memcpy(record.client, client.octets, 16);
	return record;
}

static const char *format(const struct journal_record *r, enum conf_clients clients)
{
	static char text[1 << 20];
	struct json_document *d = NULL;
	struct buf out;

	buf_init_fixed(&out, text, sizeof(text) - 1);
	journal_format(r, &context, "b00t", 2, clients, &out);
	assert_false(out.overflow);
	assert_int_equal(json_parse(buf_span(&out), &d), 0);
	json_document_free(d);
	return buf_text(&out);
}

#define MESSAGE                                                                                    \
	"? dev.hicloudcam.com. A NOERROR\n"                                                        \
	"= dev.hicloudcam.com. 60 IN CNAME x.example.\n= x.example. 30 IN A 8.129.0.1\n"

/* The whole line, octet for octet. */
static void alert(void **state)
{
	struct resolution *r = resolution_of("dev.hicloudcam.com", MESSAGE);
	struct journal_record record = record_of(r);

	(void)state;
	record.rule = 0;
	record.action = ACTION_LOG;
	record.would = ACTION_SINKHOLE;
	record.alert = 1;
	record.dnssec_ok = 1;
	assert_string_equal(format(&record, CONF_CLIENTS_FULL),
		"{\"@timestamp\":\"2026-11-18T11:06:40.123Z\",\"event.id\":\"b00t-2-7\","
		"\"event.kind\":\"alert\",\"event.action\":\"allow\","
		"\"event.reason\":\"name dev.hicloudcam.com is below hicloudcam.com: vendor "
		"hikvision (prc, domains/ip-cameras.tsv:41)\",\"event.duration\":250000,"
		"\"celnik.format\":1,\"observer.name\":\"brno-substation-1\","
		"\"client.ip\":\"10.20.8.11\",\"client.port\":40000,"
		"\"client.name\":\"cam-gate-north\",\"network.transport\":\"udp\","
		"\"dns.id\":4660,\"dns.question.name\":\"dev.hicloudcam.com\","
		"\"dns.question.type\":\"A\",\"dns.question.class\":\"IN\","
		"\"dns.response_code\":\"NOERROR\",\"dns.header_flags\":[\"RD\",\"CD\"],"
		"\"dns.answers.name\":[\"dev.hicloudcam.com\",\"x.example\"],"
		"\"dns.answers.type\":[\"CNAME\",\"A\"],\"dns.answers.ttl\":[60,30],"
		"\"dns.answers.data\":[\"x.example\",\"8.129.0.1\"],"
		"\"dns.resolved_ip\":[\"8.129.0.1\"],\"rule.name\":\"cameras\","
		"\"celnik.rules\":[\"cameras\",\"in-prc\"],\"celnik.group\":\"ot\","
		"\"celnik.mode\":\"observe\",\"celnik.would_action\":\"sinkhole\","
		"\"celnik.evidence\":\"full\",\"celnik.source\":\"upstream\","
		"\"celnik.dnssec\":\"insecure\",\"celnik.do\":true,\"celnik.cd\":true,"
		"\"celnik.match.on\":[\"qname\",\"address\"],"
		"\"celnik.match.value\":[\"dev.hicloudcam.com\",\"8.129.0.1\"],"
		"\"celnik.match.list\":[\"prc\",\"geoip\"],"
		"\"celnik.match.vendor\":[\"hikvision\",\"\"],"
		"\"celnik.match.category\":[\"ip-cameras\",\"\"],"
		"\"celnik.match.fact\":[\"operated\",\"located\"],"
		"\"celnik.match.country\":[\"CN\",\"CN\"],\"celnik.match.asn\":[0,0],"
		"\"celnik.match.sources\":[\"\",\"country.mmdb\"],"
		"\"celnik.lists\":\"aa11\",\"celnik.config\":\"bb22\"}");
	resolution_free(r);
}

/* What is empty is left out. */
static void plain(void **state)
{
	struct resolution *r = resolution_of("a.example", NULL);
	struct journal_record record = record_of(r);

	(void)state;
	record.query_flags = 0;
	record.group = POLICY_GROUP_NONE;
	record.transport = JOURNAL_TCP;
	record.source = JOURNAL_SOURCE_LOCAL;
	record.rcode = RCODE_SERVFAIL;
	record.ede = EDE_NO_REACHABLE_AUTHORITY;
	snprintf(r->why, sizeof(r->why), "no upstream answered");
	conf.mode = MODE_ENFORCE;
	assert_string_equal(format(&record, CONF_CLIENTS_NONE),
		"{\"@timestamp\":\"2026-11-18T11:06:40.123Z\",\"event.id\":\"b00t-2-7\","
		"\"event.kind\":\"query\",\"event.action\":\"allow\","
		"\"event.reason\":\"no upstream answered\",\"event.duration\":250000,"
		"\"celnik.format\":1,\"observer.name\":\"brno-substation-1\","
		"\"network.transport\":\"tcp\",\"dns.id\":4660,"
		"\"dns.question.name\":\"a.example\",\"dns.question.type\":\"A\","
		"\"dns.question.class\":\"IN\",\"dns.response_code\":\"SERVFAIL\","
		"\"celnik.mode\":\"enforce\",\"celnik.evidence\":\"name\","
		"\"celnik.source\":\"local\",\"celnik.ede\":22,"
		"\"celnik.lists\":\"aa11\",\"celnik.config\":\"bb22\"}");
	conf.mode = MODE_OBSERVE;
	resolution_free(r);
}

static void clients(void **state)
{
	static const struct {
		const char *client;
		enum conf_clients clients;
		const char *expected; /* from the site to the transport */
	} cases[] = {
		{"10.20.8.11", CONF_CLIENTS_FULL,
			"\"client.ip\":\"10.20.8.11\",\"client.port\":40000,"
			"\"client.name\":\"cam-gate-north\",\"network"},
		{"10.20.8.12", CONF_CLIENTS_FULL,
			"\"client.ip\":\"10.20.8.12\",\"client.port\":40000,\"network"},
		{"10.20.8.11", CONF_CLIENTS_TRUNCATED, "\"client.ip\":\"10.20.8.0\",\"network"},
		{"2001:db8:1:2::3", CONF_CLIENTS_TRUNCATED,
			"\"client.ip\":\"2001:db8:1::\",\"network"},
		{"10.20.8.11", CONF_CLIENTS_NONE, "brno-substation-1\",\"network"},
	};
	struct resolution *r = resolution_of("a.example", NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_addr addr = sample_addr(cases[i].client);
		struct journal_record record = record_of(r);

		memcpy(record.client, addr.octets, 16);
		record.client_is_v4 = addr.is_v4;
		assert_non_null(strstr(format(&record, cases[i].clients), cases[i].expected));
	}
	resolution_free(r);
}

static void reasons(void **state)
{
	static struct conf_pattern pattern = {.below = true};
	static struct conf_match named = {.names = &pattern, .name_count = 1};
	static const uint16_t types[] = {RR_A};
	static struct conf_match typed = {.qtypes = types, .qtype_count = 1};
	struct conf_rule more[] = {
		{"ours", .groups = 1, .matches = &named, .match_count = 1, .action = ACTION_LOG},
		{"type-a", .groups = 1, .matches = &typed, .match_count = 1, .action = ACTION_LOG},
		{"rest", .groups = 1, .action = ACTION_REFUSE},
	};
	const struct {
		uint16_t rule;
		enum action would;
		bool overflow;
		const char *expected;
	} cases[] = {
		{0, ACTION_LOG, false, "name a.example is named by rule ours"},
		{1, ACTION_LOG, false,
			"client of group ot: rule type-a holds for questions of type A"},
		{2, ACTION_REFUSE, false, "client of group ot: rule rest holds for every question"},
		{POLICY_RULE_NONE, ACTION_REFUSE, true, "the answer holds more than can be judged"},
		{POLICY_RULE_NONE, ACTION_NXDOMAIN, false,
			"no rule matches, so what the configuration says under otherwise is done"},
		/* Not an exception that has nothing to do with it. */
		{POLICY_RULE_NONE, ACTION_ALLOW, false, NULL},
	};
	struct conf_exception exception = {.id = "EX-1", .owner = "o", .reason = "r"};
	struct resolution *r = resolution_of("a.example", NULL);
	char expected[256];

	(void)state;
	pattern.name = sample_name("example");
	conf.rules = more;
	conf.rule_count = 3;
	conf.exceptions = &exception;
	conf.exception_count = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct journal_record record = record_of(r);
		const char *line;

		record.rule = cases[i].rule;
		record.would = cases[i].would;
		r->evidence->overflow = cases[i].overflow;
		line = format(&record, CONF_CLIENTS_FULL);
		snprintf(expected, sizeof(expected), "\"event.reason\":\"%s\"",
			cases[i].expected ? cases[i].expected : "");
		if (!strstr(line, cases[i].expected ? expected : "event.action") ||
			(!cases[i].expected && strstr(line, "event.reason")))
			fail_msg("case %zu: %s", i, line);
	}
	conf.rules = rules;
	conf.rule_count = 2;
	conf.exception_count = 0;
	resolution_free(r);
}

/* An answer made to flood the log is cut, and says how much is missing. */
static void cut(void **state)
{
	static char message[1 << 20];
	static const char *const name =
		"a123456789012345678901234567890123456789012345678901234567."
		"b123456789012345678901234567890123456789012345678901234567."
		"c123456789012345678901234567890123456789012345678901234567";
	struct question q = sample_question(name, RR_TXT);
	struct evidence_draft *d = evidence_draft_new();
	struct inet_addr addr = sample_addr("11.0.0.1");
	struct store_row row = {.fact = FACT_LOCATED, .country = "US"};
	struct resolution *r;
	struct journal_record record;
	struct answer *a;
	const char *line;
	size_t len = (size_t)snprintf(message, sizeof(message), "? %s. TXT NOERROR\n", name);

	(void)state;
	for (int i = 0; i < 230; i++)
		len += (size_t)snprintf(message + len, sizeof(message) - len,
			"= %s. 60 IN TXT \"%0250d\"\n", name, i);
	for (int i = 0; i < 100; i++)
		evidence_draft_address(d, ON_ADDRESS, &addr, &row, 1);
	a = sample_answer(&q, message);
	r = resolution_new(&q, a, evidence_keep(d, EXTENT_FULL), DNSSEC_INSECURE);
	evidence_draft_free(d);
	record = record_of(r);
	line = format(&record, CONF_CLIENTS_FULL);
	/* 230 records of 176 characters of name and 252 of data, of which 9 fit, and 100 findings.
	 */
	assert_non_null(strstr(line, "\"celnik.cut\":257,"));
	assert_true(strlen(line) < 20000);
	resolution_free(r);
}

/* However small an answer is on the wire, what counts is how long its text is in the line. */
static void cut_by_text(void **state)
{
	static char message[32768];
	size_t len = (size_t)snprintf(message, sizeof(message), "? a.example. TXT NOERROR\n");
	struct question q = sample_question("a.example", RR_TXT);
	struct evidence_draft *d = evidence_draft_new();
	struct journal_record record;
	struct resolution *r;
	const char *line;

	(void)state;
	for (int i = 0; i < 30; i++) {
		len += (size_t)snprintf(
			message + len, sizeof(message) - len, "= a.example. 60 IN TXT \"");
		for (int k = 0; k < 100; k++) /* 100 octets are 500 in JSON, 504 with quotes */
			len += (size_t)snprintf(
				message + len, sizeof(message) - len, "\\%03d", k == 99 ? i : 7);
		len += (size_t)snprintf(message + len, sizeof(message) - len, "\"\n");
	}
	r = resolution_new(
		&q, sample_answer(&q, message), evidence_keep(d, EXTENT_FULL), DNSSEC_INSECURE);
	evidence_draft_free(d);
	record = record_of(r);
	line = format(&record, CONF_CLIENTS_FULL);
	assert_non_null(strstr(line, "\"celnik.cut\":23,"));
	assert_true(strlen(line) < 5000);
	resolution_free(r);
}

/* Nothing of a name reaches the line raw. */
static void escapes(void **state)
{
	struct question q = {.type = RR_A, .class = RR_CLASS_IN};
	struct evidence_draft *d = evidence_draft_new();
	struct resolution *r;
	struct journal_record record;

	(void)state;
	q.name = (struct name){.len = 8, .labels = 1, .octets = "\6a\033\"\n.\0"};
	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	r = resolution_new(&q, NULL, evidence_keep(d, EXTENT_NAME), DNSSEC_UNCHECKED);
	evidence_draft_free(d);
	record = record_of(r);
	assert_non_null(strstr(format(&record, CONF_CLIENTS_FULL),
		"\"dns.question.name\":\"a\\\\027\\\\034\\\\010\\\\046\\\\000\""));
	resolution_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alert),
		cmocka_unit_test(plain),
		cmocka_unit_test(clients),
		cmocka_unit_test(reasons),
		cmocka_unit_test(cut),
		cmocka_unit_test(cut_by_text),
		cmocka_unit_test(escapes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
