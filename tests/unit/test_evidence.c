/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "judge/evidence.h"
#include "sample.h"

static struct store_row vendor_row(const char *vendor, struct span key)
{
	return (struct store_row){
		.fact = FACT_OPERATED,
		.country = "CN",
		.list = SPAN_LITERAL("prc"),
		.file = SPAN_LITERAL("domains/ip-cameras.tsv"),
		.line = 41,
		.category = SPAN_LITERAL("ip-cameras"),
		.vendors = {span_text(vendor)},
		.vendor_count = 1,
		.key = key,
	};
}

static struct store_row located_row(const char *country, uint32_t line)
{
	struct store_row row = {
		.fact = FACT_LOCATED,
		.list = SPAN_LITERAL("prc"),
		.file = SPAN_LITERAL("addresses/located.tsv"),
		.line = line,
	};

	memcpy(row.country, country, sizeof(row.country));
	return row;
}

static void keeps_itself(void **state)
{
	struct evidence_draft *d = evidence_draft_new();
	uint8_t key[NAME_LEN_MAX];
	char vendor[] = "hikvision";
	struct store_row row = vendor_row(vendor, sample_key("hicloudcam.com", key));
	struct name name = sample_name("dev.hicloudcam.com");
	struct inet_addr addr = sample_addr("8.129.0.1");
	struct evidence *e;

	(void)state;
	memcpy(name.octets, "\3DEV", 4);
	evidence_draft_name(d, ON_QNAME, &name, &row, 1);
	evidence_draft_address(d, ON_ADDRESS, &addr, NULL, 0);
	e = evidence_keep(d, EXTENT_FULL);
	evidence_draft_free(d);
	memset(vendor, 'x', sizeof(vendor) - 1);
	memset(key, 0, sizeof(key));
	assert_non_null(e);
	assert_int_equal(e->extent, EXTENT_FULL);
	assert_false(e->overflow);
	assert_int_equal(e->place_count, 2);
	assert_int_equal(e->count, 1);
	assert_ptr_equal(e->findings[0].place, &e->places[0]);
	assert_memory_equal(e->places[0].name.data, "\3dev", 4);
	assert_true(span_equal(e->findings[0].row->vendors[0], SPAN_LITERAL("hikvision")));
	assert_int_equal(e->findings[0].row->key.len, 15);
	assert_int_equal(e->places[1].on, ON_ADDRESS);
	assert_int_equal(inet_addr_compare(&e->places[1].addr, &addr), 0);
	free(e);
}

static void empty(void **state)
{
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e = evidence_keep(d, EXTENT_NAME);

	(void)state;
	assert_non_null(e);
	assert_int_equal(e->count, 0);
	assert_int_equal(e->place_count, 0);
	evidence_draft_free(d);
	free(e);
}

/* A thousand addresses in one country are a thousand findings of one row. */
static void shares_rows(void **state)
{
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct store_row row = located_row("US", 7);
		uint8_t octets[4] = {11, 0, (uint8_t)(i >> 8), (uint8_t)i};
		struct inet_addr addr = inet_addr_v4(octets);

		row.first = row.last = addr;
		evidence_draft_address(d, ON_ADDRESS, &addr, &row, 1);
	}
	e = evidence_keep(d, EXTENT_FULL);
	evidence_draft_free(d);
	assert_non_null(e);
	assert_false(e->overflow);
	assert_int_equal(e->count, 1000);
	assert_ptr_equal(e->findings[0].row, e->findings[999].row);
	assert_true(e->size < 1000 * 80);
	free(e);
}

static struct evidence *filled(unsigned places, unsigned rows, size_t found)
{
	struct evidence_draft *d = evidence_draft_new();
	struct inet_addr addr = sample_addr("11.0.0.1");
	struct evidence *e;

	for (unsigned i = 0; i < places; i++) {
		struct store_row many[STORE_ROWS_MAX];

		for (size_t k = 0; k < STORE_ROWS_MAX; k++)
			many[k] = located_row("US", (i * STORE_ROWS_MAX + (unsigned)k) % rows);
		evidence_draft_address(d, ON_ADDRESS, &addr, many, found);
	}
	e = evidence_keep(d, EXTENT_FULL);
	evidence_draft_free(d);
	assert_non_null(e);
	return e;
}

