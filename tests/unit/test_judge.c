/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/buf.h"
#include "judge/judge.h"
#include "sample.h"
#include "store/builder.h"

#define TEXT_MAX 65536

static const uint8_t no_sources[DIGEST_LEN];
static struct store *lists;
static struct matcher *matcher;
static char text[TEXT_MAX];

static void add_name(struct builder *b, const char *name, const char *vendor, uint32_t line)
{
	struct builder_row row = {.fact = FACT_OPERATED,
		.country = "CN",
		.line = line,
		.file = SPAN_LITERAL("names.tsv"),
		.vendor = span_text(vendor)};
	uint8_t key[NAME_LEN_MAX];

	assert_int_equal(builder_name(b, sample_key(name, key), NAME_MATCH_SUFFIX, &row), 0);
}

static void add_range(struct builder *b, const char *network, const char *country, uint32_t line)
{
	struct inet_prefix p = sample_prefix(network);
	struct inet_addr last = inet_prefix_last(&p);
	struct builder_row row = {
		.fact = FACT_LOCATED, .line = line, .file = SPAN_LITERAL("ranges.tsv")};

	snprintf(row.country, sizeof(row.country), "%s", country);
	assert_int_equal(builder_range(b, &p.addr, &last, &row), 0);
}

static int setup(void **state)
{
	char path[] = "/tmp/celnik-judge-XXXXXX";
	const char *problem = "";
	struct builder *b = NULL;
	int fd = mkstemp(path);
	uint32_t list;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_new(&b), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("prc"), &list), 0);
	assert_int_equal(builder_vendor(b, SPAN_LITERAL("hikvision"), SPAN_LITERAL("Hikvision"),
				 span_of(NULL, 0)),
		0);
	assert_int_equal(builder_vendor(b, SPAN_LITERAL("ezviz"), SPAN_LITERAL("Ezviz"),
				 SPAN_LITERAL("hikvision")),
		0);
	add_name(b, "hik.test", "hikvision", 1);
	add_name(b, "ezviz.test", "ezviz", 2);
	add_range(b, "8.129.0.0/16", "CN", 3);
	add_range(b, "2001:da8::/32", "CN", 4);
	add_range(b, "11.0.0.0/8", "US", 5);
	assert_int_equal(builder_write(b, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &lists), 0);
	builder_free(b);
	unlink(path);
	return matcher_new(&(struct matcher_sources){.store = lists}, &matcher);
}

static int teardown(void **state)
{
	(void)state;
	matcher_free(matcher);
	store_close(lists);
	return 0;
}

/* `on value line;` for each finding. */
static const char *findings_text(const struct evidence *e)
{
	char value[NAME_TEXT_MAX];
	struct buf out;

	buf_init_fixed(&out, text, sizeof(text));
	for (unsigned i = 0; i < e->count; i++)
		buf_printf(&out, "%s %s %u;", on_text[e->findings[i].place->on],
			place_format(e->findings[i].place, value), e->findings[i].row->line);
	return buf_text(&out);
}

static struct evidence *judged(const char *name, uint16_t type, const char *message)
{
	struct question q = sample_question(name, type);
	struct answer *a = sample_answer(&q, message);
	struct evidence *e = NULL;

	assert_int_equal(judge_answer(matcher, &q, a, &e), 0);
	free(a);
	assert_int_equal(e->extent, EXTENT_FULL);
	return e;
}

static void answers(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		const char *message;
		unsigned places;
		const char *findings;
	} cases[] = {
		{"a.example", RR_A, "? a.example. A NOERROR\n= a.example. 60 IN A 192.0.2.1\n", 2,
			""},
		{"a.example", RR_A,
			"? a.example. A NOERROR\n= a.example. 60 IN A 192.0.2.1\n"
			"= a.example. 60 IN A 8.129.0.9\n",
			3, "address 8.129.0.9 3;"},
		{"www.hik.test", RR_TXT,
			"? www.hik.test. TXT NOERROR\n= www.hik.test. 60 IN TXT \"8.129.0.9\"\n", 1,
			"qname www.hik.test 1;"},
		{"a.example", RR_A,
			"? a.example. A NOERROR\n= a.example. 60 IN CNAME b.example.\n"
			"= b.example. 60 IN CNAME x.ezviz.test.\n"
			"= x.ezviz.test. 60 IN A 8.129.0.1\n",
			4, "cname x.ezviz.test 2;address 8.129.0.1 3;"},
		{"a.old.example", RR_A,
			"? a.old.example. A NOERROR\n= old.example. 60 IN DNAME hik.test.\n"
			"= a.old.example. 60 IN CNAME a.hik.test.\n= a.hik.test. 60 IN A "
			"192.0.2.1\n",
			4, "cname hik.test 1;cname a.hik.test 1;"},
		{"a.example", RR_AAAA,
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA 2001:da8::1\n", 2,
			"address 2001:da8::1 4;"},
		{"a.example", RR_AAAA,
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA 2002:881:1::1\n", 3,
			"embedded 8.129.0.1 3;"},
		{"a.example", RR_AAAA,
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA 64:ff9b::8.129.0.1\n",
			3, "embedded 8.129.0.1 3;"},
		{"a.example", RR_HTTPS,
			"? a.example. HTTPS NOERROR\n"
			"= a.example. 60 IN HTTPS 1 . ipv4hint=8.129.0.1,11.0.0.1 "
			"ipv6hint=2001:da8::2\n",
			4, "hint 8.129.0.1 3;hint 11.0.0.1 5;hint 2001:da8::2 4;"},
		{"a.example", RR_HTTPS,
			"? a.example. HTTPS NOERROR\n= a.example. 60 IN HTTPS 0 www.hik.test.\n", 2,
			"target www.hik.test 1;"},
		{"a.example", RR_MX,
			"? a.example. MX NOERROR\n= a.example. 60 IN MX 1 www.hik.test.\n"
			"+ www.hik.test. 60 IN A 8.129.0.1\n",
			1, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence *e = judged(cases[i].name, cases[i].type, cases[i].message);

		assert_string_equal(findings_text(e), cases[i].findings);
		if (e->place_count != cases[i].places)
			fail_msg("case %zu: %u places", i, e->place_count);
		assert_false(e->overflow);
		free(e);
	}
}

