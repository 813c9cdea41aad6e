/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "oracle.h"
#include "packet.h"
#include "wire/reply.h"

#define OPT_LEN 11
#define QUESTION_AT 12

static struct packet packet;
static uint8_t out[PACKET_MAX];
static const struct reply_extra nothing = {.ede = EDE_NONE};

/* edns_size 0: without EDNS. */
static struct reply_asker make_asker(
	const char *name, uint16_t type, uint16_t flags, uint16_t edns_size, bool dnssec_ok)
{
	struct reply_asker to;
	struct message query = {
		.id = 0xbeef,
		.flags = flags,
		.counts = {1},
		.question = {.type = type, .class = RR_CLASS_IN},
		.edns = {.present = edns_size > 0, .udp_size = edns_size, .dnssec_ok = dnssec_ok},
	};

	assert_int_equal(name_parse(span_text(name), &query.question.name), 0);
	reply_asker_read(&query, false, &to);
	return to;
}

static struct answer *make_answer(const char *text)
{
	struct answer *a = NULL;
	struct message m;

	packet_make(text, &packet);
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	assert_int_equal(answer_read(packet_span(&packet), &m.question, 86400, &a), 0);
	return a;
}

/* What every reply must be: readable by us and by ldns, the asker's id and question. */
static struct message check_reply(const struct reply_asker *to, size_t len)
{
	struct oracle *o = oracle_read(span_of(out, len));
	struct message m;

	assert_non_null(o);
	oracle_free(o);
	assert_int_equal(message_read(span_of(out, len), &m), 0);
	assert_int_equal(m.id, to->id);
	assert_true(m.flags & FLAG_QR && m.flags & FLAG_RA);
	assert_int_equal(m.flags & (FLAG_RD | FLAG_CD), to->flags & (FLAG_RD | FLAG_CD));
	assert_false(m.flags & FLAG_AA);
	assert_int_equal(m.edns.present, to->edns.present);
	assert_true(len <= to->limit);
	if (m.edns.present) {
		assert_int_equal(m.edns.udp_size, 1232);
		assert_int_equal(m.edns.version, 0);
		assert_int_equal(m.edns.dnssec_ok, to->edns.dnssec_ok);
	}
	assert_int_equal(m.counts[0], to->has_question);
	if (to->has_question)
		assert_memory_equal(
			out + QUESTION_AT, to->question.name.octets, to->question.name.len);
	return m;
}

static void test_asker(void **state)
{
	static const struct {
		uint16_t udp_size;
		bool edns, tcp;
		size_t limit;
	} cases[] = {
		{0, false, false, 512},
		{512, true, false, 512},
		{1000, true, false, 1000},
		{1232, true, false, 1232},
		{4096, true, false, 1232},
		{512, true, true, 65535},
		{0, false, true, 65535},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message m = {
			.edns = {.present = cases[i].edns, .udp_size = cases[i].udp_size}};
		struct reply_asker to;

		reply_asker_read(&m, cases[i].tcp, &to);
		assert_int_equal(to.limit, cases[i].limit);
		assert_false(to.has_question);
	}
}

static struct record first_record(const struct message *m)
{
	struct record_cursor c = message_records(m);
	struct record r;

	assert_true(record_next(&c, &r));
	return r;
}

static void test_answer(void **state)
{
	struct answer *a =
		make_answer("? www.example. A NOERROR\n= www.example. 300 IN CNAME x.Example.\n"
			    "= x.example. 100 IN A 192.0.2.1\n= x.example. 100 IN RRSIG A 8 2 100 "
			    "20300101000000 20200101000000 1 example. AAAA\n");
	struct reply_asker to = make_asker("wWw.eXample", RR_A, FLAG_RD | FLAG_AD, 0, false);
	struct message m;
	struct record r;
	char text[NAME_TEXT_MAX];
	struct name target;
	size_t len;

	(void)state;
	len = reply_answer(&to, a, 0, false, &nothing, out, sizeof(out));
	m = check_reply(&to, len);
	assert_int_equal(m.flags & (FLAG_AD | FLAG_TC | 0xf), 0);
	assert_int_equal(m.counts[1], 2);
	assert_int_equal(len, a->plain.octets.len);
	/* The owner points to the question, and so shows its case; the target ends in it. */
	r = first_record(&m);
	assert_string_equal(name_format(&r.owner, text), "wWw.eXample");
	assert_int_equal(record_name(&m, &r, 0, &target), 0);
	assert_string_equal(name_format(&target, text), "x.eXample");
	assert_int_equal(r.ttl, 300);

	to = make_asker("www.example", RR_A, FLAG_RD | FLAG_CD, 1232, true);
	len = reply_answer(&to, a, 100, true, &nothing, out, sizeof(out));
	m = check_reply(&to, len);
	assert_true(m.flags & FLAG_AD);
	assert_int_equal(m.counts[1], 3);
	assert_int_equal(first_record(&m).ttl, 200);
	assert_int_equal(len, a->full.octets.len + OPT_LEN);
	len = reply_answer(&to, a, 250, true, &nothing, out, sizeof(out));
	m = check_reply(&to, len);
	assert_int_equal(first_record(&m).ttl, 50);
	struct record_cursor c = message_records(&m);
	for (int i = 0; record_next(&c, &r); i++)
		assert_int_equal(r.ttl, i == 0 ? 50 : 0);
	free(a);
}

