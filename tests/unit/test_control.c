/* SPDX-License-Identifier: BSD-3-Clause */

/* Server and client over a real socket in a scratch directory, the server in a thread of its own.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/control.h"
#include "json/writer.h"

#define PATIENCE_MS 10000
#define NOBODY 65534

struct site {
	char directory[64], path[96];
	struct loop *loop;
	struct watch *stop;
	int stop_fd;
	struct control_server *server;
	struct control_request *kept;
	pthread_t thread;
};

/* Verbs. */

static void answer_text(struct control_request *request, const char *text)
{
	char storage[CONTROL_REQUEST_MAX * 2];
	struct json_writer w;
	struct buf out;

	buf_init_fixed(&out, storage, sizeof(storage));
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", true);
	json_put_string(&w, "text", text);
	json_end_object(&w);
	control_answer(request, buf_span(&out));
}

static void verb_echo(void *arg, struct control_request *request, const struct json_value *body)
{
	(void)arg;
	answer_text(request, json_get_string(body, "text", "nothing"));
}

static void verb_who(void *arg, struct control_request *request, const struct json_value *body)
{
	(void)arg;
	(void)body;
	answer_text(request, control_who(request));
}

static void verb_refuse(void *arg, struct control_request *request, const struct json_value *body)
{
	(void)arg;
	(void)body;
	control_refuse(request, "a \"bad\" day");
}

/* An answer of as many octets as asked for. */
static void verb_long(void *arg, struct control_request *request, const struct json_value *body)
{
	size_t len = json_get_u64(body, "len", 0);
	char *text = malloc(len);

	(void)arg;
	assert_non_null(text);
	memset(text, 'x', len);
	control_answer(request, span_of(text, len));
	free(text);
}

static void verb_keep(void *arg, struct control_request *request, const struct json_value *body)
{
	struct site *s = arg;

	(void)body;
	s->kept = request;
}

static void verb_release(void *arg, struct control_request *request, const struct json_value *body)
{
	struct site *s = arg;

	(void)body;
	if (s->kept)
		answer_text(s->kept, "late");
	answer_text(request, s->kept ? "released" : "nothing is kept");
	s->kept = NULL;
}

static const struct control_verb verbs[] = {
	{"echo", false, verb_echo},
	{"who", false, verb_who},
	{"change", true, verb_who},
	{"refuse", false, verb_refuse},
	{"long", false, verb_long},
	{"keep", false, verb_keep},
	{"release", false, verb_release},
	{NULL, false, NULL},
};

/* The site. */

static void stop_loop(void *arg, unsigned io)
{
	struct site *s = arg;

	(void)io;
	loop_stop(s->loop);
}

static void *serve(void *arg)
{
	struct site *s = arg;

	return loop_run(s->loop) == 0 ? NULL : s;
}

static int setup(void **state)
{
	struct site *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->directory, sizeof(s->directory), "/tmp/celnik-control-XXXXXX");
	assert_non_null(mkdtemp(s->directory));
	snprintf(s->path, sizeof(s->path), "%s/socket", s->directory);
	s->stop_fd = eventfd(0, EFD_CLOEXEC);
	assert_true(s->stop_fd >= 0);
	assert_int_equal(loop_new(&s->loop), 0);
	assert_int_equal(watch_fd(s->loop, s->stop_fd, LOOP_READ, stop_loop, s, &s->stop), 0);
	assert_int_equal(control_server_new(s->loop, s->path, verbs, s, &s->server), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
	*state = s;
	return 0;
}

static void stop_server(struct site *s)
{
	const uint64_t one = 1;
	void *failed;

	assert_int_equal(write(s->stop_fd, &one, sizeof(one)), sizeof(one));
	assert_int_equal(pthread_join(s->thread, &failed), 0);
	assert_null(failed);
	control_server_free(s->server);
	s->server = NULL;
}

static int teardown(void **state)
{
	struct site *s = *state;

	if (s->server)
		stop_server(s);
	watch_free(s->stop);
	loop_free(s->loop);
	close(s->stop_fd);
	assert_int_equal(access(s->path, F_OK), -1);
	assert_int_equal(rmdir(s->directory), 0);
	free(s);
	return 0;
}

