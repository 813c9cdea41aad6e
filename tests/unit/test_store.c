/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "store/builder.h"
#include "store/store.h"
#include "wire/name.h"

#define ROWS 128

static const uint8_t no_sources[DIGEST_LEN];
static char directory[] = "/tmp/celnik-store-XXXXXX";

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

static struct builder_row row_of(uint32_t list, enum fact fact, const char *country, uint32_t line)
{
	struct builder_row row = {.fact = fact,
		.confidence = CONFIDENCE_HIGH,
		.list = list,
		.file = SPAN_LITERAL("a.tsv"),
		.line = line};

	snprintf(row.country, sizeof(row.country), "%s", country);
	return row;
}

static void add_name(
	struct builder *b, const char *text, enum name_match match, const struct builder_row *row)
{
	uint8_t key[NAME_LEN_MAX];

	assert_int_equal(builder_name(b, key_of(text, key), match, row), 0);
}

static void add_range(
	struct builder *b, const char *first, const char *last, const struct builder_row *row)
{
	struct inet_addr a = addr_of(first), z = addr_of(last);

	assert_int_equal(builder_range(b, &a, &z, row), 0);
}

static struct builder *new_builder(void)
{
	struct builder *b = NULL;
	uint32_t list;

	assert_int_equal(builder_new(&b), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("one"), &list), 0);
	assert_int_equal(list, 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("two"), &list), 0);
	assert_int_equal(list, 1);
	return b;
}

static char *path_of(const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
	return path;
}

/* Writes, opens and frees the builder. */
static struct store *finish(struct builder *b, const char *name)
{
	char *path = path_of(name);
	const char *problem = "";
	struct store *s = NULL;

