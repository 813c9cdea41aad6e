/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import_check.h"

static void test_domains_lines(void **state)
{
	static const struct line_case cases[] = {
		{"example.com", NULL},
		{"EXAMPLE.com.", NULL},
		{" \texample.com \t", NULL},
		{"example.com # why", NULL},
		{"*.example.com", NULL},
		{".example.com", NULL},
		{"_dns.resolver.arpa", NULL},
		{"xn--bcher-kva.example", NULL},
		{"com", "/p/f:1:1: warning: a single label"},
		{"*.com", "a single label"},
		{".com", "a single label"},
		{".", "the name is empty"},
		{"*.", "a '*' may only stand as the first label"},
		{"a.*.com", "a '*' may only stand as the first label"},
		{"*.*.com", "a '*' may only stand as the first label"},
		{"a..com", "the name has an empty label"},
		{"..com", "the name has an empty label"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com",
			"more than 63 octets"},
		{"0.0.0.0 example.com", "/p/f:1:1: warning: there is more than one name"},
		{"10.0.0.1", "this is an address"},
		{"2001:db8::1", "a character that host names do not have"},
		{"http://example.com/", "a character that host names do not have"},
		{"example.com/x", "the name has a slash"},
		{"||example.com^", "a character that host names do not have"},
		{"b\xc3\xbc"
		 "cher.example",
			NULL},
		{"\xe4\xb8\xad\xe5\x9b\xbd\xe3\x80\x82xn--fiqs8s", NULL},
		{"xn--\xc3\xbc.example", "cannot be written in A-labels"},
		{"exa\001mple.com", "control characters"},
		{"example\xc2\x9b.com", "control characters"},
		{"example\xff.com", "the line is not UTF-8"},
		{"example.com # \xff", NULL},
		{"a\\.b.com", "a character that host names do not have"},
	};

	(void)state;
	assert_lines(import_domains, "", CASES(cases));
}

static void test_cidr_lines(void **state)
{
	static const struct line_case cases[] = {
		{"192.0.2.0/24", NULL},
		{"192.0.2.1", NULL},
		{"2001:db8::/32 ; why", NULL},
		{"192.0.2.1-192.0.2.9", NULL},
		{"192.0.2.1 - 192.0.2.9 # why", NULL},
		{"2001:db8::1-2001:db8::2", NULL},
		{"11.0.0.0/8", NULL},
		{"2001::/16", NULL},
		{"0.0.0.0/0", "wider than a /8"},
		{"10.0.0.0/7", "wider than a /8"},
		{"10.0.0.0-11.0.0.0", "wider than a /8"},
		{"2000::/15", "wider than a /16"},
		{"::/0", "wider than a /16"},
		{"::/16", "mapped IPv4"},
		{"::ffff:0:0/96", "mapped IPv4"},
		{"192.0.2.1/24", "host bits"},
		{"192.0.2.9-192.0.2.1", "ends before it begins"},
		{"192.0.2.9-2001:db8::", "mixes IPv4 and IPv6"},
		{"192.0.2.9-", "/p/f:1:1: warning: this is no range"},
		{"-", "this is no range"},
		{"example.com", "this is no address"},
		{"192.0.2.0/33", "this is no address"},
		{"192.0.2.0/", "this is no address"},
	};

	(void)state;
	assert_lines(import_cidr, "", CASES(cases));
}

