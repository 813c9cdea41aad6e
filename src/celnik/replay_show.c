/* SPDX-License-Identifier: BSD-3-Clause */

#include "replay_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rows.h"
#include "screen.h"
#include "json/writer.h"

#define BETWEEN '\037' /* the parts of a key; in no name, id or action */
#define PARTS 8 /* four of an outcome, twice */
#define KEY_MAX 4096
#define JSON_MAX (16u << 20)

static const char *const part_keys[PARTS / 2] = {"rule", "action", "would", "exception"};

/* A change of decisions, or an outcome twice, as texts. */
struct parts {
	const char *at[PARTS];
	char storage[KEY_MAX];
};

int replay_sums_init(struct replay_sums *s)
{
	*s = (struct replay_sums){
		.decisions = tally_new(), .devices = tally_new(), .names = tally_new()};
	return s->decisions && s->devices && s->names ? 0 : ERR_MEMORY;
}

void replay_sums_release(struct replay_sums *s)
{
	tally_free(s->decisions);
	tally_free(s->devices);
	tally_free(s->names);
}

/* `log` lets the answer through, and the log says so by the kind of event. */
static const char *action_of(const struct replay_outcome *o)
{
	return o->alert && strcmp(o->action, action_text[ACTION_ALLOW]) == 0
		       ? action_text[ACTION_LOG]
		       : o->action;
}

static void put_outcome(struct buf *out, const struct replay_outcome *o)
{
	const char *rule = *o->rule ? o->rule : "otherwise";

	buf_printf(out, "%s%c%s%c%s%c%s", rule, BETWEEN, action_of(o), BETWEEN, o->would, BETWEEN,
		o->exception);
}

static const char *change_key(const struct replay_outcome *was, const struct replay_outcome *is,
	struct buf *out, char storage[KEY_MAX])
{
	buf_init_fixed(out, storage, KEY_MAX);
	put_outcome(out, was);
	buf_put_u8(out, BETWEEN);
	put_outcome(out, is);
	return buf_text(out);
}

static void split(const char *key, struct parts *p)
{
	char *rest = p->storage;

	snprintf(p->storage, sizeof(p->storage), "%s", key);
	for (size_t i = 0; i < PARTS; i++) {
		const char *part = strsep(&rest, (const char[]){BETWEEN, '\0'});

		p->at[i] = part ? part : "";
	}
}

static const char *text_of(const struct json_value *record, const char *key)
{
	return json_get_string(record, key, "");
}

/* "cam-gate-north (10.20.8.11)", "10.20.8.11", "group ot" where addresses are not logged. */
static const char *device_of(
	const struct json_value *record, struct buf *out, char storage[KEY_MAX])
{
	const char *name = text_of(record, "client.name"), *ip = text_of(record, "client.ip");

	buf_init_fixed(out, storage, KEY_MAX);
	if (*name)
		buf_printf(out, "%s (%s)", name, ip);
	else if (*ip)
		buf_put_text(out, ip);
	else
		buf_printf(out, "group %s", text_of(record, "celnik.group"));
	return buf_text(out);
}

int replay_sums_change(struct replay_sums *s, const struct json_value *record,
	const struct replay_outcome *was, const struct replay_outcome *is)
{
	char storage[KEY_MAX];
	struct buf text;
	int err = tally_count(s->decisions, change_key(was, is, &text, storage));

	s->changed++;
	if (!err)
		err = tally_count(s->devices, device_of(record, &text, storage));
	if (!err)
		err = tally_count(s->names, text_of(record, "dns.question.name"));
	return err;
}

/* "cameras: nxdomain", "prc: log (nxdomain in mode enforce)", "ot: allow, exception EX-1". */
static void show_outcome(const char *const part[PARTS / 2])
{
	const char *would =
		strcmp(part[1], action_text[ACTION_LOG]) == 0 ? action_text[ACTION_ALLOW] : part[1];

	screen_printf("%s: %s", part[0], part[1]);
	if (strcmp(would, part[2]) != 0)
		screen_printf(" (%s in mode enforce)", part[2]);
	if (*part[3])
		screen_printf(", exception %s", part[3]);
}

