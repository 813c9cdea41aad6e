/* SPDX-License-Identifier: BSD-3-Clause */

/* What is wrong with keys, values and sections, and where, as an operator sees it. */

#include "conf_check.h"

static void test_keys(void **state)
{
	static const struct error_case cases[] = {
		{"mod: observe\n",
			{"f:3:1: error: unknown key 'mod' at the top; did you mean 'mode'?"}},
		{"polciy: []\n",
			{"f:3:1: error: unknown key 'polciy' at the top; did you mean 'policy'?"}},
		{"rules: []\n",
			{"f:3:1: error: unknown key 'rules' at the top; did you mean 'policy'?"}},
		{"max_ttl: 1h\n",
			{"f:3:1: error: unknown key 'max_ttl' at the top; it is a key in 'cache'"}},
		{"x: 1\n",
			{"f:3:1: error: unknown key 'x' at the top; known are version, include,"}},
		{"cache: { sise: 1 GiB }\n",
			{"f:3:10: error: unknown key 'sise' in 'cache'; did you mean 'size'?"}},
		{"mode: observe\nmode: enforce\n",
			{"f:4:1: error: 'mode' stands here a second time"}},
		{"mode:\n", {"f:3:1: error: 'mode' has no value; "}},
		{"mode: [ observe ]\n", {"f:3:7: error: 'mode' takes one value; "}},
		{"mode: {}\n", {"f:3:7: error: 'mode' takes one value; "}},
		{"journal: { events: { fsync: 1s } }\n",
			{"f:3:22: error: unknown key 'fsync' in 'events'"}},
		{"listen: []\n", {"f:3:9: error: 'listen' is an empty list; "}},
		{"listen: [ { a: b } ]\n", {"f:3:11: error: 'listen' takes a plain list; "}},
		{"cache: 1 GiB\n",
			{"f:3:8: error: 'cache' takes a mapping; write for example cache: {"}},
		{"policy: all\n", {"f:3:9: error: 'policy' takes a mapping; "}},
		{"policy:\nexceptions:\nzones:\ngeoip:\ndevices:\n", {NULL}},
	};

	(void)state;
	CHECK(cases);
}

