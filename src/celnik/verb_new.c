/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik new: what a client had to do with for the first time, as far back as the log goes. */

#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "records.h"
#include "review/census.h"
#include "table.h"

#define SPAN_NS (7 * 24 * 3600 * NS_PER_S)
#define KINDS_MAX 4

struct news {
	struct records records;
	const struct field *client, *kinds[KINDS_MAX];
	struct records_count counted[KINDS_MAX];
	unsigned count;
};

static unsigned show(struct news *n, uint64_t since_ns)
{
	static const struct table_column columns[] = {{"first", .is_time = true}, {"client"},
		{"what"}, {"value"}, {"count", .is_number = true}};
	char since[CLOCK_TEXT_MAX], count[24];
	struct table table;
	unsigned shown = 0;

	clock_format(since_ns, since);
	table_begin(&table, n->records.cli, columns, 5);
	for (unsigned k = 0; k < n->count; k++) {
		census_sort(n->counted[k].census, CENSUS_BY_FIRST);
		for (size_t i = 0; i < census_count(n->counted[k].census); i++) {
			const struct census_row *row = census_at(n->counted[k].census, i);
			const char *const cells[] = {row->first, census_value(row, 0),
				n->kinds[k]->name, census_value(row, 1), count};

			if (strcmp(row->first, since) < 0)
				continue;
			snprintf(count, sizeof(count), "%llu", (unsigned long long)row->count);
			table_row(&table, cells);
			shown++;
		}
	}
	(void)table_end(&table);
	return shown;
}

static int run(struct news *n)
{
	uint64_t since_ns = n->records.since_ns;
	int code;

	/* What was seen before is known from all that there is. */
	n->records.since_ns = 0;
	code = records_open(&n->records, records_stream(&n->records));
	if (code != CLI_OK)
		return code;
	for (unsigned i = 0; i < n->count; i++)
		n->counted[i] =
			(struct records_count){.by = {n->client, n->kinds[i]}, .by_count = 2};
	code = records_close(&n->records, records_count(&n->records, n->counted, n->count));
	n->records.since_ns = since_ns;
	if (code != CLI_OK)
		return code;
	pager_start(n->records.cli);
	return show(n, since_ns) > 0 ? CLI_OK : records_none(&n->records);
}

int verb_new(struct cli *cli, int argc, char **argv)
{
	struct news n = {
		.records = {.cli = cli, .options = RECORDS_ALL | RECORDS_BY, .span_ns = SPAN_NS}};
	int code = records_options(&n.records, argc, argv);

	if (code != CLI_OK)
		return code;
	n.client = field_find("client");
	n.count = records_fields(
		n.records.by ? n.records.by : "vendor,country,name", n.kinds, KINDS_MAX);
	if (n.count == 0)
		return CLI_USAGE;
	code = records_prepare(&n.records, argv + optind);
	if (code == CLI_OK)
		code = run(&n);
	for (unsigned i = 0; i < n.count; i++)
		census_free(n.counted[i].census);
	records_release(&n.records);
	return code;
}
