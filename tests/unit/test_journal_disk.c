/* SPDX-License-Identifier: BSD-3-Clause */

/* The query log on a disk that is slow, or that does not come back: write(2) of the program itself
 * is replaced (--wrap). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "sample.h"
#include "json/reader.h"

#define WAIT_MS 20000

static const struct policy_moment moment = {.day = 20781};
static char directory[64];
static struct conf_group group = {.name = "all", .journal = CONF_JOURNAL_ALL};
static struct conf conf = {.site = "site",
	.groups = &group,
	.group_count = 1,
	.queries = {.keep_s = 86400},
	.events = {.keep_s = 86400}};
static struct policy *policy;
static _Atomic unsigned write_ms; /* what a write to a file takes */
static _Atomic bool hanging_now; /* none comes back */

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

static void pause_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		pause_ms(atomic_load(&write_ms));
		while (atomic_load(&hanging_now))
			pause_ms(1);
	}
	return __real_write(fd, data, len);
}

static void release(struct journal_context *c)
{
	free(c);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-journal-XXXXXX");
	assert_non_null(mkdtemp(directory));
	atomic_store(&write_ms, 0);
	atomic_store(&hanging_now, false);
	return policy ? 0 : policy_new(&conf, &moment, &policy);
}

static int teardown(void **state)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	(void)state;
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
	return 0;
}

static int free_policy(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static struct journal *open_journal(unsigned ring_size, unsigned stop_ms)
{
	const struct journal_options o = {
		.directory = directory,
		.queries = conf.queries,
		.events = conf.events,
		.lanes = 1,
		.ring_size = ring_size,
		.stop_ms = stop_ms,
	};
	struct journal_context *c = calloc(1, sizeof(*c));
	struct journal *j = NULL;

	assert_int_equal(journal_open(&o, &j), 0);
	*c = (struct journal_context){.conf = &conf, .policy = policy, .release = release};
	journal_adopt(journal_lane(j, 0), c);
	return j;
}

/* One query of an answer of that many octets more, which is given up at once. */
static bool put(struct journal_lane *l, bool alert, size_t octets)
{
	struct question q = sample_question("a.example", RR_A);
	struct evidence_draft *d = evidence_draft_new();
	struct resolution *r;
	bool done;

	evidence_draft_name(d, ON_QNAME, &q.name, NULL, 0);
	r = resolution_new(&q, NULL, evidence_keep(d, EXTENT_NAME), DNSSEC_UNCHECKED);
	evidence_draft_free(d);
	/* As if it were of a larger answer; only its size is looked at. */
	r->evidence->size += octets;
	done = journal_put(l, &(struct journal_record){.resolution = r,
				      .real_ns = clock_real_ns(),
				      .rule = POLICY_RULE_NONE,
				      .exception = POLICY_EXCEPTION_NONE,
				      .ede = (uint16_t)EDE_NONE,
				      .client_is_v4 = 1,
				      .alert = alert});
	journal_retire(l, r);
	return done;
}

static struct journal_stats stats_of(struct journal *j)
{
	struct journal_stats s;

	journal_stats_read(j, &s);
	return s;
}

static uint64_t number_before(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	while (at && at > text && isdigit((unsigned char)at[-1]))
		at--;
	return at ? strtoull(at, NULL, 10) : 0;
}

/* Lines of `queries` that are records of queries; what those of losses tell is added up. */
static unsigned read_queries(uint64_t *told)
{
	struct journal_reader *r = NULL;
	struct span line;
	unsigned count = 0;

	assert_int_equal(journal_reader_new(directory, "queries", 0, &r), 0);
	while (journal_reader_next(r, &line) == 0) {
		struct json_document *d = NULL;
		const char *reason;

		assert_int_equal(json_parse(line, &d), 0);
		reason = json_get_string(json_root(d), "event.reason", "");
		if (strcmp(json_get_string(json_root(d), "event.kind", ""), "loss") == 0)
			*told += number_before(reason, " queries and");
		else
			count++;
		json_document_free(d);
	}
	journal_reader_free(r);
	return count;
}

/* Stopping does not wait for a slow disk for ever; what is not written is told. */
static void slow_stop(void **state)
{
	struct journal *j = open_journal(16384, 400);
	uint64_t start_ns = clock_monotonic_ns(), told = 0;
	struct journal_stats stats;
	unsigned written;

	(void)state;
	atomic_store(&write_ms, 100); /* for some hundred records */
	for (unsigned i = 0; i < 16000; i++)
		assert_true(put(journal_lane(j, 0), false, 0));
	journal_turn(journal_lane(j, 0));
	assert_int_equal(journal_stop(j), 0);
	assert_true(clock_monotonic_ns() - start_ns < 4 * NS_PER_S);
	stats = stats_of(j);
	assert_true(stats.lost_queries > 1000);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.untold_queries, 0);
	journal_close(j);
	written = read_queries(&told);
	assert_int_equal(told, stats.lost_queries);
	assert_int_equal(written + told, 16000);
}

