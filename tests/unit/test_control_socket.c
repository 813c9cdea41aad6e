/* SPDX-License-Identifier: BSD-3-Clause */

/* What may stand at the path of the socket: nothing, something else, a dead server, a liar. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/control.h"

#define PATIENCE_MS 10000

static char directory[] = "/tmp/celnik-control-XXXXXX";

/* The state is the path of a socket that is not there. */
static int setup(void **state)
{
	static char path[96];

	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/socket", directory);
	*state = path;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(directory);
}

static int bind_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void test_binding(void **state)
{
	static const struct control_verb verbs[] = {{NULL, false, NULL}};
	const char *path = *state;
	struct control_server *server = NULL, *other = NULL;
	struct loop *loop = NULL;
	struct stat st;

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(control_server_new(loop, path, verbs, NULL, &server), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	/* A live one is let be. */
	assert_int_equal(control_server_new(loop, path, verbs, NULL, &other), ERR_STATE);
	assert_null(other);
	control_server_free(server);
	assert_int_equal(access(path, F_OK), -1);
	/* A dead one is replaced. */
	close(bind_at(path));
	assert_int_equal(control_server_new(loop, path, verbs, NULL, &server), 0);
	/* One that came later is not removed with ours. */
	assert_int_equal(unlink(path), 0);
	close(bind_at(path));
	control_server_free(server);
	assert_int_equal(unlink(path), 0);
	control_server_free(NULL);
	loop_free(loop);
}

static void test_what_is_no_socket_stays(void **state)
{
	static const struct control_verb verbs[] = {{NULL, false, NULL}};
	const char *path = *state;
	struct control_server *server = NULL;
	struct loop *loop = NULL;
	char long_path[200];
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fclose(f);
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(control_server_new(loop, path, verbs, NULL, &server), ERR_IO);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(unlink(path), 0);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(control_server_new(loop, long_path, verbs, NULL, &server), ERR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(
		control_server_new(loop, "/nonexistent/socket", verbs, NULL, &server), ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_null(server);
	loop_free(loop);
}

/* A server that says what it is told, then closes, or waits. */
struct liar {
	int fd;
	const char *reply;
	size_t repeat;
	bool waits;
};

static void *lie(void *arg)
{
	const struct liar *l = arg;
	int fd = accept(l->fd, NULL, NULL);
	char octet;

	for (size_t i = 0; i < l->repeat; i++)
		if (send(fd, l->reply, strlen(l->reply), MSG_NOSIGNAL) < 0)
			break;
	while (l->waits && recv(fd, &octet, 1, 0) > 0)
		;
	close(fd);
	return NULL;
}

static void test_client_trusts_nobody(void **state)
{
	static const struct {
		const char *reply;
		size_t repeat;
		bool waits;
		uint32_t timeout_ms;
		int err;
	} cases[] = {
		{"{\"ok\":true}\n", 1, false, PATIENCE_MS, 0},
		{"{\"ok\":true}\n", 2, true, PATIENCE_MS, 0},
		{"{\"ok\":true}", 1, false, PATIENCE_MS, ERR_FORMAT},
		{"", 0, false, PATIENCE_MS, ERR_FORMAT},
		{"{\"ok\":true}", 1, true, 50, ERR_AGAIN},
		{"0123456789abcdef", (CONTROL_REPLY_MAX >> 4) + 4096, true, PATIENCE_MS,
			ERR_FORMAT},
	};
	const char *path = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct liar l = {bind_at(path), cases[i].reply, cases[i].repeat, cases[i].waits};
		char *line = NULL;
		pthread_t thread;

		assert_int_equal(listen(l.fd, 1), 0);
		assert_int_equal(pthread_create(&thread, NULL, lie, &l), 0);
		assert_int_equal(control_call(path, SPAN_LITERAL("{}"), cases[i].timeout_ms, &line),
			cases[i].err);
		if (cases[i].err == 0)
			assert_string_equal(line, "{\"ok\":true}");
		else
			assert_null(line);
		free(line);
		pthread_join(thread, NULL);
		close(l.fd);
		unlink(path);
	}
}

static void test_nobody_listens(void **state)
{
	const char *path = *state;
	char long_path[200];
	char *line = NULL;

	assert_int_equal(control_call(path, SPAN_LITERAL("{}"), 100, &line), ERR_IO);
	assert_int_equal(errno, ENOENT);
	close(bind_at(path));
	assert_int_equal(control_call(path, SPAN_LITERAL("{}"), 100, &line), ERR_IO);
	assert_int_equal(errno, ECONNREFUSED);
	assert_int_equal(unlink(path), 0);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(control_call(long_path, SPAN_LITERAL("{}"), 100, &line), ERR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_null(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_what_is_no_socket_stays),
		cmocka_unit_test(test_client_trusts_nobody),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("control_socket", tests, setup, teardown);
}