static void test_truncation(void **state)
{
	struct reply_extra extra = {EDE_STALE_ANSWER, SPAN_LITERAL("old")};
	struct reply_asker to = make_asker("big.example", RR_TXT, FLAG_RD, 0, false);
	struct buf text;
	struct answer *a;
	struct message m;
	size_t len;

	(void)state;
	buf_init_heap(&text, 4096);
	buf_put_text(&text, "? big.example. TXT NOERROR\n");
	for (int i = 0; i < 12; i++)
		buf_printf(&text, "= big.example. 9 IN TXT \"%050d\"\n", i);
	a = make_answer(buf_text(&text));
	buf_release(&text);
	len = reply_answer(&to, a, 0, true, &extra, out, sizeof(out));
	m = check_reply(&to, len);
	assert_true(m.flags & FLAG_TC);
	assert_int_equal(m.counts[1], 0);
	assert_int_equal(len, 12 + 13 + 4);

	to = make_asker("big.example", RR_TXT, FLAG_RD, 1232, false);
	len = reply_answer(&to, a, 0, true, &extra, out, sizeof(out));
	m = check_reply(&to, len);
	assert_false(m.flags & FLAG_TC);
	assert_int_equal(m.counts[1], 12);
	/* Exactly what is needed, and one less. */
	to.limit = len;
	assert_int_equal(reply_answer(&to, a, 0, true, &extra, out, sizeof(out)), len);
	to.limit = len - 1;
	m = check_reply(&to, reply_answer(&to, a, 0, true, &extra, out, sizeof(out)));
	assert_true(m.flags & FLAG_TC);
	to.limit = PACKET_MAX;
	assert_true(reply_answer(&to, a, 0, true, &extra, out, len - 1) < 100);
	assert_int_equal(reply_answer(&to, a, 0, true, &extra, out, 40), 0);
	free(a);
}

/* The option code, length and code of the extended error behind the OPT's fixed part. */
static struct span find_ede(size_t len, size_t text_len)
{
	const uint8_t *option = out + len - text_len - 6;

	assert_int_equal(option[0] << 8 | option[1], 15);
	assert_int_equal(option[2] << 8 | option[3], text_len + 2);
	return span_of(option + 4, text_len + 2);
}

static void test_error(void **state)
{
	static const char accents[] =
		"0123456\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe"
		"\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe\xc5\xbe";
	struct reply_extra extra = {EDE_DNSSEC_BOGUS, SPAN_LITERAL("why")};
	struct reply_asker to = make_asker("a.example", RR_A, FLAG_RD, 1232, true);
	struct message m;
	size_t len;

	(void)state;
	len = reply_error(&to, RCODE_SERVFAIL, &extra, out, sizeof(out));
	m = check_reply(&to, len);
	assert_int_equal(message_rcode(&m), RCODE_SERVFAIL);
	assert_true(span_equal(find_ede(len, 3), SPAN_LITERAL("\0\6why")));
	extra.ede_text = SPAN_LITERAL(accents);
	len = reply_error(&to, RCODE_BADVERS, &extra, out, sizeof(out));
	m = check_reply(&to, len);
	assert_int_equal(message_rcode(&m), RCODE_BADVERS);
	/* 7 octets and 60 letters of two: the 61st would be cut. */
	assert_int_equal(find_ede(len, 127).len, 129);

	to = make_asker("a.example", RR_A, 0x2800 | FLAG_CD, 0, false);
	len = reply_error(&to, RCODE_NOTIMP, &extra, out, sizeof(out));
	m = check_reply(&to, len);
	assert_int_equal(message_opcode(&m), 5);
	assert_int_equal(message_rcode(&m), RCODE_NOTIMP);
	m = check_reply(&to, reply_error(&to, RCODE_BADVERS, &nothing, out, sizeof(out)));
	assert_int_equal(message_rcode(&m), RCODE_SERVFAIL);

	to = (struct reply_asker){.id = 7, .limit = 512};
	len = reply_error(&to, RCODE_FORMERR, &extra, out, sizeof(out));
	check_reply(&to, len);
	assert_int_equal(len, 12);
	assert_int_equal(reply_error(&to, RCODE_FORMERR, &extra, out, 11), 0);
}

