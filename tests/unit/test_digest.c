/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

/* FIPS 180-4's examples. */
static void known_answers(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t digest[DIGEST_LEN];
		char text[DIGEST_TEXT_MAX];

		assert_int_equal(digest_of(span_text(rows[i].text), digest), 0);
		assert_string_equal(digest_format(digest, text), rows[i].expected);
	}
}

static void parts_are_the_same_as_the_whole(void **state)
{
	uint8_t data[300], whole[DIGEST_LEN], parts[DIGEST_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31);
	assert_int_equal(digest_of(span_of(data, sizeof(data)), whole), 0);
	for (size_t step = 1; step < sizeof(data); step += 13) {
		struct digest_state *d = digest_new();

		assert_non_null(d);
		for (size_t at = 0; at < sizeof(data); at += step)
			digest_add(d, span_part(span_of(data, sizeof(data)), at, step));
		digest_add(d, span_of(NULL, 0));
		digest_finish(d, parts);
		assert_memory_equal(parts, whole, DIGEST_LEN);
	}
	digest_free(digest_new());
	digest_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(parts_are_the_same_as_the_whole),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
