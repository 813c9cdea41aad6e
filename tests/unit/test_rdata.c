/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "wire/message.h"

#define OCTETS(text) text, sizeof(text) - 1
#define NAME "\1b\xc0\x0c" /* below the question's name, example */
#define TARGET "\0\1\0"

/* A response with one record of the question's name. */
static struct span make(uint16_t type, struct span rdata, uint8_t *out, size_t size)
{
	struct buf b;

	buf_init_fixed(&b, out, size);
	buf_put(&b, OCTETS("\0\0\x81\x80\0\1\0\1\0\0\0\0\7example\0\0\1\0\1\xc0\x0c"));
	buf_put_u16(&b, type);
	buf_put(&b, OCTETS("\0\1\0\0\0\1"));
	buf_put_u16(&b, (uint16_t)rdata.len);
	buf_put_span(&b, rdata);
	return buf_span(&b);
}

static void check(uint16_t type, struct span rdata, const char *expected)
{
	uint8_t octets[1024];
	struct message m;
	struct record_cursor c;
	struct record r;
	struct buf text;

	if (message_read(make(type, rdata, octets, sizeof(octets)), &m) != 0)
		fail_msg("refused: %s", expected);
	c = message_records(&m);
	assert_true(record_next(&c, &r));
	buf_init_heap(&text, 4096);
	rdata_format(&m, &r, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
}

static void test_texts(void **state)
{
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t len;
		const char *text;
	} cases[] = {
		{RR_A, OCTETS("\xc0\0\2\1"), "192.0.2.1"},
		{RR_AAAA, OCTETS("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
		{RR_NS, OCTETS(NAME), "b.example"},
		{RR_CNAME, OCTETS("\0"), "."},
		{RR_PTR, OCTETS("\3a.b\xc0\x0c"), "a\\046b.example"},
		{RR_SOA, OCTETS(NAME NAME "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff"),
			"b.example b.example 1 2 3 4 4294967295"},
		{RR_MX, OCTETS("\0\x0a" NAME), "10 b.example"},
		{RR_TXT, OCTETS("\0"), "\"\""},
		{RR_TXT, OCTETS("\5a \"\\\n\2\xffz"), "\"a \\\"\\\\\\010\" \"\\255z\""},
		{13, OCTETS("\3cpu\0"), "\"cpu\" \"\""},
		{14, OCTETS(NAME "\0"), "b.example ."},
		{RR_SRV, OCTETS("\0\1\0\2\x13\xc4" NAME), "1 2 5060 b.example"},
		{RR_NAPTR,
			OCTETS("\0\1\0\2\1U\0\3a;b"
			       "\0"),
			"1 2 \"U\" \"\" \"a;b\" ."},
		{RR_DNAME, OCTETS(NAME), "b.example"},
		{RR_DS, OCTETS("\x12\x67\x08\2\xab\xcd"), "4711 8 2 abcd"},
		{RR_RRSIG,
			OCTETS("\0\1\x08\2\0\0\1\x2c\x70\xdb\xd8\x80\x5e\x0b\xe1\x00\x12\x67" NAME
			       "sig"),
			"A 8 2 300 20300101000000 20200101000000 4711 b.example c2ln"},
		{RR_NSEC, OCTETS("\1c\xc0\x0c\0\1\x40"), "c.example A"},
		{RR_NSEC, OCTETS("\0"), "."},
		{RR_NSEC, OCTETS("\0\0\7\x62\1\0\x08\0\3\x80\1\1\x40"),
			". A NS SOA MX AAAA RRSIG NSEC DNSKEY CAA"},
		{RR_DNSKEY, OCTETS("\1\1\3\x08key!"), "257 3 8 a2V5IQ=="},
		{RR_NSEC3, OCTETS("\1\1\0\x0c\2\xaa\xbb\5\0\1\2\3\xff\0\1\x40"),
			"1 1 12 aabb 000g40vv A"},
		{RR_NSEC3PARAM, OCTETS("\1\0\0\0\0"), "1 0 0 -"},
		{RR_TLSA, OCTETS("\3\1\1\x0c\x72"), "3 1 1 0c72"},
		{RR_CAA, OCTETS("\x80\5issueca.test"), "128 issue \"ca.test\""},
		{RR_CAA, OCTETS("\0\5issue"), "0 issue \"\""},
		{256, OCTETS("\0\1\0\2http://x/\"y"), "1 2 \"http://x/\\\"y\""},
		{RR_SVCB, OCTETS(TARGET), "1 ."},
		{RR_HTTPS, OCTETS("\0\0" NAME), "0 b.example"},
		{RR_HTTPS, OCTETS(TARGET "\0\1\0\6\2h2\2h3\0\2\0\0\0\3\0\2\1\xbb"),
			"1 . alpn=h2,h3 no-default-alpn port=443"},
		{RR_HTTPS,
			OCTETS(TARGET "\0\0\0\4\0\4\x02\x9a\0\4\0\x08\1\2\3\4\5\6\7\x08\0\5\0\2ec"),
			"1 . mandatory=ipv4hint,key666 ipv4hint=1.2.3.4,5.6.7.8 ech=ZWM="},
		{RR_HTTPS,
			OCTETS(TARGET
				"\0\6\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\7\0\5/q{?}"
				"\0\x08\0\0\2\x9a\0\4h \"\xff"),
			"1 . ipv6hint=2001:db8::1 dohpath=/q{?} ohttp key666=h\\032\\\"\\255"},
		/* The value of RFC 9460, Appendix D.2, figure 9. */
		{RR_SVCB,
			OCTETS("\0\x10\0\0\1\0\x0c\x08"
			       "f\\oo,bar\2h2"),
			"16 . alpn=f\\\\\\\\oo\\\\,bar,h2"},
		{65400, OCTETS(""), "\\# 0"},
		{65400, OCTETS("\xc0\x0c\1"), "\\# 3 c00c01"},
		{RR_NULL, OCTETS("\xff"), "\\# 1 ff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].type, span_of(cases[i].rdata, cases[i].len), cases[i].text);
}

/* The longest RDATA there is, as text in a buffer too small for it. */
static void test_overflow(void **state)
{
	static uint8_t rdata[60000], octets[65535];
	struct span whole;
	struct message m;
	struct record_cursor c;
	struct record r;
	struct buf text;

	(void)state;
	whole = make(65400, span_of(rdata, sizeof(rdata)), octets, sizeof(octets));
	assert_int_equal(message_read(whole, &m), 0);
	c = message_records(&m);
	assert_true(record_next(&c, &r));
	buf_init_heap(&text, 1000);
	rdata_format(&m, &r, &text);
	assert_true(text.overflow);
	assert_string_equal(buf_text(&text), "");
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