static void check_address(uint16_t type, const struct inet_addr *addr, const char *expected)
{
	struct reply_extra extra = {EDE_FORGED, SPAN_LITERAL("blocked")};
	struct reply_asker to = make_asker("A.example", type, FLAG_RD, 1232, false);
	size_t len = reply_address(&to, addr, 60, &extra, out, sizeof(out));
	struct message m = check_reply(&to, len);
	struct record r = first_record(&m);
	struct buf text;

	buf_init_heap(&text, 100);
	rdata_format(&m, &r, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
	assert_int_equal(r.type, type);
	assert_int_equal(r.ttl, 60);
	assert_int_equal(r.section, SECTION_ANSWER);
	assert_true(name_equal(&r.owner, &to.question.name));
	find_ede(len, 7);
}

static void test_address(void **state)
{
	struct inet_addr v4 = inet_addr_v4((const uint8_t[]){192, 0, 2, 7});
	struct inet_addr v6 = inet_addr_v6((const uint8_t[16]){0x20, 1, 0x0d, 0xb8, [15] = 1});

	(void)state;
	check_address(RR_A, &v4, "192.0.2.7");
	check_address(RR_AAAA, &v6, "2001:db8::1");
}

static void test_negative(void **state)
{
	struct reply_asker to = make_asker("A.example", RR_MX, FLAG_RD, 0, false);
	struct message m;
	struct record r;
	struct buf text;

	(void)state;
	m = check_reply(&to, reply_negative(&to, RCODE_NXDOMAIN, 60, &nothing, out, sizeof(out)));
	assert_int_equal(message_rcode(&m), RCODE_NXDOMAIN);
	r = first_record(&m);
	assert_int_equal(r.section, SECTION_AUTHORITY);
	assert_int_equal(r.ttl, 60);
	assert_true(name_equal(&r.owner, &to.question.name));
	buf_init_heap(&text, 200);
	rdata_format(&m, &r, &text);
	assert_string_equal(buf_text(&text), "A.example nobody.invalid 1 3600 1200 604800 60");
	buf_release(&text);
	m = check_reply(&to, reply_negative(&to, RCODE_NOERROR, 60, &nothing, out, sizeof(out)));
	assert_int_equal(message_rcode(&m), RCODE_NOERROR);
	assert_int_equal(m.counts[2], 1);
}

/* The longest name there is, with everything else there can be, is below 512. */
static void test_longest(void **state)
{
	static char text[300];
	struct reply_extra extra = {EDE_OTHER, span_of(text, sizeof(text))};
	char name[NAME_TEXT_MAX];
	struct reply_asker to;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	to = make_asker(name, RR_MX, FLAG_RD, 512, true);
	memset(text, 'x', sizeof(text));
	len = reply_error(&to, RCODE_SERVFAIL, &extra, out, 512);
	check_reply(&to, len);
	assert_int_equal(len, 12 + 255 + 4 + OPT_LEN + 6 + 128);
}

static void test_query(void **state)
{
	struct question q = {.type = RR_DNSKEY, .class = RR_CLASS_IN};
	struct message m;
	size_t len;

	(void)state;
	assert_int_equal(name_parse(span_text("."), &q.name), 0);
	len = query_write(7, &q, true, out, sizeof(out));
	assert_int_equal(message_read(span_of(out, len), &m), 0);
	assert_int_equal(m.id, 7);
	assert_int_equal(m.flags, FLAG_RD);
	assert_int_equal(m.question.type, RR_DNSKEY);
	assert_true(m.edns.present && m.edns.dnssec_ok);
	assert_int_equal(m.edns.udp_size, 1232);
	assert_int_equal(query_write(7, &q, true, out, len - 1), 0);
	len = query_write(7, &q, false, out, sizeof(out));
	assert_int_equal(message_read(span_of(out, len), &m), 0);
	assert_false(m.edns.present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asker),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
