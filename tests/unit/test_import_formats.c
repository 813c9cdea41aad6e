/* SPDX-License-Identifier: BSD-3-Clause */

/* Formats that others made: a file of each as it is met in the world, and what is wrong with one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import_check.h"

#include "base/buf.h"
#include "base/file.h"
#include "lists/guard.h"
#include "store/store.h"

#define SHOWN_MAX 65536

/* Where rows of the test go: one line each, `name suffix line`. */
static int show_row(void *context, enum store_kind kind, const struct store_row *row)
{
	char first[INET_TEXT_MAX], last[INET_TEXT_MAX], text[NAME_TEXT_MAX];
	static const char *const matches[] = {"exact", "suffix", "tld"};
	struct buf *out = context;
	struct name name;

	if (kind == STORE_NAME) {
		assert_int_equal(name_from_key(row->key, &name), 0);
		buf_printf(out, "%s %s", name_format(&name, text), matches[row->match]);
	} else if (kind == STORE_RANGE) {
		buf_printf(out, "%s-%s %s", inet_addr_format(&row->first, first),
			inet_addr_format(&row->last, last), row->country);
	}
	buf_printf(out, " %u\n", row->line);
	return 0;
}

/* All rows of the builder as they were compiled. */
static char *rows_of(const struct run *r)
{
	static const uint8_t no_sources[DIGEST_LEN];
	char path[] = "/tmp/celnik-formats-XXXXXX";
	struct store_reader *reader = NULL;
	const char *problem = "";
	struct store *s = NULL;
	int fd = mkstemp(path);
	struct buf out;
	char *text;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_write(r->builder, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	assert_int_equal(store_reader_new(s, &reader), 0);
	buf_init_heap(&out, SHOWN_MAX);
	assert_int_equal(store_walk(reader, show_row, &out), 0);
	text = strdup(buf_text(&out));
	assert_non_null(text);
	buf_release(&out);
	store_reader_free(reader);
	store_close(s);
	unlink(path);
	return text;
}

static void assert_rows(const struct run *r, const char *expected)
{
	char *rows = rows_of(r);

	assert_string_equal(rows, expected);
	free(rows);
}

static const struct conf_source exact = {.name = "l", .scope_exact = true};

static void test_hosts(void **state)
{
	struct run r = run(import_hosts, &exact,
		"\xef\xbb\xbf# Title: a list of hosts\r\n"
		"127.0.0.1\tlocalhost localhost.localdomain\r\n"
		"::1 localhost ip6-localhost ip6-loopback\r\n"
		"fe80::1%lo0 localhost\r\n"
		"255.255.255.255 broadcasthost\r\n"
		"0.0.0.0 0.0.0.0\r\n"
		"\r\n"
		"0.0.0.0 telemetry.example.com # inverters\r\n"
		"0.0.0.0 TELEMETRY.example.com.\r\n"
		"127.0.0.1  push.example.net  push2.example.net\r\n"
		":: v6.example.org\r\n"
		"0.0.0.0 b\xc3\xbc"
		"cher.example\r\n"
		"10.0.0.7 nas.example.com\r\n"
		"10.0.0.8 printer.example.com printer2.example.com\r\n"
		"0.0.0.0 last.example.com");

	(void)state;
	assert_counts(&r, 6, 1, 3);
	assert_reported(&r, "/p/f:13:1: warning: the line gives a name its address instead of "
			    "blocking it; lists have no answers (3 such lines, this is the first)");
	assert_rows(&r, "last.example.com exact 15\n"
			"telemetry.example.com exact 8\n"
			"push.example.net exact 10\n"
			"push2.example.net exact 10\n"
			"v6.example.org exact 11\n"
			"xn--bcher-kva.example exact 12\n");
	end(&r);
	r = run(import_hosts, &plain, "0.0.0.0 a.example.com\n");
	assert_rows(&r, "a.example.com suffix 1\n");
	end(&r);
}

static void test_hosts_malformed(void **state)
{
	static const struct line_case cases[] = {
		{"example.com", "/p/f:1:1: warning: a line of a hosts file is an address"},
		{"0.0.0.0", "a line of a hosts file is an address"},
		{"0.0.0.0  # x", "a line of a hosts file is an address"},
		{"0.0.0 example.com", "a line of a hosts file is an address"},
		{"0.0.0.0 com", "/p/f:1:9: warning: a single label"},
		{"0.0.0.0 1.2.3.4", "/p/f:1:9: warning: this is an address"},
		{"0.0.0.0 *.example.com", "a '*' may only stand as the first label"},
		{"0.0.0.0 a..b", "an empty label"},
		{"0.0.0.0 a\001.example", "control characters"},
		{"0.0.0.0 \xff.example", "not UTF-8"},
	};

	(void)state;
	assert_lines(import_hosts, "", CASES(cases));
}

static void test_dnsmasq(void **state)
{
	struct run r = run(import_dnsmasq, &plain,
		"# blocked\n"
		"no-resolv\n"
		"cache-size=1000\n"
		"address=/ads.example.com/\n"
		"address=/a.example/b.example/0.0.0.0\n"
		"address=/c.example/::\n"
		"address=/d.example/#\n"
		"local=/e.example/\n"
		"server=/f.example/\n"
		"server=/g.example/114.114.114.114#53\n"
		"address=/nas.example/192.168.1.7\n"
		"server=/allowed.ads.example.com/#\n"
		"server=8.8.8.8\n"
		"address=/#/0.0.0.0\n"
		"address=/*.wild.example/0.0.0.0\n"
		"ipset=/h.example/prc\n"
		"bogus-nxdomain=192.0.2.1\n"
		" address = /.I.Example./ # why\r\n");

	(void)state;
	assert_counts(&r, 10, 0, 8);
	assert_reported(&r, "/p/f:2:1: warning: the line is a setting of dnsmasq and names nothing "
			    "to list (4 such lines, this is the first)");
	assert_reported(&r, "/p/f:11:10: warning: the line gives a name its address instead");
	assert_reported(&r, "/p/f:12:9: warning: the line takes names out of what is blocked");
	assert_reported(&r, "/p/f:14:10: warning: the line is about all names");
	assert_reported(&r, "/p/f:15:10: warning: names with '*' inside");
	assert_rows(&r, "ads.example.com suffix 4\n"
			"a.example suffix 5\n"
			"b.example suffix 5\n"
			"c.example suffix 6\n"
			"d.example suffix 7\n"
			"e.example suffix 8\n"
			"f.example suffix 9\n"
			"g.example suffix 10\n"
			"i.example suffix 18\n"
			"192.0.2.1-192.0.2.1  17\n");
	end(&r);
}

static void test_dnsmasq_malformed(void **state)
{
	static const struct line_case cases[] = {
		{"address=/example.com", "/p/f:1:9: warning: there is no slash behind the name"},
		{"address=/com/", "/p/f:1:10: warning: a single label"},
		{"address=", "the line is a setting of dnsmasq"},
		{"address=//1.2.3.4", "instead of blocking it"},
		{"address=//", "names without a dot"},
		{"0.0.0.0 example.com", "this is no line of dnsmasq"},
		{"=x", "the line is a setting"},
		{"bogus-nxdomain=x", "this is no address"},
		{"address=/a_b.example/\xff/", "not UTF-8"},
	};

	(void)state;
	assert_lines(import_dnsmasq, "", CASES(cases));
}

static void test_adblock(void **state)
{
	struct run r = run(import_adblock, &plain,
		"[Adblock Plus 2.0]\r\n"
		"! Title: a list\r\n"
		"# a comment\r\n"
		"||ads.example.com^\r\n"
		"||b.example^$important\r\n"
		"||c.example^|\r\n"
		"|only.example^\r\n"
		"plain.example\r\n"
		"0.0.0.0 hosts.example # x\r\n"
		"||b\xc3\xbc"
		"cher.example^\r\n"
		"@@||good.ads.example.com^\r\n"
		"@@||other.example^$important\r\n"
		"example.com##.banner\r\n"
		"##.ad\r\n"
		"#@#.ad\r\n"
		"||d.example^$third-party,script\r\n"
		"||e.example/path^\r\n"
		"|https://f.example^\r\n"
		"/ads[0-9]+/\r\n"
		"||g.example\r\n"
		"||h.*.example^\r\n"
		"||i.example^$dnstype=AAAA\r\n"
		"||j.example^$dnsrewrite=NOERROR;A;1.2.3.4\r\n"
		"||k.example^$client=10.0.0.1\r\n"
		"||l.example^$denyallow=x.l.example\r\n"
		"||m.example^$badfilter\r\n");

	(void)state;
	assert_counts(&r, 7, 0, 16);
	assert_reported(&r,
		"/p/f:11:1: warning: the rule takes names out of what is blocked; write an "
		"exception (2 such lines, this is the first)");
	assert_reported(&r,
		"/p/f:13:1: warning: the rule hides parts of pages, which DNS does not see "
		"(3 such lines");
	assert_reported(&r, "/p/f:16:1: warning: the options make it a rule about parts of pages");
	assert_reported(&r, "/p/f:17:1: warning: the rule is about addresses of pages");
	assert_reported(&r, "/p/f:19:1: warning: regular expressions");
	assert_reported(&r, "/p/f:20:1: warning: the rule is about parts of names");
	assert_reported(&r, "/p/f:21:1: warning: names with '*' inside");
	assert_reported(&r, "/p/f:22:1: warning: the rule is for types of records");
	assert_reported(&r, "/p/f:23:1: warning: the rule has an answer of its own");
	assert_reported(&r, "/p/f:24:1: warning: the rule is for some clients");
	assert_reported(&r, "/p/f:25:1: warning: the rule leaves names out");
	assert_reported(&r, "/p/f:26:1: warning: the rule switches off another");
	assert_rows(&r, "ads.example.com suffix 4\n"
			"b.example suffix 5\n"
			"c.example suffix 6\n"
			"only.example exact 7\n"
			"hosts.example exact 9\n"
			"plain.example exact 8\n"
			"xn--bcher-kva.example suffix 10\n");
	end(&r);
}

static void test_adblock_malformed(void **state)
{
	static const struct line_case cases[] = {
		{"||^", "/p/f:1:1: warning: the name is empty"},
		{"||com^", "/p/f:1:3: warning: a single label"},
		{"||", "the name is empty"},
		{"|", "the name is empty"},
		{"$important", "the name is empty"},
		{"||a..b^", "an empty label"},
		{"||a b.example^", "there is more than one name"},
		{"||1.2.3.4^", "this is an address"},
		{"||\xff.example^", "not UTF-8"},
		{"*", "names with '*' inside"},
	};

	(void)state;
	assert_lines(import_adblock, "", CASES(cases));
}

static const char rpz[] = "$TTL 2h ; a day\n"
			  "$ORIGIN rpz.example.\n"
			  "@ IN SOA ns.rpz.example. admin.rpz.example. (\n"
			  "\t2026112401 ; serial\n"
			  "\t1h 15m 30d 2h )\n"
			  "\tIN NS ns.rpz.example.\n"
			  "; names\n"
			  "bad.example.com CNAME .\n"
			  "*.bad.example.com CNAME .\n"
			  "only.example.com 300 IN CNAME *.\n"
			  "*.below.example.com CNAME rpz-drop.\n"
			  "Bad.Example.com CNAME .\n"
			  "good.bad.example.com CNAME rpz-passthru.\n"
			  "old.bad.example.com CNAME old.bad.example.com.\n"
			  "tcp.example.com CNAME rpz-tcp-only.\n"
			  "walled.example.com CNAME garden.example.net.\n"
			  "local.example.com A 192.0.2.9\n"
			  "\tTXT \"x ; y\"\n"
			  "24.0.2.0.192.rpz-ip CNAME .\n"
			  "32.1.2.51.198.rpz-ip CNAME *.\n"
			  "48.zz.85a3.db8.2001.rpz-ip CNAME .\n"
			  "128.1.zz.db8.2001.rpz-ip CNAME .\n"
			  "128.8.7.6.5.4.3.2.2001.rpz-ip CNAME .\n"
			  "16.0.0.51.198.rpz-ip CNAME rpz-passthru.\n"
			  "32.5.0.0.10.rpz-client-ip CNAME rpz-drop.\n"
			  "ns.bad.example.net.rpz-nsdname CNAME .\n"
			  "*.bad.example.net.rpz-nsdname CNAME .\n"
			  "24.0.2.0.192.rpz-nsip CNAME .\n"
			  "x.rpz-new CNAME .\n"
			  "b\xc3\xbc"
			  "cher.example CNAME .\n";

static void test_rpz(void **state)
{
	struct run r = run(import_rpz, &plain, rpz);

	(void)state;
	assert_counts(&r, 9, 0, 12);
	assert_reported(&r,
		"/p/f:13:1: warning: PASSTHRU: lists take nothing out of what is blocked; "
		"write an exception (3 such lines, this is the first)");
	assert_reported(&r, "/p/f:15:1: warning: TCP-only");
	assert_reported(&r,
		"/p/f:16:1: warning: local data: lists have no answers; write a rule with "
		"'sinkhole' (3 such lines, this is the first)");
	assert_reported(&r, "/p/f:25:1: warning: a trigger on clients");
	assert_reported(&r,
		"/p/f:26:1: warning: a trigger on the names of servers, which a forwarder "
		"does not see (2 such lines, this is the first)");
	assert_reported(&r, "/p/f:28:1: warning: a trigger on the addresses of servers");
	assert_reported(&r, "/p/f:29:1: warning: a kind of trigger that is not known");
	assert_reported(&r, "/p/f:11:1: warning: a wildcard without its own name");
	assert_rows(&r, "bad.example.com suffix 8\n"
			"only.example.com exact 10\n"
			"below.example.com suffix 11\n"
			"xn--bcher-kva.example exact 30\n"
			"192.0.2.0-192.0.2.255  19\n"
			"198.51.2.1-198.51.2.1  20\n"
			"2001:2:3:4:5:6:7:8-2001:2:3:4:5:6:7:8  23\n"
			"2001:db8::1-2001:db8::1  22\n"
			"2001:db8:85a3::-2001:db8:85a3:ffff:ffff:ffff:ffff:ffff  21\n");
	end(&r);
	/* Without an origin and an SOA, with CRLF. */
	r = run(import_rpz, &plain,
		"\xef\xbb\xbf; x\r\n\r\na.example CNAME .\r\n*.a.example CNAME .\r\n");
	assert_counts(&r, 1, 0, 0);
	assert_rows(&r, "a.example suffix 3\n");
	end(&r);
}

static void test_rpz_malformed(void **state)
{
	static const struct line_case cases[] = {
		{"a.example NAME .", "/p/f:1:1: warning: this is no record of a zone file"},
		{"a.example CNAME", "this is no record of a zone file"},
		{"a..example CNAME .", "this is no record of a zone file"},
		{"* CNAME .", "a '*' may only stand as the first label"},
		{"com CNAME .", "a single label"},
		{"\\000.example CNAME .", "a character that host names do not have"},
		{"a\\.b.example CNAME .", "a character that host names do not have"},
		{"33.0.2.0.192.rpz-ip CNAME .", "this is no address"},
		{"24.1.2.0.192.rpz-ip CNAME .", "host bits"},
		{"7.0.0.0.10.rpz-ip CNAME .", "wider than a /8"},
		{"x.rpz-ip CNAME .", "this is no address of RPZ"},
		{"rpz-ip CNAME .", "this is no address of RPZ"},
		{"24.zz.zz.rpz-ip CNAME .", "this is no address"},
		{"$INCLUDE other.zone", "$INCLUDE is not followed"},
		{"a.example CH CNAME .", "another class than IN"},
	};
	struct run r;

	(void)state;
	assert_lines(import_rpz, "", CASES(cases));
	/* A parenthesis that is never closed costs its own line. */
	r = run(import_rpz, &plain, "a.example CNAME (\nb.example CNAME .\nc.example CNAME .\n");
	assert_counts(&r, 2, 0, 1);
	assert_reported(&r, "/p/f:1:1: warning: this is no record");
	end(&r);
	r = run(import_rpz, &plain,
		"$ORIGIN z.example.\n@ SOA a. b. 1 2 3 4 5\nx.other.example. CNAME .\n");
	assert_counts(&r, 0, 0, 1);
	assert_reported(&r, "/p/f:3:1: warning: the record is outside the zone");
	end(&r);
}

/* A file of "( " lines must not be read to its end for each of them. */
static void test_rpz_unclosed(void **state)
{
	char text[4000];
	struct run r;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "(\n", 3);
	r = run(import_rpz, &plain, text);
	assert_int_equal(r.err, 0);
	assert_reported(&r, "reading ends here");
	end(&r);
}

