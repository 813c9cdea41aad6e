/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void fixed_overflow_is_sticky(void **state)
{
	uint8_t storage[5] = {9, 9, 9, 9, 9};
	struct buf b;

	(void)state;
	buf_init_fixed(&b, storage, 4);
	buf_put_u16(&b, 0x0102);
	buf_put(&b, "xyz", 3);
	assert_true(b.overflow);
	assert_int_equal(b.len, 2);
	buf_put_u8(&b, 3);
	assert_int_equal(b.len, 2);
	assert_string_equal(buf_text(&b), "");
	buf_clear(&b);
	buf_put_u32(&b, 0x0a0b0c0d);
	assert_false(b.overflow);
	assert_memory_equal(storage, "\x0a\x0b\x0c\x0d\x09", 5);
	buf_patch_u16(&b, 2, 0xfffe);
	assert_memory_equal(storage, "\x0a\x0b\xff\xfe\x09", 5);
}

static void terminates_where_there_is_room(void **state)
{
	char storage[4];
	struct buf b;

	(void)state;
	buf_init_fixed(&b, storage, sizeof(storage));
	assert_string_equal(buf_text(&b), "");
	buf_put_text(&b, "abc");
	assert_string_equal(buf_text(&b), "abc");
	assert_int_equal(b.len, 3);
	buf_put_u8(&b, 'd');
	assert_false(b.overflow);
	assert_string_equal(buf_text(&b), "");
	assert_true(b.overflow);

	buf_init_heap(&b, 4);
	buf_put_text(&b, "abcd");
	assert_string_equal(buf_text(&b), "abcd");
	assert_false(b.overflow);
	buf_release(&b);
}

static void heap_grows_up_to_its_maximum(void **state)
{
	static const size_t maxima[] = {0, 1, 255, 256, 257, 1000, 65536};

	(void)state;
	for (size_t i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		struct buf b;

		buf_init_heap(&b, maxima[i]);
		for (size_t n = 0; n < maxima[i]; n++)
			buf_put_u8(&b, (uint8_t)(n * 7));
		assert_false(b.overflow);
		assert_int_equal(b.len, maxima[i]);
		assert_true(b.capacity <= maxima[i]);
		for (size_t n = 0; n < maxima[i]; n++)
			assert_int_equal(buf_span(&b).data[n], (uint8_t)(n * 7));
		buf_put_span(&b, span_of(NULL, 0));
		assert_false(b.overflow);
		buf_put_u8(&b, 1);
		assert_true(b.overflow);
		assert_int_equal(b.len, maxima[i]);
		buf_release(&b);
		buf_release(&b);
	}
	buf_release(NULL);
}

static void lengths_near_the_end_of_size_t(void **state)
{
	struct buf b;

	(void)state;
	buf_init_heap(&b, SIZE_MAX);
	buf_put_u8(&b, 1);
	buf_put(&b, "x", SIZE_MAX);
	assert_true(b.overflow);
	assert_int_equal(b.len, 1);
	buf_release(&b);
}

static void prints(void **state)
{
	char fill[600];
	char storage[8];
	struct buf b;

	(void)state;
	memset(fill, 'f', sizeof(fill) - 1);
	fill[sizeof(fill) - 1] = 0;
	buf_init_heap(&b, 1024);
	buf_printf(&b, "%d-%s;", 12, "x");
	buf_printf(&b, "%s", fill);
	assert_int_equal(b.len, 5 + 599);
	assert_memory_equal(buf_text(&b), "12-x;fff", 8);
	buf_printf(&b, "%s", fill);
	assert_true(b.overflow);
	assert_int_equal(b.len, 5 + 599);
	buf_release(&b);

	buf_init_fixed(&b, storage, sizeof(storage));
	buf_printf(&b, "%s", "12345678");
	assert_false(b.overflow);
	assert_memory_equal(storage, "12345678", 8);
}

static void puts_decimals(void **state)
{
	static const uint64_t values[] = {0, 9, 10, 123, UINT32_MAX, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char storage[32], expected[32];
		struct buf b;

		buf_init_fixed(&b, storage, sizeof(storage));
		buf_put_decimal(&b, values[i]);
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)values[i]);
		assert_string_equal(buf_text(&b), expected);
	}
}

static void extends(void **state)
{
	uint8_t storage[4];
	struct buf b;

	(void)state;
	buf_init_fixed(&b, storage, sizeof(storage));
	buf_put_u8(&b, 'a');
	assert_ptr_equal(buf_extend(&b, 3), storage + 1);
	assert_int_equal(b.len, 4);
	assert_false(b.overflow);
	assert_null(buf_extend(&b, 1));
	assert_true(b.overflow);
	assert_int_equal(b.len, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_overflow_is_sticky),
		cmocka_unit_test(terminates_where_there_is_room),
		cmocka_unit_test(heap_grows_up_to_its_maximum),
		cmocka_unit_test(lengths_near_the_end_of_size_t),
		cmocka_unit_test(prints),
		cmocka_unit_test(puts_decimals),
		cmocka_unit_test(extends),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
