/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "match/mmdb.h"

static const char *data_path(const char *name, char out[256])
{
	const char *source = getenv("srcdir");

	snprintf(out, 256, "%s/tests/unit/data/%s", source ? source : ".", name);
	return out;
}

static struct mmdb *open_data(const char *name)
{
	struct mmdb *m = NULL;
	char path[256];

	assert_int_equal(mmdb_open(data_path(name, path), &m), 0);
	return m;
}

static struct inet_addr addr_of(const char *text)
{
	struct inet_addr addr;

	assert_int_equal(inet_addr_parse(span_text(text), &addr), 0);
	return addr;
}

static void test_country(void **state)
{
	static const struct {
		const char *file, *addr, *country; /* NULL: not known */
	} cases[] = {
		{"country.mmdb", "8.129.0.1", "CN"},
		{"country.mmdb", "::ffff:8.129.0.1", "CN"},
		{"country.mmdb", "8.130.0.1", NULL}, /* small letters */
		{"country.mmdb", "8.131.0.1", "HK"}, /* the flat layout */
		{"country.mmdb", "8.132.0.1", NULL}, /* three letters */
		{"country.mmdb", "8.128.255.255", NULL},
		{"country.mmdb", "2001:da8::1", "CN"},
		{"country.mmdb", "2001:da9::1", NULL},
		{"flat.mmdb", "8.129.0.1", "SG"},
		{"flat.mmdb", "8.133.255.255", "TW"},
		{"flat.mmdb", "8.134.0.0", NULL},
		{"flat.mmdb", "2001:da8::1", NULL}, /* a database of IPv4 alone */
		{"asn.mmdb", "8.129.0.1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mmdb *m = open_data(cases[i].file);
		struct inet_addr addr = addr_of(cases[i].addr);
		char country[3] = "??";
		int err = mmdb_country(m, &addr, country);

		if (err != (cases[i].country ? 0 : ERR_MISSING))
			fail_msg("%s %s: %d", cases[i].file, cases[i].addr, err);
		assert_string_equal(country, cases[i].country ? cases[i].country : "??");
		mmdb_close(m);
	}
}

static void test_asn(void **state)
{
	static const struct {
		const char *addr;
		uint32_t asn; /* 0: not known */
	} cases[] = {
		{"8.129.0.1", 64500},
		{"8.130.0.1", 64501},
		{"8.131.0.1", 0},
		{"2001:da8::1", 64502},
		{"1.1.1.1", 0},
	};
	struct mmdb *m = open_data("asn.mmdb");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_addr addr = addr_of(cases[i].addr);
		uint32_t asn = 0;

		assert_int_equal(mmdb_asn(m, &addr, &asn), cases[i].asn ? 0 : ERR_MISSING);
		assert_int_equal(asn, cases[i].asn);
	}
	mmdb_close(m);
}

static void test_metadata(void **state)
{
	struct mmdb *m = open_data("country.mmdb");

	(void)state;
	assert_string_equal(mmdb_name(m), "country.mmdb");
	assert_int_equal(mmdb_built_s(m), 1790000000);
	mmdb_close(m);
	mmdb_close(NULL);
}

static void test_sealed(void **state)
{
	struct inet_addr addr = addr_of("8.129.0.1");
	struct mmdb *m = NULL;
	char path[256], country[3];
	int file = open(data_path("country.mmdb", path), O_RDONLY), sealed = -1;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(file_seal_copy(file, "country", 1 << 20, &sealed), 0);
	assert_int_equal(mmdb_open_fd(sealed, "sealed", &m), 0);
	close(file);
	close(sealed);
	assert_int_equal(mmdb_country(m, &addr, country), 0);
	assert_string_equal(mmdb_name(m), "sealed");
	assert_int_equal(mmdb_check(m), 0);
	mmdb_close(m);
}

/* A damaged database is refused or answers something, and never leads outside the file. */
static void test_damaged(void **state)
{
	struct inet_addr addr = addr_of("8.129.0.1");
	struct mmdb *m = NULL;
	char path[256], country[3], *text = NULL;
	size_t len = 0, refused = 0, unsound = 0;
	uint32_t asn;

	(void)state;
	assert_int_equal(file_read(data_path("country.mmdb", path), 1 << 20, &text, &len), 0);
	for (size_t at = 0; at < 2 * len; at++) {
		size_t shown = at < len ? len : at - len; /* flipped first, then cut short */
		int fd = -1;

		text[at % len] ^= at < len ? 0x55 : 0;
		assert_int_equal(file_seal_span(span_of(text, shown), "damaged", &fd), 0);
		text[at % len] ^= at < len ? 0x55 : 0;
		if (mmdb_open_fd(fd, "damaged", &m) == 0) {
			unsound += mmdb_check(m) != 0;
			(void)!mmdb_country(m, &addr, country);
			(void)!mmdb_asn(m, &addr, &asn);
			mmdb_close(m);
		} else {
			refused++;
		}
		close(fd);
	}
	assert_true(refused > 100);
	assert_true(unsound > 100);
	free(text);
}

static void test_missing(void **state)
{
	struct mmdb *m = NULL;

	(void)state;
	assert_int_equal(mmdb_open("/nonexistent.mmdb", &m), ERR_IO);
	assert_null(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_country),
		cmocka_unit_test(test_asn),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