/* Nor does it hang with the disk: it says what is lost with the writer. */
static void hanging_stop(void **state)
{
	struct journal *j = open_journal(64, 200);
	uint64_t start_ns = clock_monotonic_ns();

	(void)state;
	atomic_store(&hanging_now, true);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(put(journal_lane(j, 0), false, 0));
		journal_turn(journal_lane(j, 0));
		while (i == 0 && stats_of(j).waiting > 0)
			pause_ms(1);
	}
	assert_int_equal(journal_stop(j), ERR_AGAIN);
	assert_true(clock_monotonic_ns() - start_ns < 5 * NS_PER_S);
	assert_true(stats_of(j).waiting > 0);
	/* The disk comes back after all. */
	atomic_store(&hanging_now, false);
	assert_int_equal(journal_stop(j), 0);
	journal_close(j);
}

/* What could not be told at the end, the owner learns. */
static void untold(void **state)
{
	struct journal *j;

	(void)state;
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(symlink("/dev/null", directory), 0);
	j = open_journal(64, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(put(journal_lane(j, 0), i == 0, 0));
	journal_turn(journal_lane(j, 0));
	assert_int_equal(journal_stop(j), 0);
	assert_int_equal(stats_of(j).untold_queries, 3);
	assert_int_equal(stats_of(j).untold_events, 1);
	journal_close(j);
	unlink(directory);
}

/* What is kept for a disk that hangs has a bound, and the owner learns that it hangs. */
static void hanging(void **state)
{
	struct journal *j = open_journal(4096, 0);
	struct journal_lane *l = journal_lane(j, 0);
	unsigned taken = 1, lost = 0;

	(void)state;
	atomic_store(&hanging_now, true);
	assert_true(put(l, false, 0));
	journal_turn(l);
	for (int i = 0; stats_of(j).waiting > 0 && i < WAIT_MS; i++)
		pause_ms(1);
	assert_false(stats_of(j).stuck);
	for (unsigned i = 0; i < 4000; i++)
		*(put(l, i % 2, 60000) ? &taken : &lost) += 1;
	journal_turn(l);
	assert_in_range(taken, JOURNAL_RETIRED_MAX / 61000, JOURNAL_RETIRED_MAX / 60000 + 2);
	assert_int_equal(stats_of(j).lost_queries + stats_of(j).lost_events, lost);
	for (int i = 0; !stats_of(j).stuck && i < WAIT_MS; i++)
		pause_ms(1);
	assert_true(stats_of(j).stuck);
	atomic_store(&hanging_now, false);
	for (int i = 0; stats_of(j).waiting > 0 && i < WAIT_MS; i++)
		pause_ms(1);
	assert_false(stats_of(j).stuck);
	/* The room comes back with the disk. */
	for (int i = 0; !put(l, false, 0) && i < WAIT_MS; i++)
		pause_ms(1);
	lost = (unsigned)stats_of(j).lost_queries;
	assert_true(put(l, false, 60000));
	assert_int_equal(stats_of(j).lost_queries, lost);
	assert_int_equal(journal_stop(j), 0);
	journal_close(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slow_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(hanging_stop, setup, teardown),
		cmocka_unit_test_setup_teardown(hanging, setup, teardown),
		cmocka_unit_test_setup_teardown(untold, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, free_policy);
}
