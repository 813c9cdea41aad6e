/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "match/builtin.h"
#include "match/matcher.h"
#include "store/builder.h"

#define ROWS 64

static const uint8_t no_sources[DIGEST_LEN];
static struct store *lists;
static struct mmdb *country, *flat, *asn;

static struct mmdb *open_data(const char *name)
{
	const char *source = getenv("srcdir");
	struct mmdb *m = NULL;
	char path[256];

	snprintf(path, sizeof(path), "%s/tests/unit/data/%s", source ? source : ".", name);
	assert_int_equal(mmdb_open(path, &m), 0);
	return m;
}

static void add_name(struct builder *b, const char *text, uint32_t list, uint32_t line)
{
	struct builder_row row = {.list = list, .line = line};
	uint8_t key[NAME_LEN_MAX];
	struct name name;

	assert_int_equal(name_parse(span_text(text), &name), 0);
	assert_int_equal(
		builder_name(b, span_of(key, name_to_key(&name, key)), NAME_MATCH_SUFFIX, &row), 0);
}

static void add_range(
	struct builder *b, const char *prefix, enum fact fact, const char *where, uint32_t number)
{
	struct builder_row row = {.fact = fact, .asn = number, .line = 1};
	struct inet_prefix p;
	struct inet_addr last;

	snprintf(row.country, sizeof(row.country), "%s", where);
	assert_int_equal(inet_prefix_parse(span_text(prefix), &p), 0);
	last = inet_prefix_last(&p);
	assert_int_equal(builder_range(b, &p.addr, &last, &row), 0);
}

static void add_asn(struct builder *b, uint32_t number, uint32_t list, const char *where)
{
	struct builder_row row = {.list = list, .fact = FACT_OPERATED, .line = 2};

	snprintf(row.country, sizeof(row.country), "%s", where);
	assert_int_equal(builder_asn(b, number, &row), 0);
}

static int setup(void **state)
{
	char path[] = "/tmp/celnik-matcher-XXXXXX";
	const char *problem = "";
	struct builder *b = NULL;
	int fd = mkstemp(path);
	uint32_t list;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_new(&b), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("one"), &list), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("two"), &list), 0);
	add_name(b, "huawei.com", 0, 1);
	add_name(b, "fusionsolar.huawei.com", 0, 2);
	add_name(b, "huawei.com", 1, 3);
	add_range(b, "8.129.0.0/24", FACT_LISTED, "", 64500);
	add_range(b, "8.134.0.0/24", FACT_LOCATED, "CN", 0);
	add_range(b, "10.0.0.0/24", FACT_LOCATED, "CN", 0);
	add_range(b, "10.0.0.0/24", FACT_LISTED, "", 0);
	add_asn(b, 64500, 0, "CN");
	add_asn(b, 64501, 0, "CN");
	assert_int_equal(builder_write(b, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &lists), 0);
	builder_free(b);
	unlink(path);
	country = open_data("country.mmdb");
	flat = open_data("flat.mmdb");
	asn = open_data("asn.mmdb");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(lists);
	mmdb_close(country);
	mmdb_close(flat);
	mmdb_close(asn);
	return 0;
}

static struct matcher *matcher_of(const struct matcher_sources *sources)
{
	struct matcher *m = NULL;

	assert_int_equal(matcher_new(sources, &m), 0);
	return m;
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t lines[3]; /* 0 ends */
	} cases[] = {
		{"huawei.com", {1, 3}},
		{"www.huawei.com", {1, 3}},
		{"fusionsolar.huawei.com", {2, 3}},
		{"EU5.FusionSolar.Huawei.com", {2, 3}},
		{"example.com", {0}},
		{".", {0}},
	};
	struct matcher *m = matcher_of(&(struct matcher_sources){.store = lists});
	struct store_row rows[ROWS];
	struct name name;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t count;

		assert_int_equal(name_parse(span_text(cases[i].name), &name), 0);
		count = matcher_name(m, &name, rows, ROWS);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(rows[j].line, cases[i].lines[j]);
		assert_int_equal(cases[i].lines[count], 0);
		assert_int_equal(matcher_name(m, &name, rows, 0), count);
	}
	matcher_free(m);
}

/* Names at and below the site's own zones match nothing; what stands beside them does. */
static void test_own_zones(void **state)
{
	static const struct {
		const char *name;
		size_t count;
	} cases[] = {
		{"fusionsolar.huawei.com", 0},
		{"eu5.fusionsolar.huawei.com", 0},
		{"www.huawei.com", 2},
		{"xfusionsolar.huawei.com", 2},
	};
	struct store_row rows[ROWS];
	struct name name, zone;
	struct matcher *m;

	(void)state;
	assert_int_equal(name_parse(span_text("FusionSolar.huawei.com"), &zone), 0);
	m = matcher_of(&(struct matcher_sources){.store = lists, .zones = &zone, .zone_count = 1});
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(name_parse(span_text(cases[i].name), &name), 0);
		assert_int_equal(matcher_name(m, &name, rows, ROWS), cases[i].count);
	}
	matcher_free(m);
}