static void test_delegated(void **state)
{
	static const char *const two[] = {"CN", "HK"};
	const struct conf_source some = {.name = "l", .countries = two, .country_count = 2};
	static const char text[] = "2.3|apnic|20261124|9|19830613|20261123|+1000\n"
				   "# statistics\n"
				   "apnic|*|ipv4|*|4|summary\n"
				   "apnic|*|asn|*|1|summary\n"
				   "apnic|CN|asn|4134|1|20000101|allocated|A91\n"
				   "apnic|CN|ipv4|1.0.1.0|256|20110414|allocated|A92\n"
				   "apnic|HK|ipv4|1.0.4.0|768|20110412|assigned|A93\r\n"
				   "apnic|JP|ipv4|1.0.16.0|4096|20110412|allocated|A94\n"
				   "apnic||ipv4|1.1.1.0|256||available|\n"
				   "apnic|ZZ|ipv4|1.1.8.0|256||reserved|\n"
				   "ripencc|EU|ipv4|2.0.0.0|256|20110412|allocated|x\n"
				   "apnic|CN|ipv6|2001:250::|35|20000426|allocated|A95\n"
				   "apnic|CN|ipv6|2001:250::|35|20000426|allocated|A95\n";
	struct run r = run(import_delegated, &plain, text);

	(void)state;
	assert_counts(&r, 4, 1, 0);
	assert_rows(&r, "1.0.1.0-1.0.1.255 CN 6\n"
			"1.0.4.0-1.0.6.255 HK 7\n"
			"1.0.16.0-1.0.31.255 JP 8\n"
			"2001:250::-2001:250:1fff:ffff:ffff:ffff:ffff:ffff CN 12\n");
	end(&r);
	r = run(import_delegated, &some, text);
	assert_counts(&r, 3, 1, 0);
	end(&r);
}