	assert_int_equal(builder_write(b, path, no_sources, 7, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	builder_free(b);
	free(path);
	return s;
}

static struct builder *sample(void)
{
	struct builder *b = new_builder();
	struct builder_row row = row_of(0, FACT_OPERATED, "CN", 41);

	assert_int_equal(builder_vendor(b, SPAN_LITERAL("ezviz"), SPAN_LITERAL("EZVIZ"),
				 SPAN_LITERAL("hikvision")),
		0);
	assert_int_equal(builder_vendor(b, SPAN_LITERAL("hikvision"), SPAN_LITERAL("Hikvision"),
				 SPAN_LITERAL("")),
		0);
	row.vendor = SPAN_LITERAL("ezviz");
	row.category = SPAN_LITERAL("ip-cameras");
	row.source = SPAN_LITERAL("one; two");
	add_name(b, "ezvizlife.com", NAME_MATCH_SUFFIX, &row);
	row = row_of(0, FACT_LISTED, "", 42);
	add_name(b, "eu.ezvizlife.com", NAME_MATCH_EXACT, &row);
	row = row_of(1, FACT_LISTED, "", 1);
	add_name(b, "a.b.eu.ezvizlife.com", NAME_MATCH_SUFFIX, &row);
	add_name(b, "cn", NAME_MATCH_TLD, &row);
	row = row_of(0, FACT_OPERATED, "CN", 7);
	row.vendor = SPAN_LITERAL("hikvision");
	assert_int_equal(builder_asn(b, 64500, &row), 0);
	row = row_of(0, FACT_LISTED, "", 9);
	row.asn = 64500;
	add_range(b, "8.8.0.0", "8.8.255.255", &row);
	row = row_of(1, FACT_LOCATED, "HK", 3);
	add_range(b, "8.8.4.0", "8.8.4.255", &row);
	add_range(b, "2001:db8::", "2001:db8::ff", &row);
	return b;
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		size_t count;
		uint32_t lines[3];
	} cases[] = {
		{"ezvizlife.com", 1, {41}},
		{"x.ezvizlife.com", 1, {41}},
		{"eu.ezvizlife.com", 2, {42, 41}},
		{"z.eu.ezvizlife.com", 1, {41}},
		{"a.b.eu.ezvizlife.com", 2, {1, 41}},
		{"0.a.b.eu.ezvizlife.com", 2, {1, 41}},
		{"c.b.eu.ezvizlife.com", 1, {41}},
		{"xezvizlife.com", 0, {0}},
		{"com", 0, {0}},
		{"cn", 1, {1}},
		{"www.cn", 1, {1}},
		{"cnn", 0, {0}},
		{"zzz.zzz", 0, {0}},
		{"a", 0, {0}},
	};
	struct store *s = finish(sample(), "names");
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	uint8_t key[NAME_LEN_MAX];

	(void)state;
	assert_int_equal(store_reader_new(s, &r), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t count = store_find_name(r, key_of(cases[i].name, key), rows, ROWS);

		if (count != cases[i].count)
			fail_msg("%s: %zu rows", cases[i].name, count);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(rows[j].line, cases[i].lines[j]);
	}
	assert_int_equal(store_find_name(r, span_of(NULL, 0), rows, ROWS), 0);
	assert_int_equal(store_find_name(r, key_of("eu.ezvizlife.com", key), rows, 1), 2);
	store_reader_free(r);
	store_close(s);
}

static void assert_text(struct span s, const char *text)
{
	if (!span_equal(s, span_text(text)))
		fail_msg("'%.*s' is not '%s'", SPAN_ARGS(s), text);
}

static void test_row(void **state)
{
	struct store *s = finish(sample(), "row");
	struct store_reader *r = NULL;
	struct store_row row;
	uint8_t key[NAME_LEN_MAX], expected[NAME_LEN_MAX];

	(void)state;
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_name(r, key_of("x.ezvizlife.com", key), &row, 1), 1);
	assert_int_equal(row.fact, FACT_OPERATED);
	assert_int_equal(row.confidence, CONFIDENCE_HIGH);
	assert_int_equal(row.match, NAME_MATCH_SUFFIX);
	assert_string_equal(row.country, "CN");
	assert_text(row.list, "one");
	assert_text(row.file, "a.tsv");
	assert_text(row.category, "ip-cameras");
	assert_text(row.source, "one; two");
	assert_int_equal(row.vendor_count, 2);
	assert_text(row.vendors[0], "ezviz");
	assert_text(row.vendors[1], "hikvision");
	assert_text(row.vendor_name, "EZVIZ");
	assert_true(span_equal(row.key, key_of("ezvizlife.com", expected)));
	assert_true(store_has_vendor(s, SPAN_LITERAL("hikvision")));
	assert_false(store_has_vendor(s, SPAN_LITERAL("dahua")));
	assert_true(store_has_category(s, SPAN_LITERAL("ip-cameras")));
	assert_false(store_has_category(s, SPAN_LITERAL("")));
	store_reader_free(r);
	store_close(s);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *addr, *first, *last;
		size_t count;
	} cases[] = {
		{"8.8.0.0", "8.8.0.0", "8.8.3.255", 1},
		{"8.8.3.255", "8.8.0.0", "8.8.3.255", 1},
		{"8.8.4.0", "8.8.4.0", "8.8.4.255", 2},
		{"8.8.5.0", "8.8.5.0", "8.8.255.255", 1},
		{"8.9.0.0", NULL, NULL, 0},
		{"8.7.255.255", NULL, NULL, 0},
		{"2001:db8::1", "2001:db8::", "2001:db8::ff", 1},
		{"2001:db8::100", NULL, NULL, 0},
		{"255.255.255.255", NULL, NULL, 0},
		{"::", NULL, NULL, 0},
		{"ffff::", NULL, NULL, 0},
	};
	struct store *s = finish(sample(), "addresses");
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	char text[INET_TEXT_MAX];

	(void)state;
	assert_int_equal(store_reader_new(s, &r), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_addr addr = addr_of(cases[i].addr);

		assert_int_equal(store_find_address(r, &addr, rows, ROWS), cases[i].count);
		if (cases[i].count == 0)
			continue;
		assert_string_equal(inet_addr_format(&rows[0].first, text), cases[i].first);
		assert_string_equal(inet_addr_format(&rows[0].last, text), cases[i].last);
	}
	store_reader_free(r);
	store_close(s);
}

