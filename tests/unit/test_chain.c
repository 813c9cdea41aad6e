/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "journal/chain.h"
#include "journal/journal.h"
#include "journal/verify.h"

#define WAIT_MS 20000
#define FIRST "events-20261124T100000Z-aa-000001.jsonl"
#define SECOND "events-20261124T100000Z-aa-000002.jsonl"
#define LINE "{\"@timestamp\":\"x\",\"event.id\":\"aa-0-1\",\"event.kind\":\"alert\"}\n"

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-chain-XXXXXX");
	assert_non_null(mkdtemp(directory));
	return 0;
}

static int teardown(void **state)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(directory);
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void append(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "a");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static bool is_there(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

static struct summary summary_of(const char *text)
{
	struct summary s;

	assert_int_equal(summary_begin(&s), 0);
	summary_add(&s, span_text(text));
	summary_end(&s);
	return s;
}

static void add_sealed(struct chain *c, const char *segment)
{
	struct summary s = summary_of(LINE);

	assert_int_equal(chain_add_sealed(c, "events", segment, &s, 0), 0);
}

/* The link and its predecessor's hash go on from run to run; a torn link of a crash does not. */
static void goes_on(void **state)
{
	char head[DIGEST_TEXT_MAX];
	struct chain c;

	(void)state;
	chain_init(&c, directory);
	assert_int_equal(chain_ready(&c), 0);
	assert_string_equal(c.head, CHAIN_ORIGIN);
	add_sealed(&c, FIRST);
	memcpy(head, c.head, sizeof(head));
	chain_release(&c);
	append(CHAIN_FILE, "{\"format\":1,\"link\":2,");
	chain_init(&c, directory);
	assert_int_equal(chain_ready(&c), 0);
	assert_string_equal(c.head, head);
	assert_int_equal(c.links, 1);
	assert_int_equal(chain_add_removed(&c, "events", FIRST, "older than keep"), 0);
	assert_int_equal(c.links, 2);
	assert_string_not_equal(c.head, head);
	chain_release(&c);
}

/* A run that ended between the link and what it tells of: the next one does it. */
static void finishes(void **state)
{
	struct chain c;

	(void)state;
	chain_init(&c, directory);
	append(FIRST, LINE);
	append(FIRST ".zst", "as if packed");
	add_sealed(&c, FIRST);
	chain_release(&c);
	assert_true(is_there(FIRST));
	assert_int_equal(chain_ready(&c), 0);
	assert_false(is_there(FIRST));
	assert_true(is_there(FIRST ".zst"));
	assert_int_equal(chain_add_removed(&c, "events", FIRST, "older than keep"), 0);
	chain_release(&c);
	assert_int_equal(chain_ready(&c), 0);
	assert_false(is_there(FIRST ".zst"));
	/* Without the compressed one the plain one is all there is. */
	append(SECOND, LINE);
	add_sealed(&c, SECOND);
	chain_release(&c);
	assert_int_equal(chain_ready(&c), 0);
	assert_true(is_there(SECOND));
	chain_release(&c);
}

static void one_at_a_time(void **state)
{
	struct chain c, other;

	(void)state;
	chain_init(&c, directory);
	chain_init(&other, directory);
	assert_int_equal(chain_ready(&c), 0);
	assert_int_equal(chain_ready(&other), ERR_IO);
	assert_int_equal(errno, EWOULDBLOCK);
	chain_release(&c);
	assert_int_equal(chain_ready(&other), 0);
	chain_release(&other);
}

/* Where the directory was moved away, another chain begins in the new one. */
static void directory_moved(void **state)
{
	char away[80];
	struct chain c;

	(void)state;
	chain_init(&c, directory);
	add_sealed(&c, FIRST);
	snprintf(away, sizeof(away), "%s-away", directory);
	assert_int_equal(rename(directory, away), 0);
	assert_int_equal(mkdir(directory, 0700), 0);
	add_sealed(&c, SECOND);
	assert_int_equal(c.links, 1);
	chain_release(&c);
	assert_true(is_there(CHAIN_FILE));
	assert_int_equal(teardown(NULL), 0);
	assert_int_equal(rename(away, directory), 0);
}

/* Whatever octets stand in it: nothing is believed, and nothing is made worse. */
static void hostile_end(void **state)
{
	static const char *const ends[] = {"\n", "{}\n", "nothing\n",
		"{\"kind\":\"removed\",\"segment\":\"../victim\"}\n", "{\"kind\":\"removed\"}\n",
		"[[[[[\n", "{\"link\":\"x\",\"segment\":7}\n"};
	struct chain c;

	(void)state;
	append("victim", "x");
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		append(CHAIN_FILE, ends[i]);
		chain_init(&c, directory);
		assert_int_equal(chain_ready(&c), 0);
		add_sealed(&c, FIRST);
		chain_release(&c);
	}
	assert_true(is_there("victim"));
}

