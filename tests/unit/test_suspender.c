/* SPDX-License-Identifier: BSD-3-Clause */

/* When suspensions end by two clocks, and what of them a file keeps. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/suspender.h"

#define S(n) ((n)*NS_PER_S)
#define BEGIN_S UINT64_C(1795428842) /* 2026-11-23 */

static const struct conf_group groups[] = {{.name = "ot"}, {.name = "it"}};
static const struct conf conf = {.groups = groups, .group_count = 2};
static char directory[] = "/tmp/celnik-suspender-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static struct suspender_now at(uint64_t real_s, uint64_t monotonic_s)
{
	return (struct suspender_now){S(BEGIN_S + real_s), S(monotonic_s)};
}

static void begin(
	struct suspender *s, const char *group, uint64_t length_s, struct suspender_now now)
{
	struct suspension new = {.who = "uid 0",
		.reason = "works on the gate",
		.since_ns = now.real_ns,
		.until_ns = now.real_ns + S(length_s)};

	snprintf(new.group, sizeof(new.group), "%s", group);
	assert_int_equal(suspender_begin(s, &new, now), 0);
}

static void test_ends_by_the_first_clock(void **state)
{
	static const struct {
		uint64_t real_s, monotonic_s; /* since the begin, the real one modulo 2^64 */
		bool over;
	} cases[] = {
		{0, 0, false}, {99, 99, false}, {100, 100, true},
		{100, 50, true}, /* set forward, or the host slept */
		{50, 99, false}, /* set back */
		{50, 100, true}, {0, 100, true}, {(uint64_t)-9, 1, false}, /* a step of NTP */
		{(uint64_t)-11, 1, true}, /* to before its begin */
	};
	struct suspender s;

	(void)state;
	assert_int_equal(suspender_open(&s, directory, at(0, 1000)), 0);
	begin(&s, "ot", 100, at(0, 1000));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((suspender_over(&s, &conf, at(cases[i].real_s, 1000 + cases[i].monotonic_s)) ==
			    0) != cases[i].over)
			fail_msg("case %zu", i);
	unlink(s.path);
	suspender_release(&s);
}

/* A new process has another monotonic clock: what is left counts, never more than the length. */
static void test_is_kept(void **state)
{
	struct suspender s, again;
	struct suspension gone;

	(void)state;
	assert_int_equal(suspender_open(&s, directory, at(0, 1000)), 0);
	assert_int_equal(s.all.count, 0);
	begin(&s, "ot", 100, at(0, 1000));
	begin(&s, "it", 300, at(10, 1010));
	begin(&s, "ot", 200, at(20, 1020));
	assert_int_equal(suspender_open(&again, directory, at(120, 5)), 0);
	assert_string_equal(again.problem, "");
	assert_int_equal(again.all.count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_true(suspension_equal(&s.all.items[i], &again.all.items[i]));
	assert_int_equal(again.ends_ns[0], S(5 + 100));
	assert_int_equal(again.ends_ns[1], S(5 + 190));
	suspender_release(&again);
	/* The clock is behind: no longer than they were to last. */
	assert_int_equal(suspender_open(&again, directory, at((uint64_t)-5000, 5)), 0);
	assert_int_equal(again.ends_ns[0], S(5 + 200));
	assert_int_equal(suspender_over(&again, &conf, at((uint64_t)-5000, 5)), 0);
	/* One that is taken out leaves the others their ends. */
	assert_int_equal(suspender_end(&again, 0, &gone), 0);
	assert_string_equal(gone.group, "ot");
	assert_int_equal(again.all.count, 1);
	assert_int_equal(again.ends_ns[0], S(5 + 300));
	suspender_release(&again);
	unlink(s.path);
	suspender_release(&s);
}

/* It ends although the file cannot be written. */
static void test_group_that_is_not_there(void **state)
{
	const struct conf other = {.groups = groups + 1, .group_count = 1};
	struct suspension gone;
	struct suspender s;

	(void)state;
	assert_int_equal(suspender_open(&s, directory, at(0, 0)), 0);
	begin(&s, "it", 100, at(0, 0));
	begin(&s, "ot", 100, at(0, 0));
	assert_int_equal(suspender_over(&s, &conf, at(1, 1)), 2);
	assert_int_equal(suspender_over(&s, &other, at(1, 1)), 1);
	unlink(s.path);
	s.path[strlen(s.path) - strlen("/suspensions.json")] = '\0'; /* the directory itself */
	assert_int_equal(suspender_end(&s, 1, &gone), ERR_IO);
	assert_int_equal(s.all.count, 1);
	assert_string_equal(s.all.items[0].group, "it");
	suspender_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_by_the_first_clock),
		cmocka_unit_test(test_is_kept),
		cmocka_unit_test(test_group_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
