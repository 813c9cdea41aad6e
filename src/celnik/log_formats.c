/* SPDX-License-Identifier: BSD-3-Clause */

/* The query log in forms for programs. */

#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "log_show.h"
#include "rows.h"
#include "json/writer.h"

#define TEXT_MAX ((size_t)16 << 20)

const struct log_columns log_columns_all = {
	.keys =
		{
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
		},
	.count = 48,
};

static const char *find_key(const char *name)
{
	const struct field *f = field_find(name);

	for (unsigned i = 0; i < log_columns_all.count; i++)
		if (strcmp(log_columns_all.keys[i], f ? f->key : name) == 0)
			return log_columns_all.keys[i];
	return NULL;
}

bool log_columns_parse(const char *names, struct log_columns *out)
{
	out->count = 0;
	for (size_t len; *names; names += len + (names[len] == ',')) {
		char name[64];
		const char *near;

		len = strcspn(names, ",");
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (out->count == LOG_COLUMNS_MAX) {
			fprintf(stderr, "celnik: more than %d fields; write fewer\n",
				LOG_COLUMNS_MAX);
			return false;
		}
		near = field_suggest(name);
		out->keys[out->count] = find_key(name);
		if (!out->keys[out->count++]) {
			fprintf(stderr, "celnik: unknown field '%s'; %s%s%s\n", name,
				near ? "did you mean '" : "celnik-log(5) has them all",
				near ? near : "", near ? "'?" : "");
			return false;
		}
	}
	return out->count > 0;
}

