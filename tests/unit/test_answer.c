/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "packet.h"
#include "wire/answer.h"

#define WEEK 604800
#define SIG " 8 3 300 20300101000000 20200101000000 1 example. AAAA\n"
#define SHOWN " 8 3 300 20300101000000 20200101000000 1 example AAAA\n"
#define SOA "- example. 3600 IN SOA ns.example. root.example. 7 3600 600 86400 900\n"

static struct packet packet;

static void dump_record(const struct message *m, const struct record *r, struct buf *out)
{
	static const char signs[] = "=-+";
	char owner[NAME_TEXT_MAX], type[RR_TEXT_MAX];

	buf_printf(out, "%c %s %u %s ", signs[r->section], name_format(&r->owner, owner), r->ttl,
		rr_type_format(r->type, type));
	rdata_format(m, r, out);
	buf_put_u8(out, '\n');
}

/* The records as lines; and each TTL offset must be that of its record. */
static void dump(const struct rendered *rendered, struct buf *out)
{
	struct message m;
	struct record_cursor c;
	struct record r;
	size_t count = 0;

	buf_clear(out);
	assert_int_equal(message_read(rendered->octets, &m), 0);
	assert_int_equal(m.id, 0);
	assert_int_equal(m.flags & ~0xf, FLAG_QR | FLAG_RD | FLAG_RA);
	assert_false(m.edns.present);
	c = message_records(&m);
	while (record_next(&c, &r)) {
		dump_record(&m, &r, out);
		assert_true(count < rendered->ttl_count);
		assert_int_equal(rendered->ttl_at[count++], r.ttl_at);
	}
	assert_int_equal(count, rendered->ttl_count);
}

static struct question question_of(const struct packet *p)
{
	struct message m;

	assert_int_equal(message_read(packet_span(p), &m), 0);
	return m.question;
}

static void check_dump(const struct rendered *rendered, const char *expected)
{
	struct buf text;

	buf_init_heap(&text, 1 << 20);
	dump(rendered, &text);
	assert_string_equal(buf_text(&text), expected);
	buf_release(&text);
}

/* full NULL: the same as plain. */
struct rebuilt {
	const char *what;
	const char *packet;
	const char *plain;
	const char *full;
	uint32_t ttl_s;
	bool negative;
};

static void check_rebuilt(const struct rebuilt *t)
{
	struct question q;
	struct answer *a = NULL;

	packet_make(t->packet, &packet);
	q = question_of(&packet);
	if (answer_read(packet_span(&packet), &q, WEEK, &a) != 0)
		fail_msg("refused: %s", t->what);
	check_dump(&a->plain, t->plain);
	check_dump(&a->full, t->full ? t->full : t->plain);
	assert_int_equal(a->has_dnssec, t->full != NULL);
	assert_int_equal(a->ttl_s, t->ttl_s);
	assert_int_equal(a->negative, t->negative);
	assert_true(a->size >= a->plain.octets.len);
	free(a);
}

