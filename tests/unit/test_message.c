/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "packet.h"
#include "wire/message.h"

#define OCTETS(text) text, sizeof(text) - 1
#define QUESTION "\1a\0\0\1\0\1"
/* Header with so many questions, answers, authority and additional records. */
#define HEADER(q, an, ns, ar) "\x12\x34\x81\x80\0" q "\0" an "\0" ns "\0" ar
#define OPT_RECORD "\0\0\x29\x04\xd0\0\0\x80\0\0\0"
#define A_RECORD "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1"

static struct packet packet;

static void test_structure(void **state)
{
	static const struct {
		const char *what;
		const char *octets;
		size_t len;
		int err;
	} cases[] = {
		{"a question", OCTETS(HEADER("\1", "\0", "\0", "\0") QUESTION), 0},
		{"a record", OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION A_RECORD), 0},
		{"an OPT", OCTETS(HEADER("\1", "\0", "\0", "\1") QUESTION OPT_RECORD), 0},
		{"OPT before A",
			OCTETS(HEADER("\1", "\0", "\0", "\2") QUESTION OPT_RECORD A_RECORD), 0},
		{"no question", OCTETS(HEADER("\0", "\0", "\0", "\0")), 0},
		{"two questions", OCTETS(HEADER("\2", "\0", "\0", "\0") QUESTION QUESTION), 0},
		{"nothing", OCTETS(""), ERR_FORMAT},
		{"half a header", OCTETS("\x12\x34\x81\x80\0\1\0"), ERR_FORMAT},
		{"a missing question", OCTETS(HEADER("\1", "\0", "\0", "\0")), ERR_FORMAT},
		{"a cut question", OCTETS(HEADER("\1", "\0", "\0", "\0") "\1a\0\0\1\0"),
			ERR_FORMAT},
		{"a second one cut", OCTETS(HEADER("\2", "\0", "\0", "\0") QUESTION "\1b"),
			ERR_FORMAT},
		{"an octet behind", OCTETS(HEADER("\1", "\0", "\0", "\0") QUESTION "x"),
			ERR_FORMAT},
		{"a missing record", OCTETS(HEADER("\1", "\2", "\0", "\0") QUESTION A_RECORD),
			ERR_FORMAT},
		{"a cut record", OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION "\xc0\x0c\0\1\0\1"),
			ERR_FORMAT},
		{"a long RDLENGTH",
			OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION
				"\xc0\x0c\0\1\0\1\0\0\0\1\0\5\xc0\0\2\1"),
			ERR_FORMAT},
		{"two OPT", OCTETS(HEADER("\1", "\0", "\0", "\2") QUESTION OPT_RECORD OPT_RECORD),
			ERR_FORMAT},
		{"OPT as answer", OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION OPT_RECORD),
			ERR_FORMAT},
		{"OPT as authority", OCTETS(HEADER("\1", "\0", "\1", "\0") QUESTION OPT_RECORD),
			ERR_FORMAT},
		{"OPT of a name", OCTETS(HEADER("\1", "\0", "\0", "\1") QUESTION "\1a" OPT_RECORD),
			ERR_FORMAT},
		{"a pointer to itself", OCTETS(HEADER("\1", "\0", "\0", "\0") "\xc0\x0c\0\1\0\1"),
			ERR_FORMAT},
		{"a forward owner",
			OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION
				"\xc0\x1f\0\1\0\1\0\0\0\1\0\4\xc0\0\2\1"),
			ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message m = {.counts = {9, 9, 9, 9}};

		if (message_read(span_of(cases[i].octets, cases[i].len), &m) != cases[i].err)
			fail_msg("%s", cases[i].what);
		if (cases[i].len < MESSAGE_HEADER_LEN)
			continue;
		assert_int_equal(m.id, 0x1234);
		assert_int_equal(m.flags, 0x8180);
		assert_int_equal(m.counts[0], cases[i].octets[5]);
		assert_int_equal(m.counts[3], cases[i].octets[11]);
	}
}

/* Without exactly one question there is nothing to iterate, whatever the counts say. */
static void test_no_records(void **state)
{
	struct message m;
	struct record_cursor c;
	struct record r;

	(void)state;
	assert_int_equal(message_read(span_of(OCTETS(HEADER("\2", "\1", "\0", "\0")
						      QUESTION QUESTION A_RECORD)),
				 &m),
		0);
	c = message_records(&m);
	assert_false(record_next(&c, &r));
	assert_int_equal(m.records_at, 0);
}

