/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/reader.h"
#include "json/writer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void refuses_what_is_not_one_value(void **state)
{
	static const struct {
		struct span text;
		int err;
	} rows[] = {
		{SPAN_LITERAL("{}"), 0},
		{SPAN_LITERAL(" [1, 2] \n"), 0},
		{SPAN_LITERAL("17"), 0},
		{SPAN_LITERAL("\"x\""), 0},
		{{NULL, 0}, ERR_FORMAT},
		{SPAN_LITERAL(""), ERR_FORMAT},
		{SPAN_LITERAL("{"), ERR_FORMAT},
		{SPAN_LITERAL("{} {}"), ERR_FORMAT},
		{SPAN_LITERAL("{}\0"), ERR_FORMAT},
		{SPAN_LITERAL("{\"a\":1,\"a\":2}"), ERR_FORMAT},
		{SPAN_LITERAL("{\"a\":1,}"), ERR_FORMAT},
		{SPAN_LITERAL("\"\xff\""), ERR_FORMAT},
		{SPAN_LITERAL("\"a\\u0000b\""), ERR_FORMAT},
		{SPAN_LITERAL("99999999999999999999"), ERR_FORMAT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_document *d = NULL;

		assert_int_equal(json_parse(rows[i].text, &d), rows[i].err);
		assert_int_equal(d == NULL, rows[i].err != 0);
		json_document_free(d);
	}
}

static void limits_depth(void **state)
{
	static char deep[100000];
	struct json_document *d = NULL;

	(void)state;
	memset(deep, '[', sizeof(deep) / 2);
	memset(deep + sizeof(deep) / 2, ']', sizeof(deep) / 2);
	assert_int_equal(json_parse(span_of(deep, sizeof(deep)), &d), ERR_FORMAT);
	assert_null(d);
}

static void gets_values_or_the_default(void **state)
{
	struct span text = SPAN_LITERAL("{\"s\":\"text\",\"n\":42,\"minus\":-1,\"r\":1.5,"
					"\"t\":true,\"f\":false,\"z\":null,\"a\":[\"x\",7,[]]}");
	struct json_document *d;
	const struct json_value *root, *array;

	(void)state;
	assert_int_equal(json_parse(text, &d), 0);
	root = json_root(d);
	assert_string_equal(json_get_string(root, "s", "other"), "text");
	assert_string_equal(json_get_string(root, "n", "other"), "other");
	assert_string_equal(json_get_string(root, "none", "other"), "other");
	assert_null(json_get_string(root, "z", NULL));
	assert_int_equal(json_get_u64(root, "n", 1), 42);
	assert_int_equal(json_get_u64(root, "minus", 1), 1);
	assert_int_equal(json_get_u64(root, "r", 1), 1);
	assert_int_equal(json_get_u64(root, "s", 1), 1);
	assert_true(json_get_bool(root, "t", false));
	assert_false(json_get_bool(root, "f", true));
	assert_true(json_get_bool(root, "n", true));
	array = json_get(root, "a");
	assert_int_equal(json_count(array), 3);
	assert_string_equal(json_text(json_at(array, 0), ""), "x");
	assert_int_equal(json_u64(json_at(array, 1), 0), 7);
	assert_null(json_at(array, 3));
	assert_int_equal(json_count(root), 0);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_get(NULL, "s"));
	assert_null(json_get(array, "s"));
	assert_null(json_root(NULL));
	json_document_free(d);
	json_document_free(NULL);
}

static void goes_through_members_in_their_order(void **state)
{
	static const char *const keys[] = {"zeta", "alpha", "mid"};
	struct span text = SPAN_LITERAL("{\"zeta\": 0, \"alpha\": 1, \"mid\": 2}");
	struct json_document *d;
	const struct json_value *v;
	const char *key;
	void *iterator = NULL;
	uint64_t count = 0;
	char *dump;

	(void)state;
	assert_int_equal(json_parse(text, &d), 0);
	while ((v = json_next(json_root(d), &iterator, &key))) {
		assert_true(count < COUNT(keys));
		assert_string_equal(key, keys[count]);
		assert_int_equal(json_u64(v, 99), count);
		count++;
	}
	assert_int_equal(count, COUNT(keys));
	dump = json_dump(json_root(d));
	assert_string_equal(dump, "{\"zeta\":0,\"alpha\":1,\"mid\":2}");
	free(dump);
	iterator = NULL;
	assert_null(json_next(json_get(json_root(d), "mid"), &iterator, &key));
	assert_null(json_next(NULL, &iterator, &key));
	json_document_free(d);
}

