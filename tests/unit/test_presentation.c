/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lists/presentation.h"

#define ZONE_LINE_MAX 1024

static struct question question(const char *name, uint16_t type)
{
	struct question q = {.type = type, .class = RR_CLASS_IN};

	assert_int_equal(name_parse(span_text(name), &q.name), 0);
	return q;
}

/* What the log says of a record gives that record. */
static void test_as_logged(void **state)
{
	static const struct {
		uint16_t type;
		const char *text;
	} cases[] = {
		{RR_A, "192.0.2.1"},
		{RR_AAAA, "2001:db8::1"},
		{RR_AAAA, "::ffff:8.129.0.1"},
		{RR_NS, "b.example"},
		{RR_CNAME, "."},
		{RR_CNAME, "a\\032b\\059c.\\064\\036\\040.example"},
		{RR_DNAME, "b.example"},
		{RR_PTR, "a\\046b.example"},
		{RR_SOA, "b.example b.example 1 2 3 4 4294967295"},
		{RR_MX, "10 b.example"},
		{RR_TXT, "\"\""},
		{RR_TXT, "\"a \\\"\\\\\\010\" \"\\255z; (\""},
		{RR_SRV, "1 2 5060 b.example"},
		{RR_NAPTR, "1 2 \"U\" \"\" \"a;b\" ."},
		{RR_DS, "4711 8 2 abcd"},
		{RR_DNSKEY, "257 3 8 a2V5IQ=="},
		{RR_TLSA, "3 1 1 0c72"},
		{RR_CAA, "128 issue \"ca.test\""},
		{RR_SVCB, "1 ."},
		{RR_HTTPS, "0 b.example"},
		{RR_HTTPS, "1 . alpn=h2,h3 no-default-alpn port=443"},
		{RR_HTTPS, "1 . mandatory=ipv4hint ipv4hint=1.2.3.4,5.6.7.8 ech=ZWM="},
		{RR_HTTPS, "1 . ipv6hint=2001:db8::1,2001:db8::2"},
		{RR_APL, "\\# 8 00011804c0000200"},
		{RR_L32, "\\# 6 000ac0000201"},
		{RR_IPSECKEY, "\\# 7 0a0102c0000226"},
		{RR_AMTRELAY, "\\# 6 0a01cb00710f"},
		{65400, "\\# 0"},
		{65400, "\\# 3 c00c01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question q = question("example", cases[i].type);
		char line[ZONE_LINE_MAX];
		struct presentation p;
		struct record_cursor c;
		struct message m;
		struct record r;
		struct buf text;

		snprintf(line, sizeof(line), "w\\032w.example 300 IN TYPE%u %s\n", (unsigned)q.type,
			cases[i].text);
		presentation_init(&p, &q);
		if (presentation_add(&p, SECTION_ANSWER, span_text(line)) != 0)
			fail_msg("refused: %s", line);
		assert_int_equal(message_read(presentation_message(&p, RCODE_NXDOMAIN), &m), 0);
		assert_int_equal(message_rcode(&m), RCODE_NXDOMAIN);
		assert_int_equal(m.question.type, q.type);
		c = message_records(&m);
		assert_true(record_next(&c, &r));
		assert_int_equal(r.type, q.type);
		assert_int_equal(r.ttl, 300);
		buf_init_heap(&text, ZONE_LINE_MAX);
		rdata_format(&m, &r, &text);
		assert_string_equal(buf_text(&text), cases[i].text);
		assert_false(record_next(&c, &r));
		buf_release(&text);
		presentation_release(&p);
	}
}

/* Several records, over several lines, with what dig says between. */
static void test_as_printed(void **state)
{
	static const char answer[] = "\n; comment\nexample.\t300\tIN\tCNAME\ta.example.\n"
				     "a.example. 60 IN A 192.0.2.1\n",
			  authority[] = "example. 60 IN SOA ns.example. admin.example. (\n"
					"\t1 ; serial\n\t2\n\t3 4 5 )\n";
	struct question q = question("example", RR_A);
	struct presentation p;
	struct record_cursor c;
	struct message m;
	struct record r;

	(void)state;
	presentation_init(&p, &q);
	assert_int_equal(presentation_add(&p, SECTION_ANSWER, span_text(answer)), 0);
	assert_int_equal(presentation_add(&p, SECTION_AUTHORITY, span_text(authority)), 0);
	assert_int_equal(message_read(presentation_message(&p, RCODE_NOERROR), &m), 0);
	assert_int_equal(m.counts[1], 2);
	assert_int_equal(m.counts[2], 1);
	c = message_records(&m);
	for (unsigned i = 0; i < 3; i++)
		assert_true(record_next(&c, &r));
	assert_int_equal(r.section, SECTION_AUTHORITY);
	assert_int_equal(r.type, RR_SOA);
	presentation_release(&p);
}

static void test_refuses(void **state)
{
	static const char *const texts[] = {
		"a.example. 60 IN A 192.0.2.1\n\na.example. 60 IN A 192.0.2\n",
		"\n\nwhatever\n",
		"\n\na.example. 60 IN A 192.0.2.1 192.0.2.2 (\n",
		"\n\n$INCLUDE /etc/passwd\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct question q = question("example", RR_A);
		struct presentation p;

		presentation_init(&p, &q);
		assert_int_equal(
			presentation_add(&p, SECTION_ANSWER, span_text(texts[i])), ERR_FORMAT);
		assert_int_equal(p.bad_line, 3);
		presentation_release(&p);
	}
}

static void test_bounds(void **state)
{
	struct question q = question("example", RR_A);
	struct presentation p;
	int err = 0;

	(void)state;
	presentation_init(&p, &q);
	for (unsigned i = 0; !err && i < 10000; i++)
		err = presentation_add(
			&p, SECTION_ANSWER, SPAN_LITERAL("example. 60 IN A 192.0.2.1\n"));
	assert_int_equal(err, ERR_LIMIT);
	presentation_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_logged),
		cmocka_unit_test(test_as_printed),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