static void test_delegated_malformed(void **state)
{
	static const struct line_case cases[] = {
		{"apnic|CN|ipv4|1.0.1.0|256|20110414|allocated", NULL},
		{"apnic|CN|ipv4|1.0.1.0|256", "this is no line of a registry's statistics"},
		{"apnic|cn|ipv4|1.0.1.0|256|20110414|allocated",
			"/p/f:1:7: warning: a country is two capital letters"},
		{"apnic|CN|ipv5|1.0.1.0|256|20110414|allocated",
			"/p/f:1:10: warning: the third field"},
		{"apnic|CN|ipv4|1.0.1|256|20110414|allocated",
			"/p/f:1:15: warning: the fourth field is no IPv4"},
		{"apnic|CN|ipv4|1.0.1.0|0|20110414|allocated", "the fifth field is no number"},
		{"apnic|CN|ipv4|1.0.1.0|x|20110414|allocated", "the fifth field is no number"},
		{"apnic|CN|ipv4|255.255.255.0|257|20110414|allocated", "beyond the last address"},
		{"apnic|CN|ipv4|1.0.0.0|33554432|20110414|allocated", "wider than a /8"},
		{"apnic|CN|ipv6|2001:250::|129|20110414|allocated", "the fifth field is no length"},
		{"apnic|CN|ipv6|2001:250::1|32|20110414|allocated", "host bits"},
		{"apnic|CN|ipv6|1.0.1.0|24|20110414|sold",
			"/p/f:1:35: warning: the status is none"},
		{"apnic|CN|ipv4|1.0.1.0|256|\xff|allocated", "not UTF-8"},
	};

	(void)state;
	assert_lines(import_delegated, "", CASES(cases));
}