static void overflows(void **state)
{
	static const struct {
		unsigned places, rows;
		size_t found;
		bool overflow;
	} cases[] = {
		{EVIDENCE_PLACES_MAX, 1, 1, false},
		{EVIDENCE_PLACES_MAX + 1, 1, 1, true},
		{EVIDENCE_PLACES_MAX + 1, 1, 0, true},
		{EVIDENCE_FINDINGS_MAX / 64, 1, 64, false},
		{EVIDENCE_FINDINGS_MAX / 64 + 1, 1, 64, true},
		{EVIDENCE_ROWS_MAX / 64, EVIDENCE_ROWS_MAX, 64, false},
		{EVIDENCE_ROWS_MAX / 64 + 1, EVIDENCE_ROWS_MAX + 1, 64, true},
		{1, 64, 65, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence *e = filled(cases[i].places, cases[i].rows, cases[i].found);

		if (e->overflow != cases[i].overflow)
			fail_msg("case %zu", i);
		free(e);
	}
}

static void describes(void **state)
{
	uint8_t key[NAME_LEN_MAX], other[NAME_LEN_MAX];
	struct store_row geoip = {.fact = FACT_LOCATED,
		.country = "HK",
		.list = SPAN_LITERAL("geoip"),
		.source = SPAN_LITERAL("country.mmdb")};
	struct store_row unknown = geoip, as, plain, operated;
	char text[512];
	struct buf out;

	(void)state;
	memcpy(unknown.country, "--", 3);
	as = vendor_row("alibaba", span_of(NULL, 0));
	as.asn = 45102;
	plain = (struct store_row){.list = SPAN_LITERAL("blocked"),
		.file = SPAN_LITERAL("block.txt"),
		.line = 3,
		.key = sample_key("evil.example", other)};
	operated = plain;
	operated.fact = FACT_OPERATED;
	memcpy(operated.country, "CN", 3);
	const struct {
		enum on on;
		const char *at;
		struct store_row row;
		const char *expected;
	} cases[] = {
		{ON_QNAME, "dev.hicloudcam.com",
			vendor_row("hikvision", sample_key("hicloudcam.com", key)),
			"name dev.hicloudcam.com is below hicloudcam.com: vendor hikvision (prc, "
			"domains/ip-cameras.tsv:41)"},
		{ON_CNAME, "hicloudcam.com", vendor_row("hikvision", span_of(key, 15)),
			"alias hicloudcam.com is listed: vendor hikvision (prc, "
			"domains/ip-cameras.tsv:41)"},
		{ON_QNAME, "evil.example", plain,
			"name evil.example is listed (blocked, block.txt:3)"},
		{ON_TARGET, "a.evil.example", operated,
			"target a.evil.example is below evil.example: operated under the law of CN "
			"(blocked, block.txt:3)"},
		{ON_ADDRESS, "8.129.0.1", located_row("CN", 12),
			"address 8.129.0.1 is located in CN (prc, addresses/located.tsv:12)"},
		{ON_HINT, "2001:da8::1", located_row("CN", 13),
			"hint 2001:da8::1 is located in CN (prc, addresses/located.tsv:13)"},
		{ON_EMBEDDED, "8.129.0.1", geoip,
			"embedded address 8.129.0.1 is located in HK (geoip, country.mmdb)"},
		{ON_ADDRESS, "11.0.0.1", unknown,
			"address 11.0.0.1 is located in no country that is known (geoip, "
			"country.mmdb)"},
		{ON_ADDRESS, "47.91.1.1", as,
			"address 47.91.1.1 belongs to AS45102: vendor alibaba (prc, "
			"domains/ip-cameras.tsv:41)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place = {.on = cases[i].on};
		struct finding f = {&place, &cases[i].row};
		struct name name;

		if (on_is_address(cases[i].on)) {
			place.addr = sample_addr(cases[i].at);
		} else {
			name = sample_name(cases[i].at);
			place.name = name_span(&name);
		}
		buf_init_fixed(&out, text, sizeof(text));
		finding_describe(&f, &out);
		assert_string_equal(buf_text(&out), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_itself),
		cmocka_unit_test(empty),
		cmocka_unit_test(shares_rows),
		cmocka_unit_test(overflows),
		cmocka_unit_test(describes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
