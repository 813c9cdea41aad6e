/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "oracle.h"
#include "wire/rr.h"

static void test_type_text(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint16_t type;
	} cases[] = {
		{"A", 0, 1},
		{"aaaa", 0, 28},
		{"Https", 0, 65},
		{"ANY", 0, 255},
		{"TYPE65400", 0, 65400},
		{"type1", 0, 1},
		{"TYPE0", 0, 0},
		{"TYPE65536", ERR_FORMAT, 0},
		{"TYPE", ERR_FORMAT, 0},
		{"TYPE1x", ERR_FORMAT, 0},
		{"TYPE-1", ERR_FORMAT, 0},
		{"TYPE000001", ERR_FORMAT, 0},
		{"AA", ERR_FORMAT, 0},
		{"", ERR_FORMAT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t type = 77;

		assert_int_equal(rr_type_parse(span_text(cases[i].text), &type), cases[i].err);
		assert_int_equal(type, cases[i].err ? 77 : cases[i].type);
	}
}

/* Every number has a text that leads back to it, and where ldns has a mnemonic it is ours. */
static void test_every_type(void **state)
{
	(void)state;
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		char text[RR_TEXT_MAX];
		uint16_t back;

		rr_type_format((uint16_t)type, text);
		assert_int_equal(rr_type_parse(span_text(text), &back), 0);
		assert_int_equal(back, type);
		if (oracle_type(text) != 0)
			assert_int_equal(oracle_type(text), type);
	}
}

static void test_other_texts(void **state)
{
	char text[RR_TEXT_MAX];

	(void)state;
	assert_string_equal(rr_class_format(1, text), "IN");
	assert_string_equal(rr_class_format(3, text), "CH");
	assert_string_equal(rr_class_format(254, text), "NONE");
	assert_string_equal(rr_class_format(65535, text), "CLASS65535");
	assert_string_equal(rcode_format(RCODE_NXDOMAIN, text), "NXDOMAIN");
	assert_string_equal(rcode_format(RCODE_BADVERS, text), "BADVERS");
	assert_string_equal(rcode_format(23, text), "BADCOOKIE");
	assert_string_equal(rcode_format(4095, text), "RCODE4095");
	assert_true(rr_type_is_dnssec(RR_RRSIG) && rr_type_is_dnssec(RR_NSEC));
	assert_true(rr_type_is_dnssec(RR_NSEC3));
	assert_false(rr_type_is_dnssec(RR_DS) || rr_type_is_dnssec(RR_DNSKEY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type_text),
		cmocka_unit_test(test_every_type),
		cmocka_unit_test(test_other_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