/* Files of a directory of the test's own, of which one is imported. */
static char directory[] = "/tmp/celnik-v2fly-XXXXXX";

static struct run run_files(const struct conf_source *source, const char *const (*files)[2])
{
	struct run r = {.report = report_new(REPORT_MAX)};
	struct import_target t = {.source = source, .report = r.report};
	char path[128], main_path[128], *text = NULL;
	size_t len;

	assert_non_null(r.report);
	assert_int_equal(builder_new(&r.builder), 0);
	assert_int_equal(builder_list(r.builder, SPAN_LITERAL("l"), &t.list), 0);
	for (size_t i = 0; files[i][0]; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i][0]);
		assert_int_equal(file_replace(path, span_text(files[i][1]), 0644), 0);
	}
	snprintf(main_path, sizeof(main_path), "%s/%s", directory, files[0][0]);
	t.builder = r.builder;
	t.path = main_path;
	t.file = span_text(main_path);
	assert_int_equal(file_read(main_path, 65536, &text, &len), 0);
	r.err = import_v2fly(&t, span_of(text, len), &r.result);
	free(text);
	return r;
}

static const char *const lists_of_v2fly[][2] = {
	{"vendors", "# vendors\r\ninclude:cloud\r\ninclude:maker @cn\r\n"
		    "include:maker @-ads @-cn # others\r\n"
		    "bare.example\r\nkeyword:cam\r\nregexp:^a b[0-9]+\\.example$ @cn\r\n"},
	{"cloud", "domain:cloud.example @cn &other\nfull:api.cloud.example\ninclude:vendors\n"},
	{"maker", "maker.example @cn\nads.maker.example @ads @cn\n"
		  "abroad.example @!cn\nspots.example @ads\n"},
	{NULL, NULL},
};