/* The rows in words: fact, country, AS and list. */
static const char *describe(struct matcher *m, const char *text, char out[512])
{
	static const char *const facts[] = {"listed", "located", "operated", "owned"};
	struct store_row rows[ROWS];
	struct inet_addr addr;
	size_t count, at = 0;

	assert_int_equal(inet_addr_parse(span_text(text), &addr), 0);
	count = matcher_address(m, &addr, rows, ROWS);
	assert_true(count < ROWS);
	out[0] = '\0';
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(out + at, 512 - at, "%s%s %s %u %.*s %.*s", i ? "; " : "",
			facts[rows[i].fact], rows[i].country, rows[i].asn, SPAN_ARGS(rows[i].list),
			SPAN_ARGS(rows[i].source));
	return out;
}

static void test_addresses(void **state)
{
	static const struct {
		const char *addr, *rows;
	} cases[] = {
		/* The AS is known from the range and from the database: its operator once. */
		{"8.129.0.1", "operated CN 64500 one ; located CN 0 geoip country.mmdb; "
			      "located SG 0 geoip flat.mmdb"},
		{"8.129.1.1", "located CN 0 geoip country.mmdb; located SG 0 geoip flat.mmdb; "
			      "operated CN 64500 one "},
		{"8.130.0.1", "located -- 0 geoip ; operated CN 64501 one "},
		{"8.131.0.1", "located HK 0 geoip country.mmdb"},
		{"8.133.0.1", "located TW 0 geoip flat.mmdb"},
		/* Located by a range: not unknown. */
		{"8.134.0.1", "located CN 0 one "},
		{"8.135.0.1", "located -- 0 geoip "},
		/* No list knows of the AS. */
		{"2001:da8::1", "located CN 0 geoip country.mmdb; listed  64502 geoip asn.mmdb"},
		/* Private: neither range nor database places it. */
		{"10.0.0.1", "listed  0 one "},
		{"192.168.0.1", ""},
		{"::1", ""},
	};
	struct matcher *m = matcher_of(&(struct matcher_sources){
		.store = lists, .country = {country, flat}, .country_count = 2, .asn = asn});
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(describe(m, cases[i].addr, text), cases[i].rows);
	matcher_free(m);
}

static void test_without(void **state)
{
	struct matcher *m = matcher_of(&(struct matcher_sources){.store = lists});
	struct matcher_sources many = {.country_count = MATCHER_MMDB_MAX + 1};
	struct matcher *none = NULL;
	struct name name;
	char text[512];

	(void)state;
	/* No database of countries: nothing is unknown. */
	assert_string_equal(describe(m, "8.135.0.1", text), "");
	matcher_free(m);
	m = matcher_of(&(struct matcher_sources){.country = {country}, .country_count = 1});
	assert_string_equal(describe(m, "8.129.0.1", text), "located CN 0 geoip country.mmdb");
	assert_int_equal(name_parse(SPAN_LITERAL("huawei.com"), &name), 0);
	assert_int_equal(matcher_name(m, &name, NULL, 0), 0);
	matcher_free(m);
	m = matcher_of(&(struct matcher_sources){.asn = asn});
	assert_string_equal(describe(m, "8.129.0.1", text), "listed  64500 geoip asn.mmdb");
	assert_string_equal(describe(m, "10.0.0.1", text), "");
	matcher_free(m);
	assert_int_equal(matcher_new(&many, &none), ERR_LIMIT);
	matcher_free(NULL);
}

/* Every name of dns-bypass is found, with what is below it and nothing beside or above it. */
static void test_builtin(void **state)
{
	struct matcher *m = matcher_of(&(struct matcher_sources){.store = NULL});
	struct store_row row, near;
	uint32_t names, ranges, found = 0;
	char line[1024], path[256];
	const char *source = getenv("srcdir");
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/lists/dns-bypass.txt", source ? source : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	for (uint32_t number = 1; fgets(line, sizeof(line), f); number++) {
		char *text = line, below[1032];
		struct inet_addr addr;
		struct name name;

		line[strcspn(line, "\t\n")] = '\0';
		if (line[0] == '#' || strcmp(text, "entry") == 0)
			continue;
		found++;
		if (inet_addr_parse(span_text(text), &addr) == 0) {
			assert_int_equal(matcher_address(m, &addr, &row, 1), 1);
			assert_int_equal(row.line, number);
			assert_false(matcher_rebinding(m, &addr, &near));
			continue;
		}
		assert_int_equal(name_parse(span_text(text), &name), 0);
		if (matcher_name(m, &name, &row, 1) != 1 || row.line != number)
			fail_msg("'%s' is not found in its line %u", text, number);
		snprintf(below, sizeof(below), "x.Y.%s", text);
		assert_int_equal(name_parse(span_text(below), &name), 0);
		assert_int_equal(matcher_name(m, &name, &row, 1), 1);
		assert_int_equal(row.line, number);
		snprintf(below, sizeof(below), "x%s", text);
		assert_int_equal(name_parse(span_text(below), &name), 0);
		assert_int_equal(matcher_name(m, &name, &row, 1), 0);
		assert_int_equal(name_parse(span_text(text), &name), 0);
		name_to_parent(&name);
		assert_int_equal(matcher_name(m, &name, &row, 1), 0);
	}
	fclose(f);
	builtin_count(&names, &ranges);
	assert_int_equal(found, names + ranges);
	matcher_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_own_zones),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_builtin),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
