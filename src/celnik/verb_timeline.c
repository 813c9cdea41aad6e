/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik timeline: records by hour, or by day where it is more than two. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pager.h"
#include "records.h"
#include "review/census.h"
#include "table.h"

#define DAY_NS (24 * 3600 * NS_PER_S)
#define BAR_WIDTH 40
#define STEPS_MAX 20000 /* two years of hours, and more of days */

struct timeline {
	struct records records;
	struct census *census;
	const struct field *by[2];
	unsigned count;
	bool hourly;
};

static int take(void *context, const struct entry *entry)
{
	struct timeline *t = context;

	return census_add(t->census, entry, t->by, t->count);
}

static void show_row(struct timeline *t, struct table *table, const char *when, const char *value,
	uint64_t count, uint64_t most)
{
	static const char bar[] = "########################################";
	char number[24];
	const char *cells[4] = {when};
	unsigned at = 1;
	size_t width = most ? (size_t)((double)count / (double)most * BAR_WIDTH) : 0;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)count);
	if (t->count == 2)
		cells[at++] = value;
	cells[at++] = number;
	if (count > 0 && width == 0)
		width = 1;
	cells[at] = bar + sizeof(bar) - 1 - width;
	table_row(table, cells);
}

/* Hours and days without records are shown as such, where there is one row for each. */
static void show_gap(
	struct timeline *t, struct table *table, time_t *at, const char *until, uint64_t most)
{
	char when[32], last[32] = "";

	if (t->count == 2 || *at == 0)
		return;
	for (unsigned i = 0; i < STEPS_MAX; i++, *at += t->hourly ? 3600 : 12 * 3600) {
		struct tm tm;

		if (!localtime_r(at, &tm))
			return;
		if (t->hourly)
			strftime(when, sizeof(when), "%Y-%m-%d %H:00", &tm);
		else
			strftime(when, sizeof(when), "%Y-%m-%d", &tm);
		if (strcmp(when, until) >= 0)
			return;
		if (strcmp(when, last) > 0)
			show_row(t, table, when, NULL, 0, most);
		snprintf(last, sizeof(last), "%s", when);
	}
}

/* The step behind the one that a record of this time is in. */
static time_t step_behind(const struct timeline *t, const char *timestamp)
{
	struct tm tm = {0}, local;
	time_t s;

	if (!strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	s = timegm(&tm);
	if (!localtime_r(&s, &local))
		return 0;
	if (t->hourly)
		return s - local.tm_min * 60 - local.tm_sec + 3600;
	local.tm_mday++;
	local.tm_hour = 1;
	local.tm_min = local.tm_sec = 0;
	local.tm_isdst = -1;
	return mktime(&local);
}

static void show(struct timeline *t)
{
	struct table_column columns[4] = {{.name = t->by[0]->name}};
	unsigned count = 1;
	uint64_t most = 0;
	struct table table;
	time_t next = 0;

	if (t->count == 2)
		columns[count++].name = t->by[1]->name;
	columns[count++] = (struct table_column){"count", .is_number = true};
	/* The bar says nothing new to a program. */
	if (t->records.cli->output == CLI_HUMAN)
		columns[count++].name = "";
	for (size_t i = 0; i < census_count(t->census); i++)
		if (census_at(t->census, i)->count > most)
			most = census_at(t->census, i)->count;
	table_begin(&table, t->records.cli, columns, count);
	for (size_t i = 0; i < census_count(t->census); i++) {
		const struct census_row *row = census_at(t->census, i);
		const char *when = census_value(row, 0);

		show_gap(t, &table, &next, when, most);
		show_row(t, &table, when, t->count == 2 ? census_value(row, 1) : NULL, row->count,
			most);
		next = step_behind(t, row->first);
	}
	(void)table_end(&table);
}

static int run(struct timeline *t)
{
	uint64_t until_ns = t->records.until_ns ? t->records.until_ns : clock_real_ns();
	int code;

	t->hourly = until_ns - t->records.since_ns <= 2 * DAY_NS + NS_PER_S;
	t->by[0] = field_find(t->hourly ? "hour" : "day");
	t->count++;
	code = records_open(&t->records, records_stream(&t->records));
	if (code != CLI_OK)
		return code;
	t->census = census_new();
	code = records_close(
		&t->records, t->census ? records_each(&t->records, take, t) : ERR_MEMORY);
	if (code != CLI_OK)
		return code;
	if (census_count(t->census) == 0)
		return records_none(&t->records);
	census_sort(t->census, CENSUS_BY_KEY);
	pager_start(t->records.cli);
	show(t);
	return CLI_OK;
}

int verb_timeline(struct cli *cli, int argc, char **argv)
{
	struct timeline t = {
		.records = {.cli = cli, .options = RECORDS_ALL | RECORDS_BY, .span_ns = DAY_NS}};
	int code = records_options(&t.records, argc, argv);

	if (code != CLI_OK)
		return code;
	if (t.records.by) {
		t.count = records_fields(t.records.by, &t.by[1], 1);
		if (t.count == 0)
			return CLI_USAGE;
	}
	code = records_prepare(&t.records, argv + optind);
	if (code == CLI_OK)
		code = run(&t);
	census_free(t.census);
	records_release(&t.records);
	return code;
}