static void dial_with(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static int dial(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	dial_with(fd, path);
	return fd;
}

static void say(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

/* All that comes until the other side closes; a reset counts as the end. */
static size_t hear(int fd, char *out, size_t size)
{
	uint64_t end = clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS;
	size_t len = 0;

	while (clock_monotonic_ns() < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		n = recv(fd, out + len, size - 1 - len, 0);
		if (n <= 0) {
			out[len] = '\0';
			return len;
		}
		len += (size_t)n;
	}
	fail_msg("the server did not close the connection");
	return 0;
}

static char *ask(const struct site *s, const char *request)
{
	char *line = NULL;

	assert_int_equal(control_call(s->path, span_text(request), PATIENCE_MS, &line), 0);
	return line;
}

static void expect(const struct site *s, const char *request, const char *reply)
{
	char *line = ask(s, request);

	if (!strstr(line, reply))
		fail_msg("'%s' gave '%s', not '%s'", request, line, reply);
	free(line);
}

/* Tests. */

static void test_requests(void **state)
{
	static const struct {
		const char *request, *reply;
	} cases[] = {
		{"{\"verb\":\"echo\",\"text\":\"a\\nb\"}", "{\"ok\":true,\"text\":\"a\\nb\"}"},
		{"  {\"verb\": \"echo\"}  ", "\"nothing\""},
		{"{\"verb\":\"refuse\"}", "{\"ok\":false,\"error\":\"a \\\"bad\\\" day\"}"},
		{"{\"verb\":\"fly\"}", "\"error\":\"unknown verb"},
		{"{\"verb\":\"\"}", "unknown verb"},
		{"{\"verb\":\"echo2\"}", "unknown verb"},
		{"{\"verb\":\"ech\"}", "unknown verb"},
		{"{\"verb\":7}", "has a 'verb'"},
		{"{}", "has a 'verb'"},
		{"", "has a 'verb'"},
		{"[\"echo\"]", "has a 'verb'"},
		{"\"echo\"", "has a 'verb'"},
		{"echo", "has a 'verb'"},
		{"{\"verb\":\"echo\"", "has a 'verb'"},
		{"{\"verb\":\"echo\"} {\"verb\":\"echo\"}", "has a 'verb'"},
		{"{\"verb\":\"echo\",\"verb\":\"who\"}", "has a 'verb'"},
		{"\x16\x03\x01\x02\xff\xfe", "has a 'verb'"},
		{"GET / HTTP/1.1\r", "has a 'verb'"},
	};
	const struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(s, cases[i].request, cases[i].reply);
}

static void test_zero_octets_are_garbage(void **state)
{
	const struct site *s = *state;
	char *line = NULL;

	assert_int_equal(
		control_call(s->path, SPAN_LITERAL("{\"verb\":\"echo\"}\0"), PATIENCE_MS, &line),
		0);
	assert_non_null(strstr(line, "has a 'verb'"));
	free(line);
}

static void test_end_of_stream_ends_a_request(void **state)
{
	const struct site *s = *state;
	char text[256];
	int fd = dial(s->path);

	say(fd, "{\"verb\":\"echo\"}", 15);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	hear(fd, text, sizeof(text));
	assert_string_equal(text, "{\"ok\":true,\"text\":\"nothing\"}\n");
	close(fd);
	fd = dial(s->path);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	assert_int_equal(hear(fd, text, sizeof(text)), 0);
	close(fd);
}

static void test_request_in_pieces(void **state)
{
	static const char request[] = "{\"verb\":\"echo\",\"text\":\"slow\"}\n";
	const struct site *s = *state;
	char text[256];
	int fd = dial(s->path);

	for (size_t i = 0; request[i]; i++)
		say(fd, &request[i], 1);
	/* What follows the line is of no interest, and may meet a closed connection. */
	(void)!send(fd, "more", 4, MSG_NOSIGNAL);
	hear(fd, text, sizeof(text));
	assert_non_null(strstr(text, "slow"));
	close(fd);
}

/* len octets of a valid request. */
static char *request_of(size_t len)
{
	static const char head[] = "{\"verb\":\"echo\",\"text\":\"";
	char *text = malloc(len + 1);

	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + len - 2, "\"}", 3);
	return text;
}

static void test_request_length(void **state)
{
	const struct site *s = *state;
	char *most = request_of(CONTROL_REQUEST_MAX);
	char *more = request_of(CONTROL_REQUEST_MAX + 1);
	char *flood = request_of(4u << 20);

	expect(s, most, "\"ok\":true");
	expect(s, more, "at most 4096 octets");
	expect(s, flood, "at most 4096 octets");
	free(most);
	free(more);
	free(flood);
}

static void test_answer_length(void **state)
{
	const struct site *s = *state;
	char request[64];
	char *line;

	snprintf(request, sizeof(request), "{\"verb\":\"long\",\"len\":%u}", CONTROL_REPLY_MAX);
	line = ask(s, request);
	assert_int_equal(strlen(line), CONTROL_REPLY_MAX);
	free(line);
	snprintf(request, sizeof(request), "{\"verb\":\"long\",\"len\":%u}", CONTROL_REPLY_MAX + 1);
	expect(s, request, "\"error\":\"the answer is too large");
}

static void test_too_many_clients(void **state)
{
	const struct site *s = *state;
	int fds[CONTROL_CLIENTS_MAX];
	uint64_t end = clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS;
	char *line = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fds[i] = dial(s->path);
	expect(s, "{\"verb\":\"echo\"}", "too many clients");
	close(fds[0]);
	while (!line && clock_monotonic_ns() < end) {
		line = ask(s, "{\"verb\":\"echo\"}");
		if (strstr(line, "too many")) {
			free(line);
			line = NULL;
		}
	}
	assert_non_null(line);
	free(line);
	for (size_t i = 1; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

/* One says nothing, one half a request, one sends for ever, one does not read its answer. */
static void test_slow_clients_are_closed(void **state)
{
	const struct site *s = *state;
	uint64_t start = clock_monotonic_ns();
	int silent = dial(s->path), half = dial(s->path), drip = dial(s->path);
	int deaf = dial(s->path);
	char *text = malloc(CONTROL_REPLY_MAX + 2);
	struct pollfd p = {.fd = drip, .events = POLLIN};
	char request[64];

	assert_non_null(text);
	say(half, "{\"verb\":", 8);
	snprintf(request, sizeof(request), "{\"verb\":\"long\",\"len\":%u}\n", CONTROL_REPLY_MAX);
	say(deaf, request, strlen(request));
	while (poll(&p, 1, 100) == 0 && clock_monotonic_ns() - start < PATIENCE_MS * NS_PER_MS)
		if (send(drip, " ", 1, MSG_NOSIGNAL) != 1)
			break;
	assert_true(clock_monotonic_ns() - start < PATIENCE_MS * NS_PER_MS);
	assert_int_equal(hear(drip, text, 64), 0);
	assert_int_equal(hear(silent, text, 64), 0);
	assert_int_equal(hear(half, text, 64), 0);
	assert_true(hear(deaf, text, CONTROL_REPLY_MAX + 2) < CONTROL_REPLY_MAX);
	expect(s, "{\"verb\":\"echo\"}", "\"ok\":true");
	free(text);
	close(silent);
	close(half);
	close(drip);
	close(deaf);
}

static void test_late_answers(void **state)
{
	const struct site *s = *state;
	char text[256];
	int fd = dial(s->path);

	say(fd, "{\"verb\":\"keep\"}\n", 16);
	for (int i = 0; i < 1000; i++) {
		char *line = ask(s, "{\"verb\":\"release\"}");
		bool released = strstr(line, "released") != NULL;

		free(line);
		if (released)
			break;
	}
	hear(fd, text, sizeof(text));
	assert_non_null(strstr(text, "late"));
	close(fd);
}

static void test_client_leaves_before_its_answer(void **state)
{
	const struct site *s = *state;

	for (int i = 0; i < 2 * CONTROL_CLIENTS_MAX; i++) {
		int fd = dial(s->path);

		say(fd, "{\"verb\":\"keep\"}\n", 16);
		close(fd);
		expect(s, "{\"verb\":\"echo\"}", "\"ok\":true");
		expect(s, "{\"verb\":\"release\"}", "\"ok\":true");
	}
}

static void test_free_drops_what_is_kept(void **state)
{
	struct site *s = *state;
	char text[64];
	int fd = dial(s->path);

	say(fd, "{\"verb\":\"keep\"}\n", 16);
	expect(s, "{\"verb\":\"echo\"}", "\"ok\":true");
	stop_server(s);
	assert_int_equal(hear(fd, text, sizeof(text)), 0);
	close(fd);
}

static void test_changing_verbs(void **state)
{
	const struct site *s = *state;
	char who[32];
	int status = 0;
	pid_t pid;

	snprintf(who, sizeof(who), "\"uid %u\"", (unsigned)geteuid());
	expect(s, "{\"verb\":\"who\"}", who);
	expect(s, "{\"verb\":\"change\"}", who);
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(s->directory, 0755), 0);
	assert_int_equal(chmod(s->path, 0666), 0);
	pid = fork();
	if (pid == 0) {
		char *line = NULL;

		if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0 ||
			control_call(s->path, SPAN_LITERAL("{\"verb\":\"change\"}"), PATIENCE_MS,
				&line) != 0 ||
			!strstr(line, "needs root") || !strstr(line, "uid 65534"))
			_exit(1);
		if (control_call(s->path, SPAN_LITERAL("{\"verb\":\"who\"}"), PATIENCE_MS, &line) !=
				0 ||
			!strstr(line, "uid 65534"))
			_exit(2);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_descriptors_run_out(void **state)
{
	const struct site *s = *state;
	struct rlimit before, few;
	char text[256];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	dial_with(fd, s->path);
	say(fd, "{\"verb\":\"echo\"}\n", 16);
	assert_int_equal(poll(&p, 1, 100), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	hear(fd, text, sizeof(text));
	assert_non_null(strstr(text, "\"ok\":true"));
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_requests),
		TEST(test_zero_octets_are_garbage),
		TEST(test_end_of_stream_ends_a_request),
		TEST(test_request_in_pieces),
		TEST(test_request_length),
		TEST(test_answer_length),
		TEST(test_too_many_clients),
		TEST(test_slow_clients_are_closed),
		TEST(test_late_answers),
		TEST(test_client_leaves_before_its_answer),
		TEST(test_free_drops_what_is_kept),
		TEST(test_changing_verbs),
		TEST(test_descriptors_run_out),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
