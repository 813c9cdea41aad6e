/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "resolver/settings.h"

static const uint8_t address[4] = {192, 0, 2, 53};

static struct inet_endpoint endpoint(uint16_t port)
{
	return (struct inet_endpoint){inet_addr_v4(address), port};
}

static struct conf_zone zone(const char *name, const struct inet_endpoint *server, bool validate)
{
	struct conf_zone z = {.servers = server, .server_count = 1, .validate = validate};

	assert_int_equal(name_parse(span_text(name), &z.zone), 0);
	return z;
}

static void write_settings(const struct settings *s, struct buf *b)
{
	buf_init_heap(b, 1 << 20);
	assert_int_equal(settings_write(s, b), 0);
	/* Debian's libunbound would send plain text to a TLS port. */
	assert_null(strstr(buf_text(b), "tls"));
	assert_null(strstr(buf_text(b), "unwanted-reply-threshold"));
}

static void assert_has(struct buf *b, const char *line)
{
	if (strstr(buf_text(b), line) == NULL)
		fail_msg("not in the settings: %s", line);
}

static void assert_has_not(struct buf *b, const char *line)
{
	if (strstr(buf_text(b), line) != NULL)
		fail_msg("in the settings: %s", line);
}

static void test_upstreams(void **state)
{
	const struct inet_endpoint upstreams[] = {endpoint(53), endpoint(5300)};
	const struct settings s = {.upstreams = upstreams,
		.upstream_count = 2,
		.validate = true,
		.cache_size = 64 << 20,
		.sockets = 512,
		.wait_ms = 300};
	struct buf b;

	(void)state;
	write_settings(&s, &b);
	assert_has(&b, "forward-zone:\n\tname: \".\"\n\tforward-addr: 192.0.2.53@53\n"
		       "\tforward-addr: 192.0.2.53@5300\n\tforward-first: no\n");
	assert_has(&b, "module-config: \"validator iterator\"\n");
	assert_has(&b, "outgoing-range: 512\n");
	assert_has(&b, "infra-cache-min-rtt: 300\n");
	assert_has(&b, "rrset-cache-size: 33554432\n");
	assert_has_not(&b, "local-zone");
	buf_release(&b);
}

static void test_no_upstream_never_asks_the_root(void **state)
{
	const struct settings s = {.sockets = 512};
	struct buf b;

	(void)state;
	write_settings(&s, &b);
	assert_has(&b, "local-zone: \".\" refuse\n");
	assert_has(&b, "module-config: \"iterator\"\n");
	assert_has_not(&b, "forward-zone");
	buf_release(&b);
}

static void test_zones(void **state)
{
	static const struct {
		const char *zone;
		bool validate;
		const char *has[4], *has_not[3];
	} cases[] = {
		{"corp.example", false,
			{"name: \"corp.example\"", "local-zone: \"corp.example\" transparent",
				"domain-insecure: \"corp.example\""},
			{"nodefault"}},
		{"corp.example", true, {"name: \"corp.example\""}, {"domain-insecure"}},
		{"1.168.192.in-addr.arpa", false,
			{"local-zone: \"1.168.192.in-addr.arpa\" transparent"}, {"nodefault"}},
		/* What is built in below is opened, what is not, not. */
		{"172.in-addr.arpa", false,
			{"local-zone: \"172.in-addr.arpa\" transparent",
				"local-zone: \"16.172.in-addr.arpa.\" nodefault",
				"local-zone: \"31.172.in-addr.arpa.\" nodefault"},
			{"10.in-addr.arpa.", "32.172", "168.192"}},
		{"in-addr.arpa", false,
			{"local-zone: \"10.in-addr.arpa.\" nodefault",
				"local-zone: \"127.100.in-addr.arpa.\" nodefault"},
			{"home.arpa", "ip6.arpa", "localhost."}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct inet_endpoint server = endpoint(53);
		const struct conf_zone z = zone(cases[i].zone, &server, cases[i].validate);
		const struct settings s = {.upstreams = &server,
			.upstream_count = 1,
			.zones = &z,
			.zone_count = 1,
			.sockets = 512};
		struct buf b;

		write_settings(&s, &b);
		for (size_t k = 0; k < 4 && cases[i].has[k]; k++)
			assert_has(&b, cases[i].has[k]);
		for (size_t k = 0; k < 3 && cases[i].has_not[k]; k++)
			assert_has_not(&b, cases[i].has_not[k]);
		buf_release(&b);
	}
}

/* A name never ends its quotation. */
static void test_strange_zone_names(void **state)
{
	const struct inet_endpoint server = endpoint(53);
	struct conf_zone z = zone("a\\\"\\010b.example", &server, false);
	const struct settings s = {.upstreams = &server,
		.upstream_count = 1,
		.zones = &z,
		.zone_count = 1,
		.sockets = 512};
	struct buf b;
	int err;

	(void)state;
	buf_init_heap(&b, 1 << 20);
	err = settings_write(&s, &b);
	if (err == 0)
		assert_has(&b, "name: \"a\\034\\010b.example\"");
	else
		assert_int_equal(err, ERR_FORMAT);
	buf_release(&b);
}

static void test_overflow(void **state)
{
	const struct settings s = {.sockets = 512};
	char storage[100];
	struct buf b;

	(void)state;
	buf_init_fixed(&b, storage, sizeof(storage));
	assert_int_equal(settings_write(&s, &b), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_no_upstream_never_asks_the_root),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_strange_zone_names),
		cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
