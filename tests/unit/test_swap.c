/* SPDX-License-Identifier: BSD-3-Clause */

/* The front's main thread and a worker that does not read, or a link that is none. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/main.h"

static unsigned told; /* to the supervisor */

void front_tell(struct front *f, enum channel_type type, uint32_t a, const char *text)
{
	(void)f, (void)type, (void)a, (void)text;
	told++;
}

static struct front *make(void)
{
	static const char text[] = "version: 1\nclients: { a: { networks: 10.0.0.0/8 } }\n"
				   "upstreams: 192.0.2.1\n";
	struct front *f = calloc(1, sizeof(*f));
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	struct conf_files *files = NULL;

	assert_non_null(f);
	snapshot_files_init(&f->files);
	assert_int_equal(conf_files_from_text("/f", span_text(text), clock_real_ns(), &files), 0);
	assert_int_equal(conf_files_seal(files, &f->files.conf), 0);
	conf_files_free(files);
	assert_int_equal(snapshot_new(&f->files, NULL, NULL, problem, &f->snapshot), 0);
	f->worker_count = 1;
	f->workers[0] = calloc(1, sizeof(*f->workers[0]));
	assert_non_null(f->workers[0]);
	assert_int_equal(pipe2(f->workers[0]->mail, O_CLOEXEC | O_NONBLOCK), 0);
	return f;
}

static void release(struct front *f)
{
	close(f->workers[0]->mail[0]);
	close(f->workers[0]->mail[1]);
	free(f->workers[0]);
	snapshot_drop(f->coming);
	snapshot_drop(f->snapshot);
	snapshot_files_release(&f->files);
	free(f);
}

static size_t drain(int fd)
{
	char part[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		total += (size_t)n;
	return total;
}

/* It kept what was coming for ever, and every later reload was refused. */
static void test_worker_that_does_not_read(void **state)
{
	static const char filling[4096];
	struct front *f = make();

	(void)state;
	while (write(f->workers[0]->mail[1], filling, sizeof(filling)) > 0)
		continue;
	told = 0;
	swap_start(f, SPAN_LITERAL("somebody"));
	assert_non_null(f->coming);
	assert_int_equal(f->coming->holders, 1);
	swap_turn(f);
	assert_int_equal(f->coming->holders, 1);
	assert_true(drain(f->workers[0]->mail[0]) > 0);
	swap_turn(f);
	assert_int_equal(f->coming->holders, 2);
	assert_true(drain(f->workers[0]->mail[0]) > 0);
	swap_turn(f);
	assert_int_equal(f->coming->holders, 2);
	assert_int_equal(drain(f->workers[0]->mail[0]), 0);
	assert_int_equal(told, 0);
	snapshot_drop(f->coming);
	release(f);
}

static void test_link_that_is_none_is_closed(void **state)
{
	struct front *f = make();
	struct explainer *e = NULL;
	int fd = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(explainer_new(f, &e), 0);
	assert_int_not_equal(explainer_link(e, 0, fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	explainer_free(e);
	release(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worker_that_does_not_read),
		cmocka_unit_test(test_link_that_is_none_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
