/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/builder.h"
#include "wire/name.h"

static const uint8_t no_sources[DIGEST_LEN];
static char directory[] = "/tmp/celnik-builder-XXXXXX";
static char path[64], other[64];

static struct span key_of(const char *text, uint8_t storage[NAME_LEN_MAX])
{
	struct name name;

	assert_int_equal(name_parse(span_text(text), &name), 0);
	return span_of(storage, name_to_key(&name, storage));
}

static struct inet_addr addr_of(const char *text)
{
	struct inet_addr addr;

	assert_int_equal(inet_addr_parse(span_text(text), &addr), 0);
	return addr;
}

static struct builder *new_builder(void)
{
	struct builder *b = NULL;
	uint32_t list;

	assert_int_equal(builder_new(&b), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("one"), &list), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("two"), &list), 0);
	return b;
}

static int add_name(struct builder *b, const char *text, enum name_match match, uint32_t list,
	enum fact fact, uint32_t line)
{
	struct builder_row row = {.list = list, .fact = fact, .line = line, .country = "CN"};
	uint8_t key[NAME_LEN_MAX];

	return builder_name(b, key_of(text, key), match, &row);
}

static int add_range(struct builder *b, const char *first, const char *last, uint32_t line)
{
	struct inet_addr a = addr_of(first), z = addr_of(last);
	struct builder_row row = {.line = line};

	return builder_range(b, &a, &z, &row);
}

static void test_duplicates(void **state)
{
	struct builder *b = new_builder();
	struct builder_row row = {.line = 1};
	uint32_t list;

	(void)state;
	assert_int_equal(builder_list(b, SPAN_LITERAL("one"), &list), ERR_STATE);
	assert_int_equal(add_name(b, "a.b", NAME_MATCH_SUFFIX, 0, FACT_LISTED, 1), 0);
	assert_int_equal(add_name(b, "A.b", NAME_MATCH_SUFFIX, 0, FACT_LISTED, 2), ERR_STATE);
	assert_int_equal(add_name(b, "a.b", NAME_MATCH_EXACT, 0, FACT_LISTED, 3), 0);
	assert_int_equal(add_name(b, "a.b", NAME_MATCH_SUFFIX, 1, FACT_LISTED, 4), 0);
	assert_int_equal(add_name(b, "a.b", NAME_MATCH_SUFFIX, 0, FACT_OWNED, 5), 0);
	assert_int_equal(add_range(b, "1.0.0.0", "1.0.0.9", 1), 0);
	assert_int_equal(add_range(b, "1.0.0.0", "1.0.0.9", 2), ERR_STATE);
	assert_int_equal(add_range(b, "1.0.0.0", "1.0.0.8", 2), 0);
	assert_int_equal(builder_asn(b, 1, &row), 0);
	assert_int_equal(builder_asn(b, 1, &row), ERR_STATE);
	assert_int_equal(builder_asn(b, 2, &row), 0);
	assert_int_equal(
		builder_vendor(b, SPAN_LITERAL("v"), SPAN_LITERAL("V"), SPAN_LITERAL("")), 0);
	assert_int_equal(builder_vendor(b, SPAN_LITERAL("v"), SPAN_LITERAL("W"), SPAN_LITERAL("")),
		ERR_STATE);
	assert_true(builder_has_vendor(b, SPAN_LITERAL("v")));
	assert_false(builder_has_vendor(b, SPAN_LITERAL("w")));
	builder_free(b);
}

