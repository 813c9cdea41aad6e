/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolver/doubt.h"
#include "sample.h"
#include "wire/reply.h"

static void follows_the_signatures(void **state)
{
	static const struct {
		enum dnssec dnssec;
		uint16_t ede;
		bool expected;
	} rows[] = {
		{DNSSEC_BOGUS, EDE_DNSSEC_BOGUS, false},
		{DNSSEC_BOGUS, EDE_SIGNATURE_EXPIRED, true},
		{DNSSEC_INSECURE, (uint16_t)EDE_NONE, true},
		{DNSSEC_UNCHECKED, EDE_SIGNATURE_EXPIRED, true},
		{DNSSEC_BOGUS, EDE_RRSIGS_MISSING, true},
		{DNSSEC_SECURE, (uint16_t)EDE_NONE, false},
		{DNSSEC_UNCHECKED, EDE_SIGNATURE_EXPIRED, false},
		{DNSSEC_BOGUS, EDE_SIGNATURE_NOT_YET_VALID, true},
		{DNSSEC_SECURE, (uint16_t)EDE_NONE, false},
	};
	const struct question q = sample_question("www.example.org", RR_A);
	struct doubt d = {false, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct link_answer a = {.dnssec = rows[i].dnssec, .ede = rows[i].ede};

		doubt_note(&d, &q, &a);
		assert_int_equal(d.is_on, rows[i].expected);
	}
}

static void is_told_once_in_a_while(void **state)
{
	const struct question q = sample_question("www.example.org", RR_A);
	const struct link_answer bad = {.dnssec = DNSSEC_BOGUS, .ede = EDE_SIGNATURE_EXPIRED};
	const struct link_answer good = {.dnssec = DNSSEC_SECURE};
	struct doubt d = {false, 0};
	uint64_t first_ns;

	(void)state;
	doubt_note(&d, &q, &bad);
	first_ns = d.told_ns;
	assert_true(first_ns != 0);
	doubt_note(&d, &q, &good);
	doubt_note(&d, &q, &bad);
	assert_int_equal(d.told_ns, first_ns);
	assert_true(d.is_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_signatures),
		cmocka_unit_test(is_told_once_in_a_while),
	};

	return cmocka_run_group_tests_name("doubt", tests, NULL, NULL);
}
