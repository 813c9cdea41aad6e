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

#include "base/clock.h"
#include "base/file.h"
#include "conf/conf.h"
#include "judge/evidence.h"

#define TODAY_NS (UINT64_C(20781) * 86400 * NS_PER_S) /* 2026-11-24 */
#define MINIMAL "version: 1\nclients: { a: { networks: 10.0.0.0/8 } }\n"

static struct conf *parse(const char *text)
{
	struct report *report = report_new(100);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;

	assert_int_equal(
		conf_files_from_text("/etc/celnik/c.yaml", span_text(text), TODAY_NS, &files), 0);
	if (conf_parse(files, report, &conf) != 0) {
		report_print(report, stderr);
		fail();
	}
	conf_files_free(files);
	report_free(report);
	return conf;
}

static void assert_endpoint(const struct inet_endpoint *e, const char *text)
{
	char buffer[INET_ENDPOINT_TEXT_MAX];

	assert_string_equal(inet_endpoint_format(e, buffer), text);
}

static void test_defaults(void **state)
{
	struct conf *c = parse(MINIMAL);
	char text[INET_TEXT_MAX];

	(void)state;
	assert_string_equal(c->path, "/etc/celnik/c.yaml");
	assert_string_equal(c->site, "celnik");
	assert_int_equal(c->mode, MODE_OBSERVE);
	assert_string_equal(c->timezone, "UTC");
	assert_string_equal(c->user, "celnik");
	assert_int_equal(c->listen_count, 2);
	assert_endpoint(&c->listen[0], "127.0.0.1:5335");
	assert_endpoint(&c->listen[1], "[::1]:5335");
	assert_int_equal(c->workers, 0);
	assert_int_equal(c->resolvers, 0);
	assert_true(c->upstreams_system);
	assert_int_equal(c->upstream_count, 0);
	assert_int_equal(c->validate, CONF_VALIDATE_AUTO);
	assert_string_equal(c->trust_anchors, "/usr/share/dns/root.key");
	assert_int_equal(c->cache_size, 256 << 20);
	assert_int_equal(c->journal_ring, 32 << 20);
	assert_int_equal(c->cache_max_ttl_s, 3600);
	assert_int_equal(c->cache_stale_s, 86400);
	assert_int_equal(c->limits.queries_per_second, 10000);
	assert_int_equal(c->limits.outstanding_misses, 500);
	assert_int_equal(c->limits.responses_per_second, 5000);
	assert_int_equal(c->limits.refusals_per_second, 50);
	assert_int_equal(c->limits.ipv6_network, 56);
	assert_int_equal(c->limits.tcp_connections, 1024);
	assert_int_equal(c->limits.tcp_connections_per_client, 100);
	assert_int_equal(c->limits.tcp_idle_s, 10);
	assert_string_equal(c->lists_store, LOCALSTATEDIR "/lib/celnik/lists");
	assert_string_equal(c->lists_shipped, PKGDATADIR "/lists");
	assert_null(c->geoip_asn);
	assert_int_equal(c->rule_count, 0);
	assert_int_equal(c->otherwise, ACTION_ALLOW);
	assert_string_equal(inet_addr_format(&c->block.sinkhole.ipv4, text), "0.0.0.0");
	assert_string_equal(inet_addr_format(&c->block.sinkhole.ipv6, text), "::");
	assert_int_equal(c->block.ttl_s, 60);
	assert_string_equal(c->state, LOCALSTATEDIR "/lib/celnik");
	assert_string_equal(c->journal_directory, LOCALSTATEDIR "/log/celnik");
	assert_int_equal(c->queries.keep_s, 90 * 86400);
	assert_int_equal(c->queries.max_size, UINT64_C(20) << 30);
	assert_int_equal(c->queries.clients, CONF_CLIENTS_FULL);
	assert_int_equal(c->events.keep_s, 18 * 31 * 86400);
	assert_int_equal(c->events.max_size, 0);
	assert_string_equal(c->control, RUNSTATEDIR "/celnik/control.sock");
	assert_int_equal(c->group_count, 1);
	assert_int_equal(c->groups[0].journal, CONF_JOURNAL_ALL);
	conf_free(c);
}