static void test_v2fly(void **state)
{
	static const char *const cn[] = {"cn"}, *const others[] = {"!cn", "-ads"};
	const struct conf_source of_cn = {.name = "l", .attributes = cn, .attribute_count = 1},
				 of_others = {
					 .name = "l", .attributes = others, .attribute_count = 2};
	struct run r = run_files(&plain, lists_of_v2fly);

	(void)state;
	assert_counts(&r, 6, 0, 3);
	assert_reported(&r, "cloud:3:9: warning: the files include each other in a circle");
	assert_reported(&r, "vendors:6:1: warning: keywords cannot stand on a list");
	assert_reported(&r, "vendors:7:1: warning: regular expressions cannot");
	assert_rows(&r, "bare.example suffix 5\n"
			"cloud.example suffix 1\n"
			"api.cloud.example exact 2\n"
			"maker.example suffix 1\n"
			"ads.maker.example suffix 2\n"
			"abroad.example suffix 3\n");
	end(&r);
	r = run_files(&of_cn, lists_of_v2fly);
	assert_rows(&r, "cloud.example suffix 1\n"
			"maker.example suffix 1\n"
			"ads.maker.example suffix 2\n");
	end(&r);
	r = run_files(&of_others, lists_of_v2fly);
	assert_rows(&r, "abroad.example suffix 3\n");
	end(&r);
}