static void test_values(void **state)
{
	static const struct error_case cases[] = {
		{"mode: enforced\n",
			{"f:3:7: error: unknown mode 'enforced'; did you mean 'enforce'?"}},
		{"workers: 1000\n", {"f:3:10: error: '1000' is out of range for 'workers'; write "
				     "auto or 1 to 64"}},
		{"workers: many\n",
			{"f:3:10: error: bad value 'many' for 'workers'; write a number or auto"}},
		{"cache: { size: 256 }\n",
			{"f:3:16: error: bad value '256' for 'size'; write a size such as"}},
		{"cache: { size: 1 KiB }\n",
			{"f:3:16: error: '1 KiB' is out of range for 'size'; write a size from"}},
		{"limits: { ipv6_network: 65 }\n",
			{"f:3:25: error: '65' is out of range for 'ipv6_network'; write 32 to 64"}},
		{"limits: { tcp_connections: 0 }\n",
			{"f:3:28: error: '0' is out of range for 'tcp_connections'; write 1 to"}},
		{"limits: { queries_per_second: 1000001 }\n",
			{"f:3:31: error: '1000001' is out of range for 'queries_per_second'; "}},
		{"limits: { outstanding_misses: none }\n",
			{"f:3:31: error: bad value 'none' for 'outstanding_misses'; "}},
		{"limits: { tcp_idle: 2h }\n",
			{"f:3:21: error: '2h' is out of range for 'tcp_idle'; write a duration"}},
		{"block: { ttl: 3x }\n",
			{"f:3:15: error: bad value '3x' for 'ttl'; write a duration such as"}},
		{"block: { ipv4: \"::\" }\n", {"f:3:16: error: bad value '::' for 'ipv4'; "}},
		{"block: { ipv6: 1.2.3.4 }\n", {"f:3:16: error: bad value '1.2.3.4' for 'ipv6'; "}},
		{"block: { explain: \"\" }\n",
			{"f:3:19: error: 'explain' holds 1 to 200 octets; "}},
		{"listen: 127.0.0.1:0\n", {"f:3:9: error: bad value '127.0.0.1:0' for 'listen'; "}},
		{"timezone: ../../etc/passwd\n", {"f:3:11: error: bad value"}},
		{"site: a b\n", {"f:3:7: error: bad value 'a b' for 'site'; "}},
		{"devices: { 10.0.0.300: x }\n",
			{"f:3:12: error: bad address '10.0.0.300' in 'devices'; "}},
		{"devices: { 10.0.0.1: x, \"::ffff:10.0.0.1\": y }\n",
			{"f:3:1: error: the device "}},
		{"devices: [ x ]\n", {"f:3:10: error: 'devices' takes a mapping; "}},
		{"zones: [ { zone: ., servers: 192.0.2.1 } ]\n",
			{"f:3:18: error: the root is no internal zone; "}},
		{"zones: [ { zone: b\xc3\xbc"
		 "cher.cz, servers: 192.0.2.1 } ]\n",
			{"f:3:18: error: 'b\xc3\xbc"
			 "cher.cz' has letters beyond ASCII; write the name's xn-- form"}},
		{"zones: [ { zone: a.cz, servers: 192.0.2.1 }, { zone: A.CZ, servers: 192.0.2.2 } "
		 "]\n",
			{"f:3:54: error: the zone 'a.cz' stands twice, first in line 3; "}},
		{"zones: [ { zone: a.cz } ]\n",
			{"f:3:10: error: 'servers' is missing in an item of 'zones'; "}},
		{"control: /a-path-that-is-far-too-long-for-the-address-of-a-unix-socket/"
		 "which-takes-one-hundred-and-seven-octets\n",
			{"f:3:10: error: the path of 'control' is longer than 100 octets; "}},
	};

	(void)state;
	CHECK(cases);
}

static void test_version(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"clients: { a: { networks: 10.0.0.0/8 } }\n",
			"f:1:1: error: 'version' is missing at the top; "},
		{"version: 2\nclients: { a: { networks: 10.0.0.0/8 } }\n",
			"f:1:10: error: this celnik reads version 1 alone; "},
		{"version: 1\n", "f:1:1: error: 'clients' is missing at the top; "},
		{"version: 1\nclients: {}\n", "f:2:10: error: 'clients' is empty; "},
		{"version: 1\nclients:\n", "f:2:1: error: 'clients' has no value; "},
		{"version: 1\nclients: { a: {} }\n",
			"f:2:12: error: 'networks' is missing in a group of 'clients'; "},
		{"version: 1\nclients: { a: 10.0.0.0/8 }\n",
			"f:2:15: error: 'a' in 'clients' takes a mapping; "},
		{"version: 1\nclients: { \"a b\": { networks: 10.0.0.0/8 } }\n",
			"f:2:12: error: bad name 'a b' in 'clients'; "},
		{"", "f:1:1: error: a configuration holds 'key: value' lines; "},
		{"- a\n", "f:1:1: error: a configuration holds 'key: value' lines; "},
		{"version: 1\nclients: [\n", "f:2:10: error: not valid YAML: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome o = check(cases[i].text);

		if (o.errors != 1 ||
			strncmp(o.messages, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s\nsays\n%s", cases[i].text, o.messages);
		free(o.messages);
	}
}

/* Right, and yet mostly not meant so. */
static void test_warnings(void **state)
{
	static const struct error_case cases[] = {
		{"devices: { 10.1.2.3: cam, 12.1.2.3: lost, \"2001:db8::1\": six }\n",
			{"f:3:27: warning: the device '12.1.2.3' is in no network of 'clients'",
				"f:3:43: warning: the device '2001:db8::1' is in no network"}},
		/* Of a file with errors only these are told. */
		{"devices: { 12.1.2.3: lost }\nmode: x\n", {"f:4:7: error: unknown mode"}},
	};
	static const struct {
		const char *networks, *message; /* NULL: none */
	} networks[] = {
		{"10.20.8.0", "f:2:27: warning: '10.20.8.0' is one address; write 10.20.8.0/24"},
		{"10.20.8.0/32", NULL},
		{"10.20.8.1", NULL},
		{"\"fd00::\"", NULL},
		{"0.0.0.0/0", "f:2:27: warning: '0.0.0.0/0' lets the whole Internet ask"},
		{"\"::/0\"", "f:2:27: warning: '::/0' lets the whole Internet ask"},
		{"10.0.0.0/8", NULL},
	};

	(void)state;
	CHECK(cases);
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		const char *message = networks[i].message ? networks[i].message : "";
		char text[256];
		struct outcome o;

		snprintf(text, sizeof(text), "version: 1\nclients: { a: { networks: %s } }\n",
			networks[i].networks);
		o = check(text);
		if (o.warnings != !!networks[i].message ||
			strncmp(o.messages, message, strlen(message)) != 0)
			fail_msg("%s\nsays\n%s", text, o.messages);
		free(o.messages);
	}
}

