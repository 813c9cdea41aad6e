/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "resolver/anchors.h"
#include "resolver/upstreams.h"

/* The path of a sealed file with that content. */
static int make_file(const char *content, char path[32])
{
	int fd;

	assert_int_equal(file_seal_span(span_text(content), "test", &fd), 0);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void test_system_upstreams(void **state)
{
	static const struct {
		const char *content, *listen;
		int err;
		const char *expected;
	} cases[] = {
		{"", "127.0.0.1:53", ERR_MISSING, ""},
		{"search example\n# nameserver 192.0.2.1\n", "127.0.0.1:53", ERR_MISSING, ""},
		{"nameserver 192.0.2.1\n", "127.0.0.1:53", 0, " 192.0.2.1:53"},
		{"nameserver 192.0.2.1\nnameserver\t2001:db8::1 # x\nnameserver 192.0.2.1",
			"127.0.0.1:53", 0, " 192.0.2.1:53 [2001:db8::1]:53"},
		{"nameserver 192.0.2.1\nnameserver 127.0.0.1\n", "127.0.0.1:53", 0,
			" 192.0.2.1:53"},
		{"nameserver 127.0.0.1\n", "127.0.0.1:5335", 0, " 127.0.0.1:53"},
		{"nameserver 127.0.0.1\n", "127.0.0.1:53", ERR_MISSING, ""},
		/* Behind a wildcard stands every address of this host. */
		{"nameserver 127.0.0.53\n", "0.0.0.0:53", ERR_MISSING, ""},
		{"nameserver 192.0.2.1\n", "0.0.0.0:53", 0, " 192.0.2.1:53"},
		{"nameserver fe80::1%eth0\nnameserver nonsense\nnameserverx 192.0.2.1\n",
			"127.0.0.1:53", ERR_MISSING, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct inet_endpoint listen, got[4];
		char path[32], text[256] = "", one[INET_ENDPOINT_TEXT_MAX];
		unsigned count = 0;
		int fd = make_file(cases[i].content, path);

		assert_int_equal(inet_endpoint_parse(span_text(cases[i].listen), 53, &listen), 0);
		assert_int_equal(
			upstreams_of_system(path, &listen, 1, got, 4, &count), cases[i].err);
		for (unsigned k = 0; k < count; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
				inet_endpoint_format(&got[k], one));
		assert_string_equal(text, cases[i].expected);
		close(fd);
	}
}

static void test_anchors(void **state)
{
	static const struct {
		const char *content;
		int err;
		const char *expected;
	} cases[] = {
		{"", ERR_MISSING, ""},
		{"; nothing\n", ERR_MISSING, ""},
		{". IN DNSKEY 257 3 8 AwEA\n. 3600 IN DNSKEY 257 3 8 AwEB\n", 0, " ."},
		{". IN DS 20326 8 2 E06D\nExample.\t172800\tds 1 8 2 00\nexample IN DS 2 8 2 00", 0,
			" . Example"},
		{"$ORIGIN .\n  IN DNSKEY 257 3 8 AwEA\nexample IN A 192.0.2.1\n", ERR_MISSING, ""},
		{"a. IN DS x\nb. IN DS x\nc. IN DS x\n", ERR_LIMIT, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct name got[2];
		char path[32], text[256] = "", one[NAME_TEXT_MAX];
		unsigned count = 0;
		int fd = make_file(cases[i].content, path);

		assert_int_equal(anchors_read(path, got, 2, &count), cases[i].err);
		for (unsigned k = 0; k < count; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
				name_format(&got[k], one));
		assert_string_equal(text, cases[i].expected);
		close(fd);
	}
	assert_int_equal(anchors_read("/nonexistent/root.key", NULL, 0, NULL), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system_upstreams),
		cmocka_unit_test(test_anchors),
	};

	return cmocka_run_group_tests_name("upstreams", tests, NULL, NULL);
}