static void test_v2fly_malformed(void **state)
{
	static const struct {
		const char *text, *error;
	} ends[] = {
		{"a.example\ninclude:missing\n", "list:2:9: error: No such file"},
		{"include:../x\n", "list:1:9: error: this is no name of a file beside this one"},
		{"include:/etc/passwd\n", "this is no name of a file"},
		{"include:\n", "list:1:1: error: this is no name of a file"},
		{"include:list x\n", NULL},
		{"include:list2 x\n", "list:1:15: error: only attributes stand behind"},
		{"include:list2 @\n", "only attributes stand behind"},
	};
	static const struct line_case cases[] = {
		{"domain:a.example @cn @ads", NULL},
		{"full:a.example", NULL},
		{"full:com", "/p/f:1:6: warning: a single label"},
		{"domain:", "the name is empty"},
		{"a.example b.example", "/p/f:1:11: warning: only attributes stand behind a name"},
		{"domain:a.example @", "only attributes stand behind a name"},
		{"other:a.example", "a character that host names do not have"},
		{"a.\xff", "not UTF-8"},
	};

	(void)state;
	assert_lines(import_v2fly, "", CASES(cases));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *const files[][2] = {
			{"list", ends[i].text}, {"list2", "a.example\n"}, {NULL, NULL}};
		struct run r = run_files(&plain, files);

		assert_int_equal(r.err, ends[i].error ? ERR_FORMAT : 0);
		if (ends[i].error)
			assert_reported(&r, ends[i].error);
		end(&r);
	}
}

