/* SPDX-License-Identifier: BSD-3-Clause */

#include "log_show.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "rows.h"
#include "screen.h"

#define WHO_WIDTH 16
#define QUESTION_WIDTH 34
#define ACTION_WIDTH 15

/* Every field of the log, in its order. */
static const char *const columns[] = {
	"@timestamp",
	"event.id",
	"event.kind",
	"event.action",
	"event.reason",
	"event.duration",
	"celnik.format",
	"observer.name",
	"client.ip",
	"client.port",
	"client.name",
	"network.transport",
	"dns.id",
	"dns.question.name",
	"dns.question.type",
	"dns.question.class",
	"dns.response_code",
	"dns.header_flags",
	"dns.answers.name",
	"dns.answers.type",
	"dns.answers.ttl",
	"dns.answers.data",
	"dns.resolved_ip",
	"rule.name",
	"celnik.rules",
	"celnik.group",
	"celnik.mode",
	"celnik.would_action",
	"celnik.evidence",
	"celnik.exception",
	"celnik.suspension",
	"celnik.source",
	"celnik.dnssec",
	"celnik.ede",
	"celnik.do",
	"celnik.cd",
	"celnik.match.on",
	"celnik.match.value",
	"celnik.match.list",
	"celnik.match.vendor",
	"celnik.match.category",
	"celnik.match.fact",
	"celnik.match.country",
	"celnik.match.asn",
	"celnik.match.sources",
	"celnik.cut",
	"celnik.lists",
	"celnik.config",
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static const char *text_of(const struct json_value *record, const char *key)
{
	return json_get_string(record, key, "");
}

/* UTF-8 characters, which is close enough to columns of a terminal. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* One line stays one line, whatever a text holds. */
static void show_line(const char *text)
{
	for (size_t len; *text; text += len) {
		len = strcspn(text, "\n");
		screen_printf("%.*s", (int)len, text);
		if (text[len] == '\n') {
			fputs("\\010", stdout);
			len++;
		}
	}
}

static void show_padded(const char *text, int width)
{
	int have = width_of(text);

	show_line(text);
	printf("%*s", have < width ? width - have + 2 : 2, "");
}

/* `2026-11-23T10:14:02.123Z` in the zone of the process. */
static void show_time(const char *timestamp)
{
	struct tm tm = {0};
	char text[32];
	time_t s;

	if (!strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm)) {
		show_padded(timestamp, 0);
		return;
	}
	s = timegm(&tm);
	localtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s  ", text);
}

static const char *who(const struct json_value *record)
{
	static const char *const keys[] = {"client.name", "client.ip", "celnik.group"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*text_of(record, keys[i]))
			return text_of(record, keys[i]);
	return "-";
}

enum colour { COLOUR_NONE, COLOUR_NOTED, COLOUR_BLOCKED };

/* Colour adds to the word and never stands for it. */
static void show_action(const struct json_value *record, bool coloured)
{
	static const char *const codes[] = {
		[COLOUR_NONE] = "", [COLOUR_NOTED] = "\033[33m", [COLOUR_BLOCKED] = "\033[31m"};
	const char *action = text_of(record, "event.action");
	const char *would = text_of(record, "celnik.would_action");
	enum colour colour = COLOUR_BLOCKED;
	char word[64];

	snprintf(word, sizeof(word), "%s", action);
	if (strcmp(action, "allow") == 0) {
		colour = COLOUR_NONE;
		if (*would && strcmp(would, action) != 0)
			snprintf(word, sizeof(word), "would %s", would);
		else if (strcmp(text_of(record, "event.kind"), "alert") == 0)
			snprintf(word, sizeof(word), "log");
		if (strcmp(word, action) != 0)
			colour = COLOUR_NOTED;
	}
	if (coloured)
		fputs(codes[colour], stdout);
	show_padded(word, ACTION_WIDTH);
	if (coloured && colour != COLOUR_NONE)
		fputs("\033[0m", stdout);
}