/* A range of an AS is what its operator is; the narrower range comes first. */
static void test_join(void **state)
{
	struct store *s = finish(sample(), "join");
	struct inet_addr addr = addr_of("8.8.4.4");
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];

	(void)state;
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_address(r, &addr, rows, ROWS), 2);
	assert_int_equal(rows[0].fact, FACT_LOCATED);
	assert_string_equal(rows[0].country, "HK");
	assert_int_equal(rows[1].fact, FACT_OPERATED);
	assert_string_equal(rows[1].country, "CN");
	assert_int_equal(rows[1].asn, 64500);
	assert_int_equal(rows[1].line, 9);
	assert_text(rows[1].vendors[0], "hikvision");
	assert_int_equal(store_find_asn(r, 64500, rows, ROWS), 1);
	assert_int_equal(rows[0].line, 7);
	assert_int_equal(store_find_asn(r, 64501, rows, ROWS), 0);
	store_reader_free(r);
	store_close(s);
}

static void test_info(void **state)
{
	struct store *s = finish(sample(), "info");
	struct store_list_info list;
	struct store_info info;

	(void)state;
	store_info_read(s, &info);
	assert_int_equal(info.names, 4);
	assert_int_equal(info.ranges, 4);
	assert_int_equal(info.asns, 1);
	assert_int_equal(info.vendors, 2);
	assert_int_equal(info.list_count, 2);
	assert_int_equal(info.built_ns, 7);
	store_list_info_read(s, 1, &list);
	assert_text(list.name, "two");
	assert_int_equal(list.names, 2);
	assert_int_equal(list.ranges, 2);
	store_close(s);
}

static void test_empty(void **state)
{
	struct store *s = finish(new_builder(), "empty");
	struct inet_addr addr = addr_of("8.8.4.4");
	struct store_reader *r = NULL;
	struct store_row rows[1];
	uint8_t key[NAME_LEN_MAX];

	(void)state;
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_name(r, key_of("a.b", key), rows, 1), 0);
	assert_int_equal(store_find_address(r, &addr, rows, 1), 0);
	assert_int_equal(store_find_asn(r, 1, rows, 1), 0);
	store_reader_free(r);
	store_close(s);
}

/* A random name of few labels, so that many are related. */
static void random_name(char out[64])
{
	int labels = 1 + rand() % 5;

	out[0] = '\0';
	for (int i = 0; i < labels; i++)
		snprintf(out + strlen(out), 64 - strlen(out), "%s%c%.*s", i ? "." : "",
			'a' + rand() % 3, rand() % 2, "b");
}

struct naive_name {
	struct name name;
	enum name_match match;
	uint32_t line;
};

static unsigned naive_count(
	const struct naive_name *listed, size_t count, const struct name *n, uint64_t *lines)
{
	unsigned found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!(name_equal(n, &listed[i].name) || (listed[i].match != NAME_MATCH_EXACT &&
								name_is_below(n, &listed[i].name))))
			continue;
		*lines += listed[i].line * 1000003ull;
		found++;
	}
	return found;
}

static void test_random_names(void **state)
{
	enum { LISTED = 150, ASKED = 3000 };
	static struct naive_name listed[LISTED];
	struct builder *b = new_builder();
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	uint8_t key[NAME_LEN_MAX];
	struct store *s;
	size_t count = 0;
	char text[64];

	(void)state;
	srand(1);
	for (uint32_t i = 0; i < LISTED; i++) {
		struct builder_row row = row_of(0, FACT_LISTED, "", i + 1);
		enum name_match match = (enum name_match)(rand() % 3);

		random_name(text);
		if (builder_name(b, key_of(text, key), match, &row) == ERR_STATE)
			continue;
		assert_int_equal(name_parse(span_text(text), &listed[count].name), 0);
		listed[count].match = match;
		listed[count++].line = row.line;
	}
	s = finish(b, "random-names");
	assert_int_equal(store_reader_new(s, &r), 0);
	for (int i = 0; i < ASKED; i++) {
		uint64_t expected = 0, found = 0;
		struct name name;
		size_t got;

		random_name(text);
		assert_int_equal(name_parse(span_text(text), &name), 0);
		got = store_find_name(r, key_of(text, key), rows, ROWS);
		for (size_t j = 0; j < got; j++) {
			found += rows[j].line * 1000003ull;
			assert_true(j == 0 || rows[j].key.len <= rows[j - 1].key.len);
		}
		assert_int_equal(naive_count(listed, count, &name, &expected), got);
		assert_int_equal(expected, found);
	}
	store_reader_free(r);
	store_close(s);
}

