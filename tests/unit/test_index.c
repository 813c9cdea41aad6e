/* SPDX-License-Identifier: BSD-3-Clause */

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
#include "base/file.h"
#include "review/index.h"

static char directory[64], path[128];
static struct conf conf = {.queries = {.keep_s = 86400 * 90}, .events = {.keep_s = 86400 * 500}};

#define DAY_NS (UINT64_C(86400) * NS_PER_S)
#define NOW_NS (UINT64_C(1795478400) * NS_PER_S) /* 2026-11-24 */

#define LINE(time, kind, client, name, more)                                                       \
	"{\"@timestamp\":\"" time "\",\"event.id\":\"b-0-1\",\"event.kind\":\"" kind               \
	"\",\"event.action\":\"allow\",\"client.ip\":\"" client "\",\"dns.question.name\":\"" name \
	"\",\"dns.question.type\":\"A\"" more "}\n"
#define CAMERA                                                                                     \
	",\"celnik.match.on\":[\"qname\",\"address\"],\"celnik.match.list\":[\"prc\",\"geo\"]"     \
	",\"celnik.match.vendor\":[\"hikvision\",\"\"],\"celnik.match.category\":[\"ip-cameras\"," \
	"\"\"],\"celnik.match.fact\":[\"operated\",\"located\"],\"celnik.match.country\":[\"CN\"," \
	"\"HK\"],\"celnik.match.asn\":[0,45102]"

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-index-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/index", directory);
	conf.journal_directory = directory;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void append(const char *segment, const char *text)
{
	char file[256];
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", directory, segment);
	f = fopen(file, "a");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct index *opened(void)
{
	struct index *x = NULL;

	assert_int_equal(index_open(path, &conf, &x), 0);
	return x;
}

static struct index_progress follow(struct index *x)
{
	struct index_progress done = {0};
	int err;

	while ((err = index_follow(x, 0, &done)) == 0)
		continue;
	assert_int_equal(err, ERR_MISSING);
	return done;
}

static int64_t number(struct index *x, const char *sql)
{
	struct db_statement *s = db_prepare(index_db(x), sql);
	int64_t value = -1;

	if (db_step(s))
		value = db_int(s, 0);
	assert_string_equal(db_problem(index_db(x)), "");
	db_statement_free(s);
	return value;
}

#define FIRST "queries-20261123T100000Z-b-000001.jsonl"
#define SECOND "queries-20261123T110000Z-b-000002.jsonl"
#define EVENTS "events-20261123T100000Z-b-000001.jsonl"

static void fill(void)
{
	append(FIRST,
		LINE("2026-11-23T10:00:00.250Z", "query", "10.0.0.1", "a.example", "") LINE(
			"2026-11-23T10:00:01.000Z", "alert", "10.0.0.2", "cam.example", CAMERA));
	append(EVENTS,
		LINE("2026-11-23T10:00:01.000Z", "alert", "10.0.0.2", "cam.example", CAMERA));
	append(SECOND, LINE("2026-11-23T11:00:00.000Z", "query", "10.0.0.1", "a.example", ""));
}

static void takes_each_query_once(void **state)
{
	struct index *x;

	(void)state;
	fill();
	x = opened();
	follow(x);
	assert_int_equal(number(x, "SELECT count(*) FROM query"), 3);
	assert_int_equal(number(x, "SELECT at FROM query ORDER BY at"), INT64_C(1795428000250));
	assert_int_equal(number(x, "SELECT count(*) FROM shape"), 2);
	assert_int_equal(number(x, "SELECT count(*) FROM fact"), 2);
	assert_int_equal(number(x, "SELECT asn FROM fact WHERE country = 'HK'"), 45102);
	assert_int_equal(follow(x).records, 0);
	index_close(x);
	x = opened();
	append(SECOND, LINE("2026-11-23T11:00:09.000Z", "query", "10.0.0.1", "b.example", ""));
	assert_int_equal(follow(x).records, 1);
	assert_int_equal(number(x, "SELECT count(*) FROM query"), 4);
	index_close(x);
}

static void says_where_a_line_stands(void **state)
{
	struct db_statement *s;
	struct index *x;
	char *text;
	size_t len;

	(void)state;
	fill();
	x = opened();
	follow(x);
	s = db_prepare(index_db(x),
		"SELECT segment.name, offset FROM query JOIN segment ON segment.id = segment"
		" JOIN name ON name.id = query.name WHERE text = 'cam.example'");
	assert_true(db_step(s));
	assert_true(span_equal(db_text(s, 0), span_text(EVENTS)));
	assert_int_equal(db_int(s, 1), 0);
	db_reset(s);
	db_statement_free(s);
	s = db_prepare(
		index_db(x), "SELECT offset FROM remark JOIN segment ON segment.id = segment");
	append(EVENTS, "{\"@timestamp\":\"2026-11-23T10:00:02.000Z\",\"event.kind\":\"loss\"}\n");
	follow(x);
	assert_true(db_step(s));
	snprintf(path, sizeof(path), "%s/" EVENTS, directory);
	assert_int_equal(file_read(path, 1 << 20, &text, &len), 0);
	assert_memory_equal(text + db_int(s, 0), "{\"@timestamp\":\"2026-11-23T10:00:02", 34);
	free(text);
	db_reset(s);
	db_statement_free(s);
	index_close(x);
}

static void sums_are_those_of_the_rows(void **state)
{
	static const char *const tables[] = {
		"hour_shape", "hour_client", "hour_name", "day_client", "day_name"};
	struct index *x;
	char sql[128];

	(void)state;
	fill();
	x = opened();
	follow(x);
	append(SECOND, LINE("2026-11-23T11:00:09.000Z", "query", "10.0.0.1", "b.example", ""));
	follow(x);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT sum(count) FROM %s", tables[i]);
		assert_int_equal(number(x, sql), 4);
	}
	assert_int_equal(number(x, "SELECT count FROM hour_shape WHERE bucket * 3600000 = "
				   "1795431600000"),
		2);
	assert_int_equal(number(x, "SELECT count FROM day_client JOIN client ON client.id = client "
				   "WHERE ip = '10.0.0.1'"),
		3);
	assert_int_equal(number(x, "SELECT count(*) FROM seen WHERE what = 'name'"), 3);
	assert_int_equal(number(x, "SELECT first FROM seen WHERE value = 'hikvision'"),
		INT64_C(1795428001000));
	assert_int_equal(number(x, "SELECT count(*) FROM seen WHERE value = 'HK'"), 1);
	index_close(x);
}

