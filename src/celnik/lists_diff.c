/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>
#include <string.h>

#include "judge/evidence.h"
#include "lists/diff.h"
#include "lists_show.h"
#include "rows.h"
#include "screen.h"
#include "store/generations.h"
#include "wire/name.h"
#include "json/writer.h"

#define LINE_MAX_LEN ((size_t)1 << 20)
#define SUBJECT_MAX NAME_TEXT_MAX
#define FIELDS_MAX 6 /* what may change in a row */

static const char *const change_words[LISTS_CHANGE_COUNT] = {
	[LISTS_ADDED] = "added", [LISTS_REMOVED] = "removed", [LISTS_CHANGED] = "changed"};
static const char change_signs[LISTS_CHANGE_COUNT] = {
	[LISTS_ADDED] = '+', [LISTS_REMOVED] = '-', [LISTS_CHANGED] = '~'};
static const char *const confidence_words[] = {
	[CONFIDENCE_LOW] = "low", [CONFIDENCE_MEDIUM] = "medium", [CONFIDENCE_HIGH] = "high"};

/* One comparison while it is shown. */
struct shown {
	enum cli_output output;
	uint64_t counts[LISTS_CHANGE_COUNT];
};

static const char *match_word(const struct lists_item *item)
{
	static const char *const of_names[] = {[NAME_MATCH_EXACT] = "exact",
		[NAME_MATCH_SUFFIX] = "suffix",
		[NAME_MATCH_TLD] = "tld"};

	if (item->kind == STORE_NAME)
		return of_names[item->match];
	return item->kind == STORE_RANGE ? "range" : "asn";
}

static const char *subject_format(const struct lists_item *item, char out[SUBJECT_MAX])
{
	char first[INET_TEXT_MAX], last[INET_TEXT_MAX];
	struct name name;

	out[0] = '\0';
	if (item->kind == STORE_ASN)
		snprintf(out, SUBJECT_MAX, "AS%u", item->asn);
	else if (item->kind == STORE_RANGE)
		snprintf(out, SUBJECT_MAX, "%s-%s", inet_addr_format(&item->first, first),
			inet_addr_format(&item->last, last));
	else if (name_from_key(item->key, &name) == 0)
		name_format(&name, out);
	return out;
}

/* What may change while the row stays the same row. */
struct field {
	const char *key;
	struct span text;
};

static void fields_of(const struct lists_item *item, char asn[16], struct field out[FIELDS_MAX])
{
	snprintf(asn, 16, "%u", item->asn);
	out[0] = (struct field){"country", span_text(item->country)};
	out[1] = (struct field){"vendor", item->vendor};
	out[2] = (struct field){"category", item->category};
	out[3] = (struct field){"asn", span_text(item->asn ? asn : "")};
	out[4] = (struct field){"confidence", span_text(confidence_words[item->confidence])};
	out[5] = (struct field){"source", item->source};
}

/* Which fields of before differ from those of after. */
static unsigned changed_fields(const struct lists_item *before, const struct lists_item *after,
	char asn[16], struct field out[FIELDS_MAX])
{
	struct field old[FIELDS_MAX], new[FIELDS_MAX];
	char other[16];
	unsigned count = 0;

	fields_of(before, asn, old);
	fields_of(after, other, new);
	for (unsigned i = 0; i < FIELDS_MAX; i++)
		if (!span_equal(old[i].text, new[i].text))
			out[count++] = old[i];
	return count;
}

static void show_human(enum lists_change change, const struct lists_item *item,
	const struct field *was, unsigned was_count)
{
	struct field fields[FIELDS_MAX];
	char subject[SUBJECT_MAX], asn[16];

	fields_of(item, asn, fields);
	printf("%c %s ", change_signs[change], match_word(item));
	screen_printf("%s: %s", subject_format(item, subject), fact_text[item->fact]);
	for (unsigned i = 0; i < FIELDS_MAX; i++)
		if (fields[i].text.len > 0)
			screen_printf("%s%s %.*s", i > 0 ? ", " : "", i > 0 ? fields[i].key : "",
				SPAN_ARGS(fields[i].text));
	screen_printf(", list %.*s\n", SPAN_ARGS(item->list));
	for (unsigned i = 0; i < was_count; i++)
		screen_printf("    %s was %.*s\n", was[i].key,
			SPAN_ARGS(was[i].text.len > 0 ? was[i].text : SPAN_LITERAL("empty")));
}

