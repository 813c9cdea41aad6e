/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik top: records counted by the values of their fields. */

#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "records.h"
#include "review/census.h"
#include "table.h"

#define SHOWN_DEFAULT 20
#define DAY_NS (24 * 3600 * NS_PER_S)

struct top {
	struct records records;
	struct census *census;
	const struct field *by[CENSUS_FIELDS_MAX];
	unsigned count;
};

static int take(void *context, const struct entry *entry)
{
	struct top *t = context;

	return census_add(t->census, entry, t->by, t->count);
}

static void show(const struct top *t)
{
	struct table_column columns[CENSUS_FIELDS_MAX + 3] = {{"count", .is_number = true}};
	size_t max = t->records.lines > 0 ? (size_t)t->records.lines : SHOWN_DEFAULT;
	struct table table;

	for (unsigned n = 0; n < t->count; n++)
		columns[n + 1].name = t->by[n]->name;
	columns[t->count + 1] = (struct table_column){"first", .is_time = true};
	columns[t->count + 2] = (struct table_column){"last", .is_time = true};
	table_begin(&table, t->records.cli, columns, t->count + 3);
	for (size_t i = 0; i < census_count(t->census) && i < max; i++) {
		const struct census_row *row = census_at(t->census, i);
		const char *cells[CENSUS_FIELDS_MAX + 3];
		char count[24];

		snprintf(count, sizeof(count), "%llu", (unsigned long long)row->count);
		cells[0] = count;
		for (unsigned n = 0; n < t->count; n++)
			cells[n + 1] = census_value(row, n);
		cells[t->count + 1] = row->first;
		cells[t->count + 2] = row->last;
		table_row(&table, cells);
	}
	(void)table_end(&table);
}

static int run(struct top *t)
{
	int code = records_open(&t->records, records_stream(&t->records));

	if (code != CLI_OK)
		return code;
	t->census = census_new();
	code = records_close(
		&t->records, t->census ? records_each(&t->records, take, t) : ERR_MEMORY);
	if (code != CLI_OK)
		return code;
	if (census_count(t->census) == 0)
		return records_none(&t->records);
	census_sort(t->census, CENSUS_BY_COUNT);
	pager_start(t->records.cli);
	show(t);
	if (census_left_out(t->census))
		fprintf(stderr, "celnik: more than %zu combinations; %llu records are left out\n",
			CENSUS_ROWS_MAX, (unsigned long long)census_left_out(t->census));
	return CLI_OK;
}

int verb_top(struct cli *cli, int argc, char **argv)
{
	struct top t = {
		.records = {.cli = cli, .options = RECORDS_ALL | RECORDS_LINES, .span_ns = DAY_NS}};
	int code = records_options(&t.records, argc, argv);

	if (code != CLI_OK)
		return code;
	if (optind == argc)
		return cli_usage(argv[0]);
	t.count = records_fields(argv[optind], t.by, CENSUS_FIELDS_MAX);
	if (t.count == 0)
		return CLI_USAGE;
	code = records_prepare(&t.records, argv + optind + 1);
	if (code == CLI_OK)
		code = run(&t);
	census_free(t.census);
	records_release(&t.records);
	return code;
}