static const struct rebuilt positive[] = {
	{"one address", "? a.example. A NOERROR\n= a.example. 300 IN A 192.0.2.1\nE 1232\n",
		"= a.example 300 A 192.0.2.1\n", NULL, 300, false},
	{"a chain out of order, glue and strangers beside it",
		"? a.example. A NOERROR\n"
		"= c.test. 60 IN A 192.0.2.1\n= x.test. 5 IN A 192.0.2.99\n"
		"= a.example. 300 IN CNAME b.example.\n= c.test. 60 IN A 192.0.2.2\n"
		"= b.example. 200 IN CNAME c.test.\n= c.test. 5 IN TXT no\n"
		"- test. 5 IN NS ns.test.\n+ ns.test. 5 IN A 192.0.2.98\n",
		"= a.example 300 CNAME b.example\n= b.example 200 CNAME c.test\n"
		"= c.test 60 A 192.0.2.1\n= c.test 60 A 192.0.2.2\n",
		NULL, 60, false},
	{"case",
		"? A.Example. A NOERROR\n= a.eXAMPLE. 9 IN CNAME B.Test.\n= b.TEST. 9 IN A "
		"192.0.2.1\n",
		"= a.example 9 CNAME B.Test\n= B.Test 9 A 192.0.2.1\n", NULL, 9, false},
	{"the same record three times",
		"? a.example. A NOERROR\n= a.example. 9 IN A 192.0.2.1\n"
		"= a.example. 9 IN A 192.0.2.2\n= A.example. 9 IN A 192.0.2.1\n"
		"= a.example. 9 IN A 192.0.2.1\n",
		"= a.example 9 A 192.0.2.1\n= a.example 9 A 192.0.2.2\n", NULL, 9, false},
	{"the same alias twice",
		"? a.example. A NOERROR\n= a.example. 9 IN CNAME b.example.\n"
		"= a.example. 9 IN CNAME b.example.\n= b.example. 9 IN A 192.0.2.2\n",
		"= a.example 9 CNAME b.example\n= b.example 9 A 192.0.2.2\n", NULL, 9, false},
	{"the same target in other letters",
		"? a.example. NS NOERROR\n= a.example. 9 IN NS b.Test.\n"
		"= a.example. 9 IN NS B.test.\n= a.example. 9 IN NS c.test.\n",
		"= a.example 9 NS b.Test\n= a.example 9 NS c.Test\n", NULL, 9, false},
	{"an address beside an alias",
		"? a.example. A NOERROR\n= a.example. 9 IN CNAME b.example.\n"
		"= b.example. 9 IN A 192.0.2.2\n= a.example. 9 IN A 192.0.2.1\n",
		"= a.example 9 A 192.0.2.1\n", NULL, 9, false},
	{"a DNAME with its CNAME",
		"? x.old.example. A NOERROR\n= old.example. 300 IN DNAME new.test.\n"
		"= x.old.example. 0 IN CNAME x.new.test.\n= x.new.test. 20 IN A 192.0.2.9\n",
		"= old.example 300 DNAME new.test\n= x.old.example 0 CNAME x.new.test\n"
		"= x.new.test 20 A 192.0.2.9\n",
		NULL, 0, false},
	{"a DNAME without its CNAME",
		"? x.old.example. A NOERROR\n= old.example. 300 IN DNAME new.test.\n"
		"= old.example. 300 IN RRSIG DNAME" SIG "= x.new.test. 20 IN A 192.0.2.9\n",
		"= old.example 300 DNAME new.test\n= x.old.example 300 CNAME x.new.test\n"
		"= x.new.test 20 A 192.0.2.9\n",
		"= old.example 300 DNAME new.test\n= old.example 300 RRSIG DNAME" SHOWN
		"= x.old.example 300 CNAME x.new.test\n= x.new.test 20 A 192.0.2.9\n",
		20, false},
	{"a CNAME asked for below a DNAME",
		"? x.old.example. CNAME NOERROR\n= old.example. 300 IN DNAME new.test.\n"
		"= x.old.example. 300 IN CNAME x.new.test.\n= x.new.test. 20 IN A 192.0.2.9\n",
		"= old.example 300 DNAME new.test\n= x.old.example 300 CNAME x.new.test\n", NULL,
		300, false},
	{"a signature, and one of another type",
		"? a.example. A NOERROR\n= a.example. 300 IN A 192.0.2.1\n"
		"= a.example. 300 IN RRSIG TXT" SIG "= a.example. 300 IN RRSIG A" SIG,
		"= a.example 300 A 192.0.2.1\n",
		"= a.example 300 A 192.0.2.1\n= a.example 300 RRSIG A" SHOWN, 300, false},
	{"a wildcard with its proof, another zone's and an unsigned one",
		"? a.example. A NOERROR\n= a.example. 300 IN A 192.0.2.1\n"
		"= a.example. 300 IN RRSIG A" SIG "- z.example. 90 IN NSEC b.example. A\n"
		"- z.example. 90 IN RRSIG NSEC" SIG
		"- z.test. 90 IN NSEC b.test. A\n- y.test. 90 IN NSEC b.test. A\n"
		"- y.test. 90 IN RRSIG NSEC 8 1 90 20300101000000 20200101000000 1 test. AAAA\n",
		"= a.example 300 A 192.0.2.1\n",
		"= a.example 300 A 192.0.2.1\n= a.example 300 RRSIG A" SHOWN
		"- z.example 90 NSEC b.example A\n- z.example 90 RRSIG NSEC" SHOWN,
		90, false},
	{"ANY",
		"? a.example. ANY NOERROR\n= a.example. 300 IN CNAME b.example.\n"
		"= a.example. 300 IN RRSIG CNAME" SIG "= b.example. 300 IN A 192.0.2.1\n",
		"= a.example 300 CNAME b.example\n",
		"= a.example 300 CNAME b.example\n= a.example 300 RRSIG CNAME" SHOWN, 300, false},
	{"signatures asked for",
		"? a.example. RRSIG NOERROR\n= a.example. 300 IN RRSIG CNAME" SIG
		"= a.example. 300 IN CNAME b.example.\n",
		"= a.example 300 RRSIG CNAME" SHOWN, NULL, 300, false},
	{"NSEC asked for",
		"? a.example. NSEC NOERROR\n= a.example. 9 IN NSEC b.example. A\n"
		"= a.example. 9 IN RRSIG NSEC" SIG,
		"= a.example 9 NSEC b.example A\n",
		"= a.example 9 NSEC b.example A\n= a.example 9 RRSIG NSEC" SHOWN, 9, false},
	{"DS asked for",
		"? a.example. DS NOERROR\n= a.example. 9 IN DS 1 8 2 aa\n"
		"= a.example. 9 IN RRSIG DS" SIG,
		"= a.example 9 DS 1 8 2 aa\n",
		"= a.example 9 DS 1 8 2 aa\n= a.example 9 RRSIG DS" SHOWN, 9, false},
	{"a long TTL", "? a.example. A NOERROR\n= a.example. 4000000000 IN A 192.0.2.1\n",
		"= a.example 604800 A 192.0.2.1\n", NULL, 604800, false},
};