static const char full[] =
	"version: 1\n"
	"site: brno-substation-1\n"
	"mode: enforce\n"
	"timezone: Europe/Prague\n"
	"user: dns\n"
	"listen: [ 127.0.0.1:5335, \"[::1]:5335\", 10.20.0.2 ]\n"
	"workers: 4\n"
	"resolvers: 2\n"
	"clients:\n"
	"  ot:      { networks: [ 10.20.0.0/24 ] }\n"
	"  cameras: { networks: [ 10.20.8.0/24 ], journal: none }\n"
	"  office:  { networks: [ 10.30.0.0/16, \"fd00:30::/48\" ], journal: events }\n"
	"devices:\n"
	"  10.20.8.12: cam-2\n"
	"  10.20.8.11: cam-gate-north\n"
	"  \"fd00:30::1\": printer\n"
	"upstreams: [ 192.0.2.53, \"192.0.2.54:5300\", \"2001:db8::53\" ]\n"
	"dnssec: { validate: yes, trust_anchors: keys/root.key }\n"
	"zones:\n"
	"  - { zone: Corp.Example.cz, servers: [ 10.10.0.10, 10.10.0.11 ], trusted: yes }\n"
	"  - { zone: 10.in-addr.arpa, servers: 10.10.0.10 }\n"
	"cache: { size: 1 GiB, max_ttl: 10min }\n"
	"limits: { queries_per_second: 0, outstanding_misses: 7, responses_per_second: 8,\n"
	"    refusals_per_second: 9, ipv6_network: 64, tcp_connections: 11,\n"
	"    tcp_connections_per_client: 12, tcp_idle: 30s }\n"
	"lists:\n"
	"  store: ./store\n"
	"  shipped_directory: /srv/lists\n"
	"  sources:\n"
	"    - { name: prc, shipped: prc, confidence: low }\n"
	"    - { name: site, files: [ a.tsv, /b.tsv ], format: tsv, max_shrink: 10% }\n"
	"    - { name: blocked, files: block.txt, format: domains, scope: exact, vendor: tuya,\n"
	"        category: iot }\n"
	"geoip: { country: [ a.mmdb, b.mmdb ], asn: asn.mmdb }\n"
	"policy:\n"
	"  - rule: camera-clouds\n"
	"    clients: [ cameras, ot ]\n"
	"    match: [ { category: ip-cameras }, { vendor: [ hikvision, dahua ], on: [ qname, cname "
	"] } ]\n"
	"    action: nxdomain\n"
	"  - rule: all-of\n"
	"    match:\n"
	"      name: [ a.com, \"*.b.com\", .C.com ]\n"
	"      list: [ prc, geoip ]\n"
	"      operated: [ cn ]\n"
	"      located: [ CN, HK, unknown ]\n"
	"      asn: [ AS4134, 37963 ]\n"
	"      network: [ 8.128.0.0/10, \"2001:250::/32\" ]\n"
	"      qtype: [ A, https, TYPE99 ]\n"
	"      sources: 2\n"
	"    action: sinkhole\n"
	"  - { rule: owned, match: { owned: [ HK, MO ] }, action: refuse }\n"
	"otherwise: log\n"
	"block: { ipv4: 10.0.0.1, ipv6: \"fd00::1\", ttl: 5min, explain: \"blocked, call 4400\" }\n"
	"state: /srv/state\n"
	"journal:\n"
	"  directory: log\n"
	"  queries: { keep: 0, max_size: 1 GiB, clients: truncated }\n"
	"  events: { keep: 2 years, clients: none }\n"
	"control: run/control.sock\n";