/* Why, and without a reason what was answered. */
static void show_outcome(const struct json_value *record)
{
	const struct json_value *addresses = json_get(record, "dns.resolved_ip");
	const char *rule = text_of(record, "rule.name");
	const char *reason = text_of(record, "event.reason");

	if (*rule) {
		show_line(rule);
		fputs(*reason ? ": " : "", stdout);
	}
	if (*reason) {
		show_line(reason);
	} else if (!*rule) {
		show_line(text_of(record, "dns.response_code"));
		for (size_t i = 0; i < json_count(addresses); i++) {
			putchar(' ');
			show_line(json_text(json_at(addresses, i), ""));
		}
	}
	putchar('\n');
}

static void show_query(const struct json_value *record, bool coloured)
{
	const char *name = text_of(record, "dns.question.name");
	const char *type = text_of(record, "dns.question.type");
	int room = QUESTION_WIDTH - width_of(name) - 1;

	show_padded(who(record), WHO_WIDTH);
	show_line(name);
	putchar(' ');
	show_padded(type, room > 0 ? room : 0);
	show_action(record, coloured);
	show_outcome(record);
}

/* Of the daemon itself. */
static void show_remark(const struct json_value *record)
{
	const char *action = text_of(record, "event.action");

	show_padded("celnikd", WHO_WIDTH);
	show_line(*action ? action : text_of(record, "event.kind"));
	fputs(": ", stdout);
	show_line(text_of(record, "event.reason"));
	if (*text_of(record, "celnik.config"))
		screen_printf("; configuration %.12s", text_of(record, "celnik.config"));
	if (*text_of(record, "celnik.lists"))
		screen_printf(", lists %.12s", text_of(record, "celnik.lists"));
	putchar('\n');
}

static void show_human(const struct cli *cli, struct span line, const struct json_value *record)
{
	(void)line;
	show_time(text_of(record, "@timestamp"));
	if (json_get(record, "dns.question.name"))
		show_query(record, cli->colour);
	else
		show_remark(record);
}

static void show_json(const struct cli *cli, struct span line, const struct json_value *record)
{
	(void)cli;
	(void)record;
	fwrite(line.data, 1, line.len, stdout);
	putchar('\n');
}

static void put_value(struct buf *out, const struct json_value *v)
{
	const char *text = json_text(v, NULL);
	char *dump = text ? NULL : json_dump(v);

	buf_put_text(out, text ? text : dump ? dump : "");
	free(dump);
}

/* Arrays are joined with `;`. What a spreadsheet would take for a formula gets an apostrophe. */
static void show_cell(const struct json_value *v)
{
	struct buf text;
	bool formula;

	buf_init_heap(&text, (size_t)16 << 20);
	buf_put_u8(&text, '\'');
	for (size_t i = 0; i < json_count(v); i++) {
		buf_put_text(&text, i ? ";" : "");
		put_value(&text, json_at(v, i));
	}
	if (v && json_count(v) == 0)
		put_value(&text, v);
	formula = text.len > 1 && memchr("=+-@\t\r", text.data[1], 6);
	rows_csv_field(span_part(buf_span(&text), formula ? 0 : 1, text.len));
	buf_release(&text);
}

static void show_csv(const struct cli *cli, struct span line, const struct json_value *record)
{
	(void)cli;
	(void)line;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (i > 0)
			putchar(',');
		show_cell(json_get(record, columns[i]));
	}
	putchar('\n');
}

void log_show_head(const struct cli *cli)
{
	if (cli->output != CLI_CSV)
		return;
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		printf("%s%s", i ? "," : "", columns[i]);
	putchar('\n');
}

void log_show(const struct cli *cli, struct span line, const struct json_value *record)
{
	static void (*const shows[])(const struct cli *, struct span, const struct json_value *) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};

	shows[cli->output](cli, line, record);
}