static void make_opt(const char *ttl, const char *options, size_t len)
{
	static const char head[] = HEADER("\1", "\0", "\0", "\1") QUESTION "\0\0\x29\0\x64";
	struct buf b;

	buf_init_fixed(&b, packet.octets, sizeof(packet.octets));
	buf_put(&b, OCTETS(head));
	buf_put(&b, ttl, 4);
	buf_put_u16(&b, (uint16_t)len);
	buf_put(&b, options, len);
	packet.len = b.len;
}

static void test_edns(void **state)
{
	static const struct {
		const char *what;
		const char *options;
		size_t len;
		int err;
	} cases[] = {
		{"none", OCTETS(""), 0},
		{"unknown", OCTETS("\x12\x34\0\3abc\0\3\0\0"), 0},
		{"a client's cookie",
			OCTETS("\0\x0a\0\x08"
			       "12345678"),
			0},
		{"both cookies",
			OCTETS("\0\x0a\0\x10"
			       "1234567812345678"),
			0},
		{"a subnet", OCTETS("\0\x08\0\x07\0\1\x18\0\xc0\0\2"), 0},
		{"a subnet of nothing", OCTETS("\0\x08\0\x04\0\1\0\0"), 0},
		{"keepalive", OCTETS("\0\x0b\0\0"), 0},
		{"padding", OCTETS("\0\x0c\0\2\0\0"), 0},
		{"an error", OCTETS("\0\x0f\0\3\0\6x"), 0},
		{"a cut head", OCTETS("\0\x0a\0"), ERR_FORMAT},
		{"a cut value",
			OCTETS("\0\x0a\0\x09"
			       "12345678"),
			ERR_FORMAT},
		{"an octet behind", OCTETS("\0\3\0\0x"), ERR_FORMAT},
		{"a short cookie",
			OCTETS("\0\x0a\0\x07"
			       "1234567"),
			ERR_FORMAT},
		{"half a server's cookie",
			OCTETS("\0\x0a\0\x09"
			       "123456789"),
			ERR_FORMAT},
		{"a short subnet", OCTETS("\0\x08\0\3\0\1\0"), ERR_FORMAT},
		{"a subnet too long", OCTETS("\0\x08\0\x08\0\1\x18\0\xc0\0\2\0"), ERR_FORMAT},
		{"a subnet with host bits", OCTETS("\0\x08\0\x07\0\1\x17\0\xc0\0\1"), ERR_FORMAT},
		{"a subnet of 33 bits", OCTETS("\0\x08\0\x09\0\1\x21\0\xc0\0\1\0\0"), ERR_FORMAT},
		{"a keepalive of 1", OCTETS("\0\x0b\0\1x"), ERR_FORMAT},
		{"an error of 1", OCTETS("\0\x0f\0\1x"), ERR_FORMAT},
	};
	struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_opt("\0\0\x80\0", cases[i].options, cases[i].len);
		if (message_read(packet_span(&packet), &m) != cases[i].err)
			fail_msg("%s", cases[i].what);
	}
	make_opt("\1\0\x80\0", OCTETS(""));
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	assert_true(m.edns.present && m.edns.dnssec_ok);
	assert_int_equal(m.edns.udp_size, 512);
	assert_int_equal(m.edns.rcode_high, 16);
	assert_int_equal(message_rcode(&m), 16);
	/* The options of a later version are not ours to check. */
	make_opt("\0\1\0\0", OCTETS("\0\x0a\0"));
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	assert_int_equal(m.edns.version, 1);
	assert_false(m.edns.dnssec_ok);
}

static void make_record(uint16_t type, struct span rdata)
{
	struct buf b;

	buf_init_fixed(&b, packet.octets, sizeof(packet.octets));
	buf_put(&b, OCTETS(HEADER("\1", "\1", "\0", "\0") QUESTION "\xc0\x0c"));
	buf_put_u16(&b, type);
	buf_put(&b, OCTETS("\0\1\0\0\0\1"));
	buf_put_u16(&b, (uint16_t)rdata.len);
	buf_put_span(&b, rdata);
	packet.len = b.len;
}

#define NAME "\3www\xc0\x0c"
#define SOA_NUMBERS "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"
#define SIG_HEAD "\0\1\x08\2\0\0\0\1\0\0\0\1\0\0\0\1\0\7"
#define TARGET "\0\1\0" /* priority 1, the root */

