/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "journal/prepared.h"
#include "sample.h"

#define ANSWERS 24
#define RECORDS 20000
#define CACHE_SIZE ((uint64_t)64 << 10) /* room for a few of the answers' lines */

static const struct policy_moment moment = {.day = 20781};
static const char *const countries[] = {"CN"};
static struct conf_match located = {.located = countries, .located_count = 1};
static struct conf_rule rules[] = {
	{"in-prc", .groups = 3, .matches = &located, .match_count = 1, .action = ACTION_SINKHOLE},
	{"rest", .groups = 2, .action = ACTION_LOG},
};
static struct inet_prefix networks[2];
static struct conf_group groups[] = {
	{.name = "ot", .networks = &networks[0], .network_count = 1},
	{.name = "office", .networks = &networks[1], .network_count = 1},
};
static struct conf_device devices[] = {{.name = "cam-gate-north"}};
static struct conf_exception exceptions[] = {
	{.id = "EX-1", .owner = "o@example", .reason = "\"needed\"", .expires = 20800}};
static struct conf conf = {
	.site = "brno",
	.groups = groups,
	.group_count = 2,
	.devices = devices,
	.device_count = 1,
	.rules = rules,
	.rule_count = 2,
	.exceptions = exceptions,
	.exception_count = 1,
	.cache_size = CACHE_SIZE,
	.queries = {.keep_s = 1},
};
/* Two, as after a reload. */
static struct journal_context contexts[] = {
	{.conf = &conf, .lists = "aa11", .config = "bb22"},
	{.conf = &conf, .lists = "cc33", .config = "dd44"},
};
static struct resolution *answers[ANSWERS];
static unsigned seed;

/* Small, and the same in each run. */
static unsigned any(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16 & 0x7fff) % below;
}

static struct resolution *answer_of(unsigned i)
{
	struct evidence_draft *d = evidence_draft_new();
	struct store_row range = {.fact = FACT_LOCATED, .country = "CN", .list = SPAN_LITERAL("g")};
	struct inet_addr addr = sample_addr("8.129.0.1");
	char name[32], message[512];
	struct resolution *r;
	struct answer *a = NULL;
	struct question q;

	snprintf(name, sizeof(name), "n%u.example", i);
	q = sample_question(name, RR_A);
	if (i % 4 == 0)
		snprintf(message, sizeof(message), "? %s. A NOERROR\n= %s. 60 IN A 8.129.0.%u\n",
			name, name, i);
	else if (i % 4 == 1)
		snprintf(message, sizeof(message),
			"? %s. A NOERROR\n= %s. 60 IN CNAME x%u.example.\n"
			"= x%u.example. 30 IN A 192.0.2.1\n",
			name, name, i, i);
	else
		snprintf(message, sizeof(message),
			"? %s. A NXDOMAIN\n+ example. 60 IN SOA a. b. %u 2 3 4 5\n", name, i);
	if (i % 4 != 3)
		a = sample_answer(&q, message);
	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	if (i % 4 == 0)
		evidence_draft_address(d, ON_ADDRESS, &addr, &range, 1);
	r = resolution_new(&q, a, evidence_keep(d, a ? EXTENT_FULL : EXTENT_NAME),
		i % 3 ? DNSSEC_SECURE : DNSSEC_UNCHECKED);
	evidence_draft_free(d);
	if (!a)
		snprintf(r->why, sizeof(r->why), "no \"upstream\" answered");
	return r;
}

static int setup(void **state)
{
	(void)state;
	networks[0] = sample_prefix("10.20.8.0/24");
	networks[1] = sample_prefix("2001:db8::/32");
	devices[0].addr = sample_addr("10.20.8.11");
	for (size_t i = 0; i < 2; i++) {
		struct policy *p = NULL;

		assert_int_equal(policy_new(&conf, &moment, &p), 0);
		contexts[i].policy = p;
	}
	for (unsigned i = 0; i < ANSWERS; i++)
		answers[i] = answer_of(i);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ANSWERS; i++)
		resolution_free(answers[i]);
	for (size_t i = 0; i < 2; i++)
		policy_free((struct policy *)contexts[i].policy);
	return 0;
}

static struct journal_record any_record(const struct resolution *r)
{
	static const char *const clients[] = {
		"10.20.8.11", "10.20.8.12", "0.0.0.0", "255.255.255.255", "2001:db8::1", "fe80::2"};
	static const uint16_t group_numbers[] = {0, 1, POLICY_GROUP_NONE};
	static const uint16_t rule_numbers[] = {0, 1, POLICY_RULE_NONE};
	static const uint64_t ends[] = {0, 9, 10, 99, 100, 10005, 99999999, UINT32_MAX};
	struct inet_addr client = sample_addr(clients[any(6)]);
	struct journal_record record = {
		.resolution = r,
		.real_ns = UINT64_C(1795000000) * NS_PER_S + any(50) * NS_PER_MS / 3,
		.number = any(2) ? ends[any(8)] : UINT64_MAX >> any(64),
		.duration_us = any(2) ? (uint32_t)ends[any(8)] : UINT32_MAX >> any(32),
		.client_port = (uint16_t)(any(0x7fff) * 2 + any(2)),
		.dns_id = (uint16_t)(any(2) ? any(0x7fff) * 2 + any(2) : ends[any(8)]),
		.query_flags = (uint16_t)((any(2) ? FLAG_RD : 0) | (any(2) ? FLAG_AD : 0) |
					  (any(2) ? FLAG_CD : 0)),
		.group = group_numbers[any(3)],
		.rule = rule_numbers[any(3)],
		.exception = any(3) ? POLICY_EXCEPTION_NONE : 0,
		.ede = (uint16_t)(any(2) ? EDE_NONE : EDE_BLOCKED),
		.rcode = (uint8_t)any(6),
		.action = any(ACTION_COUNT) & 0xf,
		.would = any(ACTION_COUNT) & 0xf,
		.source = any(4) & 3,
		.transport = any(2) & 1,
		.alert = any(2) & 1,
		.client_is_v4 = client.is_v4,
		.dnssec_ok = any(2) & 1,
	};