static void forgets_what_is_gone(void **state)
{
	char file[256];
	struct index *x;

	(void)state;
	fill();
	x = opened();
	follow(x);
	snprintf(file, sizeof(file), "%s/" FIRST, directory);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(index_forget(x, NOW_NS), 0);
	assert_int_equal(number(x, "SELECT count(*) FROM query"), 2);
	assert_int_equal(number(x, "SELECT sum(count) FROM hour_shape"), 3);
	assert_int_equal(index_forget(x, NOW_NS + 501 * DAY_NS), 0);
	assert_int_equal(number(x, "SELECT count(*) FROM day_name"), 0);
	assert_int_equal(number(x, "SELECT count(*) FROM seen"), 0);
	index_close(x);
}

static void passes_over_damage(void **state)
{
	struct index_progress done;
	struct index *x;

	(void)state;
	append(EVENTS,
		"{\"@timestamp\":\"2026-11-2\n{\"@timestamp\":\"yesterday\"}\n\xff\n" LINE(
			"2026-11-23T10:00:01.000Z", "alert", "10.0.0.2", "cam.example", CAMERA));
	x = opened();
	done = follow(x);
	assert_int_equal(done.unreadable, 3);
	assert_int_equal(done.records, 4);
	assert_int_equal(number(x, "SELECT count(*) FROM query"), 1);
	index_close(x);
}

static void alone_the_queries_have_the_alerts(void **state)
{
	struct conf queries_only = conf;
	struct index *x = NULL;

	(void)state;
	queries_only.events.keep_s = 0;
	fill();
	assert_int_equal(index_open(NULL, &queries_only, &x), 0);
	follow(x);
	assert_int_equal(number(x, "SELECT count(*) FROM query"), 3);
	assert_int_equal(
		number(x, "SELECT count(*) FROM query JOIN shape ON shape.id = shape WHERE "
			  "alert"),
		1);
	index_close(x);
}

static void is_of_one_log_and_version(void **state)
{
	struct conf other = conf;
	struct index *x;

	(void)state;
	assert_int_equal(index_open_to_read(path, &conf, &x), ERR_MISSING);
	x = opened();
	db_run(index_db(x), "SELECT 1");
	index_close(x);
	other.journal_directory = "/elsewhere";
	assert_int_equal(index_open(path, &other, &x), ERR_STATE);
	x = opened();
	db_run(index_db(x), "UPDATE about SET version = '0'");
	index_close(x);
	assert_int_equal(index_open(path, &conf, &x), ERR_VERSION);
	assert_int_equal(unlink(path), 0);
	append("index",
		"this is no database, and long enough to be seen as none by its first octets");
	assert_int_equal(index_open(path, &conf, &x), ERR_FORMAT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_each_query_once),
		TEST(says_where_a_line_stands),
		TEST(sums_are_those_of_the_rows),
		TEST(forgets_what_is_gone),
		TEST(passes_over_damage),
		TEST(alone_the_queries_have_the_alerts),
		TEST(is_of_one_log_and_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
