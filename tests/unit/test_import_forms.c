/* SPDX-License-Identifier: BSD-3-Clause */

/* Every format as such files look, with line feeds alone and as Windows writes them: a byte order
 * mark, carriage returns, no end of the last line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import_check.h"

#define BUECHER                                                                                    \
	"B\xc3\x9c"                                                                                \
	"cher.example"
#define TEXT_MAX 4096

static const struct form {
	const char *name;
	importer import;
	const char *text;
	unsigned accepted, duplicate, skipped;
	const char *key; /* of a name that must be there; NULL: none has one */
} forms[] = {
	{"domains", import_domains,
		"# Title: Tracker\n# Entries: 5\n#\n" BUECHER ".\n"
		"telemetry.example.com\nTelemetry.Example.com.\n*.wild.example\n.dot."
		"example\ncom\n",
		4, 1, 1, "\7example\15xn--bcher-kva"},
	{"hosts", import_hosts,
		"# Start StevenBlack\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 0.0.0.0\n"
		"0.0.0.0 " BUECHER
		". # x\n0.0.0.0\tads.example.com ADS.example.com.\n10.0.0.1 nas.example\n",
		2, 1, 1, "\7example\15xn--bcher-kva"},
	{"dnsmasq", import_dnsmasq,
		"# accelerated\nserver=/" BUECHER
		"./114.114.114.114\nserver=/example.cn/223.5.5.5\n"
		"address=/example.cn/\nlocal=/a.example/b.example/\ncache-size=1000\n",
		4, 1, 1, "\7example\15xn--bcher-kva"},
	{"adblock", import_adblock,
		"[Adblock Plus]\n! Title: DNS filter\n! Homepage: https://example.org/\n||" BUECHER
		".^\n"
		"||ads.example.com^\n||ADS.example.com^$important\n@@||good.example^\nexample.com##"
		".ad\n",
		2, 1, 2, "\7example\15xn--bcher-kva"},
	{"rpz", import_rpz,
		"$TTL 30\n@ SOA rpz.example. hostmaster.example. 1 86400 3600 604800 30\n NS "
		"localhost.\n;\n"
		"xn--bcher-kva.example CNAME .\n*.xn--bcher-kva.example CNAME "
		".\nXN--BCHER-KVA.example CNAME .\n"
		"32.9.2.0.192.rpz-ip CNAME .\nok.example CNAME rpz-passthru.\n",
		2, 0, 1, "\7example\15xn--bcher-kva"},
	{"v2fly", import_v2fly,
		"# vendor\ndomain:" BUECHER ". @cn\nfull:www.example.com\nexample.com @ads # x\n"
		"full:WWW.example.com.\nkeyword:tracker\n",
		3, 1, 1, "\7example\15xn--bcher-kva"},
	{"tsv", import_tsv,
		"# of our own\ndomain\tmatch\tfact\tcountry\n" BUECHER ".\tsuffix\toperated\tDE\n"
		"b\xc3\xbc"
		"cher.example\tsuffix\toperated\tDE\nwww.example.com\texact\nexample.com\tbelow\n",
		2, 1, 1, "\7example\15xn--bcher-kva"},
	{"cidr", import_cidr,
		"; Spamhaus DROP List 2026/11/24\n; https://example.org/drop\n192.0.2.0/24 ; SBL1\n"
		"192.0.2.0/24\n198.51.100.1 - 198.51.100.9 # range\n2001:DB8::/32\n192.0.2.1/24\n",
		3, 1, 1, NULL},
	{"delegated", import_delegated,
		"2|apnic|20261124|4|19830613|20261123|+1000\napnic|*|ipv4|*|3|summary\n"
		"apnic|CN|ipv4|1.0.1.0|256|20110414|allocated\napnic|CN|ipv4|1.0.1.0|256|20110414|"
		"allocated\n"
		"apnic|CN|ipv6|2001:250::|35|20000426|assigned|A1\napnic|CN|ipv4|1.0.2.1|x|"
		"20110414|assigned\n",
		2, 1, 1, NULL},
};

/* As Windows writes it; out has room for TEXT_MAX. */
static void to_windows(const char *text, char *out)
{
	size_t len = (size_t)snprintf(out, TEXT_MAX, "\xef\xbb\xbf");

	for (; *text && (*text != '\n' || text[1]); text++) {
		assert_true(len + 3 < TEXT_MAX);
		if (*text == '\n')
			out[len++] = '\r';
		out[len++] = *text;
	}
	out[len] = '\0';
}

static void check_name(struct run *r, const struct form *form)
{
	static const uint8_t no_sources[DIGEST_LEN];
	char path[] = "/tmp/celnik-forms-XXXXXX";
	struct store_reader *reader = NULL;
	const char *problem = "";
	struct store *s = NULL;
	struct store_row row;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_write(r->builder, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	assert_int_equal(store_reader_new(s, &reader), 0);
	if (store_find_name(reader, span_text(form->key), &row, 1) != 1)
		fail_msg("%s: the name in A-labels is not there", form->name);
	store_reader_free(reader);
	store_close(s);
	unlink(path);
}

static void check_form(const struct form *form, const char *text)
{
	struct run r = run(form->import, &plain, text);
	char *said = report_text(r.report, 65536);

	if (r.err || r.result.accepted != form->accepted || r.result.duplicate != form->duplicate ||
		r.result.skipped != form->skipped)
		fail_msg("%s: %d: accepted %u, duplicate %u, skipped %u: %s", form->name, r.err,
			r.result.accepted, r.result.duplicate, r.result.skipped, said);
	free(said);
	assert_reported(&r, "/p/f:");
	if (form->key)
		check_name(&r, form);
	end(&r);
}

static void test_forms(void **state)
{
	char text[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		check_form(&forms[i], forms[i].text);
		to_windows(forms[i].text, text);
		check_form(&forms[i], text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
