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
			2, "mention www.hik.test 1;"},
		{"a.example", RR_SRV,
			"? a.example. SRV NOERROR\n= a.example. 60 IN SRV 0 0 443 www.hik.test.\n",
			2, "mention www.hik.test 1;"},
		{"a.example", RR_NS,
			"? a.example. NS NOERROR\n= a.example. 60 IN NS ns.hik.test.\n", 2,
			"mention ns.hik.test 1;"},
		{"1.0.129.8.in-addr.arpa", RR_PTR,
			"? 1.0.129.8.in-addr.arpa. PTR NOERROR\n"
			"= 1.0.129.8.in-addr.arpa. 60 IN PTR host.hik.test.\n",
			2, "mention host.hik.test 1;"},
		{"a.example", RR_SOA,
			"? a.example. SOA NOERROR\n"
			"= a.example. 60 IN SOA ns.hik.test. admin.hik.test. 1 2 3 4 5\n",
			2, "mention ns.hik.test 1;"},
		{"a.example", RR_NAPTR,
			"? a.example. NAPTR NOERROR\n"
			"= a.example. 60 IN NAPTR 1 1 \"s\" \"SIP+D2U\" \"\" _sip._udp.hik.test.\n",
			2, "mention _sip._udp.hik.test 1;"},
		{"a.example", RR_APL,
			"? a.example. APL NOERROR\n"
			"= a.example. 60 IN APL 1:8.129.0.0/24 !2:2001:da8::/32\n",
			3, "address 8.129.0.0 3;address 2001:da8:: 4;"},
		{"a.example", RR_IPSECKEY,
			"? a.example. IPSECKEY NOERROR\n"
			"= a.example. 60 IN IPSECKEY 10 1 2 8.129.0.1 AQNRU3mG7TVTO2Bk\n",
			2, "address 8.129.0.1 3;"},
		{"a.example", RR_IPSECKEY,
			"? a.example. IPSECKEY NOERROR\n"
			"= a.example. 60 IN IPSECKEY 10 3 2 gw.hik.test. AQNRU3mG7TVTO2Bk\n",
			2, "target gw.hik.test 1;"},
		{"a.example", RR_WKS,
			"? a.example. WKS NOERROR\n= a.example. 60 IN WKS \\# 6 08810001 06 40\n",
			2, "address 8.129.0.1 3;"},
		{"a.example", RR_L32,
			"? a.example. TYPE105 NOERROR\n= a.example. 60 IN TYPE105 \\# 6 000a "
			"08810001\n",
			2, "address 8.129.0.1 3;"},
		{"a.example", RR_A6,
			"? a.example. TYPE38 NOERROR\n= a.example. 60 IN TYPE38 \\# 17 00 "
			"20010da8000000000000000000000001\n",
			2, "address 2001:da8::1 4;"},
		{"a.example", RR_AMTRELAY,
			"? a.example. TYPE260 NOERROR\n= a.example. 60 IN TYPE260 \\# 6 0a 81 "
			"08810001\n",
			2, "address 8.129.0.1 3;"},
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

