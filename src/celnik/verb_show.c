/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik show: one record of the query log in full. */

#include <stdlib.h>
#include <string.h>

#include "log_show.h"
#include "pager.h"
#include "records.h"
#include "screen.h"
#include "table.h"

#define LABEL_WIDTH 22

/* Arrays that belong together are shown as rows. */
static const struct group {
	const char *prefix, *title;
} groups[] = {{"dns.answers.", "answers, as resolved"}, {"celnik.match.", "found"}};

static void show_value(const struct json_value *v)
{
	const char *text = json_text(v, NULL);
	char *dump = text ? NULL : json_dump(v);

	log_show_text(text ? text : dump ? dump : "");
	free(dump);
}

static bool is_grouped(const char *key)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strncmp(key, groups[i].prefix, strlen(groups[i].prefix)) == 0)
			return true;
	return false;
}

static void show_plain(const struct json_value *root)
{
	const struct json_value *v;
	void *iterator = NULL;
	const char *key;

	while ((v = json_next(root, &iterator, &key))) {
		if (is_grouped(key))
			continue;
		screen_printf("%-*s  ", LABEL_WIDTH, key);
		for (size_t i = 0; i < json_count(v); i++) {
			fputs(i ? " " : "", stdout);
			show_value(json_at(v, i));
		}
		if (json_count(v) == 0)
			show_value(v);
		if (strcmp(key, "dns.question.name") == 0)
			log_show_unicode(json_text(v, ""));
		putchar('\n');
	}
}

static void show_group(const struct json_value *root, const struct group *g)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	const struct json_value *arrays[TABLE_COLUMNS_MAX], *v;
	static const struct cli human = {.output = CLI_HUMAN};
	unsigned count = 0;
	size_t rows = 0;
	void *iterator = NULL;
	const char *key;
	struct table table;

	while ((v = json_next(root, &iterator, &key))) {
		size_t len = strlen(g->prefix);

		if (strncmp(key, g->prefix, len) != 0 || count == TABLE_COLUMNS_MAX)
			continue;
		columns[count] = (struct table_column){.name = key + len};
		arrays[count++] = v;
		rows = json_count(v) > rows ? json_count(v) : rows;
	}
	if (rows == 0)
		return;
	printf("\n%s\n", g->title);
	table_begin(&table, &human, columns, count);
	for (size_t i = 0; i < rows; i++) {
		const char *cells[TABLE_COLUMNS_MAX];
		char *dumps[TABLE_COLUMNS_MAX] = {NULL};

		for (unsigned c = 0; c < count; c++) {
			v = json_at(arrays[c], i);
			cells[c] = json_text(v, NULL);
			if (!cells[c] && v)
				cells[c] = dumps[c] = json_dump(v);
			if (cells[c] && !*cells[c])
				cells[c] = NULL;
		}
		table_row(&table, cells);
		for (unsigned c = 0; c < count; c++)
			free(dumps[c]);
	}
	(void)table_end(&table);
}

static int show(const struct cli *cli, const struct entry *entry)
{
	struct log_view view = {.cli = cli};
	int err;

	if (cli->output != CLI_HUMAN) {
		err = log_show_begin(&view);
		return err ? err : log_show(&view, entry, NULL);
	}
	show_plain(entry->root);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		show_group(entry->root, &groups[i]);
	return 0;
}

/* The newest one with this id. */
static int find(struct records *r, const char *stream, bool *found)
{
	struct entry entry;
	int code = records_open(r, stream), err;

	if (code != CLI_OK)
		return code;
	err = records_next(r, &entry);
	*found = err == 0;
	if (*found) {
		pager_start(r->cli);
		err = show(r->cli, &entry);
		entry_release(&entry);
	}
	return records_close(r, err == ERR_MISSING ? 0 : err);
}

int verb_show(struct cli *cli, int argc, char **argv)
{
	struct records r = {.cli = cli, .all = true};
	int code = records_options(&r, argc, argv);
	char *words[2] = {NULL, NULL};
	bool found = false;

	if (code != CLI_OK)
		return code;
	if (optind + 1 != argc)
		return cli_usage(argv[0]);
	if (asprintf(&words[0], "id=\"%s\"", argv[optind]) < 0)
		return CLI_IO;
	code = records_prepare(&r, words);
	if (code == CLI_OK)
		code = find(&r, "events", &found);
	if (code == CLI_OK && !found)
		code = find(&r, "queries", &found);
	if (code == CLI_OK && !found) {
		screen_text(stderr,
			"celnik: no record has this id; 'celnik log -o json' shows event.id\n");
		code = CLI_NONE;
	}
	records_release(&r);
	free(words[0]);
	return code;
}
