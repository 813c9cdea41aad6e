/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_JOURNAL_RUN_H
#define TESTS_JOURNAL_RUN_H

/* A journal in a directory of its own, fed and read back, for tests of it. */

#include <ctype.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "sample.h"
#include "json/reader.h"

static const struct policy_moment moment = {.day = 20781}; /* 2026-11-24 */

#define WAIT_MS 10000
#define LINES_MAX 200000

static char directory[64];
static struct conf_group groups[] = {
	{.name = "all", .journal = CONF_JOURNAL_ALL},
	{.name = "events", .journal = CONF_JOURNAL_EVENTS},
	{.name = "none", .journal = CONF_JOURNAL_NONE},
};
static struct conf conf = {.site = "site",
	.groups = groups,
	.group_count = 3,
	.queries = {.keep_s = 86400},
	.events = {.keep_s = 86400}};
static struct policy *policy;
static _Atomic unsigned released;

UNUSED static void release(struct journal_context *c)
{
	atomic_fetch_add(&released, 1);
	free(c);
}

UNUSED static struct journal_context *context_new(void)
{
	struct journal_context *c = calloc(1, sizeof(*c));

	*c = (struct journal_context){.conf = &conf, .policy = policy, .release = release};
	return c;
}

UNUSED static struct resolution *resolution_of(const char *name)
{
	struct question q = sample_question(name, RR_A);
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e;

	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	e = evidence_keep(d, EXTENT_NAME);
	evidence_draft_free(d);
	return resolution_new(&q, NULL, e, DNSSEC_UNCHECKED);
}

UNUSED static struct journal_record record_of(
	const struct resolution *r, bool alert, uint16_t group)
{
	return (struct journal_record){.resolution = r,
		.real_ns = clock_real_ns(),
		.group = group,
		.rule = POLICY_RULE_NONE,
		.exception = POLICY_EXCEPTION_NONE,
		.ede = (uint16_t)EDE_NONE,
		.client_is_v4 = 1,
		.alert = alert};
}

UNUSED static void remove_directory(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

UNUSED static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-journal-XXXXXX");
	assert_non_null(mkdtemp(directory));
	atomic_store(&released, 0);
	return policy ? 0 : policy_new(&conf, &moment, &policy);
}

UNUSED static int teardown(void **state)
{
	(void)state;
	remove_directory();
	return 0;
}

UNUSED static int free_policy(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

UNUSED static struct journal *open_journal(
	unsigned lanes, unsigned ring_size, uint64_t segment_size)
{
	const struct journal_options o = {
		.directory = directory,
		.queries = conf.queries,
		.events = conf.events,
		.segment_size = segment_size,
		.lanes = lanes,
		.ring_size = ring_size,
	};
	struct journal *j = NULL;

	assert_int_equal(journal_open(&o, &j), 0);
	for (unsigned i = 0; i < lanes; i++)
		journal_adopt(journal_lane(j, i), context_new());
	return j;
}

UNUSED static struct journal_stats stats_of(struct journal *j)
{
	struct journal_stats s;

	journal_stats_read(j, &s);
	return s;
}

UNUSED static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

UNUSED static void wait_written(struct journal *j, uint64_t lines)
{
	for (int i = 0; stats_of(j).written < lines; i++) {
		if (i == WAIT_MS)
			fail_msg("%llu lines are written, not %llu",
				(unsigned long long)stats_of(j).written, (unsigned long long)lines);
		pause_briefly();
	}
}

/* The event with that end of its id, within little more than a second. */
UNUSED static void wait_committed(struct journal *j, const char *end)
{
	uint64_t start_ns = clock_monotonic_ns();

	for (;;) {
		struct journal_stats stats = stats_of(j);
		const char *number = strrchr(stats.last_event, '-');

		if (number && strcmp(number, end) == 0)
			return;
		if (clock_monotonic_ns() - start_ns > WAIT_MS * NS_PER_MS)
			fail_msg("the last event on the disk is %s", stats.last_event);
		pause_briefly();
	}
}

UNUSED static bool put(struct journal_lane *l, const char *name, bool alert, uint16_t group)
{
	struct resolution *r = resolution_of(name);
	struct journal_record record = record_of(r, alert, group);
	bool put = journal_put(l, &record);

	journal_retire(l, r);
	return put;
}

/* Each line of a stream through a function; how many there were. */
UNUSED static unsigned read_stream(
	const char *stream, void (*each)(const struct json_value *line, void *arg), void *arg)
{
	struct journal_reader *r = NULL;
	struct span line;
	unsigned count = 0;

	assert_int_equal(journal_reader_new(directory, stream, 0, &r), 0);
	while (journal_reader_next(r, &line) == 0) {
		struct json_document *d = NULL;

		assert_int_equal(json_parse(line, &d), 0);
		if (each)
			each(json_root(d), arg);
		json_document_free(d);
		count++;
	}
	journal_reader_free(r);
	return count;
}

/* Files of a stream, but for what a sealer has left unfinished. */
UNUSED static unsigned count_files(const char *stream, uint64_t *size)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	unsigned count = 0;
	struct stat st;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, stream, strlen(stream)) != 0 ||
			strstr(entry->d_name, ".half"))
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		count++;
		if (size)
			*size += (uint64_t)st.st_size;
	}
	closedir(dir);
	return count;
}

UNUSED static void put_many(struct journal *j, unsigned count)
{
	struct journal_lane *l = journal_lane(j, 0);

	for (unsigned i = 0; i < count; i++) {
		while (!put(l, "a.example", i % 2, 0))
			pause_briefly();
		journal_turn(l);
	}
}

struct expected_order {
	unsigned next; /* number */
	unsigned alerts, queries;
};

UNUSED static void count_kinds(const struct json_value *line, void *arg)
{
	struct expected_order *o = arg;
	bool alert = strcmp(json_get_string(line, "event.kind", ""), "alert") == 0;

	*(alert ? &o->alerts : &o->queries) += 1;
}

#endif