static void test_refused(void **state)
{
	struct builder *b = new_builder();
	struct builder_row row = {.list = 2};

	(void)state;
	assert_int_equal(builder_name(b, SPAN_LITERAL("\1a"), NAME_MATCH_EXACT, &row), ERR_FORMAT);
	row.list = 0;
	assert_int_equal(builder_name(b, SPAN_LITERAL(""), NAME_MATCH_EXACT, &row), ERR_FORMAT);
	assert_int_equal(builder_name(b, SPAN_LITERAL("\2a"), NAME_MATCH_EXACT, &row), ERR_FORMAT);
	assert_int_equal(builder_name(b, SPAN_LITERAL("\0"), NAME_MATCH_EXACT, &row), ERR_FORMAT);
	memcpy(row.country, "cn", 3);
	assert_int_equal(builder_name(b, SPAN_LITERAL("\1a"), NAME_MATCH_EXACT, &row), ERR_FORMAT);
	assert_int_equal(add_range(b, "1.0.0.9", "1.0.0.0", 1), ERR_FORMAT);
	assert_int_equal(add_range(b, "::", "1.0.0.0", 1), ERR_FORMAT);
	assert_int_equal(add_range(b, "1.0.0.0", "ffff::", 1), ERR_FORMAT);
	assert_int_equal(add_range(b, "::", "ffff::", 1), ERR_FORMAT);
	assert_int_equal(builder_vendor(b, SPAN_LITERAL(""), SPAN_LITERAL(""), SPAN_LITERAL("")),
		ERR_FORMAT);
	builder_free(b);
}

static int write_to(struct builder *b, const char *to, uint64_t now_ns, const char **problem)
{
	return builder_write(b, to, no_sources, now_ns, problem);
}

/* The write must fail, say why, and leave nothing behind. */
static void assert_refused(struct builder *b, int err, const char *problem)
{
	const char *said = "";

	assert_int_equal(write_to(b, path, 1, &said), err);
	assert_string_equal(said, problem);
	assert_int_not_equal(access(path, F_OK), 0);
	builder_free(b);
}

static void add_vendor(struct builder *b, const char *id, const char *parent)
{
	assert_int_equal(builder_vendor(b, span_text(id), span_text(id), span_text(parent)), 0);
}

static void test_vendors(void **state)
{
	struct builder_row row = {.vendor = SPAN_LITERAL("nobody")};
	struct builder *b = new_builder();

	(void)state;
	assert_int_equal(builder_asn(b, 1, &row), 0);
	assert_refused(b, ERR_FORMAT, "vendor 'nobody' is not described");

	b = new_builder();
	add_vendor(b, "a", "b");
	assert_refused(b, ERR_FORMAT, "vendor 'b' is named as a parent but not described");

	b = new_builder();
	add_vendor(b, "a", "b");
	add_vendor(b, "b", "c");
	add_vendor(b, "c", "a");
	assert_refused(b, ERR_FORMAT, "vendor 'a' is its own ancestor");

	b = new_builder();
	add_vendor(b, "1", "2");
	add_vendor(b, "2", "3");
	add_vendor(b, "3", "4");
	add_vendor(b, "4", "5");
	add_vendor(b, "5", "");
	assert_refused(b, ERR_FORMAT, "vendor '1' has too many ancestors");
}

static void test_limits(void **state)
{
	struct builder *b = new_builder();
	uint32_t list;
	char name[16];

	(void)state;
	for (int i = 0; i < STORE_ROWS_MAX; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		assert_int_equal(builder_list(b, span_text(name), &list), 0);
		assert_int_equal(add_name(b, "b.c", NAME_MATCH_SUFFIX, list, FACT_LISTED, 1), 0);
	}
	assert_int_equal(add_name(b, "a.b.c", NAME_MATCH_SUFFIX, 0, FACT_LISTED, 1), 0);
	assert_refused(b, ERR_LIMIT, "name 'a.b.c' has more than 64 rows with those above it");

	b = new_builder();
	for (uint32_t i = 0; i <= STORE_ROWS_MAX; i++) {
		snprintf(name, sizeof(name), "1.0.0.%u", i);
		assert_int_equal(add_range(b, name, "1.0.1.0", i), 0);
	}
	assert_refused(b, ERR_LIMIT, "an address range is covered by more than 64 rows");
}