static void show_decision(const char *key)
{
	struct parts p;

	split(key, &p);
	show_outcome(p.at);
	fputs("  ->  ", stdout);
	show_outcome(p.at + PARTS / 2);
}

static void show_plain(const char *key)
{
	screen_printf("%s", key);
}

static void show_table(
	struct tally *t, const char *title, size_t top, void (*show)(const char *key))
{
	const struct tally_row *rows = NULL;
	size_t count = tally_top(t, &rows, top);
	uint64_t rest = tally_rest(t, rows, count);

	printf("\n%s\n", title);
	for (size_t i = 0; i < count; i++) {
		printf("%9" PRIu64 "  ", rows[i].count);
		show(rows[i].text);
		putchar('\n');
	}
	if (rest > 0)
		printf("%9" PRIu64 "  others\n", rest);
}

static void show_unknown(uint64_t count, const char *what)
{
	if (count > 0)
		printf("unknown   %9" PRIu64 "  %s\n", count, what);
}

static void show_human(const struct replay_sums *s, size_t top)
{
	printf("queries   %9" PRIu64 "\n", s->queries);
	printf("changed   %9" PRIu64 "\n", s->changed);
	show_unknown(s->needs_answer,
		"were decided on the name alone, and the answer would be needed now");
	show_unknown(s->cut, "have answers of which a part is not in the log");
	show_unknown(s->unknown_group, "came from a group that is not in this configuration");
	show_unknown(s->unreadable, "lines, or whole files, are damaged");
	if (s->changed == 0)
		return;
	show_table(s->decisions, "by decision", top, show_decision);
	show_table(s->devices, "by device", top, show_plain);
	show_table(s->names, "by name", top, show_plain);
}

static void put_parts(struct json_writer *w, const char *key, const char *const part[PARTS / 2])
{
	json_begin_object(w, key);
	for (size_t i = 0; i < PARTS / 2; i++)
		json_put_string(w, part_keys[i], part[i]);
	json_end_object(w);
}

static void put_decision(struct json_writer *w, const char *key)
{
	struct parts p;

	split(key, &p);
	put_parts(w, "from", p.at);
	put_parts(w, "to", p.at + PARTS / 2);
}

static void put_device(struct json_writer *w, const char *key)
{
	json_put_string(w, "device", key);
}

static void put_name(struct json_writer *w, const char *key)
{
	json_put_string(w, "name", key);
}

static void put_table(struct json_writer *w, struct tally *t, const char *title, size_t top,
	void (*put)(struct json_writer *w, const char *key))
{
	const struct tally_row *rows = NULL;
	size_t count = tally_top(t, &rows, top);

	json_begin_array(w, title);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(w, NULL);
		put(w, rows[i].text);
		json_put_u64(w, "queries", rows[i].count);
		json_end_object(w);
	}
	json_end_array(w);
}