static void test_tsv_names(void **state)
{
	static const char header[] =
		"# "
		"why\n\ndomain\tmatch\tvendor\tfact\tcountry\tasn\tcategory\tconfidence\tsource\n";
	static const struct line_case cases[] = {
		{"a.com\tsuffix", NULL},
		{"a.com\texact\tw\toperated\tCN\t64500\tip-cameras\tlow\tsomewhere # else", NULL},
		{"cn\ttld\t\toperated\tCN", NULL},
		{"edu.cn\ttld", NULL},
		{"a.com\tsuffix\tv\t\t\t\t\t\t\t\t", NULL},
		{" a.com \t suffix ", NULL},
		{"cn\tsuffix", "/p/f:4:1: warning: a single label"},
		{"cn\texact", "a single label"},
		{"a.com", "match is exact, suffix or tld"},
		{"a.com\tbelow", "/p/f:4:7: warning: match is exact, suffix or tld"},
		{"\tsuffix", "the name is empty"},
		{"a.com\tsuffix\tx", "/p/f:4:14: warning: the vendor is not described"},
		{"a.com\tsuffix\t\trun\tCN", "fact is listed, located, operated or owned"},
		{"a.com\tsuffix\t\toperated\tcn", "two capital letters"},
		{"a.com\tsuffix\t\toperated", "the fact needs a country"},
		{"a.com\tsuffix\t\tlocated\tCN", "only a range of addresses is located"},
		{"a.com\tsuffix\t\t\t\tx", "this is no AS number"},
		{"a.com\tsuffix\t\t\t\t0", "an AS number is 1 to 4294967295"},
		{"a.com\tsuffix\t\t\t\t4294967296", "an AS number is 1 to 4294967295"},
		{"a.com\tsuffix\t\t\t\t\tIP Cameras", "an id has only small letters"},
		{"a.com\tsuffix\t\t\t\t\t\tsure", "confidence is low, medium or high"},
		{"a.com\tsuffix\t\t\t\t\t\t\t\tmore", "more fields than the first line names"},
	};

	(void)state;
	assert_lines(import_tsv, header, CASES(cases));
}

static void test_tsv_numbers(void **state)
{
	static const struct line_case ranges[] = {
		{"192.0.2.0/24\t64500", NULL},
		{"192.0.2.0-192.0.2.5\tAS64500\tlocated\tHK", NULL},
		{"192.0.2.0/24\t64500\tlocated", "the fact needs a country"},
		{"x\t64500", "this is no address"},
	};
	static const struct line_case asns[] = {
		{"64500\tv\toperated\tCN", NULL},
		{"as64500\tv", NULL},
		{"\tv", "the AS number is empty"},
		{"64500\tv\tlocated\tCN", "only a range of addresses is located"},
	};

	(void)state;
	assert_lines(import_tsv, "range\tasn\tfact\tcountry\n", CASES(ranges));
	assert_lines(import_tsv, "asn\tvendor\tfact\tcountry\n", CASES(asns));
}

static void test_tsv_vendors(void **state)
{
	static const char text[] = "vendor\tname\tparent\n"
				   "x\tX Corp.\ty\n"
				   "y\tY\n"
				   "y\tagain\n"
				   "\tnobody\n"
				   "Big\tcapital\n"
				   "z\tZ\tBig\n";
	struct run r = run(import_tsv, &plain, text);

	(void)state;
	assert_int_equal(r.err, 0);
	assert_int_equal(r.result.accepted, 0);
	assert_int_equal(r.result.duplicate, 1);
	assert_int_equal(r.result.skipped, 3);
	assert_true(builder_has_vendor(r.builder, SPAN_LITERAL("x")));
	assert_false(builder_has_vendor(r.builder, SPAN_LITERAL("z")));
	end(&r);
	assert_true(import_tsv_has_vendors(span_text(text)));
	assert_true(import_tsv_has_vendors(SPAN_LITERAL("\xef\xbb\xbf#\n\nvendor\tname")));
	assert_false(import_tsv_has_vendors(SPAN_LITERAL("domain\tmatch\tvendor\n")));
	assert_false(import_tsv_has_vendors(SPAN_LITERAL("# vendor\n")));
	assert_false(import_tsv_has_vendors(SPAN_LITERAL("")));
}

static void test_tsv_headers(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"domain\tmatch\tcolour\n", "/p/f:1:14: error: a column has no known name"},
		{"a.com\tsuffix\n", "a column has no known name"},
		{"domain\tmatch\tmatch\n", "a column stands there twice"},
		{"category\tsource\n", "no column says what the rows are about"},
		{"domain\tvendor\n", "a column is missing"},
		{"vendor\tparent\n", "a column is missing"},
		{"range\tmatch\n", "a column does not fit the others"},
		{"vendor\tname\tcountry\n", "a column does not fit the others"},
		{"domain\tmatch\t\n", "a column has no known name"},
		{"domain\tmatch\001\n", "a column has no known name"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run r = run(import_tsv, &plain, cases[i].text);

		assert_int_equal(r.err, ERR_FORMAT);
		assert_reported(&r, cases[i].error);
		end(&r);
	}
}