static void test_rdata_forms(void **state)
{
	static const struct {
		uint16_t type;
		int err;
		const char *rdata;
		size_t len;
	} cases[] = {
		{RR_A, 0, OCTETS("\1\2\3\4")},
		{RR_A, ERR_FORMAT, OCTETS("")},
		{RR_A, ERR_FORMAT, OCTETS("\1\2\3")},
		{RR_A, ERR_FORMAT, OCTETS("\1\2\3\4\5")},
		{RR_A, ERR_FORMAT, OCTETS("\1\2\3\4\5\6\7\x08")},
		{RR_AAAA, 0, OCTETS("0123456789abcdef")},
		{RR_AAAA, ERR_FORMAT, OCTETS("0123456789abcde")},
		{RR_AAAA, ERR_FORMAT, OCTETS("0123456789abcdefg")},
		{RR_NS, 0, OCTETS(NAME)},
		{RR_NS, ERR_FORMAT, OCTETS(NAME "\0")},
		{RR_NS, ERR_FORMAT, OCTETS("\3www")},
		{RR_CNAME, 0, OCTETS("\0")},
		{RR_CNAME, ERR_FORMAT, OCTETS("")},
		{RR_CNAME, ERR_FORMAT, OCTETS("\xc0\x1f")}, /* itself */
		{RR_CNAME, ERR_FORMAT, OCTETS("\xc0\x30")}, /* forward */
		{RR_PTR, ERR_FORMAT, OCTETS(NAME "x")},
		{7, ERR_FORMAT, OCTETS(NAME "x")},
		{14, 0, OCTETS(NAME NAME)},
		{14, ERR_FORMAT, OCTETS(NAME)},
		{RR_SOA, 0, OCTETS(NAME NAME SOA_NUMBERS)},
		{RR_SOA, ERR_FORMAT, OCTETS(NAME NAME SOA_NUMBERS "\0")},
		{RR_SOA, ERR_FORMAT, OCTETS(NAME SOA_NUMBERS)},
		{RR_MX, 0, OCTETS("\0\x0a" NAME)},
		{RR_MX, ERR_FORMAT, OCTETS("\0\x0a")},
		{RR_MX, ERR_FORMAT, OCTETS("\0")},
		{RR_TXT, 0, OCTETS("\0")},
		{RR_TXT, 0, OCTETS("\3abc\0\1x")},
		{RR_TXT, ERR_FORMAT, OCTETS("")},
		{RR_TXT, ERR_FORMAT, OCTETS("\3ab")},
		{RR_TXT, ERR_FORMAT, OCTETS("\3abc\2x")},
		{RR_SRV, 0, OCTETS("\0\1\0\2\0\3" NAME)},
		{RR_SRV, ERR_FORMAT, OCTETS("\0\1\0\2\0" NAME)},
		{RR_NAPTR, 0, OCTETS("\0\1\0\2\1U\0\0" NAME)},
		{RR_NAPTR, ERR_FORMAT, OCTETS("\0\1\0\2\1U\0")},
		{RR_DNAME, 0, OCTETS(NAME)},
		{RR_DNAME, ERR_FORMAT, OCTETS(NAME "x")},
		{RR_DS, 0, OCTETS("\0\1\x08\2d")},
		{RR_DS, ERR_FORMAT, OCTETS("\0\1\x08\2")},
		{RR_RRSIG, 0, OCTETS(SIG_HEAD "\0s")},
		{RR_RRSIG, ERR_FORMAT, OCTETS(SIG_HEAD "\0")},
		{RR_RRSIG, ERR_FORMAT, OCTETS(SIG_HEAD "\4s")},
		{RR_NSEC, 0, OCTETS("\0\0\1\x40\1\1\x80")},
		{RR_NSEC, 0, OCTETS("\0")},
		{RR_NSEC, ERR_FORMAT, OCTETS("\0\0")},
		{RR_NSEC, ERR_FORMAT, OCTETS("\0\0\0")}, /* an empty window */
		{RR_NSEC, ERR_FORMAT, OCTETS("\0\1\1\x80\0\1\x40")}, /* not ascending */
		{RR_NSEC, ERR_FORMAT, OCTETS("\0\0\1\x40\0\1\x40")},
		{RR_NSEC, ERR_FORMAT, OCTETS("\0\0\2\x40")},
		{RR_NSEC, ERR_FORMAT,
			OCTETS("\0\0\x21"
			       "0123456789abcdef0123456789abcdef0")},
		{RR_DNSKEY, 0, OCTETS("\1\1\3\x08k")},
		{RR_DNSKEY, ERR_FORMAT, OCTETS("\1\1\3\x08")},
		{RR_NSEC3, 0, OCTETS("\1\0\0\1\0\2hh\0\1\x40")},
		{RR_NSEC3, 0, OCTETS("\1\0\0\1\1s\2hh")},
		{RR_NSEC3, ERR_FORMAT, OCTETS("\1\0\0\1\1s\0")},
		{RR_NSEC3, ERR_FORMAT, OCTETS("\1\0\0\1\4s")},
		{RR_NSEC3PARAM, 0, OCTETS("\1\0\0\1\0")},
		{RR_NSEC3PARAM, ERR_FORMAT, OCTETS("\1\0\0\1\0x")},
		{RR_TLSA, 0, OCTETS("\3\1\1d")},
		{RR_TLSA, ERR_FORMAT, OCTETS("\3\1\1")},
		{RR_CAA, 0, OCTETS("\0\5issue")},
		{RR_CAA, 0, OCTETS("\0\5issueca.example")},
		{RR_CAA, ERR_FORMAT, OCTETS("\0\0ca.example")},
		{RR_CAA, ERR_FORMAT, OCTETS("\0\5is-ue;")},
		{RR_CAA, ERR_FORMAT, OCTETS("\0\x09issue")},
		{RR_HTTPS, 0, OCTETS("\0\0\3alt\0")},
		{RR_SVCB, 0, OCTETS(TARGET)},
		{RR_SVCB, ERR_FORMAT, OCTETS("\0\1")},
		{RR_HTTPS, 0, OCTETS(TARGET "\0\1\0\3\2h2\0\3\0\2\1\xbb")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\3\0\2\1\xbb\0\1\0\3\2h2")}, /* order */
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\3\0\2\1\xbb\0\3\0\2\1\xbb")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\3\0\2\1")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\3\0\2\1\xbb\0")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\3\0\1\1")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\1\0\0")}, /* alpn of nothing */
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\1\0\2\0\0")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\1\0\3\3h2")},
		{RR_HTTPS, 0, OCTETS(TARGET "\0\2\0\0")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\2\0\1x")},
		{RR_HTTPS, 0, OCTETS(TARGET "\0\4\0\x08\1\2\3\4\5\6\7\x08")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\4\0\0")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\4\0\6\1\2\3\4\5\6")},
		{RR_HTTPS, 0,
			OCTETS(TARGET "\0\6\0\x10"
				      "0123456789abcdef")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\6\0\4\1\2\3\4")},
		{RR_HTTPS, 0, OCTETS(TARGET "\0\0\0\4\0\1\0\4\0\1\0\3\2h2\0\4\0\4\1\2\3\4")},
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\0\0\2\0\0")}, /* mandatory itself */
		{RR_HTTPS, ERR_FORMAT, OCTETS(TARGET "\0\0\0\4\0\4\0\1")},
		{RR_HTTPS, 0, OCTETS(TARGET "\xff\xfe\0\1x")},
		{65400, 0, OCTETS("")},
		{65400, 0, OCTETS("\xc0\x0c\xff")},
		{RR_NULL, 0, OCTETS("anything")},
	};
	struct message m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_record(cases[i].type, span_of(cases[i].rdata, cases[i].len));
		if (message_read(packet_span(&packet), &m) != cases[i].err)
			fail_msg("case %zu, type %u", i, cases[i].type);
	}
}