static void show_json(const struct replay_sums *s, size_t top)
{
	struct json_writer w;
	struct buf out;

	buf_init_heap(&out, JSON_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_u64(&w, "queries", s->queries);
	json_put_u64(&w, "changed", s->changed);
	json_put_u64(&w, "needs_answer", s->needs_answer);
	json_put_u64(&w, "cut", s->cut);
	json_put_u64(&w, "unknown_group", s->unknown_group);
	json_put_u64(&w, "unreadable", s->unreadable);
	put_table(&w, s->decisions, "decisions", top, put_decision);
	put_table(&w, s->devices, "devices", top, put_device);
	put_table(&w, s->names, "names", top, put_name);
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void put_cells(const struct parts *p)
{
	for (size_t i = 0; i < PARTS; i++) {
		rows_csv_field(span_text(p->at[i]));
		putchar(',');
	}
}

static void csv_row(const char *by, const char *key, const struct parts *p, uint64_t queries)
{
	printf("%s,", by);
	rows_csv_field(span_text(key));
	putchar(',');
	put_cells(p);
	printf("%" PRIu64 "\n", queries);
}

static void csv_table(struct tally *t, const char *by, size_t top, bool is_decision)
{
	static const struct parts none = {.at = {"", "", "", "", "", "", "", ""}};
	const struct tally_row *rows = NULL;
	size_t count = tally_top(t, &rows, top);
	struct parts p;

	for (size_t i = 0; i < count; i++) {
		if (is_decision)
			split(rows[i].text, &p);
		csv_row(by, is_decision ? "" : rows[i].text, is_decision ? &p : &none,
			rows[i].count);
	}
}

#define OUTCOME_COLUMNS                                                                            \
	"from_rule,from_action,from_would,from_exception,to_rule,to_action,to_would,to_exception"

static void show_csv(const struct replay_sums *s, size_t top)
{
	static const struct parts none = {.at = {"", "", "", "", "", "", "", ""}};
	const struct {
		const char *key;
		uint64_t count;
	} results[] = {
		{"queries", s->queries},
		{"changed", s->changed},
		{"needs_answer", s->needs_answer},
		{"cut", s->cut},
		{"unknown_group", s->unknown_group},
		{"unreadable", s->unreadable},
	};

	puts("by,key," OUTCOME_COLUMNS ",queries");
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		csv_row("result", results[i].key, &none, results[i].count);
	csv_table(s->decisions, "decision", top, true);
	csv_table(s->devices, "device", top, false);
	csv_table(s->names, "name", top, false);
}

void replay_show_sums(const struct cli *cli, const struct replay_sums *s, size_t top)
{
	static void (*const shows[])(const struct replay_sums *, size_t) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};

	shows[cli->output](s, top);
}

void replay_show_head(const struct cli *cli)
{
	if (cli->output == CLI_CSV)
		puts("time,id,device,name,type," OUTCOME_COLUMNS);
}

static void change_json(const struct json_value *record, const char *device, const struct parts *p)
{
	struct json_writer w;
	struct buf out;

	buf_init_heap(&out, JSON_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_string(&w, "time", text_of(record, "@timestamp"));
	json_put_string(&w, "id", text_of(record, "event.id"));
	json_put_string(&w, "device", device);
	json_put_string(&w, "name", text_of(record, "dns.question.name"));
	json_put_string(&w, "type", text_of(record, "dns.question.type"));
	put_parts(&w, "from", p->at);
	put_parts(&w, "to", p->at + PARTS / 2);
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void change_csv(const struct json_value *record, const char *device, const struct parts *p)
{
	const char *const cells[] = {text_of(record, "@timestamp"), text_of(record, "event.id"),
		device, text_of(record, "dns.question.name"), text_of(record, "dns.question.type")};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		rows_csv_field(span_text(cells[i]));
		putchar(',');
	}
	for (size_t i = 0; i < PARTS; i++) {
		rows_csv_field(span_text(p->at[i]));
		putchar(i + 1 < PARTS ? ',' : '\n');
	}
}

static void change_human(const struct json_value *record, const char *device, const struct parts *p)
{
	screen_printf("%s %s %s %s  ", text_of(record, "@timestamp"), device,
		text_of(record, "dns.question.name"), text_of(record, "dns.question.type"));
	show_outcome(p->at);
	fputs("  ->  ", stdout);
	show_outcome(p->at + PARTS / 2);
	putchar('\n');
}

void replay_show_change(const struct cli *cli, const struct json_value *record,
	const struct replay_outcome *was, const struct replay_outcome *is)
{
	static void (*const shows[])(
		const struct json_value *, const char *, const struct parts *) = {
		[CLI_HUMAN] = change_human, [CLI_JSON] = change_json, [CLI_CSV] = change_csv};
	char key[KEY_MAX], device[KEY_MAX];
	struct buf key_text, device_text;
	struct parts p;

	split(change_key(was, is, &key_text, key), &p);
	shows[cli->output](record, device_of(record, &device_text, device), &p);
}