static void test_scalars(void **state)
{
	struct conf *c = parse(full);

	(void)state;
	assert_string_equal(c->site, "brno-substation-1");
	assert_int_equal(c->mode, MODE_ENFORCE);
	assert_string_equal(c->timezone, "Europe/Prague");
	assert_string_equal(c->user, "dns");
	assert_int_equal(c->listen_count, 3);
	assert_endpoint(&c->listen[2], "10.20.0.2:53");
	assert_int_equal(c->workers, 4);
	assert_int_equal(c->resolvers, 2);
	assert_false(c->upstreams_system);
	assert_int_equal(c->upstream_count, 3);
	assert_endpoint(&c->upstreams[0], "192.0.2.53:53");
	assert_endpoint(&c->upstreams[1], "192.0.2.54:5300");
	assert_endpoint(&c->upstreams[2], "[2001:db8::53]:53");
	assert_int_equal(c->validate, CONF_VALIDATE_YES);
	assert_string_equal(c->trust_anchors, "/etc/celnik/keys/root.key");
	assert_int_equal(c->cache_size, UINT64_C(1) << 30);
	assert_int_equal(c->cache_max_ttl_s, 600);
	assert_int_equal(c->limits.queries_per_second, 0);
	assert_int_equal(c->limits.outstanding_misses, 7);
	assert_int_equal(c->limits.responses_per_second, 8);
	assert_int_equal(c->limits.refusals_per_second, 9);
	assert_int_equal(c->limits.ipv6_network, 64);
	assert_int_equal(c->limits.tcp_connections, 11);
	assert_int_equal(c->limits.tcp_connections_per_client, 12);
	assert_int_equal(c->limits.tcp_idle_s, 30);
	assert_int_equal(c->geoip_country_count, 2);
	assert_string_equal(c->geoip_country[1], "/etc/celnik/b.mmdb");
	assert_string_equal(c->geoip_asn, "/etc/celnik/asn.mmdb");
	assert_int_equal(c->otherwise, ACTION_LOG);
	assert_int_equal(c->block.ttl_s, 300);
	assert_string_equal(c->block.explain, "blocked, call 4400");
	assert_string_equal(c->state, "/srv/state");
	assert_string_equal(c->journal_directory, "/etc/celnik/log");
	assert_int_equal(c->queries.keep_s, 0);
	assert_int_equal(c->queries.clients, CONF_CLIENTS_TRUNCATED);
	assert_int_equal(c->events.clients, CONF_CLIENTS_NONE);
	assert_string_equal(c->control, "/etc/celnik/run/control.sock");
	conf_free(c);
}

static void test_clients(void **state)
{
	struct conf *c = parse(full);
	struct inet_addr addr;

	(void)state;
	assert_int_equal(c->group_count, 3);
	assert_string_equal(c->groups[0].name, "ot");
	assert_string_equal(c->groups[2].name, "office");
	assert_int_equal(c->groups[1].journal, CONF_JOURNAL_NONE);
	assert_int_equal(c->groups[2].journal, CONF_JOURNAL_EVENTS);
	assert_int_equal(c->groups[2].network_count, 2);
	assert_int_equal(c->groups[2].networks[0].len, 112);
	assert_int_equal(c->groups[2].networks[1].len, 48);
	assert_int_equal(c->groups[2].place.line, 12);
	assert_int_equal(c->device_count, 3);
	assert_int_equal(inet_addr_parse(SPAN_LITERAL("10.20.8.11"), &addr), 0);
	assert_string_equal(conf_device_name(c, &addr), "cam-gate-north");
	assert_int_equal(inet_addr_parse(SPAN_LITERAL("fd00:30::1"), &addr), 0);
	assert_string_equal(conf_device_name(c, &addr), "printer");
	assert_int_equal(inet_addr_parse(SPAN_LITERAL("10.20.8.13"), &addr), 0);
	assert_null(conf_device_name(c, &addr));
	conf_free(c);
}

static void test_zones_and_lists(void **state)
{
	struct conf *c = parse(full);
	char text[NAME_TEXT_MAX];

	(void)state;
	assert_int_equal(c->zone_count, 2);
	assert_string_equal(name_format(&c->zones[0].zone, text), "corp.example.cz");
	assert_int_equal(c->zones[0].server_count, 2);
	assert_true(c->zones[0].validate);
	assert_false(c->zones[1].validate);
	assert_string_equal(c->lists_store, "/etc/celnik/store");
	assert_int_equal(c->source_count, 3);
	assert_int_equal(c->sources[0].format, CONF_FORMAT_SHIPPED);
	assert_int_equal(c->sources[0].file_count, 1);
	assert_string_equal(c->sources[0].files[0], "/srv/lists");
	assert_int_equal(c->sources[0].confidence, CONFIDENCE_LOW);
	assert_int_equal(c->sources[1].format, CONF_FORMAT_TSV);
	assert_string_equal(c->sources[1].files[0], "/etc/celnik/a.tsv");
	assert_string_equal(c->sources[1].files[1], "/b.tsv");
	assert_int_equal(c->sources[1].shrink_percent, 10);
	assert_int_equal(c->sources[1].confidence, CONFIDENCE_MEDIUM);
	assert_null(c->sources[1].vendor);
	assert_true(c->sources[2].scope_exact);
	assert_int_equal(c->sources[2].shrink_percent, 50);
	assert_string_equal(c->sources[2].vendor, "tuya");
	assert_string_equal(c->sources[2].category, "iot");
	conf_free(c);
}

