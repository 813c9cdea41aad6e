/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisor/outbox.h"

#define MESSAGES 5000

/* More than the channel takes at once arrives whole and in order, with its descriptors. */
static void test_order_over_a_full_channel(void **state)
{
	struct channel *here, *there;
	struct channel_message got;
	struct outbox outbox;
	int ends[2], fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	uint32_t next = 0;
	int err;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(channel_new(ends[0], &here), 0);
	assert_int_equal(channel_new(ends[1], &there), 0);
	outbox_init(&outbox, here);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		const struct channel_message m = {CHANNEL_STATUS, i, 0,
			SPAN_LITERAL("some text that is copied"), i % 1000 == 0 ? fd : -1};

		assert_int_equal(outbox_put(&outbox, &m), 0);
	}
	/* Whatever is kept has its own. */
	close(fd);
	assert_true(outbox.count > 0);
	while (next < MESSAGES) {
		err = channel_receive(there, &got);
		if (err == ERR_AGAIN) {
			err = outbox_flush(&outbox);
			assert_true(err == 0 || err == ERR_AGAIN);
			continue;
		}
		assert_int_equal(err, 0);
		assert_int_equal(got.a, next);
		assert_true(span_equal(got.text, SPAN_LITERAL("some text that is copied")));
		assert_int_equal(got.fd >= 0, next % 1000 == 0);
		if (got.fd >= 0)
			close(got.fd);
		next++;
	}
	assert_int_equal(outbox.count, 0);
	outbox_release(&outbox);
	channel_free(here);
	channel_free(there);
}

static void test_ends(void **state)
{
	const struct channel_message m = {.type = CHANNEL_PING, .fd = -1};
	struct channel *here;
	struct outbox outbox;
	int ends[2], err = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(channel_new(ends[0], &here), 0);
	outbox_init(&outbox, here);
	for (unsigned i = 0; i < 2 * OUTBOX_MAX && err == 0; i++)
		err = outbox_put(&outbox, &m);
	assert_int_equal(err, ERR_LIMIT);
	close(ends[1]);
	assert_int_equal(outbox_flush(&outbox), ERR_IO);
	outbox_release(&outbox);
	assert_int_equal(outbox_put(&outbox, &m), ERR_IO);
	channel_free(here);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_over_a_full_channel),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