static void test_networks(void **state)
{
	static const struct {
		const char *clients, *message;
	} cases[] = {
		{"a: { networks: [ 10.20.8.1/24 ] }",
			"f:2:29: error: bad prefix '10.20.8.1/24': bits behind the prefix length "
			"are set; write 10.20.8.0/24"},
		{"a: { networks: [ \"fd00::1/64\" ] }",
			"f:2:29: error: bad prefix 'fd00::1/64': bits behind the prefix length are "
			"set; write fd00::/64"},
		{"a: { networks: [ 10.20.8/24 ] }",
			"f:2:29: error: bad value '10.20.8/24' for 'networks'; "},
		{"a: { networks: 10.0.0.0/8 }, b: { networks: [ 11.0.0.0/8, 10.0.0.0/8 ] }",
			"f:2:70: error: the network 10.0.0.0/8 belongs to 'a' already, in f:2; "},
		{"a: { networks: [ 10.0.0.0/8, 10.0.0.0/8 ] }",
			"f:2:41: error: the network 10.0.0.0/8 belongs to 'a' already"},
		{"a: { networks: 10.0.0.0/8 }, b: { networks: 10.0.0.0/9 }", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct outcome o;

		snprintf(text, sizeof(text), "version: 1\nclients: { %s }\n", cases[i].clients);
		o = check(text);
		if (o.errors != (cases[i].message != NULL) ||
			(cases[i].message && strncmp(o.messages, cases[i].message,
						     strlen(cases[i].message)) != 0))
			fail_msg("%s\nsays\n%s", text, o.messages);
		free(o.messages);
	}
}

static void test_loops(void **state)
{
	static const struct error_case cases[] = {
		{"upstreams: [ 192.0.2.1, \"127.0.0.1:5335\" ]\n",
			{"f:3:25: error: celnik listens on '127.0.0.1:5335' itself"}},
		{"upstreams: \"[::1]:5335\"\n",
			{"f:3:12: error: celnik listens on '[::1]:5335' itself"}},
		{"upstreams: 127.0.0.1\n", {NULL}},
		{"listen: 0.0.0.0\nupstreams: 127.0.0.53\n",
			{"f:4:12: error: celnik listens on '127.0.0.53' itself"}},
		{"listen: \"::\"\nupstreams: 127.0.0.53\n", {"f:4:12: error: celnik listens on"}},
		{"listen: 0.0.0.0\nupstreams: \"::1\"\n", {NULL}},
		{"upstreams: 0.0.0.0\n", {"f:3:12: error: '0.0.0.0' is no address of a server; "}},
		{"listen: 10.0.0.1\nzones: [ { zone: a.cz, servers: 10.0.0.1 } ]\n",
			{"f:4:33: error: celnik listens on '10.0.0.1' itself"}},
		{"listen: [ 10.0.0.1, 10.0.0.1:53 ]\n",
			{"f:3:1: error: 'listen' names 10.0.0.1:53 twice; "}},
		{"listen: [ 127.0.0.1, 0.0.0.0 ]\n", {"f:3:1: error: 'listen' names 127.0.0.1:53 "
						      "and 0.0.0.0:53, of which one "}},
		{"listen: [ \"::\", \"::1\" ]\n", {"f:3:1: error: 'listen' names [::]:53 and "}},
		{"listen: [ \"::\", 0.0.0.0, 127.0.0.1:5300 ]\n", {NULL}},
		{"upstreams: sistem\n", {"f:3:12: error: bad value 'sistem' for 'upstreams'; "}},
	};

	(void)state;
	CHECK(cases);
}

static void test_sources_of_lists(void **state)
{
	static const struct error_case cases[] = {
		{"lists: { sources: [ { name: x } ] }\n",
			{"f:3:21: error: a source without files; "}},
		{"lists: { sources: [ { files: x, format: tsv } ] }\n",
			{"f:3:21: error: 'name' is missing in a source of 'lists'; "}},
		{"lists: { sources: [ { name: x, files: y } ] }\n",
			{"f:3:21: error: 'format' is missing in a source of 'lists'; "}},
		{"lists: { sources: [ { name: x, shipped: prx } ] }\n",
			{"f:3:41: error: unknown shipped list 'prx'; write shipped: prc"}},
		{"lists: { sources: [ { name: x, shipped: prc, files: y } ] }\n",
			{"f:3:46: error: a shipped list has its files and formats; "}},
		{"lists: { sources: [ { name: x, files: y, format: tsv, vendor: z } ] }\n",
			{"f:3:55: error: 'vendor' is for lists of the format"}},
		{"lists: { sources: [ { name: x, files: y, format: cidr, scope: exact } ] }\n",
			{"f:3:56: error: 'scope' is for lists of the format"}},
		{"lists: { sources: [ { name: x, files: y, format: rpz, scope: exact } ] }\n",
			{"f:3:55: error: 'scope' is for lists of the format domains or hosts; "}},
		{"lists: { sources: [ { name: x, files: y, format: delegated, vendor: z } ] }\n",
			{"f:3:61: error: 'vendor' is for lists of the format"}},
		{"lists: { sources: [ { name: x, files: y, format: cidr, countries: CN } ] }\n",
			{"f:3:56: error: 'countries' is for lists of the format delegated; "}},
		{"lists: { sources: [ { name: x, files: y, format: hosts, attributes: z } ] }\n",
			{"f:3:57: error: 'attributes' is for lists of the format v2fly; "}},
		{"lists: { sources: [ { name: x, files: y, format: v2fly, attributes: \"@cn\" } ] "
		 "}\n",
			{"f:3:69: error: 'attributes' are words such as cn"}},
		{"lists: { sources: [ { name: geoip, shipped: prc } ] }\n",
			{"f:3:29: error: the name 'geoip' belongs to a built-in list; "}},
		{"lists:\n  sources:\n  - { name: x, shipped: prc }\n  - { name: x, shipped: prc "
		 "}\n",
			{"f:6:13: error: a list named 'x' stands already in line 5; "}},
		{"lists: { sources: [ { name: x, files: y, format: csv } ] }\n",
			{"f:3:50: error: unknown format 'csv'; "}},
		{"lists: { sources: [ { name: x, files: y, format: delegated, countries: [ CN, X ] "
		 "} ] }\n",
			{"f:3:78: error: bad value 'X' for 'countries'; write an ISO 3166 code"}},
	};

	(void)state;
	CHECK(cases);
}

/* One inside another is fine where the groups differ. */
static void test_nested_networks(void **state)
{
	static const struct {
		const char *clients, *message;
	} cases[] = {
		{"a: { networks: [ 10.0.0.0/8, 10.1.0.0/16 ] }",
			"f:2:41: warning: the network 10.1.0.0/16 makes no difference: 'a' has "
			"10.0.0.0/8 around it; "},
		{"a: { networks: [ 10.1.1.1, 10.0.0.0/8 ] }",
			"f:2:29: warning: the network 10.1.1.1/32 makes no difference"},
		{"a: { networks: [ \"fd00::/48\", \"fd00::1:0/112\" ] }",
			"f:2:42: warning: the network fd00::1:0/112 makes no difference"},
		{"a: { networks: 10.0.0.0/8 }, b: { networks: 10.1.0.0/16 }", NULL},
		{"a: { networks: [ 10.0.0.0/8, 10.1.2.0/24 ] }, b: { networks: 10.1.0.0/16 }",
			NULL},
		{"a: { networks: [ 10.0.0.0/16, 10.1.0.0/16 ] }", NULL},
		{"a: { networks: [ \"2000::/3\", 32.1.0.0/16 ] }", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *expected = cases[i].message ? cases[i].message : "";
		char text[512];
		struct outcome o;

		snprintf(text, sizeof(text), "version: 1\nclients: { %s }\n", cases[i].clients);
		o = check(text);
		if (o.errors || o.warnings != !!cases[i].message ||
			strncmp(o.messages, expected, strlen(expected)) != 0)
			fail_msg("%s\nsays\n%s", cases[i].clients, o.messages);
		free(o.messages);
	}
}

static void test_later(void **state)
{
	static const struct error_case cases[] = {
		{"otherwise: strip\n", {"f:3:12: error: unknown otherwise 'strip'"}},
		{"policy: [ { rule: r, match: { list: dns-bypas }, action: log } ]\n",
			{"f:3:37: error: unknown list 'dns-bypas'"}},
	};

	(void)state;
	CHECK(cases);
}

#define EXCEPTION "id: E1, names: .x.cz, reason: because, owner: me"

static void test_exceptions(void **state)
{
	static const struct error_case cases[] = {
		{"exceptions: [ { " EXCEPTION ", expires: 2027-06-30 } ]\n", {NULL}},
		{"exceptions: [ { " EXCEPTION " } ]\n",
			{"f:3:15: error: 'expires' is missing in an item of 'exceptions'; "}},
		{"exceptions: [ { " EXCEPTION ", expires: 2027-11-26 } ]\n",
			{"f:3:76: error: 'expires' is more than a year ahead; write at most "
			 "2027-11-25"}},
		{"exceptions: [ { " EXCEPTION ", expires: 2027-11-25 } ]\n", {NULL}},
		{"exceptions: [ { " EXCEPTION ", expires: 2026-11-20 } ]\n",
			{"f:3:76: warning: the exception 'E1' has expired; "}},
		{"exceptions: [ { " EXCEPTION ", expires: soon } ]\n",
			{"f:3:76: error: bad value 'soon' for 'expires'; write a date"}},
		{"exceptions: [ { id: E1, reason: r, owner: o, expires: 2027-06-30 } ]\n",
			{"f:3:15: error: an exception for nothing; "}},
		{"exceptions: [ { " EXCEPTION ", clients: c, expires: 2027-06-30 } ]\n",
			{"f:3:76: error: unknown group 'c'; "}},
		{"exceptions: [ { id: E1, names: x.cz, owner: me, expires: 2027-06-30 } ]\n",
			{"f:3:15: error: 'reason' is missing"}},
		{"exceptions: [ { id: E1, names: x.cz, reason: r, expires: 2027-06-30 } ]\n",
			{"f:3:15: error: 'owner' is missing"}},
		{"exceptions: [ { " EXCEPTION ", expire: 2027-06-30 } ]\n",
			{"f:3:67: error: unknown key 'expire' in an item of 'exceptions'; did you "
			 "mean 'expires'?"}},
	};

	(void)state;
	CHECK(cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_nested_networks),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_sources_of_lists),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