void log_show_json(const struct log_columns *columns, const struct entry *entry)
{
	struct json_writer w;
	struct buf out;

	if (!columns) {
		fwrite(entry->line.data, 1, entry->line.len, stdout);
		putchar('\n');
		return;
	}
	buf_init_heap(&out, TEXT_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	for (unsigned i = 0; i < columns->count; i++) {
		const struct json_value *v = json_get(entry->root, columns->keys[i]);
		char *dump = v ? json_dump(v) : NULL;

		if (dump)
			json_put_raw(&w, columns->keys[i], span_text(dump));
		free(dump);
	}
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void put_value(struct buf *out, const struct json_value *v)
{
	const char *text = json_text(v, NULL);
	char *dump = text ? NULL : json_dump(v);

	buf_put_text(out, text ? text : dump ? dump : "");
	free(dump);
}

/* Arrays are joined with `;`. */
static void show_cell(const struct json_value *v)
{
	struct buf text;

	buf_init_heap(&text, TEXT_MAX);
	for (size_t i = 0; i < json_count(v); i++) {
		buf_put_text(&text, i ? ";" : "");
		put_value(&text, json_at(v, i));
	}
	if (v && json_count(v) == 0)
		put_value(&text, v);
	rows_csv_field(buf_span(&text));
	buf_release(&text);
}

void log_show_csv(const struct log_columns *columns, const struct entry *entry)
{
	for (unsigned i = 0; i < columns->count; i++) {
		show_cell(json_get(entry->root, columns->keys[i]));
		putchar(i + 1 < columns->count ? ',' : '\n');
	}
}

void log_show_csv_head(const struct log_columns *columns)
{
	for (unsigned i = 0; i < columns->count; i++)
		printf("%s%s", columns->keys[i], i + 1 < columns->count ? "," : "\n");
}

/* In the header of CEF | is escaped, in its extension =; in both the line stays one. */
static void put_cef(const char *text, char special)
{
	for (; *text; text++) {
		if (*text == '\n' || *text == '\r')
			fputs(*text == '\n' ? "\\n" : "\\r", stdout);
		else if (iscntrl((unsigned char)*text))
			putchar('?');
		else
			printf("%s%c", *text == '\\' || *text == special ? "\\" : "", *text);
	}
}

static void put_extension(const struct entry *entry, const char *name, const char *key)
{
	const struct json_value *v = json_get(entry->root, key);
	struct buf text;

	if (!v)
		return;
	buf_init_heap(&text, TEXT_MAX);
	for (size_t i = 0; i < json_count(v); i++) {
		buf_put_text(&text, i ? "," : "");
		put_value(&text, json_at(v, i));
	}
	if (json_count(v) == 0)
		put_value(&text, v);
	printf(" %s=", name);
	put_cef(buf_text(&text), '=');
	buf_release(&text);
}

/* What was blocked weighs more than what only would have been. */
static int severity(const struct entry *entry, const char *action)
{
	if (strcmp(entry_text(entry, "event.kind", ""), "query") == 0)
		return 1;
	return strcmp(action, "allow") == 0 ? 5 : 8;
}

static long long seconds_of(const char *timestamp)
{
	struct tm tm = {0};

	return strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm) ? (long long)timegm(&tm) : 0;
}

void log_show_cef(const struct entry *entry)
{
	static const struct {
		const char *name, *key;
	} rows[] = {
		{"externalId", "event.id"},
		{"dvchost", "observer.name"},
		{"src", "client.ip"},
		{"spt", "client.port"},
		{"shost", "client.name"},
		{"proto", "network.transport"},
		{"act", "event.action"},
		{"reason", "event.reason"},
		{"destinationDnsDomain", "dns.question.name"},
		{"cs1Label=rule cs1", "rule.name"},
		{"cs2Label=vendors cs2", "celnik.match.vendor"},
		{"cs3Label=group cs3", "celnik.group"},
		{"cs4Label=type cs4", "dns.question.type"},
		{"cs5Label=addresses cs5", "dns.resolved_ip"},
		{"cs6Label=would cs6", "celnik.would_action"},
	};
	const char *action = entry_text(entry, "event.action", "none");
	const char *kind = entry_text(entry, "event.kind", "event");

	fputs("CEF:0|celnik|celnikd|" PACKAGE_VERSION "|", stdout);
	put_cef(kind, '|');
	putchar('|');
	put_cef(action, '|');
	printf("|%d|rt=%lld000", severity(entry, action),
		seconds_of(entry_text(entry, "@timestamp", "")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put_extension(entry, rows[i].name, rows[i].key);
	putchar('\n');
}

int log_gather_answers(struct census *answers, const struct entry *entry)
{
	static const char *const keys[] = {
		"dns.answers.name", "dns.answers.type", "dns.answers.data"};
	size_t count = json_count(json_get(entry->root, keys[0]));
	int err = 0;

	census_next_entry(answers);
	for (size_t i = 0; !err && i < count; i++) {
		struct buf key;

		buf_init_heap(&key, TEXT_MAX);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			const char *text =
				json_text(json_at(json_get(entry->root, keys[k]), i), "");

			buf_put(&key, text, strlen(text) + 1);
		}
		err = key.overflow ? ERR_MEMORY
				   : census_add_key(answers, buf_span(&key),
					     entry_text(entry, "@timestamp", ""));
		buf_release(&key);
	}
	return err;
}

void log_show_answers(struct census *answers)
{
	census_sort(answers, CENSUS_BY_KEY);
	for (size_t i = 0; i < census_count(answers); i++) {
		const struct census_row *row = census_at(answers, i);
		struct json_writer w;
		struct buf out;

		buf_init_heap(&out, TEXT_MAX);
		json_writer_init(&w, &out);
		json_begin_object(&w, NULL);
		json_put_string(&w, "rrname", census_value(row, 0));
		json_put_string(&w, "rrtype", census_value(row, 1));
		json_put_string(&w, "rdata", census_value(row, 2));
		json_put_u64(&w, "time_first", (uint64_t)seconds_of(row->first));
		json_put_u64(&w, "time_last", (uint64_t)seconds_of(row->last));
		json_put_u64(&w, "count", row->count);
		json_end_object(&w);
		puts(buf_text(&out));
		buf_release(&out);
	}
}