static void show_json(enum lists_change change, const struct lists_item *item,
	const struct field *was, unsigned was_count)
{
	struct field fields[FIELDS_MAX];
	char subject[SUBJECT_MAX], asn[16];
	struct json_writer w;
	struct buf b;

	fields_of(item, asn, fields);
	buf_init_heap(&b, LINE_MAX_LEN);
	json_writer_init(&w, &b);
	json_begin_object(&w, NULL);
	json_put_string(&w, "change", change_words[change]);
	json_put_text(&w, "list", item->list);
	json_put_string(&w, "match", match_word(item));
	json_put_string(&w, "subject", subject_format(item, subject));
	json_put_string(&w, "fact", fact_text[item->fact]);
	for (unsigned i = 0; i < FIELDS_MAX; i++)
		json_put_text(&w, fields[i].key, fields[i].text);
	json_begin_object(&w, "was");
	for (unsigned i = 0; i < was_count; i++)
		json_put_text(&w, was[i].key, was[i].text);
	json_end_object(&w);
	json_end_object(&w);
	puts(buf_text(&b));
	buf_release(&b);
}

static void show_csv(enum lists_change change, const struct lists_item *item,
	const struct field *was, unsigned was_count)
{
	struct field fields[FIELDS_MAX];
	char subject[SUBJECT_MAX], asn[16];
	struct buf b;

	fields_of(item, asn, fields);
	printf("%s,", change_words[change]);
	rows_csv_field(item->list);
	printf(",%s,%s,%s", match_word(item), subject_format(item, subject), fact_text[item->fact]);
	for (unsigned i = 0; i < FIELDS_MAX; i++) {
		putchar(',');
		rows_csv_field(fields[i].text);
	}
	putchar(',');
	buf_init_heap(&b, LINE_MAX_LEN);
	for (unsigned i = 0; i < was_count; i++)
		buf_printf(&b, "%s%s=%.*s", i > 0 ? "; " : "", was[i].key, SPAN_ARGS(was[i].text));
	rows_csv_field(buf_span(&b));
	putchar('\n');
	buf_release(&b);
}

static void show(void *context, enum lists_change change, const struct lists_item *before,
	const struct lists_item *after)
{
	static void (*const shows[])(
		enum lists_change, const struct lists_item *, const struct field *, unsigned) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};
	struct shown *shown = context;
	struct field was[FIELDS_MAX];
	char asn[16];
	unsigned count = before && after ? changed_fields(before, after, asn, was) : 0;

	shown->counts[change]++;
	shows[shown->output](change, after ? after : before, was, count);
}

static int compare(struct cli *cli, struct store *old, struct store *new)
{
	struct shown shown = {.output = cli->output};
	uint64_t all = 0;
	int err;

	if (cli->output == CLI_CSV)
		puts("change,list,match,subject,fact,country,vendor,category,asn,confidence,source,"
		     "was");
	err = lists_diff(old, new, show, &shown);
	if (err) {
		fprintf(stderr, "celnik: cannot compare: %s\n", err_text(err));
		return CLI_IO;
	}
	for (unsigned i = 0; i < LISTS_CHANGE_COUNT; i++)
		all += shown.counts[i];
	if (cli->output == CLI_HUMAN && all == 0)
		puts("both say the same");
	else if (cli->output == CLI_HUMAN)
		printf("%llu added, %llu removed, %llu changed\n",
			(unsigned long long)shown.counts[LISTS_ADDED],
			(unsigned long long)shown.counts[LISTS_REMOVED],
			(unsigned long long)shown.counts[LISTS_CHANGED]);
	return all > 0 ? CLI_NONE : CLI_OK;
}

/* Reads the configuration only for `current`. NULL with a message. */
static struct store *generation_of(struct cli *cli, const char *word)
{
	char path[GENERATIONS_PATH_MAX];
	struct store *store = NULL;
	struct conf *conf = NULL;

	if (strcmp(word, "current") != 0)
		return lists_open(word);
	if (cli_conf(cli, &conf) == CLI_OK)
		store = lists_current(conf, path);
	conf_free(conf);
	return store;
}

int lists_show_diff(struct cli *cli, const char *old, const char *new)
{
	struct store *before = generation_of(cli, old), *after = NULL;
	/* What cannot be compared is no difference, which 1 would say. */
	int code = CLI_IO;

	if (before)
		after = generation_of(cli, new);
	if (after)
		code = compare(cli, before, after);
	store_close(before);
	store_close(after);
	return code;
}
