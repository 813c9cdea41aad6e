/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "front/limits.h"

static const struct hash_key key = {1, 2};

static struct limits_id identify(struct limits *l, const char *text)
{
	struct inet_addr addr;

	assert_int_equal(inet_addr_parse(span_text(text), &addr), 0);
	return limits_identify(l, &addr);
}

/* Which addresses are one client, and which one network. */
static void test_identity(void **state)
{
	static const struct {
		unsigned ipv6_network;
		const char *a, *b;
		bool same_client, same_network;
	} cases[] = {
		{56, "10.0.0.1", "10.0.0.1", true, true},
		{56, "10.0.0.1", "10.0.0.2", false, true},
		{56, "10.0.0.0", "10.0.0.1", false, true},
		{56, "10.0.0.255", "10.0.1.0", false, false},
		{56, "2001:db8::1", "2001:db8:0:ff:8000::1", true, true},
		{56, "2001:db8::1", "2001:db8:0:100::1", false, false},
		{64, "2001:db8::1", "2001:db8::ffff", true, true},
		{64, "2001:db8::1", "2001:db8:0:1::1", false, false},
		{32, "2001:db8::1", "2001:db8:ffff::1", true, true},
		{56, "::1", "::2", true, true},
		{56, "::1", "2001:db8::1", false, false},
		{56, "0.0.0.1", "::1", false, false},
	};
	struct limits *l = NULL;

	(void)state;
	assert_int_equal(limits_new(&key, &l), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct conf_limits conf = {.ipv6_network = cases[i].ipv6_network};
		struct limits_id a, b;

		limits_adopt(l, &conf);
		a = identify(l, cases[i].a);
		b = identify(l, cases[i].b);
		assert_int_not_equal(a.client, 0);
		assert_int_equal(a.client == b.client, cases[i].same_client);
		assert_int_equal(a.network == b.network, cases[i].same_network);
		assert_int_equal(a.hash == b.hash, cases[i].same_network);
	}
	limits_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