/* A mapped address is the same 128 bits as the IPv4 one, and also holds it. */
static void mapped(void **state)
{
	struct evidence *e = judged("a.example", RR_AAAA,
		"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA ::ffff:8.129.0.1\n");

	(void)state;
	assert_int_equal(e->place_count, 3);
	assert_non_null(strstr(findings_text(e), "embedded 8.129.0.1 3;"));
	free(e);
}

static void name_alone(void **state)
{
	struct question q = sample_question("cam.ezviz.test", RR_A);
	struct evidence *e = NULL;

	(void)state;
	memcpy(q.name.octets, "\3CaM", 4);
	assert_int_equal(judge_name(matcher, &q, &e), 0);
	assert_int_equal(e->extent, EXTENT_NAME);
	assert_int_equal(e->place_count, 1);
	assert_string_equal(findings_text(e), "qname cam.ezviz.test 2;");
	assert_int_equal(e->findings[0].row->vendor_count, 2);
	assert_true(span_equal(e->findings[0].row->vendors[1], SPAN_LITERAL("hikvision")));
	free(e);
}

/* Three hundred innocent addresses, and one that is not, at any place among them. */
static void many(void **state)
{
	static char message[32768];

	(void)state;
	for (int bad = 0; bad < 300; bad += 149) {
		size_t len = (size_t)snprintf(message, sizeof(message), "? a.example. A NOERROR\n");
		struct evidence *e;
		unsigned found = 0;

		for (int i = 0; i < 300; i++)
			len += (size_t)snprintf(message + len, sizeof(message) - len,
				"= a.example. 60 IN A %s.%d.%d\n", i == bad ? "8.129" : "11.0",
				i / 250, i % 250);
		e = judged("a.example", RR_A, message);
		assert_false(e->overflow);
		assert_int_equal(e->count, 300);
		for (unsigned i = 0; i < e->count; i++)
			found += strcmp(e->findings[i].row->country, "CN") == 0;
		assert_int_equal(found, 1);
		free(e);
	}
}

static void embedded(void **state)
{
	static const struct {
		const char *outer, *inner, *kind;
	} cases[] = {
		{"::ffff:8.129.0.1", "8.129.0.1", "mapped"},
		{"2002:881:1::", "8.129.0.1", "6to4"},
		{"2002:0808:0808:ffff::1", "8.8.8.8", "6to4"},
		{"64:ff9b::808:808", "8.8.8.8", "nat64"},
		{"64:ff9b:1::808:808", NULL, NULL},
		{"2001:db8::8.129.0.1", NULL, NULL},
		{"8.129.0.1", NULL, NULL},
		{"::8.129.0.1", NULL, NULL},
	};
	struct inet_addr inner, outer, expected;
	const char *kind;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		outer = sample_addr(cases[i].outer);
		if (strncmp(cases[i].outer, "::ffff", 6) == 0)
			outer.is_v4 = false;
		if (!cases[i].inner) {
			assert_int_equal(embedded_v4(&outer, &inner, &kind), ERR_MISSING);
			continue;
		}
		expected = sample_addr(cases[i].inner);
		assert_int_equal(embedded_v4(&outer, &inner, &kind), 0);
		assert_true(inner.is_v4);
		assert_int_equal(inet_addr_compare(&inner, &expected), 0);
		assert_string_equal(kind, cases[i].kind);
	}
}

static void resolution(void **state)
{
	struct question q = sample_question("www.hik.test", RR_A);
	struct answer *a =
		sample_answer(&q, "? www.hik.test. A NOERROR\n= www.hik.test. 60 IN A 8.129.0.1\n");
	struct evidence *e = NULL;
	struct resolution *r;
	size_t least = a->size;

	(void)state;
	memcpy(q.name.octets, "\3WWW", 4);
	assert_int_equal(judge_answer(matcher, &q, a, &e), 0);
	least += e->size;
	r = resolution_new(&q, a, e, DNSSEC_INSECURE);
	assert_non_null(r);
	assert_memory_equal(r->question.name.octets, "\3www", 4);
	assert_int_equal(r->rcode, RCODE_NOERROR);
	assert_int_equal(r->ede, EDE_NONE);
	assert_false(r->noted);
	assert_true(resolution_size(r) > least);
	resolution_free(r);
	resolution_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(mapped),
		cmocka_unit_test(name_alone),
		cmocka_unit_test(many),
		cmocka_unit_test(embedded),
		cmocka_unit_test(resolution),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