static void test_rules(void **state)
{
	struct conf *c = parse(full);
	const struct conf_match *m;

	(void)state;
	assert_int_equal(c->rule_count, 3);
	assert_string_equal(c->rules[0].name, "camera-clouds");
	assert_string_equal(c->rules[0].place.file, "/etc/celnik/c.yaml");
	assert_int_equal(c->rules[0].place.line, 36);
	assert_int_equal(c->rules[0].place.column, 5);
	assert_int_equal(c->rules[0].groups, 3);
	assert_int_equal(c->rules[0].match_count, 2);
	assert_int_equal(c->rules[0].action, ACTION_NXDOMAIN);
	m = &c->rules[0].matches[1];
	assert_int_equal(m->vendor_count, 2);
	assert_string_equal(m->vendors[1], "dahua");
	assert_int_equal(m->on, 1 << ON_QNAME | 1 << ON_CNAME);
	assert_true(c->rules[1].groups == UINT64_MAX);
	assert_int_equal(c->rules[1].match_count, 1);
	m = c->rules[1].matches;
	assert_int_equal(m->on, 0);
	assert_int_equal(m->name_count, 3);
	assert_true(m->names[0].self && !m->names[0].below);
	assert_true(!m->names[1].self && m->names[1].below);
	assert_true(m->names[2].self && m->names[2].below);
	assert_string_equal(m->lists[1], "geoip");
	assert_string_equal(m->operated[0], "CN");
	assert_string_equal(m->located[2], "--");
	assert_int_equal(m->asns[0], 4134);
	assert_int_equal(m->network_count, 2);
	assert_int_equal(m->qtypes[1], RR_HTTPS);
	assert_int_equal(m->qtypes[2], 99);
	assert_int_equal(m->sources, 2);
	conf_free(c);
}

/* The numbers that the schema keeps for layers which this one does not know. */
static void test_places_as_the_judge_numbers_them(void **state)
{
	char text[512];

	(void)state;
	for (unsigned on = ON_QNAME; on <= ON_EMBEDDED; on++) {
		struct conf *c;

		snprintf(text, sizeof(text),
			MINIMAL
			"lists: { sources: { name: l, shipped: prc } }\n"
			"policy: [ { rule: r, match: { vendor: v, on: %s }, action: log } ]\n",
			on_text[on]);
		c = parse(text);
		assert_int_equal(c->rules[0].matches[0].on, 1u << on);
		conf_free(c);
	}
}

static char directory[] = "/tmp/celnik-conf-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[4][256];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", directory, name);
	return path[at];
}

static void put_file(const char *name, const char *text)
{
	assert_int_equal(file_replace(path_of(name), span_text(text), 0600), 0);
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	return file_make_directory(path_of("conf.d"), 0700);
}