static const struct rebuilt negative[] = {
	{"a name that is not", "? a.example. A NXDOMAIN\n" SOA "+ a.example. 9 IN A 192.0.2.1\n",
		"- example 900 SOA ns.example root.example 7 3600 600 86400 900\n", NULL, 900,
		true},
	{"a name that is not, signed",
		"? a.example. A NXDOMAIN\n" SOA "- example. 3600 IN RRSIG SOA" SIG
		"- z.example. 9000 IN NSEC b.example. A\n- z.example. 9000 IN RRSIG NSEC" SIG,
		"- example 900 SOA ns.example root.example 7 3600 600 86400 900\n",
		"- example 900 SOA ns.example root.example 7 3600 600 86400 900\n"
		"- example 900 RRSIG SOA" SHOWN "- z.example 900 NSEC b.example A\n"
		"- z.example 900 RRSIG NSEC" SHOWN,
		900, true},
	{"no data, names beside it",
		"? a.example. AAAA NOERROR\n= a.example. 9 IN A 192.0.2.1\n"
		"- example. 60 IN NS ns.example.\n" SOA,
		"- example 900 SOA ns.example root.example 7 3600 600 86400 900\n", NULL, 900,
		true},
	{"an alias to nothing",
		"? a.example. A NXDOMAIN\n= a.example. 30 IN CNAME b.test.\n" SOA
		"- test. 60 IN SOA ns.test. root.test. 1 2 3 4 5\n",
		"= a.example 30 CNAME b.test\n- test 5 SOA ns.test root.test 1 2 3 4 5\n", NULL, 5,
		true},
	{"the SOA of another zone",
		"? a.example. A NXDOMAIN\n- test. 60 IN SOA ns.test. root.test. 1 2 3 4 5\n", "",
		NULL, 0, true},
	{"nothing at all", "? a.example. A NOERROR\n", "", NULL, 0, true},
	{"a referral",
		"? a.example. A NOERROR\n- example. 60 IN NS ns.example.\n"
		"+ ns.example. 60 IN A 192.0.2.1\n",
		"", NULL, 0, true},
};