/* Near addresses count where an outside name leads to them, in whatever record. */
static void rebinding(void **state)
{
	static const struct {
		const char *name, *message, *findings; /* `on value category;` */
	} cases[] = {
		{"a.example", "? a.example. A NOERROR\n= a.example. 60 IN A 10.1.2.3\n",
			"address 10.1.2.3 private;"},
		{"a.example",
			"? a.example. A NOERROR\n= a.example. 0 IN A 9.9.9.8\n"
			"= a.example. 0 IN A 127.0.0.1\n",
			"address 127.0.0.1 loopback;"},
		{"a.example",
			"? a.example. A NOERROR\n= a.example. 0 IN CNAME host.own.test.\n"
			"= host.own.test. 0 IN A 192.168.1.1\n",
			"address 192.168.1.1 private;"},
		{"host.own.test",
			"? host.own.test. A NOERROR\n= host.own.test. 60 IN CNAME a.example.\n"
			"= a.example. 60 IN A 192.168.1.1\n",
			""},
		{"own.test", "? own.test. A NOERROR\n= own.test. 60 IN A 10.0.0.1\n", ""},
		{"xown.test", "? xown.test. A NOERROR\n= xown.test. 60 IN A 10.0.0.1\n",
			"address 10.0.0.1 private;"},
		{"a.example", "? a.example. A NOERROR\n= a.example. 60 IN A 192.0.2.1\n", ""},
		{"a.example", "? a.example. A NOERROR\n= a.example. 60 IN A 192.0.0.170\n", ""},
		{"a.example", "? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA fe80::1\n",
			"address fe80::1 link-local;"},
		{"a.example", "? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA ::\n",
			"address :: unspecified;"},
		{"a.example", "? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA fd00::1\n",
			"address fd00::1 unique-local;"},
		{"a.example",
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA 64:ff9b::10.0.0.1\n",
			"embedded 10.0.0.1 private;"},
		{"a.example", "? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA 2002:a00:1::1\n",
			"embedded 10.0.0.1 private;"},
		{"a.example",
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA ::ffff:127.0.0.1\n",
			"address ::ffff:127.0.0.1 loopback;embedded 127.0.0.1 loopback;"},
		/* The site's own NAT64: what is within counts. */
		{"a.example",
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA fd00:64::9.9.9.8\n",
			""},
		{"a.example",
			"? a.example. AAAA NOERROR\n= a.example. 60 IN AAAA fd00:64::10.0.0.1\n",
			"embedded 10.0.0.1 private;"},
		{"a.example",
			"? a.example. HTTPS NOERROR\n= a.example. 60 IN HTTPS 1 . "
			"ipv4hint=10.0.0.1 ipv6hint=::1\n",
			"hint 10.0.0.1 private;hint ::1 loopback;"},
		{"a.example", "? a.example. APL NOERROR\n= a.example. 60 IN APL 1:10.0.0.0/8\n",
			"address 10.0.0.0 private;"},
		/* dns-bypass: names of any type, addresses. */
		{"dns.google",
			"? dns.google. HTTPS NOERROR\n= dns.google. 60 IN HTTPS 1 . alpn=h2\n",
			"qname dns.google resolver;"},
		{"a.example",
			"? a.example. A NOERROR\n= a.example. 60 IN CNAME X.Cloudflare-DNS.com.\n"
			"= X.Cloudflare-DNS.com. 60 IN A 8.8.8.8\n",
			"cname x.cloudflare-dns.com resolver;address 8.8.8.8 resolver;"},
	};
	const struct name zone = sample_name("own.test");
	const struct inet_prefix nat64 = sample_prefix("fd00:64::/96");
	struct matcher *m = NULL;

	(void)state;
	assert_int_equal(
		matcher_new(
			&(struct matcher_sources){
				.zones = &zone, .zone_count = 1, .nat64 = &nat64, .nat64_count = 1},
			&m),
		0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint16_t type = strstr(cases[i].message, " HTTPS NO")  ? RR_HTTPS
				: strstr(cases[i].message, " AAAA NO") ? RR_AAAA
				: strstr(cases[i].message, " APL NO")  ? RR_APL
								       : RR_A;
		struct question q = sample_question(cases[i].name, type);
		struct answer *a = sample_answer(&q, cases[i].message);
		char value[NAME_TEXT_MAX];
		struct evidence *e = NULL;
		struct buf out;

		assert_int_equal(judge_answer(m, &q, a, &e), 0);
		buf_init_fixed(&out, text, sizeof(text));
		for (unsigned k = 0; k < e->count; k++)
			buf_printf(&out, "%s %s %.*s;", on_text[e->findings[k].place->on],
				place_format(e->findings[k].place, value),
				SPAN_ARGS(e->findings[k].row->category));
		if (strcmp(buf_text(&out), cases[i].findings) != 0)
			fail_msg("case %zu: %s", i, buf_text(&out));
		free(e);
		free(a);
	}
	matcher_free(m);
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
	/* `kind inner;` for each */
	static const struct {
		const char *outer, *inner;
	} cases[] = {
		{"::ffff:8.129.0.1", "mapped 8.129.0.1;"},
		{"::8.129.0.1", "compatible 8.129.0.1;"},
		{"::", ""},
		{"::1", ""},
		{"::ffff:0:8.129.0.1", "siit 8.129.0.1;"},
		{"2002:881:1::", "6to4 8.129.0.1;"},
		{"2002:0808:0808:ffff::1", "6to4 8.8.8.8;"},
		{"2001:0:881:1:8000:63bf:3fff:fdd2",
			"teredo server 8.129.0.1;teredo client 192.0.2.45;"},
		{"2001:1:881:1:8000:63bf:3fff:fdd2", ""},
		{"64:ff9b::808:808", "nat64 8.8.8.8;"},
		{"64:ff9b:1:881:0:100::", "local nat64 8.129.0.1;"},
		{"64:ff9b:1::808:808", "local nat64 8.8.8.8;"},
		{"64:ff9b:2::808:808", ""},
		{"2001:db8::5efe:8.129.0.1", "isatap 8.129.0.1;"},
		{"2001:db8::200:5efe:8.129.0.1", "isatap 8.129.0.1;"},
		{"2001:db8::8.129.0.1", ""},
		{"8.129.0.1", ""},
		/* The site's own, of each length (RFC 6052 2.4). */
		{"2001:db8:881:1::", "configured nat64 8.129.0.1;"},
		{"2001:db9:108:8100:1::", "configured nat64 8.129.0.1;"},
		{"2001:dba:122:881:0:100::", "configured nat64 8.129.0.1;"},
		{"2001:dbb:122:308:81:1::", "configured nat64 8.129.0.1;"},
		{"2001:dbc:122:344:8:8100:100::", "configured nat64 8.129.0.1;"},
		{"2001:dbd:122:344::8.129.0.1", "configured nat64 8.129.0.1;"},
	};
	static const char *const prefixes[] = {"2001:db8::/32", "2001:db9:100::/40",
		"2001:dba:122::/48", "2001:dbb:122:300::/56", "2001:dbc:122:344::/64",
		"2001:dbd:122:344::/96"};
	struct inet_prefix nat64[6];
	struct inet_addr outer;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(inet_prefix_parse(span_text(prefixes[i]), &nat64[i]), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct embedded inner[EMBEDDED_MAX];
		char value[INET_TEXT_MAX];
		struct buf out;
		/* Addresses that the own prefixes have too are asked without them. */
		bool own = strncmp(cases[i].inner, "conf", 4) == 0;
		unsigned count;

		outer = sample_addr(cases[i].outer);
		if (strchr(cases[i].outer, ':'))
			outer.is_v4 = false;
		count = embedded_v4(&outer, nat64, own ? 6 : 0, inner);
		buf_init_fixed(&out, text, sizeof(text));
		for (unsigned k = 0; k < count; k++) {
			assert_true(inner[k].addr.is_v4);
			buf_printf(&out, "%s %s;", inner[k].kind,
				inet_addr_format(&inner[k].addr, value));
		}
		assert_string_equal(buf_text(&out), cases[i].inner);
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
		cmocka_unit_test(rebinding),
		cmocka_unit_test(name_alone),
		cmocka_unit_test(many),
		cmocka_unit_test(embedded),
		cmocka_unit_test(resolution),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