/* A byte order mark, CRLF, no end of the last line, comments, duplicates. */
static void test_form(void **state)
{
	struct run r = run(import_domains, &plain,
		"\xef\xbb\xbf"
		"a.com\r\n\r\n# no\r\nb.com.\r\nA.COM\r\n.b.com\r\nc.com");

	(void)state;
	assert_int_equal(r.err, 0);
	assert_int_equal(r.result.accepted, 3);
	assert_int_equal(r.result.duplicate, 2);
	assert_int_equal(r.result.skipped, 0);
	end(&r);
	r = run(import_tsv, &plain,
		"\xef\xbb\xbf"
		"domain\tmatch\r\na.com\tsuffix\r\n");
	assert_int_equal(r.err, 0);
	assert_int_equal(r.result.accepted, 1);
	end(&r);
	r = run(import_cidr, &plain,
		"\xef\xbb\xbf"
		"192.0.2.0/24\r\n192.0.2.0/24\n");
	assert_int_equal(r.result.accepted, 1);
	assert_int_equal(r.result.duplicate, 1);
	end(&r);
	r = run(import_tsv, &plain, "");
	assert_int_equal(r.err, 0);
	assert_int_equal(r.result.accepted, 0);
	end(&r);
}

static void test_long_line(void **state)
{
	char *text = malloc(20000);
	struct run r;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 19999);
	text[19999] = '\0';
	memcpy(text + 19990, "\nb.com\n", 7);
	r = run(import_domains, &plain, text);
	assert_int_equal(r.result.accepted, 1);
	assert_int_equal(r.result.skipped, 2);
	assert_reported(&r, "/p/f:1: warning: the line is longer");
	end(&r);
	free(text);
}

static void test_confidence(void **state)
{
	const struct conf_source sure = {.name = "l", .confidence = CONFIDENCE_HIGH};
	struct run r = run(import_tsv, &sure,
		"domain\tmatch\tconfidence\n"
		"a.com\tsuffix\tlow\nb.com\tsuffix\tmedium\nc.com\tsuffix\thigh\nd.com\tsuffix\n");

	(void)state;
	assert_int_equal(r.result.off, 2);
	assert_int_equal(r.result.accepted, 2);
	end(&r);
}

/* What the source says of its plain lines reaches the rows. */
static void test_plain_rows(void **state)
{
	const struct conf_source exact = {
		.name = "l", .scope_exact = true, .vendor = "w", .category = "c"};
	struct run r = run(import_domains, &exact, "a.com\n*.b.com\n");
	static const uint8_t no_sources[DIGEST_LEN];
	char path[] = "/tmp/celnik-import-XXXXXX";
	struct store_reader *reader = NULL;
	const char *problem = "";
	struct store *s = NULL;
	struct store_row row;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_write(r.builder, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	assert_int_equal(store_reader_new(s, &reader), 0);
	assert_int_equal(store_find_name(reader, SPAN_LITERAL("\3com\1a"), &row, 1), 1);
	assert_int_equal(row.match, NAME_MATCH_EXACT);
	assert_int_equal(row.fact, FACT_LISTED);
	assert_int_equal(row.vendor_count, 2);
	assert_true(span_equal(row.category, SPAN_LITERAL("c")));
	assert_true(span_equal(row.file, SPAN_LITERAL("f")));
	assert_int_equal(row.line, 1);
	assert_int_equal(store_find_name(reader, SPAN_LITERAL("\3com\1a\1x"), &row, 1), 0);
	assert_int_equal(store_find_name(reader, SPAN_LITERAL("\3com\1b\1x"), &row, 1), 1);
	store_reader_free(reader);
	store_close(s);
	unlink(path);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains_lines),
		cmocka_unit_test(test_cidr_lines),
		cmocka_unit_test(test_tsv_names),
		cmocka_unit_test(test_tsv_numbers),
		cmocka_unit_test(test_tsv_vendors),
		cmocka_unit_test(test_tsv_headers),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_confidence),
		cmocka_unit_test(test_plain_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
