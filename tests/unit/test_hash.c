/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

static const struct hash_key counting_key = {
	UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

/* Of the authors' reference implementation with one and three rounds: the key 00 01 .. 0f, the
 * messages empty, 00, 00 01, and so on. */
static const uint64_t published[] = {
	UINT64_C(0xabac0158050fc4dc),
	UINT64_C(0xc9f49bf37d57ca93),
	UINT64_C(0x82cb9b024dc7d44d),
	UINT64_C(0x8bf80ab8e7ddf7fb),
	UINT64_C(0xcf75576088d38328),
	UINT64_C(0xdef9d52f49533b67),
	UINT64_C(0xc50d2b50c59f22a7),
	UINT64_C(0xd3927d989bb11140),
	UINT64_C(0x369095118d299a8e),
	UINT64_C(0x25a48eb36c063de4),
	UINT64_C(0x79de85ee92ff097f),
	UINT64_C(0x70c118c1f94dc352),
};

/* Written from the paper: the message as padded octets, the rounds as numbers. */
static uint64_t naive(uint64_t k0, uint64_t k1, const uint8_t *m, size_t len, int c, int d)
{
	uint64_t a = k0 ^ 0x736f6d6570736575, b = k1 ^ 0x646f72616e646f6d;
	uint64_t e = k0 ^ 0x6c7967656e657261, f = k1 ^ 0x7465646279746573;
	size_t blocks = len / 8 + 1;

#define ROTATE(x, n) ((x) = (x) << (n) | (x) >> (64 - (n)))
	for (size_t i = 0; i <= blocks; i++) {
		uint64_t w = 0;

		for (size_t k = 8; k-- > 0;)
			w = w << 8 | (i * 8 + k < len                    ? m[i * 8 + k]
					     : i == blocks - 1 && k == 7 ? len & 255
									 : 0);
		if (i == blocks)
			e ^= 0xff;
		else
			f ^= w;
		for (int r = 0; r < (i == blocks ? d : c); r++) {
			a += b, e += f, ROTATE(b, 13), ROTATE(f, 16), b ^= a, f ^= e, ROTATE(a, 32);
			e += b, a += f, ROTATE(b, 17), ROTATE(f, 21), b ^= e, f ^= a, ROTATE(e, 32);
		}
		if (i < blocks)
			a ^= w;
	}
	return a ^ b ^ e ^ f;
}

static void published_answers(void **state)
{
	uint8_t message[sizeof(published) / sizeof(published[0])];

	(void)state;
	for (size_t len = 0; len < sizeof(message); len++) {
		message[len] = (uint8_t)len;
		assert_int_equal(hash_keyed(&counting_key, message, len), published[len]);
	}
	assert_int_equal(hash_keyed(&counting_key, NULL, 0), published[0]);
}

/* The paper's own example (appendix A) is of SipHash-2-4: it vouches for the naive one. */
static void same_as_naive(void **state)
{
	uint8_t storage[301], message[300];
	uint64_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_int_equal(naive(counting_key.k0, counting_key.k1, message, 15, 2, 4),
		UINT64_C(0xa129ca6149be45e5));
	for (size_t len = 0; len < sizeof(message); len++) {
		struct hash_key key = {x, x * 3};

		for (size_t i = 0; i < len; i++)
			message[i] =
				(uint8_t)((x = x * 6364136223846793005u + 1442695040888963407u) >>
					  56);
		memcpy(storage + 1, message, len);
		assert_int_equal(
			hash_keyed(&key, message, len), naive(key.k0, key.k1, message, len, 1, 3));
		assert_int_equal(
			hash_keyed(&key, storage + 1, len), hash_keyed(&key, message, len));
	}
}

static void draws_keys_that_differ(void **state)
{
	struct hash_key a = {0}, b = {0};

	(void)state;
	assert_int_equal(hash_key_draw(&a), 0);
	assert_int_equal(hash_key_draw(&b), 0);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers),
		cmocka_unit_test(same_as_naive),
		cmocka_unit_test(draws_keys_that_differ),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
