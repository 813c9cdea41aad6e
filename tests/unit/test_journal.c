/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void release(struct journal_context *c)
{
	atomic_fetch_add(&released, 1);
	free(c);
}

static struct journal_context *context_new(void)
{
	struct journal_context *c = calloc(1, sizeof(*c));

	*c = (struct journal_context){.conf = &conf, .policy = policy, .release = release};
	return c;
}

static struct resolution *resolution_of(const char *name)
{
	struct question q = sample_question(name, RR_A);
	struct evidence_draft *d = evidence_draft_new();
	struct evidence *e;

	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	e = evidence_keep(d, EXTENT_NAME);
	evidence_draft_free(d);
	return resolution_new(&q, NULL, e, DNSSEC_UNCHECKED);
}

static struct journal_record record_of(const struct resolution *r, bool alert, uint16_t group)
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

static void remove_directory(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-journal-XXXXXX");
	assert_non_null(mkdtemp(directory));
	atomic_store(&released, 0);
	return policy ? 0 : policy_new(&conf, &moment, &policy);
}

static int teardown(void **state)
{
	(void)state;
	remove_directory();
	return 0;
}

static int free_policy(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static struct journal *open_journal(unsigned lanes, unsigned ring_size, uint64_t segment_size)
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

static struct journal_stats stats_of(struct journal *j)
{
	struct journal_stats s;

	journal_stats_read(j, &s);
	return s;
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void wait_written(struct journal *j, uint64_t lines)
{
	for (int i = 0; stats_of(j).written < lines; i++) {
		if (i == WAIT_MS)
			fail_msg("%llu lines are written, not %llu",
				(unsigned long long)stats_of(j).written, (unsigned long long)lines);
		pause_briefly();
	}
}

/* The event with that end of its id, within little more than a second. */
static void wait_committed(struct journal *j, const char *end)
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

static bool put(struct journal_lane *l, const char *name, bool alert, uint16_t group)
{
	struct resolution *r = resolution_of(name);
	struct journal_record record = record_of(r, alert, group);
	bool put = journal_put(l, &record);

	journal_retire(l, r);
	return put;
}

/* Each line of a stream through a function; how many there were. */
static unsigned read_stream(
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

struct expected_order {
	unsigned next; /* number */
	unsigned alerts, queries;
};

static void check_order(const struct json_value *line, void *arg)
{
	struct expected_order *o = arg;
	const char *id = json_get_string(line, "event.id", "");
	bool alert = strcmp(json_get_string(line, "event.kind", ""), "alert") == 0;

	assert_int_equal(strtoul(strrchr(id, '-') + 1, NULL, 10), o->next);
	o->next++;
	*(alert ? &o->alerts : &o->queries) += 1;
}

static void count_kinds(const struct json_value *line, void *arg)
{
	struct expected_order *o = arg;
	bool alert = strcmp(json_get_string(line, "event.kind", ""), "alert") == 0;

	*(alert ? &o->alerts : &o->queries) += 1;
}

/* Both rings come out in the order of the numbers, an event in both streams. */
static void streams(void **state)
{
	struct expected_order queries = {.next = 1}, events = {0};
	struct journal *j = open_journal(1, 1024, 0);
	struct journal_lane *l = journal_lane(j, 0);

	(void)state;
	for (int i = 0; i < 900; i++)
		assert_true(put(l, "a.example", i % 3 == 0, 0));
	assert_int_equal(journal_number(l), 901);
	journal_turn(l);
	wait_written(j, 1200);
	wait_committed(j, "-898");
	assert_int_equal(strncmp(stats_of(j).last_event, journal_boot(j), 12), 0);
	journal_close(j);
	assert_int_equal(read_stream("queries", check_order, &queries), 900);
	assert_int_equal(queries.alerts, 300);
	assert_int_equal(read_stream("events", count_kinds, &events), 300);
	assert_int_equal(events.alerts, 300);
	assert_int_equal(atomic_load(&released), 1);
}

static void group_extents(void **state)
{
	struct expected_order queries = {0}, events = {0};
	struct journal *j = open_journal(1, 64, 0);
	struct journal_lane *l = journal_lane(j, 0);

	(void)state;
	for (uint16_t group = 0; group < 3; group++) {
		assert_true(put(l, "a.example", false, group));
		assert_true(put(l, "a.example", true, group));
	}
	assert_int_equal(journal_number(l), 4);
	journal_close(j);
	read_stream("queries", count_kinds, &queries);
	read_stream("events", count_kinds, &events);
	assert_int_equal(queries.queries, 1);
	assert_int_equal(queries.alerts, 2);
	assert_int_equal(events.alerts, 2);
}

/* The number before a word, 0 when the word is not there. */
static uint64_t number_before(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	while (at && at > text && isdigit((unsigned char)at[-1]))
		at--;
	return at ? strtoull(at, NULL, 10) : 0;
}

/* What the loss records of a stream say, added up. */
struct told {
	uint64_t queries, events, records;
};

static void add_loss(const struct json_value *line, void *arg)
{
	const char *reason = json_get_string(line, "event.reason", "");
	struct told *told = arg;

	if (strcmp(json_get_string(line, "event.kind", ""), "loss") != 0)
		return;
	assert_string_equal(json_get_string(line, "observer.name", ""), "site");
	assert_non_null(strstr(reason, "of worker 0"));
	told->queries += number_before(reason, " quer");
	told->events += number_before(reason, " event");
	told->records++;
}

/* What a full ring does not take is counted and told in both streams. */
static void losses(void **state)
{
	struct journal *j = open_journal(1, 4, 0);
	struct journal_lane *l = journal_lane(j, 0);
	uint64_t queries[2] = {0}, events[2] = {0}; /* lost, taken */
	struct told told[2] = {0};
	uint64_t lines[2];

	(void)state;
	/* The writer is not woken before the turn, but may be in its first round. */
	while (queries[0] < 6)
		queries[put(l, "a.example", false, 0)]++;
	while (events[0] < 2)
		events[put(l, "a.example", true, 0)]++;
	assert_int_equal(stats_of(j).lost_queries, 6);
	assert_int_equal(stats_of(j).lost_events, 2);
	journal_turn(l);
	journal_close(j);
	lines[0] = read_stream("events", add_loss, &told[0]);
	lines[1] = read_stream("queries", add_loss, &told[1]);
	assert_int_equal(lines[0], events[1] + told[0].records);
	assert_int_equal(lines[1], queries[1] + events[1] + told[1].records);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(told[i].queries, 6);
		assert_int_equal(told[i].events, 2);
	}
}

/* A single record is written soon, whatever the writer is just doing. */
static void wakes(void **state)
{
	struct journal *j = open_journal(1, 64, 0);
	struct journal_lane *l = journal_lane(j, 0);

	(void)state;
	for (unsigned i = 1; i <= 300; i++) {
		struct timespec apart = {.tv_nsec = (long)(i * 7919 % 8000) * 1000};

		assert_true(put(l, "a.example", false, 0));
		journal_turn(l);
		nanosleep(&apart, NULL);
		if (i % 3 == 0)
			wait_written(j, i);
	}
	journal_close(j);
}

static void change(void **state)
{
	struct journal_reader *r = NULL;
	struct journal *j = open_journal(1, 64, 0);
	struct span line;
	char text[512];

	(void)state;
	journal_change(journal_lane(j, 0), "reload", "the configuration was taken over", "uid 0");
	wait_written(j, 2);
	journal_close(j);
	assert_int_equal(read_stream("queries", NULL, NULL), 1);
	assert_int_equal(journal_reader_new(directory, "events", 0, &r), 0);
	assert_int_equal(journal_reader_next(r, &line), 0);
	snprintf(text, sizeof(text), "%.*s", SPAN_ARGS(line));
	assert_non_null(strstr(text, "\"event.kind\":\"change\",\"event.action\":\"reload\","
				     "\"event.reason\":\"the configuration was taken over (by uid "
				     "0)\",\"celnik.format\":1,\"observer.name\":\"site\","
				     "\"celnik.mode\":\"observe\"}"));
	journal_reader_free(r);
}

/* Files of a stream, but for what a sealer has left unfinished. */
static unsigned count_files(const char *stream, uint64_t *size)
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

static void put_many(struct journal *j, unsigned count)
{
	struct journal_lane *l = journal_lane(j, 0);

	for (unsigned i = 0; i < count; i++) {
		while (!put(l, "a.example", i % 2, 0))
			pause_briefly();
		journal_turn(l);
	}
}

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

static void wait_failing(struct journal *j, bool failing)
{
	for (int i = 0; stats_of(j).failing != failing; i++) {
		if (i == WAIT_MS)
			fail_msg("failing is %d", stats_of(j).failing);
		pause_briefly();
	}
}

static void check_loss(const struct json_value *line, void *arg)
{
	if (strcmp(json_get_string(line, "event.kind", ""), "loss") != 0)
		return;
	assert_non_null(strstr(json_get_string(line, "event.reason", ""), (*(const char **)arg)));
	*(const char **)arg = "";
}

/* Where no directory can be made, records are lost until it can be, and then that is told. */
static void no_directory(void **state)
{
	const char *reason = "lost 1 lines of queries: they could not be written";
	struct journal *j;
	int fd;

	(void)state;
	remove_directory();
	fd = open(directory, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	j = open_journal(1, 64, 0);
	put_many(j, 1);
	wait_failing(j, true);
	assert_int_equal(stats_of(j).lost_queries, 1);
	assert_int_equal(unlink(directory), 0);
	wait_written(j, 2);
	wait_failing(j, false);
	journal_close(j);
	assert_int_equal(read_stream("queries", check_loss, &reason), 1);
	assert_string_equal(reason, "");
}

/* A disk that fills in the middle of a line: no torn line stays. */
static void short_write(void **state)
{
	struct rlimit before, limit;
	struct journal *j;
	uint64_t lost;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){.rlim_cur = 5000, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	j = open_journal(1, 64, 0);
	for (int i = 0; i < 50; i++)
		put(journal_lane(j, 0), "a.example", false, 0);
	journal_turn(journal_lane(j, 0));
	wait_failing(j, true);
	for (int i = 0; stats_of(j).written + stats_of(j).lost_queries < 50 && i < WAIT_MS; i++)
		pause_briefly();
	lost = stats_of(j).lost_queries;
	assert_true(lost > 0 && lost < 50);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	wait_failing(j, false);
	wait_written(j, 50 - lost + 1);
	journal_close(j);
	assert_int_equal(read_stream("queries", NULL, NULL), 50 - lost + 1);
}

/* A segment that somebody deletes is begun anew. */
static void deleted_segment(void **state)
{
	struct journal *j = open_journal(1, 64, 0);

	(void)state;
	put_many(j, 1);
	wait_written(j, 1);
	remove_directory();
	put_many(j, 1);
	wait_written(j, 2);
	journal_close(j);
	assert_int_equal(read_stream("queries", NULL, NULL), 1);
}

#define STRESS_LANES 3
#define STRESS_RECORDS 12000
#define STRESS_LIVE 16

struct stress {
	pthread_t thread;
	struct journal_lane *lane;
	uint64_t put, lost, adopted;
};

/* As a worker does: records of resolutions that live a while, then go, through both rings. */
static void *stress_lane(void *arg)
{
	struct stress *s = arg;
	struct resolution *live[STRESS_LIVE] = {NULL};
	uint32_t seed = 1 + (uint32_t)(uintptr_t)s;

	for (unsigned i = 0; i < STRESS_RECORDS; i++) {
		struct journal_record record;
		unsigned at;

		seed = seed * 1664525 + 1013904223;
		at = seed >> 16 & (STRESS_LIVE - 1);
		if (!live[at] || (seed >> 20 & 3) == 0) {
			journal_retire(s->lane, live[at]);
			live[at] = resolution_of("a.example");
		}
		record = record_of(live[at], seed >> 24 & 1, 0);
		s->put++;
		if (!journal_put(s->lane, &record)) {
			s->lost++;
			sched_yield();
		}
		if (i % 500 == 0) {
			journal_adopt(s->lane, context_new());
			s->adopted++;
		}
		if (i % 8 == 0)
			journal_turn(s->lane);
	}
	for (unsigned i = 0; i < STRESS_LIVE; i++)
		journal_retire(s->lane, live[i]);
	journal_turn(s->lane);
	return NULL;
}

static void stress(void **state)
{
	struct journal *j = open_journal(STRESS_LANES, 128, 1 << 20);
	struct stress lanes[STRESS_LANES] = {{0}};
	uint64_t put = 0, lost = 0, adopted = STRESS_LANES;
	struct expected_order queries = {0};
	struct journal_stats stats;

	(void)state;
	for (unsigned i = 0; i < STRESS_LANES; i++) {
		lanes[i].lane = journal_lane(j, i);
		pthread_create(&lanes[i].thread, NULL, stress_lane, &lanes[i]);
	}
	for (unsigned i = 0; i < STRESS_LANES; i++) {
		pthread_join(lanes[i].thread, NULL);
		put += lanes[i].put;
		lost += lanes[i].lost;
		adopted += lanes[i].adopted;
	}
	stats = stats_of(j);
	assert_int_equal(stats.lost_queries + stats.lost_events, lost);
	journal_close(j);
	assert_int_equal(atomic_load(&released), adopted);
	read_stream("queries", count_kinds, &queries);
	/* Those of kind loss count as queries here: at most one a second and lane. */
	assert_true(queries.alerts + queries.queries >= put - lost);
	assert_true(queries.alerts + queries.queries <= put - lost + 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(streams, setup, teardown),
		cmocka_unit_test_setup_teardown(group_extents, setup, teardown),
		cmocka_unit_test_setup_teardown(losses, setup, teardown),
		cmocka_unit_test_setup_teardown(wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(change, setup, teardown),
		cmocka_unit_test_setup_teardown(segments, setup, teardown),
		cmocka_unit_test_setup_teardown(keep, setup, teardown),
		cmocka_unit_test_setup_teardown(keep_with_wrong_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(keep_after_doubt, setup, teardown),
		cmocka_unit_test_setup_teardown(no_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(short_write, setup, teardown),
		cmocka_unit_test_setup_teardown(deleted_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(stress, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, free_policy);
}