static void fill(struct builder *b, bool backwards)
{
	char name[32];

	add_vendor(b, "v", "");
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "n%d.example.com", backwards ? 2999 - i : i);
		assert_int_equal(add_name(b, name, NAME_MATCH_SUFFIX, 0, FACT_LISTED, 1), 0);
	}
}

static void write_one(const char *to, uint64_t now_ns, bool backwards)
{
	struct builder *b = new_builder();
	const char *problem = "";

	fill(b, backwards);
	assert_int_equal(write_to(b, to, now_ns, &problem), 0);
	builder_free(b);
}

/* The same octets from the same rows at the same time; the same digest at any time. */
static void test_stable(void **state)
{
	char *first = NULL, *second = NULL;
	size_t first_len, second_len;
	struct store_info a, b;
	struct store *s = NULL;

	(void)state;
	write_one(path, 5, false);
	write_one(other, 5, true);
	assert_int_equal(file_read(path, 1 << 24, &first, &first_len), 0);
	assert_int_equal(file_read(other, 1 << 24, &second, &second_len), 0);
	assert_int_equal(first_len, second_len);
	assert_memory_equal(first, second, first_len);
	write_one(other, 6, false);
	assert_int_equal(store_open(path, &s), 0);
	store_info_read(s, &a);
	store_close(s);
	assert_int_equal(store_open(other, &s), 0);
	store_info_read(s, &b);
	store_close(s);
	assert_memory_equal(a.digest, b.digest, DIGEST_LEN);
	assert_int_not_equal(a.built_ns, b.built_ns);
	free(first);
	free(second);
	unlink(path);
	unlink(other);
}

static void test_unwritable(void **state)
{
	struct builder *b = new_builder();
	const char *problem = "untouched";

	(void)state;
	assert_int_equal(write_to(b, "/nonexistent/x.lists", 1, &problem), ERR_IO);
	assert_string_equal(problem, "");
	builder_free(b);
}

/* An operator that another list names speaks for that list. */
static void test_join_across_lists(void **state)
{
	struct builder_row range = {.list = 0, .line = 3, .asn = 7, .file = SPAN_LITERAL("r.tsv")};
	struct builder_row asn = {.list = 1,
		.line = 4,
		.fact = FACT_OPERATED,
		.country = "CN",
		.file = SPAN_LITERAL("o.tsv"),
		.confidence = CONFIDENCE_HIGH};
	struct inet_addr first = addr_of("1.0.0.0"), last = addr_of("1.0.0.255");
	struct builder *b = new_builder();
	struct store_reader *r = NULL;
	const char *problem = "";
	struct store_row rows[4];
	struct store *s = NULL;

	(void)state;
	assert_int_equal(builder_range(b, &first, &last, &range), 0);
	assert_int_equal(builder_asn(b, 7, &asn), 0);
	asn.list = 0;
	asn.line = 5;
	assert_int_equal(builder_asn(b, 7, &asn), 0);
	assert_int_equal(write_to(b, path, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_address(r, &first, rows, 4), 2);
	for (int i = 0; i < 2; i++) {
		bool own = span_equal(rows[i].list, SPAN_LITERAL("one"));

		assert_int_equal(rows[i].line, own ? 3 : 4);
		assert_true(span_equal(
			rows[i].file, own ? SPAN_LITERAL("r.tsv") : SPAN_LITERAL("o.tsv")));
		assert_int_equal(rows[i].confidence, own ? CONFIDENCE_LOW : CONFIDENCE_HIGH);
		assert_int_equal(rows[i].fact, FACT_OPERATED);
	}
	store_reader_free(r);
	store_close(s);
	builder_free(b);
	unlink(path);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/a.lists", directory);
	snprintf(other, sizeof(other), "%s/b.lists", directory);
	return 0;
}

/* Fails when something was left behind. */
static int teardown(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_vendors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_join_across_lists),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