static void test_guards(void **state)
{
	static const struct {
		const char *name;
		enum name_match match;
		const char *problem;
	} cases[] = {
		{"co.uk", NAME_MATCH_SUFFIX, "everybody can register names below"},
		{"co.uk", NAME_MATCH_TLD, NULL},
		{"co.uk", NAME_MATCH_EXACT, NULL},
		{"x.ck", NAME_MATCH_SUFFIX, "everybody can register names below"},
		{"www.ck", NAME_MATCH_SUFFIX, NULL},
		{"com.cn", NAME_MATCH_SUFFIX, "everybody can register names below"},
		{"xn--55qx5d.cn", NAME_MATCH_SUFFIX, "everybody can register names below"},
		{"github.io", NAME_MATCH_SUFFIX, "many customers of a provider"},
		{"a.github.io", NAME_MATCH_SUFFIX, NULL},
		{"s3.amazonaws.com", NAME_MATCH_SUFFIX, "many customers of a provider"},
		{"example.cz", NAME_MATCH_SUFFIX, "a zone of this site or above one"},
		{"corp.example.cz", NAME_MATCH_SUFFIX, "a zone of this site or above one"},
		{"corp.example.cz", NAME_MATCH_EXACT, "a zone of this site or above one"},
		{"example.cz", NAME_MATCH_EXACT, NULL},
		{"x.corp.example.cz", NAME_MATCH_SUFFIX, NULL},
		{"other.cz", NAME_MATCH_SUFFIX, NULL},
		{"cz", NAME_MATCH_TLD, NULL},
	};
	struct conf_zone zone = {0};
	const struct conf conf = {.zones = &zone, .zone_count = 1};
	struct guard *g = NULL;

	(void)state;
	assert_int_equal(name_parse(SPAN_LITERAL("corp.example.cz"), &zone.zone), 0);
	assert_int_equal(guard_new(&conf, &g), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *problem;
		struct name name;

		assert_int_equal(name_parse(span_text(cases[i].name), &name), 0);
		problem = guard_name(g, &name, cases[i].match);
		if (!problem != !cases[i].problem ||
			(problem && !strstr(problem, cases[i].problem)))
			fail_msg("%s: %s", cases[i].name, problem ? problem : "taken");
		assert_null(guard_name(NULL, &name, cases[i].match));
	}
	guard_free(g);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_hosts_malformed),
		cmocka_unit_test(test_dnsmasq),
		cmocka_unit_test(test_dnsmasq_malformed),
		cmocka_unit_test(test_adblock),
		cmocka_unit_test(test_adblock_malformed),
		cmocka_unit_test(test_rpz),
		cmocka_unit_test(test_rpz_malformed),
		cmocka_unit_test(test_rpz_unclosed),
		cmocka_unit_test(test_delegated),
		cmocka_unit_test(test_delegated_malformed),
		cmocka_unit_test(test_v2fly),
		cmocka_unit_test(test_v2fly_malformed),
		cmocka_unit_test(test_guards),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