static int remove_directory(void **state)
{
	static const char *const names[] = {"main.yaml", "conf.d/10.yaml", "conf.d/9.yaml",
		"conf.d/.hidden.yaml", "conf.d/empty.yaml"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(path_of("conf.d"));
	return rmdir(directory);
}

static void put_bundle(void)
{
	put_file("main.yaml",
		"version: 1\ninclude: [ \"conf.d/*.yaml\", none/*.yaml ]\n"
		"clients: { a: { networks: 10.0.0.0/8 } }\n"
		"lists: { store: s, sources: { name: one, files: 1, format: cidr } }\n"
		"policy:\n  - { rule: main, clients: a, match: { name: m.cz }, action: log }\n");
	put_file("conf.d/10.yaml",
		"version: 1\nclients: { b: { networks: 11.0.0.0/8 } }\nsite: parts\n"
		"lists: { sources: [ { name: two, files: 2, format: cidr } ] }\n"
		"policy: { rule: ten, clients: [ a, c ], match: { list: [ one, two ] }, action: "
		"log }\n");
	put_file("conf.d/9.yaml", "clients: { c: { networks: 12.0.0.0/8 } }\n"
				  "devices: { 12.0.0.1: x }\njournal: { queries: { keep: 1d } }\n"
				  "policy:\n  - { rule: nine, action: allow }\n");
	put_file("conf.d/.hidden.yaml", "rubbish\n");
	put_file("conf.d/empty.yaml", "# nothing yet\n");
}

static struct conf_files *read_bundle(struct report *report)
{
	struct conf_files *files = NULL;

	if (conf_files_read(path_of("main.yaml"), report, &files) != 0) {
		report_print(report, stderr);
		fail();
	}
	return files;
}

/* Parts add to lists and mappings, in the order of their names. */
static void test_include(void **state)
{
	struct report *report = report_new(100);
	struct conf_files *files;
	struct conf *c = NULL;

	(void)state;
	put_bundle();
	files = read_bundle(report);
	assert_int_equal(conf_parse(files, report, &c), 0);
	assert_int_equal(c->group_count, 3);
	assert_string_equal(c->site, "parts");
	assert_int_equal(c->source_count, 2);
	assert_string_equal(c->sources[1].files[0], path_of("2"));
	assert_string_equal(c->lists_store, path_of("s"));
	assert_int_equal(c->rule_count, 3);
	assert_string_equal(c->rules[1].name, "ten");
	assert_string_equal(c->rules[1].place.file, path_of("conf.d/10.yaml"));
	assert_int_equal(c->rules[1].groups, 5);
	assert_string_equal(c->rules[2].name, "nine");
	assert_int_equal(c->device_count, 1);
	assert_int_equal(c->queries.keep_s, 86400);
	conf_free(c);
	conf_files_free(files);
	report_free(report);
}

/* Whoever gets the sealed bundle sees the same configuration. */
static void test_seal(void **state)
{
	struct report *report = report_new(100);
	struct conf_files *files, *copy = NULL;
	struct conf *c = NULL, *d = NULL;
	int fd = -1;

	(void)state;
	put_bundle();
	files = read_bundle(report);
	assert_int_equal(conf_files_seal(files, &fd), 0);
	assert_int_equal(conf_files_unseal(fd, &copy), 0);
	assert_int_equal(conf_parse(files, report, &c), 0);
	assert_int_equal(conf_parse(copy, report, &d), 0);
	assert_string_equal(c->path, d->path);
	assert_memory_equal(c->digest, d->digest, DIGEST_LEN);
	assert_memory_equal(c->lists_digest, d->lists_digest, DIGEST_LEN);
	assert_string_equal(d->rules[1].place.file, path_of("conf.d/10.yaml"));
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	conf_free(c);
	conf_free(d);
	conf_files_free(files);
	conf_files_free(copy);
	report_free(report);
}

static void test_unseal_refuses(void **state)
{
	static const char magic[] = "celnik configuration 1\n";
	struct report *report = report_new(100);
	struct conf_files *files, *copy = NULL;
	char *sealed = NULL;
	size_t len = 0;
	int fd = -1;

	(void)state;
	put_bundle();
	files = read_bundle(report);
	assert_int_equal(conf_files_seal(files, &fd), 0);
	assert_int_equal(file_read_fd(fd, 1 << 20, &sealed, &len), 0);
	close(fd);
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(file_seal_span(span_of(sealed, cut), "cut", &fd), 0);
		assert_int_equal(conf_files_unseal(fd, &copy), ERR_FORMAT);
		close(fd);
	}
	sealed[sizeof(magic) - 1 + 8] = (char)0xff; /* the length of the first part */
	assert_int_equal(file_seal_span(span_of(sealed, len), "long", &fd), 0);
	assert_int_equal(conf_files_unseal(fd, &copy), ERR_FORMAT);
	close(fd);
	assert_null(copy);
	free(sealed);
	conf_files_free(files);
	report_free(report);
}

