/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void gives_zeroed_aligned_distinct_memory(void **state)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4095, 4096, 5000, 1 << 20, 3};
	struct arena *a = arena_new(SIZE_MAX);
	size_t expected = 0;

	(void)state;
	assert_non_null(a);
	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			uint8_t *p = arena_alloc(a, sizes[i]);

			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < sizes[i]; k++)
				assert_int_equal(p[k], 0);
			/* Whoever is given the same octets again does not find them zeroed. */
			memset(p, 0xa5, sizes[i]);
			expected += sizes[i];
			assert_true(arena_used(a) >= expected);
		}
	arena_free(a);
}

static void keeps_its_maximum(void **state)
{
	struct arena *a = arena_new(1000);
	size_t used;

	(void)state;
	assert_null(arena_alloc(a, 1001));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_non_null(arena_alloc(a, 900));
	used = arena_used(a);
	assert_null(arena_alloc(a, 101));
	assert_null(arena_alloc_array(a, SIZE_MAX / 2, 3));
	assert_null(arena_alloc_array(a, (SIZE_MAX >> 4) + 2, 16));
	assert_int_equal(arena_used(a), used);
	assert_non_null(arena_alloc_array(a, 4, 16));
	while (arena_alloc(a, 1))
		assert_true(arena_used(a) <= 1000);
	arena_free(a);
	arena_free(NULL);
}

static void copies_text(void **state)
{
	struct arena *a = arena_new(4096);
	char source[] = "hello, world";
	char *copy = arena_text(a, span_of(source, 5));

	(void)state;
	assert_string_equal(copy, "hello");
	source[0] = 'x';
	assert_string_equal(copy, "hello");
	assert_string_equal(arena_text(a, span_of(NULL, 0)), "");
	assert_null(arena_text(a, span_of(source, SIZE_MAX)));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_aligned_distinct_memory),
		cmocka_unit_test(keeps_its_maximum),
		cmocka_unit_test(copies_text),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
