/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "journal_run.h"

static void check_order(const struct json_value *line, void *arg)
{
	struct expected_order *o = arg;
	const char *id = json_get_string(line, "event.id", "");
	bool alert = strcmp(json_get_string(line, "event.kind", ""), "alert") == 0;

	assert_int_equal(strtoul(strrchr(id, '-') + 1, NULL, 10), o->next);
	o->next++;
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

/* As many as fit, in two rings for each worker. */
static void ring_sizes(void **state)
{
	(void)state;
	assert_int_equal(journal_ring_size(32 << 20, 1), 131072);
	assert_int_equal(journal_ring_size(32 << 20, 2), 65536);
	assert_int_equal(journal_ring_size(64 << 20, 1), 262144);
	assert_int_equal(journal_ring_size(1 << 20, 64), 1024);
	assert_int_equal(journal_ring_size(UINT64_MAX, 1), 1 << 30);
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
	/* Where queries are lost there is still room for events. */
	for (; events[1] < 4; events[1]++)
		assert_true(put(l, "a.example", true, 0));
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
		cmocka_unit_test(ring_sizes),
		cmocka_unit_test_setup_teardown(losses, setup, teardown),
		cmocka_unit_test_setup_teardown(wakes, setup, teardown),
		cmocka_unit_test_setup_teardown(change, setup, teardown),
		cmocka_unit_test_setup_teardown(no_directory, setup, teardown),
		cmocka_unit_test_setup_teardown(short_write, setup, teardown),
		cmocka_unit_test_setup_teardown(deleted_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(stress, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, free_policy);
}
