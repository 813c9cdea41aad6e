/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor/holder.h"
#include "supervisor/privileges.h"
#include "supervisor/sockets.h"

/* A free port of loopback, for UDP and TCP alike most likely. */
static struct inet_endpoint free_endpoint(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct inet_endpoint e;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(inet_endpoint_from_sockaddr((struct sockaddr *)&address, len, &e), 0);
	close(fd);
	return e;
}

static int get_option(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

static void test_one_group_for_one_instance(void **state)
{
	struct inet_endpoint listen[] = {free_endpoint()};
	const struct conf conf = {.listen = listen, .listen_count = 1, .path = "celnik.yaml"};
	struct report *r = report_new(10);
	struct sockets *first = NULL, *second = NULL;
	char wanted[64], *text;

	(void)state;
	assert_int_equal(sockets_open(&conf, 3, r, &first), 0);
	assert_int_equal(first->count, 6);
	for (unsigned i = 0; i < first->count; i++) {
		const struct sockets_row *row = &first->rows[i];

		assert_int_equal(row->worker, i % 3);
		assert_int_equal(row->tcp, i >= 3);
		assert_int_equal(get_option(row->fd, SOL_SOCKET, SO_REUSEPORT), 1);
		assert_int_equal(get_option(row->fd, SOL_SOCKET, SO_ACCEPTCONN), row->tcp);
	}
	assert_int_equal(sockets_open(&conf, 3, r, &second), ERR_FORMAT);
	assert_null(second);
	assert_int_equal(report_count(r, REPORT_ERROR), 2);
	text = report_text(r, 10000);
	snprintf(wanted, sizeof(wanted), "process %ld '", (long)getpid());
	assert_non_null(strstr(text, wanted));
	free(text);
	sockets_close(first);
	assert_int_equal(sockets_open(&conf, 1, r, &second), 0);
	sockets_close(second);
	report_free(r);
}

static void test_address_of_another_host(void **state)
{
	struct inet_endpoint listen[1];
	const struct conf conf = {.listen = listen, .listen_count = 1, .path = "celnik.yaml"};
	struct report *r = report_new(10);
	struct sockets *s = NULL;
	char *text;

	(void)state;
	assert_int_equal(inet_endpoint_parse(SPAN_LITERAL("192.0.2.1:5335"), 53, listen), 0);
	assert_int_equal(sockets_open(&conf, 1, r, &s), ERR_FORMAT);
	text = report_text(r, 10000);
	assert_non_null(strstr(text, "192.0.2.1:5335"));
	free(text);
	report_free(r);
}

static void test_holder(void **state)
{
	struct inet_endpoint e = free_endpoint();
	char text[HOLDER_TEXT_MAX];

	(void)state;
	assert_false(holder_find(&e, false, text));
	assert_false(holder_find(&e, true, text));
}

static void test_directories(void **state)
{
	char base[] = "/tmp/celnik-test-XXXXXX";
	char state_path[64], journal[64], run[64], control[80];
	struct conf conf = {.state = state_path, .journal_directory = journal, .control = control};
	const struct identity who = {false, geteuid(), getegid()};
	const struct identity other = {false, geteuid() + 1, getegid() + 1};
	struct report *r = report_new(10);
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(base));
	snprintf(state_path, sizeof(state_path), "%s/lib/celnik", base);
	snprintf(journal, sizeof(journal), "%s/log", base);
	snprintf(run, sizeof(run), "%s/run", base);
	snprintf(control, sizeof(control), "%s/control.sock", run);
	assert_int_equal(identity_prepare_directories(&who, &conf, r), 0);
	assert_int_equal(stat(state_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(identity_prepare_directories(&who, &conf, r), 0);
	assert_int_equal(report_count(r, REPORT_ERROR), 0);
	/* Of somebody else: nothing is changed, and each is named. */
	assert_int_equal(identity_prepare_directories(&other, &conf, r), ERR_FORMAT);
	assert_int_equal(report_count(r, REPORT_ERROR), 3);
	report_free(r);
	rmdir(state_path);
	rmdir(journal);
	rmdir(run);
	snprintf(run, sizeof(run), "%s/lib", base);
	rmdir(run);
	assert_int_equal(rmdir(base), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_group_for_one_instance),
		cmocka_unit_test(test_address_of_another_host),
		cmocka_unit_test(test_holder),
		cmocka_unit_test(test_directories),
	};

	return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
