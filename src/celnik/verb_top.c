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
	struct records_count counted;
};

static void show(const struct top *t)
{
	struct table_column columns[CENSUS_FIELDS_MAX + 3] = {{"count", .is_number = true}};
	size_t max = t->records.lines > 0 ? (size_t)t->records.lines : SHOWN_DEFAULT;
	struct table table;

	for (unsigned n = 0; n < t->counted.by_count; n++)
		columns[n + 1].name = t->counted.by[n]->name;
	columns[t->counted.by_count + 1] = (struct table_column){"first", .is_time = true};
	columns[t->counted.by_count + 2] = (struct table_column){"last", .is_time = true};
	table_begin(&table, t->records.cli, columns, t->counted.by_count + 3);
	for (size_t i = 0; i < census_count(t->counted.census) && i < max; i++) {
		const struct census_row *row = census_at(t->counted.census, i);
		const char *cells[CENSUS_FIELDS_MAX + 3];
		char count[24];

		snprintf(count, sizeof(count), "%llu", (unsigned long long)row->count);
		cells[0] = count;
		for (unsigned n = 0; n < t->counted.by_count; n++)
			cells[n + 1] = census_value(row, n);
		cells[t->counted.by_count + 1] = row->first;
		cells[t->counted.by_count + 2] = row->last;
		table_row(&table, cells);
	}
	(void)table_end(&table);
}

static int run(struct top *t)
{
	int code = records_open(&t->records, records_stream(&t->records));

	if (code != CLI_OK)
		return code;
	code = records_close(&t->records, records_count(&t->records, &t->counted, 1));
	if (code != CLI_OK)
		return code;
	if (census_count(t->counted.census) == 0)
		return records_none(&t->records);
	census_sort(t->counted.census, CENSUS_BY_COUNT);
	pager_start(t->records.cli);
	show(t);
	if (census_left_out(t->counted.census))
		fprintf(stderr, "celnik: more than %zu combinations; %llu records are left out\n",
			CENSUS_ROWS_MAX, (unsigned long long)census_left_out(t->counted.census));
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
	t.counted.by_count = records_fields(argv[optind], t.counted.by, CENSUS_FIELDS_MAX);
	if (t.counted.by_count == 0)
		return CLI_USAGE;
	code = records_prepare(&t.records, argv + optind + 1);
	if (code == CLI_OK)
		code = run(&t);
	census_free(t.counted.census);
	records_release(&t.records);
	return code;
}