static void writes_nested_values(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init_heap(&b, 4096);
	json_writer_init(&w, &b);
	json_begin_object(&w, NULL);
	json_put_string(&w, "a", "x");
	json_begin_array(&w, "b");
	json_put_u64(&w, NULL, 0);
	json_put_u64(&w, NULL, UINT64_MAX);
	json_begin_object(&w, NULL);
	json_end_object(&w);
	json_begin_array(&w, NULL);
	json_put_bool(&w, NULL, true);
	json_end_array(&w);
	json_begin_array(&w, NULL);
	json_put_u64(&w, NULL, 1);
	json_put_u64(&w, NULL, 2);
	json_end_array(&w);
	json_end_array(&w);
	json_put_bool(&w, "c", false);
	json_put_raw(&w, "d", SPAN_LITERAL("{\"raw\":1}"));
	json_put_string(&w, "e", NULL);
	json_end_object(&w);
	assert_string_equal(buf_text(&b),
		"{\"a\":\"x\",\"b\":[0,18446744073709551615,{},[true],[1,2]],"
		"\"c\":false,\"d\":{\"raw\":1},\"e\":\"\"}");
	buf_release(&b);
}

static void escapes(void **state)
{
	static const struct {
		struct span text;
		const char *expected;
	} rows[] = {
		{SPAN_LITERAL("plain"), "\"plain\""},
		{SPAN_LITERAL("\"\\/"), "\"\\\"\\\\/\""},
		{SPAN_LITERAL("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\""},
		{SPAN_LITERAL("a\0b\x1b\x7f"), "\"a\\u0000b\\u001b\\u007f\""},
		{SPAN_LITERAL("\xc2\x9b"), "\"\\u009b\""},
		{SPAN_LITERAL("\xc5\x99\xf0\x9f\x98\x80"), "\"\xc5\x99\xf0\x9f\x98\x80\""},
		{SPAN_LITERAL("\xff\xc5"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{SPAN_LITERAL("a\xed\xa0\x80z"), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct json_writer w;
		char storage[128];
		struct buf b;

		buf_init_fixed(&b, storage, sizeof(storage));
		json_writer_init(&w, &b);
		json_put_text(&w, NULL, rows[i].text);
		assert_string_equal(buf_text(&b), rows[i].expected);
	}
}

/* Text is looked at in words: each octet of ASCII, anywhere in text of any length about theirs. */
static void escapes_at_any_place(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 0x80; octet++) {
		bool plain = octet >= ' ' && octet < 0x7f && octet != '"' && octet != '\\';

		for (size_t len = 1; len <= 20; len++) {
			for (size_t at = 0; at < len; at++) {
				uint8_t text[20];
				struct json_writer w;
				struct buf out;

				memset(text, 'x', sizeof(text));
				text[at] = (uint8_t)octet;
				buf_init_heap(&out, 1000);
				json_writer_init(&w, &out);
				json_put_text(&w, NULL, span_of(text, len));
				assert_int_equal(out.len == len + 2, plain);
				assert_int_equal(
					memchr(out.data + 1, '\\', out.len - 2) != NULL, !plain);
				buf_release(&out);
			}
		}
	}
}

static void any_octets_give_valid_json(void **state)
{
	uint64_t x = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct json_document *d = NULL;
		struct json_writer w;
		uint8_t octets[24];
		struct buf b;

		for (size_t i = 0; i < sizeof(octets); i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			octets[i] = x >> 63 ? (uint8_t)(x >> 40) : (uint8_t)(1 + (x >> 40) % 126);
		}
		buf_init_heap(&b, 4096);
		json_writer_init(&w, &b);
		json_begin_object(&w, NULL);
		octets[sizeof(octets) - 1] = 0;
		json_put_string(&w, (const char *)octets, (const char *)octets);
		json_end_object(&w);
		assert_int_equal(json_parse(buf_span(&b), &d), 0);
		json_document_free(d);
		buf_release(&b);
	}
}

static void too_deep_is_an_overflow(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init_heap(&b, 4096);
	json_writer_init(&w, &b);
	for (int i = 0; i < 16; i++)
		json_begin_array(&w, NULL);
	assert_false(b.overflow);
	json_begin_array(&w, NULL);
	assert_true(b.overflow);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_one_value),
		cmocka_unit_test(limits_depth),
		cmocka_unit_test(gets_values_or_the_default),
		cmocka_unit_test(goes_through_members_in_their_order),
		cmocka_unit_test(writes_nested_values),
		cmocka_unit_test(escapes),
		cmocka_unit_test(escapes_at_any_place),
		cmocka_unit_test(any_octets_give_valid_json),
		cmocka_unit_test(too_deep_is_an_overflow),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
