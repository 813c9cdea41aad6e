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
	struct census *censuses[KINDS_MAX];
	unsigned count;
};

static int take(void *context, const struct entry *entry)
{
	struct news *n = context;
	int err = 0;

	for (unsigned i = 0; !err && i < n->count; i++) {
		const struct field *const by[] = {n->client, n->kinds[i]};

		err = census_add(n->censuses[i], entry, by, 2);
	}
	return err;
}

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
		census_sort(n->censuses[k], CENSUS_BY_FIRST);
		for (size_t i = 0; i < census_count(n->censuses[k]); i++) {
			const struct census_row *row = census_at(n->censuses[k], i);
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
	int code, err = 0;

	/* What was seen before is known from all that there is. */
	n->records.since_ns = 0;
	code = records_open(&n->records, records_stream(&n->records));
	if (code != CLI_OK)
		return code;
	for (unsigned i = 0; i < n->count; i++) {
		n->censuses[i] = census_new();
		err = n->censuses[i] ? err : ERR_MEMORY;
	}
	code = records_close(&n->records, err ? err : records_each(&n->records, take, n));
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
		census_free(n.censuses[i]);
	records_release(&n.records);
	return code;
}
