/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik client and celnik vendor: all that the log knows of one of them, on a page. */

#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "records.h"
#include "review/census.h"
#include "screen.h"
#include "table.h"

#define SPAN_NS (30 * 24 * 3600 * NS_PER_S)
#define SHOWN_MAX 10
#define PARTS_MAX 10

struct dossier {
	struct records records;
	const char *const *parts; /* field names, ended by NULL */
	const struct field *fields[PARTS_MAX];
	struct census *censuses[PARTS_MAX];
	unsigned count;
	uint64_t entries;
	char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
};

static int take(void *context, const struct entry *entry)
{
	struct dossier *d = context;
	const char *at = entry_text(entry, "@timestamp", "");
	int err = 0;

	if (d->entries++ == 0)
		snprintf(d->first, sizeof(d->first), "%s", at);
	snprintf(d->last, sizeof(d->last), "%s", at);
	for (unsigned i = 0; !err && i < d->count; i++)
		err = census_add(d->censuses[i], entry, &d->fields[i], 1);
	return err;
}

static void show_head(const struct dossier *d, const char *what, const char *subject)
{
	char first[32], last[32];

	if (d->records.cli->output != CLI_HUMAN)
		return;
	screen_printf("%s %s: %llu record%s from %s to %s\n\n", what, subject,
		(unsigned long long)d->entries, screen_plural(d->entries),
		table_time(d->first, first), table_time(d->last, last));
}

static void show(struct dossier *d)
{
	static const struct table_column columns[] = {{"what"}, {"value"},
		{"count", .is_number = true}, {"first", .is_time = true},
		{"last", .is_time = true}};
	struct table table;
	char count[24];

	table_begin(&table, d->records.cli, columns, 5);
	for (unsigned k = 0; k < d->count; k++) {
		bool is_human = d->records.cli->output == CLI_HUMAN;

		census_sort(d->censuses[k], CENSUS_BY_COUNT);
		for (size_t i = 0; i < census_count(d->censuses[k]); i++) {
			const struct census_row *row = census_at(d->censuses[k], i);
			const char *const cells[] = {d->fields[k]->name, census_value(row, 0),
				count, row->first, row->last};

			if (is_human && i == SHOWN_MAX)
				break;
			snprintf(count, sizeof(count), "%llu", (unsigned long long)row->count);
			table_row(&table, cells);
		}
	}
	(void)table_end(&table);
}

static int read_all(struct dossier *d)
{
	int err = 0, code = records_open(&d->records, "queries");

	if (code != CLI_OK)
		return code;
	for (; d->parts[d->count]; d->count++) {
		d->fields[d->count] = field_find(d->parts[d->count]);
		d->censuses[d->count] = census_new();
		err = d->censuses[d->count] ? err : ERR_MEMORY;
	}
	return records_close(&d->records, err ? err : records_each(&d->records, take, d));
}

static int run(struct cli *cli, int argc, char **argv, const char *const *parts)
{
	struct dossier d = {
		.records = {.cli = cli, .span_ns = SPAN_NS, .all = true}, .parts = parts};
	int code = records_options(&d.records, argc, argv);
	char *words[2] = {NULL, NULL};

	if (code != CLI_OK)
		return code;
	if (optind + 1 != argc)
		return cli_usage(argv[0]);
	if (asprintf(&words[0], "%s=\"%s\"", argv[0], argv[optind]) < 0)
		return CLI_IO;
	code = records_prepare(&d.records, words);
	if (code == CLI_OK)
		code = read_all(&d);
	if (code == CLI_OK && d.entries == 0) {
		code = records_none(&d.records);
	} else if (code == CLI_OK) {
		pager_start(cli);
		show_head(&d, argv[0], argv[optind]);
		show(&d);
	}
	for (unsigned i = 0; i < d.count; i++)
		census_free(d.censuses[i]);
	records_release(&d.records);
	free(words[0]);
	return code;
}

int verb_client(struct cli *cli, int argc, char **argv)
{
	static const char *const parts[] = {"address", "group", "action", "would", "vendor",
		"category", "country", "exception", "name", NULL};

	return run(cli, argc, argv, parts);
}

int verb_vendor(struct cli *cli, int argc, char **argv)
{
	static const char *const parts[] = {
		"client", "group", "action", "would", "rule", "country", "exception", "name", NULL};

	return run(cli, argc, argv, parts);
}