	memcpy(record.client, client.octets, sizeof(record.client));
	return record;
}

/* What pieces.c writes in its own way, in the way of everybody. */
static void check_numbers(const char *line, const struct journal_record *r, unsigned worker)
{
	char id[96], duration[64], dns_id[64], ede[64] = "";

	snprintf(id, sizeof(id), "\"event.id\":\"b00t-%u-%llu\"", worker,
		(unsigned long long)r->number);
	snprintf(duration, sizeof(duration), "\"event.duration\":%llu,",
		(unsigned long long)r->duration_us * 1000);
	snprintf(dns_id, sizeof(dns_id), "\"dns.id\":%u,", r->dns_id);
	if (r->ede != (uint16_t)EDE_NONE)
		snprintf(ede, sizeof(ede), "\"celnik.ede\":%u,", r->ede);
	if (!strstr(line, id) || !strstr(line, duration) || !strstr(line, dns_id) ||
		!strstr(line, ede))
		fail_msg("%s %s %s %s: %s", id, duration, dns_id, ede, line);
}

/* A prepared line says the same, octet for octet, as one that is made for the record alone. */
static void same(void **state)
{
	static struct line_memory memory;
	struct prepared_store store;
	struct buf line, expected;

	(void)state;
	line_memory_init(&memory, "b00t");
	prepared_init(&store);
	buf_init_heap(&line, JOURNAL_LINE_MAX);
	buf_init_heap(&expected, JOURNAL_LINE_MAX);
	for (unsigned i = 0; i < RECORDS; i++) {
		/* A few answers are asked for again and again, under few decisions. */
		struct resolution *r = answers[any(2) ? any(ANSWERS) : any(3)];
		struct journal_record record = any_record(r);
		const struct journal_context *c = &contexts[any(2)];
		enum conf_clients clients = (enum conf_clients)any(3);
		const struct line_text *text;

		buf_clear(&line);
		buf_clear(&expected);
		journal_format(&record, c, "b00t", i % 100, clients, &expected);
		text = prepared_find(&store, &record, c);
		assert_non_null(text);
		line_write(&memory, text, &record, c, i % 100, clients, &line);
		assert_string_equal(buf_text(&line), buf_text(&expected));
		check_numbers(buf_text(&line), &record, i % 100);
		assert_true(store.octets <= journal_prepared_max(&conf));
		if (any(100) == 0)
			prepared_forget(&store, r);
		if (any(1000) == 0)
			prepared_clear(&store);
	}
	prepared_release(&store);
	for (unsigned i = 0; i < ANSWERS; i++)
		assert_null(answers[i]->prepared);
	buf_release(&line);
	buf_release(&expected);
}

static const struct line_text *find(
	struct prepared_store *s, unsigned answer, enum journal_source source)
{
	struct journal_record record = {.resolution = answers[answer],
		.source = source,
		.rule = POLICY_RULE_NONE,
		.exception = POLICY_EXCEPTION_NONE};

	return prepared_find(s, &record, &contexts[0]);
}

/* What came from the cache is kept, what was resolved is not: it may never be asked for again. */
static void kept(void **state)
{
	struct prepared_store s;
	const struct line_text *text;

	(void)state;
	prepared_init(&s);
	find(&s, 0, JOURNAL_SOURCE_UPSTREAM);
	find(&s, 0, JOURNAL_SOURCE_LOCAL);
	assert_int_equal(s.octets, 0);
	find(&s, 0, JOURNAL_SOURCE_CACHE);
	assert_true(s.octets > 0);
	text = find(&s, 0, JOURNAL_SOURCE_UPSTREAM);
	assert_ptr_not_equal(text, &s.text);
	prepared_forget(&s, answers[0]);
	assert_int_equal(s.octets, 0);
	assert_ptr_equal(find(&s, 0, JOURNAL_SOURCE_UPSTREAM), &s.text);
	prepared_release(&s);
}

/* What is used stays when others come and go. */
static void bounded(void **state)
{
	struct prepared_store s;
	uint64_t one;

	(void)state;
	prepared_init(&s);
	find(&s, 0, JOURNAL_SOURCE_CACHE);
	one = s.octets;
	conf.cache_size = 8 * 4 * one;
	for (unsigned i = 1; i < ANSWERS; i++) {
		find(&s, i, JOURNAL_SOURCE_CACHE);
		assert_ptr_not_equal(find(&s, 0, JOURNAL_SOURCE_UPSTREAM), &s.text);
		assert_true(s.octets <= 4 * one);
	}
	assert_ptr_equal(find(&s, 1, JOURNAL_SOURCE_UPSTREAM), &s.text);
	/* Nothing is kept where nothing is logged. */
	prepared_clear(&s);
	conf.queries.keep_s = 0;
	find(&s, 0, JOURNAL_SOURCE_CACHE);
	assert_int_equal(s.octets, 0);
	conf.queries.keep_s = 1;
	conf.cache_size = CACHE_SIZE;
	prepared_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),
		cmocka_unit_test(kept),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
