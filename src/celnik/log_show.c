/* SPDX-License-Identifier: BSD-3-Clause */

#include "log_show.h"

#include <stdlib.h>
#include <string.h>

#include "lists/idn.h"
#include "screen.h"
#include "table.h"

#define WHO_WIDTH 16
#define QUESTION_WIDTH 34
#define ACTION_WIDTH 15

static const char *text_of(const struct entry *entry, const char *key)
{
	return entry_text(entry, key, "");
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
void log_show_text(const char *text)
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

	log_show_text(text);
	printf("%*s", have < width ? width - have + 2 : 2, "");
}

static const char *who(const struct entry *entry)
{
	static const char *const keys[] = {"client.name", "client.ip", "celnik.group"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*text_of(entry, keys[i]))
			return text_of(entry, keys[i]);
	return "-";
}

enum colour { COLOUR_NONE, COLOUR_NOTED, COLOUR_BLOCKED };

/* Colour adds to the word and never stands for it. */
static void show_action(const struct entry *entry, bool coloured)
{
	static const char *const codes[] = {
		[COLOUR_NONE] = "", [COLOUR_NOTED] = "\033[33m", [COLOUR_BLOCKED] = "\033[31m"};
	const char *action = text_of(entry, "event.action");
	const char *would = text_of(entry, "celnik.would_action");
	enum colour colour = COLOUR_BLOCKED;
	char word[64];

	snprintf(word, sizeof(word), "%s", action);
	if (strcmp(action, "allow") == 0) {
		colour = COLOUR_NONE;
		if (*would && strcmp(would, action) != 0)
			snprintf(word, sizeof(word), "would %s", would);
		else if (strcmp(text_of(entry, "event.kind"), "alert") == 0)
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
static void show_outcome(const struct entry *entry)
{
	const struct json_value *addresses = json_get(entry->root, "dns.resolved_ip");
	const char *rule = text_of(entry, "rule.name");
	const char *reason = text_of(entry, "event.reason");

	if (*rule) {
		log_show_text(rule);
		fputs(*reason ? ": " : "", stdout);
	}
	if (*reason) {
		log_show_text(reason);
	} else if (!*rule) {
		log_show_text(text_of(entry, "dns.response_code"));
		for (size_t i = 0; i < json_count(addresses); i++) {
			putchar(' ');
			log_show_text(json_text(json_at(addresses, i), ""));
		}
	}
}

static void show_query(const struct entry *entry, bool coloured)
{
	const char *name = text_of(entry, "dns.question.name");
	const char *type = text_of(entry, "dns.question.type");
	int room = QUESTION_WIDTH - width_of(name) - 1;

	show_padded(who(entry), WHO_WIDTH);
	log_show_text(name);
	log_show_unicode(name);
	putchar(' ');
	show_padded(type, room > 0 ? room : 0);
	show_action(entry, coloured);
	show_outcome(entry);
}

/* Of the daemon itself. */
static void show_remark(const struct entry *entry)
{
	const char *action = text_of(entry, "event.action");

	show_padded("celnikd", WHO_WIDTH);
	log_show_text(*action ? action : text_of(entry, "event.kind"));
	fputs(": ", stdout);
	log_show_text(text_of(entry, "event.reason"));
	if (*text_of(entry, "celnik.config"))
		screen_printf("; configuration %.12s", text_of(entry, "celnik.config"));
	if (*text_of(entry, "celnik.lists"))
		screen_printf(", lists %.12s", text_of(entry, "celnik.lists"));
}

/* What else a person may want to see on a line. */
static void show_wide(const struct entry *entry)
{
	static const char *const keys[] = {"event.id", "celnik.group", "client.ip",
		"network.transport", "celnik.source", "dns.response_code", "celnik.exception"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*text_of(entry, keys[i]))
			screen_printf(
				"  %s=%s", strrchr(keys[i], '.') + 1, text_of(entry, keys[i]));
	if (json_get(entry->root, "event.duration"))
		printf("  duration=%.3fms",
			(double)json_get_u64(entry->root, "event.duration", 0) / 1e6);
}

static void show_repeats(const struct log_repeats *repeats)
{
	char first[32], last[32];

	if (repeats && repeats->count > 1)
		screen_printf("  (%llu times from %s to %s)", (unsigned long long)repeats->count,
			table_time(repeats->first, first), table_time(repeats->last, last));
}

static void show_human(
	const struct cli *cli, const struct entry *entry, const struct log_repeats *repeats)
{
	char time[32];

	screen_printf("%s  ", table_time(text_of(entry, "@timestamp"), time));
	if (json_get(entry->root, "dns.question.name"))
		show_query(entry, cli->colour);
	else
		show_remark(entry);
	if (cli->output == CLI_WIDE)
		show_wide(entry);
	show_repeats(repeats);
	putchar('\n');
}

/* With a tab between, as widths are not known beforehand. */
static void show_columns(const struct log_columns *columns, const struct entry *entry)
{
	for (unsigned i = 0; i < columns->count; i++) {
		const struct json_value *v = json_get(entry->root, columns->keys[i]);
		size_t count = json_count(v);

		for (size_t k = 0; v && k < (count ? count : 1); k++) {
			const struct json_value *one = count ? json_at(v, k) : v;
			char *dump = json_text(one, NULL) ? NULL : json_dump(one);

			fputs(k ? " " : "", stdout);
			log_show_text(json_text(one, dump ? dump : ""));
			free(dump);
		}
		putchar(i + 1 < columns->count ? '\t' : '\n');
	}
}

void log_show_unicode(const char *name)
{
	char shown[IDN_SHOWN_MAX];

	if (idn_to_unicode(name, shown) == 0)
		screen_printf(" (%s)", shown);
}

int log_show_begin(struct log_view *v)
{
	if (v->cli->output == CLI_CSV)
		log_show_csv_head(v->columns ? v->columns : &log_columns_all);
	if (v->cli->output == CLI_COF)
		v->answers = census_new();
	return v->cli->output != CLI_COF || v->answers ? 0 : ERR_MEMORY;
}

int log_show(struct log_view *v, const struct entry *entry, const struct log_repeats *repeats)
{
	int err = 0;

	switch (v->cli->output) {
	case CLI_HUMAN:
	case CLI_WIDE:
		if (v->columns)
			show_columns(v->columns, entry);
		else
			show_human(v->cli, entry, repeats);
		break;
	case CLI_JSON:
		log_show_json(v->columns, entry);
		break;
	case CLI_CSV:
		log_show_csv(v->columns ? v->columns : &log_columns_all, entry);
		break;
	case CLI_CEF:
		log_show_cef(entry);
		break;
	case CLI_COF:
		err = log_gather_answers(v->answers, entry);
	}
	return err;
}

void log_show_end(struct log_view *v)
{
	if (v->answers)
		log_show_answers(v->answers);
	census_free(v->answers);
	v->answers = NULL;
}