static struct inet_addr random_addr(void)
{
	uint8_t v4[4] = {10, 0, (uint8_t)(rand() % 3), (uint8_t)rand()};
	uint8_t v6[16] = {0x20, 1, [15] = (uint8_t)rand()};

	return rand() % 2 ? inet_addr_v4(v4) : inet_addr_v6(v6);
}

static void test_random_ranges(void **state)
{
	enum { LISTED = 60, ASKED = 4000 };
	struct inet_addr first[LISTED], last[LISTED];
	struct builder *b = new_builder();
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	struct store *s;

	(void)state;
	srand(2);
	for (uint32_t i = 0; i < LISTED; i++) {
		struct builder_row row = row_of(0, FACT_LISTED, "", i + 1);

		do {
			first[i] = random_addr();
			last[i] = random_addr();
		} while (first[i].is_v4 != last[i].is_v4 ||
			 inet_addr_compare(&first[i], &last[i]) > 0);
		row.category =
			span_of(&"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[i % 26],
				1 + i % 26);
		assert_int_equal(builder_range(b, &first[i], &last[i], &row), 0);
	}
	s = finish(b, "random-ranges");
	assert_int_equal(store_reader_new(s, &r), 0);
	for (int i = 0; i < ASKED; i++) {
		struct inet_addr addr = random_addr();
		size_t got = store_find_address(r, &addr, rows, ROWS), expected = 0;
		uint64_t sum = 0;

		for (size_t j = 0; j < got; j++)
			sum += rows[j].line;
		for (uint32_t j = 0; j < LISTED; j++) {
			if (inet_addr_compare(&first[j], &addr) > 0 ||
				inet_addr_compare(&last[j], &addr) < 0)
				continue;
			expected++;
			sum -= j + 1;
		}
		assert_int_equal(got, expected);
		assert_int_equal(sum, 0);
	}
	store_reader_free(r);
	store_close(s);
}

/* The file of a generation on the heap. */
static uint8_t *image(const char *name, size_t *len)
{
	char *path = path_of(name), *text = NULL;

	store_close(finish(sample(), name));
	assert_int_equal(file_read(path, 1 << 24, &text, len), 0);
	free(path);
	return (uint8_t *)text;
}

static int open_image(const uint8_t *data, size_t len, struct store **out)
{
	int fd = -1, err;

	assert_int_equal(file_seal_span(span_of(data, len), "image", &fd), 0);
	err = store_open_fd(fd, out);
	close(fd);
	return err;
}