static void test_names_in_rdata(void **state)
{
	struct message m;
	struct record_cursor c;
	struct record r;
	struct name n;
	char text[NAME_TEXT_MAX];

	(void)state;
	make_record(RR_MX, SPAN_LITERAL("\0\x0a" NAME));
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	c = message_records(&m);
	assert_true(record_next(&c, &r));
	assert_int_equal(record_name(&m, &r, 2, &n), 0);
	assert_string_equal(name_format(&n, text), "www.a");
	assert_int_equal(record_name(&m, &r, 8, &n), ERR_FORMAT);
	assert_int_equal(record_name(&m, &r, SIZE_MAX, &n), ERR_FORMAT);
	assert_false(record_next(&c, &r));
	/* A name that would end behind the RDATA. */
	make_record(65400, SPAN_LITERAL("\3ww"));
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	c = message_records(&m);
	assert_true(record_next(&c, &r));
	assert_int_equal(record_name(&m, &r, 0, &n), ERR_FORMAT);
}

static void test_svcb(void **state)
{
	struct message m;
	struct record_cursor c;
	struct record r;
	struct span value;
	uint16_t key;
	size_t pos = 0;

	(void)state;
	make_record(RR_HTTPS, SPAN_LITERAL("\0\1" NAME "\0\3\0\2\1\xbb\0\4\0\4\1\2\3\4"));
	assert_int_equal(message_read(packet_span(&packet), &m), 0);
	c = message_records(&m);
	assert_true(record_next(&c, &r));
	assert_true(svcb_next(&m, &r, &pos, &key, &value));
	assert_int_equal(key, 3);
	assert_true(span_equal(value, SPAN_LITERAL("\1\xbb")));
	assert_true(svcb_next(&m, &r, &pos, &key, &value));
	assert_int_equal(key, 4);
	assert_true(span_equal(value, SPAN_LITERAL("\1\2\3\4")));
	assert_false(svcb_next(&m, &r, &pos, &key, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_no_records),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_rdata_forms),
		cmocka_unit_test(test_names_in_rdata),
		cmocka_unit_test(test_svcb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
