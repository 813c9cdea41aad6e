/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include "base/inet.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct inet_addr addr_of(const char *text)
{
	struct inet_addr a = {0};

	if (inet_addr_parse(span_text(text), &a) != 0)
		fail_msg("'%s' is not an address", text);
	return a;
}

static void addresses(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* NULL: not an address */
	} rows[] = {
		{"1.2.3.4", "1.2.3.4"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"::", "::"},
		{"::1", "::1"},
		{"2001:DB8::A", "2001:db8::a"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
		{"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"", NULL},
		{"1.2.3", NULL},
		{"1.2.3.4.5", NULL},
		{"1.2.3.256", NULL},
		{"01.2.3.4", NULL},
		{"1.2.3.00", NULL},
		{"0x1.2.3.4", NULL},
		{"1.2.3.4 ", NULL},
		{" 1.2.3.4", NULL},
		{"1.2.3.-4", NULL},
		{"16909060", NULL},
		{":::", NULL},
		{"1::2::3", NULL},
		{"12345::", NULL},
		{"fe80::1%eth0", NULL},
		{"[::1]", NULL},
		{"1:2:3:4:5:6:7:8:9", NULL},
		{"1:2:3:4:5:6:7", NULL},
		{"::ffff:01.2.3.4", NULL},
		{"0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct inet_addr a;
		char text[INET_TEXT_MAX];
		int err = inet_addr_parse(span_text(rows[i].text), &a);

		assert_int_equal(err, rows[i].formatted ? 0 : ERR_FORMAT);
		if (err)
			continue;
		assert_string_equal(inet_addr_format(&a, text), rows[i].formatted);
		assert_int_equal(a.is_v4, !strchr(rows[i].text, ':'));
	}
	assert_int_equal(
		inet_addr_parse(SPAN_LITERAL("1.2.3.4\0"), &(struct inet_addr){0}), ERR_FORMAT);
	assert_int_equal(inet_addr_parse(span_of(NULL, 0), &(struct inet_addr){0}), ERR_FORMAT);
}

static void v4_and_mapped_are_one(void **state)
{
	struct inet_addr v4 = addr_of("1.2.3.4"), mapped = addr_of("::ffff:1.2.3.4");
	struct inet_addr next = addr_of("1.2.3.5");

	(void)state;
	assert_int_equal(inet_addr_compare(&v4, &mapped), 0);
	assert_true(inet_addr_compare(&v4, &next) < 0);
	assert_true(inet_addr_compare(&next, &v4) > 0);
}

static void prefixes(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint8_t len;
		const char *formatted, *last;
	} rows[] = {
		{"10.20.0.0/24", 0, 120, "10.20.0.0/24", "10.20.0.255"},
		{"0.0.0.0/0", 0, 96, "0.0.0.0/0", "255.255.255.255"},
		{"10.0.0.0/9", 0, 105, "10.0.0.0/9", "10.127.255.255"},
		{"1.2.3.4", 0, 128, "1.2.3.4/32", "1.2.3.4"},
		{"1.2.3.4/32", 0, 128, "1.2.3.4/32", "1.2.3.4"},
		{"::/0", 0, 0, "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"fd00:30::/48", 0, 48, "fd00:30::/48", "fd00:30:0:ffff:ffff:ffff:ffff:ffff"},
		{"fc00::/7", 0, 7, "fc00::/7", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		{"::1", 0, 128, "::1/128", "::1"},
		{"10.20.0.1/24", ERR_LIMIT, 0, NULL, NULL},
		{"10.20.1.0/23", ERR_LIMIT, 0, NULL, NULL},
		{"2001:db8::1/127", ERR_LIMIT, 0, NULL, NULL},
		{"128.0.0.0/0", ERR_LIMIT, 0, NULL, NULL},
		{"10.0.0.0/33", ERR_FORMAT, 0, NULL, NULL},
		{"::/129", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0.0/", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0.0/08", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0.0/+8", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0.0/8/8", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0.0/4294967304", ERR_FORMAT, 0, NULL, NULL},
		{"10.0.0/8", ERR_FORMAT, 0, NULL, NULL},
		{"/8", ERR_FORMAT, 0, NULL, NULL},
		{"", ERR_FORMAT, 0, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct inet_prefix p;
		struct inet_addr last;
		char text[INET_PREFIX_TEXT_MAX];
		int err = inet_prefix_parse(span_text(rows[i].text), &p);

		assert_int_equal(err, rows[i].err);
		if (err)
			continue;
		assert_int_equal(p.len, rows[i].len);
		assert_string_equal(inet_prefix_format(&p, text), rows[i].formatted);
		last = inet_prefix_last(&p);
		assert_string_equal(inet_addr_format(&last, text), rows[i].last);
		assert_true(inet_prefix_has(&p, &p.addr));
		assert_true(inet_prefix_has(&p, &last));
	}
}

/* Bit by bit. */
static bool naive_has(const struct inet_prefix *p, const struct inet_addr *a)
{
	for (unsigned bit = 0; bit < p->len; bit++)
		if ((p->addr.octets[bit / 8] ^ a->octets[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static void prefix_has_is_the_naive_one(void **state)
{
	struct inet_addr a = addr_of("2001:db8:1234:5678:9abc:def0:1357:9bdf");

	(void)state;
	for (unsigned len = 0; len <= 128; len++)
		for (unsigned bit = 0; bit < 128; bit++) {
			struct inet_addr flipped = a;
			struct inet_prefix p = {a, (uint8_t)len};

			flipped.octets[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(inet_prefix_has(&p, &flipped), naive_has(&p, &flipped));
			assert_int_equal(inet_prefix_has(&p, &flipped), bit >= len);
		}
}

static void endpoints(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* with the default port 53; NULL: ERR_FORMAT */
	} rows[] = {
		{"192.0.2.53", "192.0.2.53:53"},
		{"192.0.2.54:5300", "192.0.2.54:5300"},
		{"[::1]:5335", "[::1]:5335"},
		{"[::1]", "[::1]:53"},
		{"::1", "[::1]:53"},
		{"2001:db8::1:53", "[2001:db8::1:53]:53"},
		{"[::ffff:1.2.3.4]:65535", "[::ffff:1.2.3.4]:65535"},
		{"192.0.2.54:0", NULL},
		{"192.0.2.54:65536", NULL},
		{"192.0.2.54:053", NULL},
		{"192.0.2.54:", NULL},
		{"192.0.2.54:53:53", NULL},
		{"[::1]:", NULL},
		{"[::1]53", NULL},
		{"[::1]:0", NULL},
		{"[::1", NULL},
		{"::1]", NULL},
		{"[192.0.2.1]:53", NULL},
		{"[]:53", NULL},
		{"[", NULL},
		{":53", NULL},
		{"", NULL},
		{"host:53", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct inet_endpoint e, back;
		char text[INET_ENDPOINT_TEXT_MAX];
		struct sockaddr_storage sa;
		socklen_t len;
		int err = inet_endpoint_parse(span_text(rows[i].text), 53, &e);

		assert_int_equal(err, rows[i].formatted ? 0 : ERR_FORMAT);
		if (err)
			continue;
		assert_string_equal(inet_endpoint_format(&e, text), rows[i].formatted);
		len = inet_endpoint_to_sockaddr(&e, &sa);
		assert_int_equal(sa.ss_family, e.addr.is_v4 ? AF_INET : AF_INET6);
		assert_int_equal(
			inet_endpoint_from_sockaddr((struct sockaddr *)&sa, len, &back), 0);
		assert_true(inet_endpoint_equal(&e, &back));
		assert_int_equal(
			inet_endpoint_from_sockaddr((struct sockaddr *)&sa, len - 1, &back),
			ERR_FORMAT);
	}
	/* Without a default the port must be given. */
	assert_int_equal(inet_endpoint_parse(SPAN_LITERAL("::1"), 0, &(struct inet_endpoint){0}),
		ERR_FORMAT);
}

static void a_mapped_peer_is_v4(void **state)
{
	struct inet_endpoint e = {addr_of("::ffff:192.0.2.1"), 5300};
	struct sockaddr unix_socket = {.sa_family = AF_UNIX};
	struct sockaddr_storage sa;
	char text[INET_ENDPOINT_TEXT_MAX];
	socklen_t len = inet_endpoint_to_sockaddr(&e, &sa);

	(void)state;
	assert_int_equal(len, sizeof(struct sockaddr_in6));
	assert_int_equal(inet_endpoint_from_sockaddr((struct sockaddr *)&sa, len, &e), 0);
	assert_true(e.addr.is_v4);
	assert_string_equal(inet_endpoint_format(&e, text), "192.0.2.1:5300");
	assert_int_equal(
		inet_endpoint_from_sockaddr(&unix_socket, sizeof(unix_socket), &e), ERR_FORMAT);
}

static void global_unicast(void **state)
{
	static const struct {
		const char *text;
		bool global;
	} rows[] = {
		{"0.0.0.0", false},
		{"0.255.255.255", false},
		{"1.0.0.0", true},
		{"8.129.0.1", true},
		{"9.255.255.255", true},
		{"10.0.0.0", false},
		{"10.255.255.255", false},
		{"11.0.0.0", true},
		{"100.63.255.255", true},
		{"100.64.0.0", false},
		{"100.127.255.255", false},
		{"100.128.0.0", true},
		{"127.0.0.1", false},
		{"169.254.1.1", false},
		{"172.15.255.255", true},
		{"172.16.0.0", false},
		{"172.31.255.255", false},
		{"172.32.0.0", true},
		{"192.0.0.1", false},
		{"192.0.0.8", false},
		{"192.0.0.9", true},
		{"192.0.0.10", true},
		{"192.0.0.11", false},
		{"192.0.1.0", true},
		{"192.0.2.1", false},
		{"192.168.0.1", false},
		{"192.169.0.0", true},
		{"198.17.255.255", true},
		{"198.18.0.0", false},
		{"198.19.255.255", false},
		{"198.20.0.0", true},
		{"198.51.100.7", false},
		{"203.0.113.7", false},
		{"223.255.255.255", true},
		{"224.0.0.1", false},
		{"239.255.255.255", false},
		{"240.0.0.0", false},
		{"255.255.255.255", false},
		{"::ffff:10.0.0.1", false},
		{"::ffff:8.129.0.1", true},
		{"::", false},
		{"::1", false},
		{"64:ff9b::8.8.8.8", true},
		{"64:ff9b:1::1", false},
		{"100::1", false},
		{"1fff::1", false},
		{"2000::1", true},
		{"2001::1", false},
		{"2001:1::1", true},
		{"2001:1::4", false},
		{"2001:2::1", false},
		{"2001:3::1", true},
		{"2001:4:112::1", true},
		{"2001:20::1", true},
		{"2001:250::1", true},
		{"2001:1ff:ffff::", false},
		{"2001:200::", true},
		{"2001:da8::1", true},
		{"2001:db8::1", false},
		{"2001:db9::1", true},
		{"2400:3200::1", true},
		{"2606:4700:4700::1111", true},
		{"3ffe::1", true},
		{"3fff::1", false},
		{"3fff:fff::1", false},
		{"3fff:1000::1", true},
		{"4000::1", false},
		{"5f00::1", false},
		{"fc00::1", false},
		{"fd00:30::1", false},
		{"fe80::1", false},
		{"ff02::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct inet_addr a = addr_of(rows[i].text);

		if (inet_addr_is_global(&a) != rows[i].global)
			fail_msg("'%s' is wrongly %s", rows[i].text,
				rows[i].global ? "special" : "global");
	}
}

static void near_addresses(void **state)
{
	static const struct {
		const char *text, *near;
	} rows[] = {
		{"0.0.0.0", "unspecified"},
		{"0.1.2.3", "unspecified"},
		{"10.255.255.255", "private"},
		{"11.0.0.0", NULL},
		{"100.63.255.255", NULL},
		{"100.64.0.1", "carrier-nat"},
		{"100.128.0.0", NULL},
		{"127.0.0.2", "loopback"},
		{"169.254.169.254", "link-local"},
		{"172.15.255.255", NULL},
		{"172.16.0.0", "private"},
		{"172.32.0.0", NULL},
		{"192.0.0.8", "reserved"},
		{"192.0.0.9", NULL},
		{"192.0.0.170", NULL},
		{"192.0.2.1", NULL},
		{"192.168.255.255", "private"},
		{"198.18.0.1", "benchmarking"},
		{"203.0.113.1", NULL},
		{"224.0.0.251", "multicast"},
		{"255.255.255.255", "reserved"},
		{"8.8.8.8", NULL},
		{"::", "unspecified"},
		{"::1", "loopback"},
		{"::2", NULL},
		{"::ffff:10.0.0.1", "private"},
		{"::ffff:8.8.8.8", NULL},
		{"64:ff9b::a00:1", NULL},
		{"64:ff9b:1::a00:1", NULL},
		{"2001:0:a00:1::", NULL},
		{"2001:2::1", "benchmarking"},
		{"2001:db8::1", NULL},
		{"2606:4700::1", NULL},
		{"fbff::1", "reserved"},
		{"fc00::1", "unique-local"},
		{"fdff::1", "unique-local"},
		{"fe80::1", "link-local"},
		{"fec0::1", "site-local"},
		{"ff02::fb", "multicast"},
	};
	struct inet_addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *near;

		assert_int_equal(inet_addr_parse(span_text(rows[i].text), &a), 0);
		near = inet_addr_near(&a);
		if (strcmp(near ? near : "", rows[i].near ? rows[i].near : "") != 0)
			fail_msg("'%s' is wrongly %s", rows[i].text, near ? near : "far");
		assert_false(near && inet_addr_is_global(&a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(v4_and_mapped_are_one),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(prefix_has_is_the_naive_one),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(a_mapped_peer_is_v4),
		cmocka_unit_test(global_unicast),
		cmocka_unit_test(near_addresses),
	};

	return cmocka_run_group_tests_name("inet", tests, NULL, NULL);
}
