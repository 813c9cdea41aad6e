/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/channel.h"

struct pair {
	struct channel *here, *there;
};

static int setup(void **state)
{
	static struct pair pair;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(channel_new(ends[0], &pair.here), 0);
	assert_int_equal(channel_new(ends[1], &pair.there), 0);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	channel_free(pair->here);
	channel_free(pair->there);
	return 0;
}

static unsigned count_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(fds);
	while (readdir(fds) != NULL)
		count++;
	closedir(fds);
	return count;
}

static void test_round_trip(void **state)
{
	static char longest[CHANNEL_TEXT_MAX];
	const struct channel_message cases[] = {
		{CHANNEL_READY, 0, 0, {NULL, 0}, -1},
		{CHANNEL_START, 3, UINT32_MAX, {NULL, 0}, -1},
		{CHANNEL_STATUS, 1, 2, SPAN_LITERAL("{\"pid\": 1}"), -1},
		{CHANNEL_RESULT, 1, 0, {(const uint8_t *)longest, sizeof(longest)}, -1},
	};
	struct pair *pair = *state;
	struct channel_message got;

	memset(longest, 'x', sizeof(longest));
	assert_int_equal(channel_receive(pair->there, &got), ERR_AGAIN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(channel_send(pair->here, &cases[i]), 0);
		assert_int_equal(channel_receive(pair->there, &got), 0);
		assert_int_equal(got.type, cases[i].type);
		assert_int_equal(got.a, cases[i].a);
		assert_int_equal(got.b, cases[i].b);
		assert_int_equal(got.fd, -1);
		assert_true(span_equal(got.text, cases[i].text));
		assert_int_equal(got.text.data[got.text.len], '\0');
	}
}

static void test_text_above_the_maximum(void **state)
{
	static char text[CHANNEL_TEXT_MAX + 1];
	struct pair *pair = *state;
	const struct channel_message m = {
		.type = CHANNEL_RESULT, .text = {(const uint8_t *)text, sizeof(text)}, .fd = -1};

	assert_int_equal(channel_send(pair->here, &m), ERR_LIMIT);
}

static void test_descriptor_goes_over(void **state)
{
	struct pair *pair = *state;
	struct channel_message got;
	char octet;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(channel_send(pair->here,
				 &(struct channel_message){.type = CHANNEL_CONFIG, .fd = ends[0]}),
		0);
	close(ends[0]);
	assert_int_equal(channel_receive(pair->there, &got), 0);
	assert_true(got.fd >= 0);
	assert_int_equal(fcntl(got.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(read(got.fd, &octet, 1), 1);
	close(got.fd);
	close(ends[1]);
}

static void test_end_and_full(void **state)
{
	struct pair *pair = *state;
	const struct channel_message m = {.type = CHANNEL_PING, .fd = -1};
	struct channel_message got;
	unsigned sent = 0;
	int err;

	while ((err = channel_send(pair->here, &m)) == 0 && sent < 1000000)
		sent++;
	assert_int_equal(err, ERR_AGAIN);
	channel_free(pair->here);
	pair->here = NULL;
	while ((err = channel_receive(pair->there, &got)) == 0)
		sent--;
	assert_int_equal(sent, 0);
	assert_int_equal(err, ERR_MISSING);
	assert_int_equal(channel_send(pair->there, &m), ERR_IO);
}

/* What another program could send: none of it is taken, and no descriptor stays open. */
static void send_raw(int fd, const void *data, size_t len, const int *fds, unsigned count)
{
	struct iovec part = {(void *)(uintptr_t)data, len};
	char space[CMSG_SPACE(4 * sizeof(int))] = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (count > 0) {
		struct cmsghdr *control = (struct cmsghdr *)(void *)space;

		control->cmsg_level = SOL_SOCKET;
		control->cmsg_type = SCM_RIGHTS;
		control->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(control), fds, count * sizeof(int));
		message.msg_control = space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &message, 0), len);
}

static void test_nonsense_is_refused(void **state)
{
	static const uint32_t heads[][4] = {
		{0, 0, 0, 0}, /* no type */
		{CHANNEL_TYPE_END, 0, 0, 0}, {UINT32_MAX, 0, 0, 0},
		{CHANNEL_READY, 0, 0, 1}, /* a descriptor that is not there */
	};
	static const uint32_t good[4] = {CHANNEL_READY, 0, 0, 0};
	static const uint32_t with_fd[4] = {CHANNEL_READY, 0, 0, 1};
	static uint8_t octets[2 * CHANNEL_TEXT_MAX];
	struct pair *pair = *state;
	struct channel_message got;
	const int fds[] = {0, 0, 0, 0};
	unsigned before = count_descriptors();
	int fd = channel_fd(pair->here);

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		send_raw(fd, heads[i], sizeof(heads[i]), NULL, 0);
		assert_int_equal(channel_receive(pair->there, &got), ERR_FORMAT);
	}
	send_raw(fd, good, 15, NULL, 0); /* a cut head */
	assert_int_equal(channel_receive(pair->there, &got), ERR_FORMAT);
	send_raw(fd, good, sizeof(good), fds, 1); /* a descriptor that was not announced */
	assert_int_equal(channel_receive(pair->there, &got), ERR_FORMAT);
	for (unsigned count = 2; count <= 4; count++) {
		send_raw(fd, with_fd, sizeof(with_fd), fds, count);
		assert_int_equal(channel_receive(pair->there, &got), ERR_FORMAT);
	}
	memcpy(octets, good, sizeof(good));
	send_raw(fd, octets, sizeof(octets), NULL, 0); /* more than the maximum */
	assert_int_equal(channel_receive(pair->there, &got), ERR_FORMAT);
	assert_int_equal(count_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_text_above_the_maximum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptor_goes_over, setup, teardown),
		cmocka_unit_test_setup_teardown(test_end_and_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
