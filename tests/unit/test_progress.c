/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "celnik/progress.h"

#define MIB ((uint64_t)1 << 20)

/* What is seen at the terminal that standard error is, while use runs. */
static const char *seen(void (*use)(void), char *out, size_t size)
{
	int leader, follower, saved = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(openpty(&leader, &follower, NULL, NULL, NULL), 0);
	dup2(follower, STDERR_FILENO);
	use();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(follower);
	fcntl(leader, F_SETFL, O_NONBLOCK);
	len = read(leader, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	close(leader);
	return out;
}

/* As if it had begun two seconds ago. */
static void long_work(void)
{
	struct progress p;

	progress_init(&p, "building", 100 * MIB);
	p.begin_ns -= 2 * NS_PER_S;
	progress_set(&p, 50 * MIB);
	progress_set(&p, 60 * MIB); /* too soon behind the other */
	progress_end(&p);
}

static void work_of_unknown_length(void)
{
	struct progress p;

	progress_init(&p, "reading", 0);
	p.begin_ns -= 2 * NS_PER_S;
	progress_set(&p, 50 * MIB);
	progress_end(&p);
}

static void short_work(void)
{
	struct progress p;

	progress_init(&p, "building", 100 * MIB);
	progress_set(&p, 50 * MIB);
	progress_end(&p);
}

static void on_a_terminal(void **state)
{
	char text[512];

	(void)state;
	assert_string_equal(seen(long_work, text, sizeof(text)),
		"\rbuilding: 50 MiB of 100 [###############               ]\033[K\r\033[K");
	assert_string_equal(seen(work_of_unknown_length, text, sizeof(text)),
		"\rreading: 50 MiB\033[K\r\033[K");
	assert_string_equal(seen(short_work, text, sizeof(text)), "");
}

static void elsewhere(void **state)
{
	int ends[2], saved = dup(STDERR_FILENO);
	char text[64];

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	long_work();
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(read(ends[0], text, sizeof(text)), -1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_terminal),
		cmocka_unit_test(elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
