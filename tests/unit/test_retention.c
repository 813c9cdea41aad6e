/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal_run.h"

static void count_deletions(const struct json_value *line, void *arg)
{
	unsigned *count = arg;

	if (strcmp(json_get_string(line, "event.action", ""), "delete") != 0)
		return;
	assert_non_null(strstr(json_get_string(line, "event.reason", ""), ": beyond max_size"));
	*count += 1;
}

/* Segments are bounded; of queries the oldest go, of events none. */
static void segments(void **state)
{
	struct conf_journal_stream limited = {.keep_s = 86400, .max_size = 32 << 10};
	struct expected_order queries = {0};
	unsigned lines, deletions = 0;
	uint64_t size = 0;
	struct journal *j;

	(void)state;
	conf.queries = limited;
	j = open_journal(1, 2048, 32 << 10);
	put_many(j, 2000);
	wait_written(j, 3000);
	assert_int_equal(stats_of(j).lost_queries, 0);
	assert_true(stats_of(j).segments_deleted > 0);
	journal_close(j);
	conf.queries = (struct conf_journal_stream){.keep_s = 86400};
	count_files("queries-", &size);
	assert_true(size > 0 && size <= (32 + 2 * 16) << 10);
	assert_true(read_stream("queries", count_kinds, &queries) < 2000);
	assert_true(count_files("events-", NULL) >= 8);
	lines = read_stream("events", count_deletions, &deletions);
	assert_int_equal(lines, 1000 + deletions);
	assert_true(deletions >= 1);
}

/* A segment that was begun and written last so many hours ago. */
static void make_segment(const char *stream, unsigned begun_h, unsigned changed_h)
{
	time_t now = (time_t)(clock_real_ns() / NS_PER_S), begun = now - 3600 * (time_t)begun_h;
	struct timespec changed[2] = {{.tv_sec = now - 3600 * (time_t)changed_h},
		{.tv_sec = now - 3600 * (time_t)changed_h}};
	char time[32], path[256];
	struct tm tm;
	int fd;

	strftime(time, sizeof(time), "%Y%m%dT%H%M%SZ", gmtime_r(&begun, &tm));
	snprintf(path, sizeof(path), "%s/%s-%s-aa-000001.jsonl", directory, stream, time);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, changed), 0);
	close(fd);
}

static void check_deletion(const struct json_value *line, void *arg)
{
	const char **expected = arg;

	if (strcmp(json_get_string(line, "event.action", ""), "delete") != 0)
		return;
	assert_string_equal(json_get_string(line, "event.kind", ""), "change");
	assert_string_equal(json_get_string(line, "event.reason", ""), *expected);
	*expected = "";
}

/* Closed segments go when they are older than keep, and a record says so. */
static void keep(void **state)
{
	const char *expected = "deleted 2 files of queries; 2: older than keep";
	struct journal *j;
	char path[256];

	(void)state;
	make_segment("queries", 70, 48);
	make_segment("queries", 47, 30);
	make_segment("queries", 29, 8);
	snprintf(path, sizeof(path), "%s/queries-notes.txt", directory);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	j = open_journal(1, 64, 0);
	put_many(j, 1);
	wait_written(j, 1);
	assert_int_equal(stats_of(j).segments_deleted, 2);
	journal_close(j);
	assert_int_equal(access(path, F_OK), 0);
	read_stream("events", check_deletion, &expected);
	assert_string_equal(expected, "");
}

/* A daemon that begins with a clock that is months ahead, and then another, find the whole log too
 * old; they wait a day before they believe it. */
static void keep_with_wrong_clock(void **state)
{
	const char *none = "";

	(void)state;
	make_segment("queries", 101 * 24, 100 * 24);
	make_segment("events", 101 * 24, 100 * 24);
	for (int i = 0; i < 2; i++) {
		struct journal *j = open_journal(1, 64, 0);

		put_many(j, 2);
		wait_written(j, 3);
		journal_close(j);
		assert_int_equal(count_files("queries-", NULL), 2 + i);
		assert_int_equal(count_files("events-", NULL), 2 + i);
	}
	read_stream("events", check_deletion, &none);
}

/* After a day it is believed: the log was silent, or the clock will not be set right any more. */
static void keep_after_doubt(void **state)
{
	struct journal *j;

	(void)state;
	make_segment("queries", 101 * 24, 100 * 24);
	make_segment("queries", 25, 1);
	j = open_journal(1, 64, 0);
	put_many(j, 1);
	wait_written(j, 1);
	assert_int_equal(stats_of(j).segments_deleted, 1);
	journal_close(j);
	assert_int_equal(count_files("queries-", NULL), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(segments, setup, teardown),
		cmocka_unit_test_setup_teardown(keep, setup, teardown),
		cmocka_unit_test_setup_teardown(keep_with_wrong_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(keep_after_doubt, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, free_policy);
}
