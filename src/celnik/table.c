/* SPDX-License-Identifier: BSD-3-Clause */

#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "rows.h"
#include "screen.h"
#include "json/writer.h"

#define ROW_MAX ((size_t)1 << 20)

void table_begin(
	struct table *t, const struct cli *cli, const struct table_column *columns, unsigned count)
{
	*t = (struct table){.cli = cli, .columns = columns, .count = count};
	for (unsigned i = 0; cli->output == CLI_CSV && i < count; i++)
		printf("%s%s%s", i ? "," : "", columns[i].name, i + 1 == count ? "\n" : "");
}

const char *table_time(const char *timestamp, char out[32])
{
	struct tm tm = {0};
	time_t s;

	snprintf(out, 32, "%s", timestamp);
	if (!strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm))
		return out;
	s = timegm(&tm);
	if (localtime_r(&s, &tm))
		strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

static void put_json(struct table *t, const char *const *cells)
{
	struct json_writer w;
	struct buf out;

	buf_init_heap(&out, ROW_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	for (unsigned i = 0; i < t->count; i++) {
		if (!cells[i])
			continue;
		if (t->columns[i].is_number)
			json_put_raw(&w, t->columns[i].name, span_text(cells[i]));
		else
			json_put_string(&w, t->columns[i].name, cells[i]);
	}
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void put_csv(struct table *t, const char *const *cells)
{
	for (unsigned i = 0; i < t->count; i++) {
		rows_csv_field(span_text(cells[i]));
		putchar(i + 1 < t->count ? ',' : '\n');
	}
}

static void keep(struct table *t, const char *const *cells)
{
	char time[32];

	if (t->cell_count + t->count > t->capacity) {
		size_t capacity = (t->capacity + t->count) * 2;
		char **more = reallocarray(t->cells, capacity, sizeof(*more));

		if (!more) {
			t->failed = true;
			return;
		}
		t->cells = more;
		t->capacity = capacity;
	}
	for (unsigned i = 0; i < t->count; i++) {
		const char *cell = cells[i] ? cells[i] : "-";
		char *copy =
			strdup(t->columns[i].is_time && cells[i] ? table_time(cell, time) : cell);

		t->failed = t->failed || !copy;
		t->cells[t->cell_count++] = copy;
	}
}

void table_row(struct table *t, const char *const *cells)
{
	switch (t->cli->output) {
	case CLI_JSON:
		put_json(t, cells);
		break;
	case CLI_CSV:
		put_csv(t, cells);
		break;
	default:
		keep(t, cells);
	}
}

static void show_cell(const struct table *t, unsigned column, const char *text, size_t width)
{
	struct buf safe;
	size_t have;

	/* Line ends would break the row. */
	buf_init_heap(&safe, ROW_MAX);
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			buf_put_text(&safe, "\\010");
		else
			buf_put_u8(&safe, (uint8_t)*c);
	}
	have = utf8_count(buf_span(&safe));
	if (t->columns[column].is_number)
		printf("%*s", have < width ? (int)(width - have) : 0, "");
	screen_text(stdout, buf_text(&safe));
	if (!t->columns[column].is_number && column + 1 < t->count)
		printf("%*s", have < width ? (int)(width - have) : 0, "");
	fputs(column + 1 < t->count ? "  " : "\n", stdout);
	buf_release(&safe);
}

static void show(const struct table *t)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};

	for (unsigned i = 0; i < t->count; i++)
		widths[i] = strlen(t->columns[i].name);
	for (size_t i = 0; i < t->cell_count; i++) {
		size_t width = utf8_count(span_text(t->cells[i]));

		if (width > widths[i % t->count])
			widths[i % t->count] = width;
	}
	for (unsigned i = 0; i < t->count; i++)
		show_cell(t, i, t->columns[i].name, widths[i]);
	for (size_t i = 0; i < t->cell_count; i++)
		show_cell(t, (unsigned)(i % t->count), t->cells[i], widths[i % t->count]);
}

bool table_end(struct table *t)
{
	if (!t->failed && t->cell_count > 0)
		show(t);
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
	return !t->failed;
}