static void test_sealed(void **state)
{
	struct store_reader *r = NULL;
	struct store *s = NULL;
	struct store_row row;
	uint8_t key[NAME_LEN_MAX];
	size_t len = 0;
	uint8_t *data = image("sealed", &len);

	(void)state;
	assert_int_equal(open_image(data, len, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_name(r, key_of("ezvizlife.com", key), &row, 1), 1);
	store_reader_free(r);
	store_close(s);
	free(data);
}

/* What the supervisor has verified and sealed is opened without doing so again; nothing else is. */
static void test_verified(void **state)
{
	struct store_reader *r = NULL;
	struct store *s = NULL;
	struct store_row row;
	uint8_t key[NAME_LEN_MAX];
	size_t len = 0;
	uint8_t *data = image("verified", &len);
	char *path = path_of("verified");
	int sealed = -1, plain = open(path, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(plain >= 0);
	assert_int_equal(store_open_verified(plain, &s), ERR_FORMAT);
	assert_int_equal(file_seal_copy(plain, "verified", 1 << 24, &sealed), 0);
	assert_int_equal(store_open_verified(sealed, &s), 0);
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_name(r, key_of("ezvizlife.com", key), &row, 1), 1);
	store_reader_free(r);
	store_close(s);
	close(sealed);
	close(plain);
	free(path);
	free(data);
}

static void test_damaged(void **state)
{
	size_t len = 0;
	uint8_t *data = image("damaged", &len);
	struct store *s = NULL;

	(void)state;
	for (size_t at = 0; at < len; at += 1 + at % 37) {
		data[at] ^= 0x10;
		assert_true(open_image(data, len, &s) < 0);
		data[at] ^= 0x10;
	}
	for (size_t shorter = 0; shorter < len; shorter += 1 + shorter % 61)
		assert_int_equal(open_image(data, shorter, &s), ERR_FORMAT);
	data[len - DIGEST_LEN - 5] = 2;
	assert_int_equal(open_image(data, len, &s), ERR_VERSION);
	free(data);
}

static void seal(uint8_t *data, size_t len)
{
	uint8_t digest[DIGEST_LEN];

	assert_int_equal(digest_of(span_of(data, len - DIGEST_LEN), digest), 0);
	memcpy(data + len - DIGEST_LEN, digest, DIGEST_LEN);
}

static void use(struct store *s)
{
	static const char *const names[] = {"ezvizlife.com", "x.eu.ezvizlife.com", "cn", "q.zz"};
	static const char *const addrs[] = {"8.8.4.4", "2001:db8::1", "::", "ffff::", "1.1.1.1"};
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	uint8_t key[NAME_LEN_MAX];

	assert_int_equal(store_reader_new(s, &r), 0);
	for (size_t i = 0; i < 4; i++)
		store_find_name(r, key_of(names[i], key), rows, ROWS);
	for (size_t i = 0; i < 5; i++) {
		struct inet_addr addr = addr_of(addrs[i]);

		store_find_address(r, &addr, rows, ROWS);
	}
	store_find_asn(r, 64500, rows, ROWS);
	store_reader_free(r);
}

/* Whoever computes the right checksum over wrong content is refused, or does no harm. */
static void test_hostile(void **state)
{
	size_t len = 0, opened = 0;
	uint8_t *data = image("hostile", &len);

	(void)state;
	srand(3);
	for (int i = 0; i < 20000; i++) {
		size_t at = (size_t)rand() % (len - DIGEST_LEN);
		uint8_t old = data[at];
		struct store *s = NULL;

		data[at] = (uint8_t)(rand() % 3 ? rand() : old ^ (1 << rand() % 8));
		seal(data, len);
		if (open_image(data, len, &s) == 0) {
			use(s);
			store_close(s);
			opened++;
		}
		data[at] = old;
	}
	assert_true(opened > 0); /* octets that mean nothing, such as the free space of pages */
	free(data);
}

struct worker {
	struct store *store;
	pthread_t thread;
	unsigned found;
};

static void *work(void *argument)
{
	struct worker *w = argument;
	struct store_reader *r = NULL;
	struct store_row rows[ROWS];
	uint8_t key[NAME_LEN_MAX];

	if (store_reader_new(w->store, &r) != 0)
		return NULL;
	for (int i = 0; i < 20000; i++)
		w->found +=
			store_find_name(r, key_of("a.b.eu.ezvizlife.com", key), rows, ROWS) == 2;
	store_reader_free(r);
	return NULL;
}

static void test_threads(void **state)
{
	struct store *s = finish(sample(), "threads");
	struct worker workers[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		workers[i] = (struct worker){.store = s};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].found, 20000);
	}
	store_close(s);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = NULL;
	int result;

	(void)state;
	if (asprintf(&command, "rm -rf %s", directory) < 0)
		return -1;
	result = system(command);
	free(command);
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_random_names),
		cmocka_unit_test(test_random_ranges),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
