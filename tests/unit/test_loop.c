/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/loop.h"

struct scene {
	struct loop *loop;
	struct watch *watches[4];
	struct watch *bound; /* ends a test that would wait for ever */
	int pair[2];
	unsigned calls;
	unsigned io;
};

static void give_up(void *arg)
{
	(void)arg;
	fail_msg("nothing happened for ten seconds");
}

static int begin(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	*state = s;
	if (!s || loop_new(&s->loop) != 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s->pair) != 0)
		return -1;
	if (watch_timer(s->loop, give_up, NULL, &s->bound) != 0)
		return -1;
	return watch_timer_set(s->bound, 10000);
}

static int end(void **state)
{
	struct scene *s = *state;

	for (size_t i = 0; i < 4; i++)
		watch_free(s->watches[i]);
	watch_free(s->bound);
	loop_free(s->loop);
	loop_free(NULL);
	close(s->pair[0]);
	close(s->pair[1]);
	free(s);
	return 0;
}

static void stop(void *arg)
{
	struct scene *s = arg;

	s->calls++;
	loop_stop(s->loop);
}

static void stop_io(void *arg, unsigned io)
{
	struct scene *s = arg;

	s->io = io;
	stop(s);
}

static void descriptors_are_level_triggered(void **state)
{
	struct scene *s = *state;

	assert_int_equal(watch_fd(s->loop, s->pair[0], LOOP_READ, stop_io, s, &s->watches[0]), 0);
	assert_int_equal(write(s->pair[1], "x", 1), 1);
	for (unsigned round = 1; round <= 3; round++) {
		assert_int_equal(loop_run(s->loop), 0);
		assert_int_equal(s->calls, round);
		assert_int_equal(s->io, LOOP_READ);
	}
	assert_int_equal(watch_fd_change(s->watches[0], LOOP_WRITE), 0);
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->io, LOOP_WRITE);
	assert_int_equal(watch_fd_change(s->watches[0], LOOP_READ | LOOP_WRITE), 0);
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->io, LOOP_READ | LOOP_WRITE);

	/* Paused it is silent, although there is something to read. */
	assert_int_equal(watch_fd_change(s->watches[0], 0), 0);
	assert_int_equal(watch_timer(s->loop, stop, s, &s->watches[1]), 0);
	assert_int_equal(watch_timer_set(s->watches[1], 20), 0);
	s->io = 0;
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->io, 0);
	assert_int_equal(watch_fd_change(s->watches[0], LOOP_READ), 0);
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->io, LOOP_READ);
}

static void a_descriptor_that_cannot_be_watched(void **state)
{
	struct scene *s = *state;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(watch_fd(s->loop, fd, LOOP_READ, stop_io, s, &s->watches[0]), ERR_IO);
	assert_null(s->watches[0]);
	close(fd);
}

static void timers_fire_once_after_their_time(void **state)
{
	struct scene *s = *state;
	uint64_t start = clock_monotonic_ns();

	assert_int_equal(watch_timer(s->loop, stop, s, &s->watches[0]), 0);
	assert_int_equal(watch_timer_set(s->watches[0], 5000), 0);
	assert_int_equal(watch_timer_set(s->watches[0], 50), 0);
	assert_int_equal(loop_run(s->loop), 0);
	/* libevent measures with a clock that is up to a tick late. */
	assert_true(clock_monotonic_ns() - start >= 40 * NS_PER_MS);
	assert_true(clock_monotonic_ns() - start < 4000 * NS_PER_MS);

	/* Neither fires again, nor when it was cleared. */
	assert_int_equal(watch_timer(s->loop, stop, s, &s->watches[1]), 0);
	assert_int_equal(watch_timer_set(s->watches[1], 10), 0);
	watch_timer_clear(s->watches[1]);
	watch_timer_clear(s->watches[1]);
	assert_int_equal(watch_timer(s->loop, stop, s, &s->watches[2]), 0);
	assert_int_equal(watch_timer_set(s->watches[2], 60), 0);
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->calls, 2);
	assert_int_equal(watch_timer_set(s->watches[0], 0), 0);
	assert_int_equal(loop_run(s->loop), 0);
	assert_int_equal(s->calls, 3);
}

static void signals_come_as_callbacks(void **state)
{
	struct scene *s = *state;

	assert_int_equal(watch_signal(s->loop, SIGUSR1, stop, s, &s->watches[0]), 0);
	for (unsigned round = 1; round <= 2; round++) {
		assert_int_equal(raise(SIGUSR1), 0);
		assert_int_equal(loop_run(s->loop), 0);
		assert_int_equal(s->calls, round);
	}
}

/* Frees every watch of the scene, the one that called among them. */
static void free_all(void *arg)
{
	struct scene *s = arg;

	for (size_t i = 0; i < 4; i++) {
		watch_free(s->watches[i]);
		s->watches[i] = NULL;
	}
	stop(s);
}

static void free_all_io(void *arg, unsigned io)
{
	(void)io;
	free_all(arg);
}

/* All four are due in the same turn, whichever is called first must be the only one. */
static void watches_are_freed_inside_callbacks(void **state)
{
	struct scene *s = *state;

	for (unsigned round = 1; round <= 20; round++) {
		uint64_t start = clock_monotonic_ns();

		assert_int_equal(watch_fd(s->loop, s->pair[round % 2], LOOP_WRITE, free_all_io, s,
					 &s->watches[0]),
			0);
		assert_int_equal(watch_fd(s->loop, s->pair[(round + 1) % 2], LOOP_READ | LOOP_WRITE,
					 free_all_io, s, &s->watches[1]),
			0);
		assert_int_equal(watch_timer(s->loop, free_all, s, &s->watches[2]), 0);
		assert_int_equal(watch_timer_set(s->watches[2], round % 3), 0);
		assert_int_equal(watch_signal(s->loop, SIGUSR1, free_all, s, &s->watches[3]), 0);
		assert_int_equal(raise(SIGUSR1), 0);
		assert_int_equal(raise(SIGUSR1), 0);
		while (clock_monotonic_ns() - start < 5 * NS_PER_MS)
			;
		assert_int_equal(loop_run(s->loop), 0);
		assert_int_equal(s->calls, round);
	}
}

static void signals_free_their_own_watch(void **state)
{
	struct scene *s = *state;

	for (unsigned round = 1; round <= 3; round++) {
		assert_int_equal(watch_signal(s->loop, SIGUSR1, free_all, s, &s->watches[1]), 0);
		for (int i = 0; i < 5; i++)
			assert_int_equal(raise(SIGUSR1), 0);
		assert_int_equal(loop_run(s->loop), 0);
		assert_int_equal(s->calls, round);
	}
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		SCENE(descriptors_are_level_triggered),
		SCENE(a_descriptor_that_cannot_be_watched),
		SCENE(timers_fire_once_after_their_time),
		SCENE(signals_come_as_callbacks),
		SCENE(watches_are_freed_inside_callbacks),
		SCENE(signals_free_their_own_watch),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