static void test_rebuilt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(positive) / sizeof(positive[0]); i++)
		check_rebuilt(&positive[i]);
	for (size_t i = 0; i < sizeof(negative) / sizeof(negative[0]); i++)
		check_rebuilt(&negative[i]);
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"? a.example. A SERVFAIL\n= a.example. 9 IN A 192.0.2.1\n",
		"? a.example. A REFUSED\n", "? a.example. A YXDOMAIN\n",
		"? a.example. A NXDOMAIN\n= a.example. 9 IN A 192.0.2.1\n",
		"? a.example. A NOERROR\n= a.example. 9 IN CNAME a.example.\n",
		"? a.example. A NOERROR\n= a.example. 9 IN CNAME b.example.\n"
		"= b.example. 9 IN CNAME A.example.\n",
		"? a.example. A NOERROR\n= a.example. 9 IN CNAME b.example.\n"
		"= a.example. 9 IN CNAME c.example.\n",
		"? x.a.example. A NOERROR\n= a.example. 9 IN DNAME b.test.\n"
		"= x.a.example. 9 IN CNAME y.b.test.\n= y.b.test. 9 IN A 192.0.2.1\n",
		"? x.a.example. A NOERROR\n= a.example. 9 IN DNAME b.test.\n"
		"= a.example. 9 IN DNAME c.test.\n",
		"? x.a.example. A NOERROR\n= a.example. 9 IN DNAME a.example.\n",
		"? x.a.example. A NOERROR\n= a.example. 9 IN DNAME b.a.example.\n", /* endless */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer *a = NULL;
		struct question q;

		packet_make(cases[i], &packet);
		q = question_of(&packet);
		if (answer_read(packet_span(&packet), &q, WEEK, &a) != ERR_FORMAT)
			fail_msg("taken: %s", cases[i]);
		assert_null(a);
	}
}

/* The right answer, but to something else. */
static void test_other_question(void **state)
{
	struct question q, other;
	struct answer *a = NULL;

	(void)state;
	packet_make("? a.example. A NOERROR\n= a.example. 9 IN A 192.0.2.1\n", &packet);
	q = question_of(&packet);
	other = q;
	other.type = RR_AAAA;
	assert_int_equal(answer_read(packet_span(&packet), &other, WEEK, &a), ERR_FORMAT);
	other = q;
	other.class = RR_CLASS_CH;
	assert_int_equal(answer_read(packet_span(&packet), &other, WEEK, &a), ERR_FORMAT);
	other = q;
	other.name.octets[1] = 'b';
	assert_int_equal(answer_read(packet_span(&packet), &other, WEEK, &a), ERR_FORMAT);
	packet.octets[2] ^= 0x80; /* a query */
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_FORMAT);
	packet.octets[2] ^= 0x82; /* truncated */
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_FORMAT);
	packet.octets[2] ^= 0x22; /* another opcode */
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_FORMAT);
	packet.octets[2] ^= 0x20;
	packet.octets[packet.len - 11] = 3; /* the class of the record: not ours */
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), 0);
	check_dump(&a->plain, "");
	free(a);
}

static void make_chain(unsigned aliases)
{
	struct buf text;

	buf_init_heap(&text, 1 << 16);
	buf_put_text(&text, "? n0.example. A NOERROR\n");
	for (unsigned i = 0; i < aliases; i++)
		buf_printf(&text, "= n%u.example. 9 IN CNAME n%u.example.\n", i, i + 1);
	buf_printf(&text, "= n%u.example. 9 IN A 192.0.2.1\n", aliases);
	packet_make(buf_text(&text), &packet);
	buf_release(&text);
}