/* The kept text has the digest that logs name, and does not depend on how the path was written. */
static void test_text(void **state)
{
	struct report *report = report_new(100);
	struct conf_files *files, *here = NULL;
	struct conf *c = NULL;
	uint8_t digest[DIGEST_LEN];
	char *text = NULL, *same = NULL, before[512];
	size_t len = 0, same_len = 0;

	(void)state;
	put_bundle();
	files = read_bundle(report);
	assert_int_equal(conf_files_text(files, &text, &len), 0);
	assert_int_equal(conf_parse(files, report, &c), 0);
	assert_int_equal(digest_of(span_of(text, len), digest), 0);
	assert_memory_equal(c->digest, digest, DIGEST_LEN);
	assert_int_equal(strncmp(text, "# main.yaml\nversion: 1\n", 23), 0);
	assert_non_null(strstr(text, "\n# conf.d/9.yaml\nclients: { c:"));
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(directory), 0);
	assert_int_equal(conf_files_read("./main.yaml", report, &here), 0);
	assert_int_equal(conf_files_text(here, &same, &same_len), 0);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(same_len, len);
	assert_memory_equal(text, same, len);
	free(text);
	free(same);
	conf_free(c);
	conf_files_free(files);
	conf_files_free(here);
	report_free(report);
}

static void digest_lists(const char *lists, uint8_t out[DIGEST_LEN])
{
	char text[1024];
	struct conf *c;

	snprintf(text, sizeof(text), MINIMAL "%s", lists);
	c = parse(text);
	memcpy(out, c->lists_digest, DIGEST_LEN);
	conf_free(c);
}

static void test_formats_of_lists(void **state)
{
	struct conf *c = parse(
		MINIMAL "lists:\n  sources:\n"
			"  - { name: a, files: x, format: hosts }\n"
			"  - { name: b, files: x, format: hosts, scope: suffix }\n"
			"  - { name: c, files: x, format: delegated, countries: [ CN, HK ] }\n"
			"  - { name: d, files: x, format: v2fly, attributes: [ cn, \"-ads\" ], "
			"vendor: v }\n"
			"  - { name: e, files: x, format: rpz, category: c }\n");

	(void)state;
	assert_int_equal(c->source_count, 5);
	assert_true(c->sources[0].scope_exact);
	assert_false(c->sources[1].scope_exact);
	assert_int_equal(c->sources[2].country_count, 2);
	assert_string_equal(c->sources[2].countries[1], "HK");
	assert_int_equal(c->sources[3].attribute_count, 2);
	assert_string_equal(c->sources[3].attributes[1], "-ads");
	assert_int_equal(c->sources[4].format, CONF_FORMAT_RPZ);
	conf_free(c);
}

static void test_lists_digest(void **state)
{
	static const char *const differ[] = {
		"lists: { sources: [ { name: b, files: x, format: domains } ] }\n",
		"lists: { sources: [ { name: a, files: y, format: domains } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: cidr } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: domains, scope: exact } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: domains, vendor: v } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: domains, category: v } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: domains, confidence: low } ] }\n",
		"lists: { sources: [ { name: a, files: [ x, x ], format: domains } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: hosts } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: hosts, scope: suffix } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: v2fly } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: v2fly, attributes: cn } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: delegated } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: delegated, countries: CN } ] }\n",
		"lists: { sources: [ { name: a, files: x, format: domains } ] }\n"
		"zones: [ { zone: corp.example.cz, servers: 10.0.0.1 } ]\n",
		"",
	};
	uint8_t all[sizeof(differ) / sizeof(differ[0])][DIGEST_LEN];
	uint8_t first[DIGEST_LEN], other[DIGEST_LEN];

	(void)state;
	digest_lists("lists: { sources: [ { name: a, files: x, format: domains } ] }\n", first);
	digest_lists("# moved\nmode: enforce\nlists:\n  store: elsewhere\n  sources:\n"
		     "  - name: a\n    format: domains\n    files: [ /etc/celnik/x ]\n",
		other);
	assert_memory_equal(first, other, DIGEST_LEN);
	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++) {
		digest_lists(differ[i], other);
		assert_memory_not_equal(first, other, DIGEST_LEN);
		memcpy(all[i], other, DIGEST_LEN);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(all[j], other, DIGEST_LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_zones_and_lists),
		cmocka_unit_test(test_formats_of_lists),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_places_as_the_judge_numbers_them),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_unseal_refuses),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_lists_digest),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