struct told {
	unsigned count;
	enum verify_kind last;
};

static void note(void *arg, const struct verify_finding *f)
{
	struct told *told = arg;

	told->count++;
	told->last = f->kind;
}

static void verifies(void **state)
{
	struct verify_result result;
	struct told told = {0};
	struct chain c;

	(void)state;
	assert_int_equal(journal_verify(directory, NULL, note, &told, &result), 0);
	assert_true(verify_is_whole(&result));
	assert_int_equal(told.count, 0);
	chain_init(&c, directory);
	append(FIRST, LINE);
	add_sealed(&c, FIRST);
	assert_int_equal(journal_verify(directory, c.head, note, &told, &result), 0);
	assert_true(verify_is_whole(&result));
	assert_int_equal(result.records, 1);
	assert_int_equal(result.head_link, 1);
	assert_string_equal(result.head, c.head);
	append(FIRST, "{}\n");
	assert_int_equal(journal_verify(directory, c.head, note, &told, &result), 0);
	assert_false(verify_is_whole(&result));
	assert_int_equal(told.last, VERIFY_ALTERED);
	assert_int_equal(journal_verify(path_of("none"), NULL, note, &told, &result), ERR_IO);
	chain_release(&c);
}

/* What a summary finds in lines, however they are cut, is what stands there. */
static void summaries(void **state)
{
	static const char stop[] =
		"{\"event.id\":\"aa-2-1\",\"event.kind\":\"change\",\"event.action\":\"stop\","
		"\"celnik.lists\":\"11\",\"celnik.config\":\"22\"}\n";
	static const char loss[] =
		"{\"event.id\":\"aa-3-1\",\"event.kind\":\"loss\",\"event.reason\":\"x\"}\n";
	static const char fake[] = "{\"event.id\":\"aa-0-7\",\"event.kind\":\"query\",\"x\":"
				   "\"\\\"event.kind\\\":\\\"loss\\\"\"}\n";
	struct summary s;

	(void)state;
	assert_int_equal(summary_begin(&s), 0);
	summary_add(&s, span_text(LINE));
	summary_add(&s, span_text(stop));
	summary_add(&s, span_text(loss));
	assert_true(s.ended);
	assert_string_equal(s.first, "aa-0-1");
	assert_string_equal(s.last, "aa-3-1");
	assert_string_equal(s.configs.text[0], "22");
	assert_string_equal(s.lists.text[0], "11");
	assert_int_equal(s.configs.count, 1);
	summary_add(&s, span_of(fake, 20));
	summary_add(&s, span_of(fake + 20, sizeof(fake) - 21));
	assert_false(s.inside);
	assert_int_equal(s.records, 4);
	assert_int_equal(s.losses, 1);
	assert_int_equal(s.size, strlen(LINE) + strlen(stop) + strlen(loss) + strlen(fake));
	summary_end(&s);
}

/* One segment that cannot be sealed is an error, and does not keep the others from it. */
static void one_fails(void **state)
{
	const struct journal_options o = {
		.directory = directory, .events = {.keep_s = 86400}, .lanes = 1, .ring_size = 64};
	struct journal_stats stats = {.links = 0};
	struct journal *j = NULL;

	(void)state;
	append(FIRST, LINE);
	append(SECOND, LINE);
	assert_int_equal(mkdir(path_of(FIRST ".zst.half"), 0700), 0);
	assert_int_equal(journal_open(&o, &j), 0);
	for (int i = 0; i < WAIT_MS && (!stats.sealing_errno || stats.links == 0); i++) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		journal_stats_read(j, &stats);
	}
	assert_int_equal(stats.sealing_errno, EISDIR);
	assert_int_equal(stats.links, 1);
	journal_close(j);
	assert_true(is_there(FIRST));
	assert_false(is_there(FIRST ".zst"));
	assert_false(is_there(SECOND));
	assert_true(is_there(SECOND ".zst"));
	assert_int_equal(rmdir(path_of(FIRST ".zst.half")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(finishes, setup, teardown),
		cmocka_unit_test_setup_teardown(one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(directory_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_end, setup, teardown),
		cmocka_unit_test_setup_teardown(one_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(verifies, setup, teardown),
		cmocka_unit_test_setup_teardown(summaries, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