static void test_chain_length(void **state)
{
	struct answer *a = NULL;
	struct question q;

	(void)state;
	make_chain(ANSWER_CHAIN_MAX);
	q = question_of(&packet);
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), 0);
	assert_int_equal(a->plain.ttl_count, ANSWER_CHAIN_MAX + 1);
	free(a);
	make_chain(ANSWER_CHAIN_MAX + 1);
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_FORMAT);
}

/* count MX records whose targets are as long as they can be and share nothing but their end. */
static void make_many(unsigned count, unsigned label_len)
{
	struct buf b;

	buf_init_fixed(&b, packet.octets, sizeof(packet.octets));
	buf_put(&b, "\0\0\x81\x80\0\1", 6);
	buf_put_u16(&b, (uint16_t)count);
	buf_put(&b, "\0\0\0\0\1a\0\0\x0f\0\1", 11);
	for (unsigned i = 0; i < count; i++) {
		buf_put(&b, "\xc0\x0c\0\x0f\0\1\0\0\0\1", 10);
		buf_put_u16(&b, (uint16_t)(5 + label_len));
		buf_put_u16(&b, (uint16_t)i);
		buf_put_u8(&b, (uint8_t)label_len);
		for (unsigned k = 0; k < label_len; k++)
			buf_put_u8(&b, (uint8_t)(i >> 2 * k % 16));
		buf_put(&b, "\xc0\x0c", 2);
	}
	packet.len = b.len;
	assert_false(b.overflow);
}

static void test_many(void **state)
{
	struct answer *a = NULL;
	struct question q;

	(void)state;
	make_many(ANSWER_RECORDS_MAX, 40);
	q = question_of(&packet);
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), 0);
	assert_int_equal(a->plain.ttl_count, ANSWER_RECORDS_MAX);
	assert_true(a->plain.octets.len <= packet.len);
	free(a);
	make_many(ANSWER_RECORDS_MAX + 1, 40);
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_LIMIT);
}

/* Names that upstream compressed where we may not do not fit any more. */
static void test_expanded(void **state)
{
	struct answer *a = NULL;
	struct question q;
	struct buf b;

	(void)state;
	buf_init_fixed(&b, packet.octets, sizeof(packet.octets));
	buf_put(&b, "\0\0\x81\x80\0\1\3\xe8\0\0\0\0", 12);
	for (int i = 0; i < 3; i++)
		buf_put(&b, "\77abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk",
			64);
	buf_put(&b, "\0\0\x21\0\1", 5);
	for (uint16_t i = 0; i < ANSWER_RECORDS_MAX; i++) {
		buf_put(&b, "\xc0\x0c\0\x21\0\1\0\0\0\1\0\x08\0\0\0\0", 16);
		buf_put_u16(&b, i);
		buf_put(&b, "\xc0\x0c", 2);
	}
	packet.len = b.len;
	q = question_of(&packet);
	assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), ERR_LIMIT);
}

static void check_again(const struct answer *a, const struct question *q, bool full)
{
	const struct rendered *r = full ? &a->full : &a->plain;
	struct answer *again = NULL;

	assert_int_equal(answer_read(r->octets, q, WEEK, &again), 0);
	assert_true(span_equal(full ? again->full.octets : again->plain.octets, r->octets));
	if (full) {
		assert_true(span_equal(again->plain.octets, a->plain.octets));
		assert_int_equal(again->ttl_s, a->ttl_s);
		assert_int_equal(again->has_dnssec, a->has_dnssec);
		assert_int_equal(again->negative, a->negative);
	}
	free(again);
}

/* Lists are changed and the stored answer is judged again: it must read as it did. */
static void test_again(void **state)
{
	(void)state;
	for (const char *const *text = packet_texts; *text; text++) {
		struct answer *a = NULL;
		struct question q;

		packet_make(*text, &packet);
		q = question_of(&packet);
		assert_int_equal(answer_read(packet_span(&packet), &q, WEEK, &a), 0);
		check_again(a, &q, true);
		check_again(a, &q, false);
		free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rebuilt),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other_question),
		cmocka_unit_test(test_chain_length),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_expanded),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
