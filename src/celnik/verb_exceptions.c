/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik exceptions: the register of exceptions, with what the query log knows of their use. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli.h"
#include "conf/value.h"
#include "journal/reader.h"
#include "rows.h"
#include "screen.h"
#include "json/reader.h"
#include "json/writer.h"

#define DAY_S 86400
#define EXPIRING_S_DEFAULT (30 * DAY_S)

/* Which of them are shown; none set: all. */
struct choice {
	bool expired, unused, expiring;
	uint64_t expiring_s;
};

/* What the log says of one exception. */
struct use {
	uint64_t hits;
	char last[CLOCK_TEXT_MAX]; /* "" */
};

static bool parse_options(struct cli *cli, int argc, char **argv, struct choice *c)
{
	enum { EXPIRED = CLI_LONG_ONLY, EXPIRING, UNUSED };
	static const struct option options[] = {
		{"expired", no_argument, NULL, EXPIRED},
		{"expiring", optional_argument, NULL, EXPIRING},
		{"unused", no_argument, NULL, UNUSED},
		{NULL, 0, NULL, 0},
	};
	bool good = true;
	int option;

	while (good && (option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == EXPIRED)
			c->expired = true;
		else if (option == UNUSED)
			c->unused = true;
		else if (option == EXPIRING &&
			 (!optarg || value_duration(optarg, &c->expiring_s) == 0))
			c->expiring = true;
		else
			good = false;
	}
	return good && optind == argc;
}

static void count_line(const struct conf *conf, struct span line, struct use *uses)
{
	struct json_document *document = NULL;
	const char *id, *at;

	if (json_parse(line, &document) != 0)
		return;
	id = json_get_string(json_root(document), "celnik.exception", "");
	at = json_get_string(json_root(document), "@timestamp", "");
	for (unsigned i = 0; *id && i < conf->exception_count; i++) {
		if (strcmp(conf->exceptions[i].id, id) != 0)
			continue;
		uses[i].hits++;
		/* Segments that began within one second are in no order. */
		if (strcmp(at, uses[i].last) > 0)
			snprintf(uses[i].last, sizeof(uses[i].last), "%s", at);
	}
	json_document_free(document);
}

/* From the events that are kept; a log that is not there yet knows of no use. */
static int count_uses(const struct conf *conf, struct use *uses)
{
	struct journal_reader *reader = NULL;
	struct span line;
	int err = journal_reader_new(conf->journal_directory, "events", 0, &reader);

	if (err == ERR_IO && errno == ENOENT)
		return 0;
	while (!err && (err = journal_reader_next(reader, &line)) == 0)
		count_line(conf, line, uses);
	journal_reader_free(reader);
	if (err == ERR_MISSING)
		return 0;
	fprintf(stderr, "celnik: query log '%s': %s\n", conf->journal_directory,
		err == ERR_IO ? strerror(errno) : err_text(err));
	return err;
}

static bool is_chosen(const struct choice *c, int64_t days_left, const struct use *use)
{
	if (!c->expired && !c->unused && !c->expiring)
		return true;
	return (c->expired && days_left < 0) || (c->unused && use->hits == 0) ||
	       (c->expiring && days_left >= 0 && (uint64_t)days_left * DAY_S <= c->expiring_s);
}

/* The groups it is for, or "all". */
static void put_groups(const struct conf *conf, const struct conf_exception *x, struct buf *out)
{
	if (x->groups == UINT64_MAX) {
		buf_put_text(out, "all");
		return;
	}
	for (unsigned i = 0; i < conf->group_count; i++)
		if (x->groups >> i & 1)
			buf_printf(out, "%s%s", out->len ? " " : "", conf->groups[i].name);
}

static void put_subjects(const struct conf_exception *x, struct buf *out)
{
	char name[NAME_TEXT_MAX], prefix[INET_PREFIX_TEXT_MAX];

	for (unsigned i = 0; i < x->name_count; i++) {
		const struct conf_pattern *p = &x->names[i];

		buf_printf(out, "%s%s%s", out->len ? " " : "",
			!p->self   ? "*."
			: p->below ? "."
				   : "",
			name_format(&p->name, name));
	}
	for (unsigned i = 0; i < x->network_count; i++)
		buf_printf(out, "%s%s", out->len ? " " : "",
			inet_prefix_format(&x->networks[i], prefix));
}

/* One exception as every output shows it. */
struct row {
	const struct conf_exception *exception;
	const struct use *use;
	int64_t days_left;
	struct buf groups, subjects;
	char expires[VALUE_DATE_TEXT_MAX];
};

static void show_human(struct row *r)
{
	const struct conf_exception *x = r->exception;

	screen_printf("%-14s until %s ", x->id, r->expires);
	if (r->days_left < 0)
		printf("(EXPIRED)");
	else
		printf("(%" PRId64 " day%s left)", r->days_left,
			screen_plural((uint64_t)r->days_left));
	if (r->use->hits)
		printf("  used %" PRIu64 " time%s, last %s\n", r->use->hits,
			screen_plural(r->use->hits), r->use->last);
	else
		printf("  never used\n");
	screen_printf("    for     %s%s, clients %s\n", buf_text(&r->subjects),
		x->covers == CONF_COVERS_NAME ? " (the name alone)" : "", buf_text(&r->groups));
	screen_printf("    reason  %s\n", x->reason);
	screen_printf("    owner   %s%s%s  (%s:%u)\n", x->owner, x->ticket ? ", ticket " : "",
		x->ticket ? x->ticket : "", x->place.file, (unsigned)x->place.line);
}

static void show_json(struct row *r)
{
	const struct conf_exception *x = r->exception;
	struct json_writer w;
	struct buf out;

	buf_init_heap(&out, 1 << 20);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_string(&w, "id", x->id);
	json_put_text(&w, "for", buf_span(&r->subjects));
	json_put_string(&w, "covers", x->covers == CONF_COVERS_NAME ? "name" : "chain");
	json_put_text(&w, "clients", buf_span(&r->groups));
	json_put_string(&w, "reason", x->reason);
	json_put_string(&w, "owner", x->owner);
	json_put_string(&w, "ticket", x->ticket ? x->ticket : "");
	json_put_string(&w, "expires", r->expires);
	json_put_bool(&w, "expired", r->days_left < 0);
	json_put_u64(&w, "hits", r->use->hits);
	json_put_string(&w, "last_hit", r->use->last);
	json_put_string(&w, "file", x->place.file);
	json_put_u64(&w, "line", x->place.line);
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void show_csv(struct row *r)
{
	const struct conf_exception *x = r->exception;
	const struct span fields[] = {
		span_text(x->id),
		buf_span(&r->subjects),
		buf_span(&r->groups),
		span_text(x->reason),
		span_text(x->owner),
		span_text(x->ticket),
		span_text(r->expires),
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		rows_csv_field(fields[i]);
		putchar(',');
	}
	printf("%" PRIu64 ",%s\n", r->use->hits, r->use->last);
}

static void show(const struct cli *cli, const struct conf *conf, const struct conf_exception *x,
	const struct use *use, int64_t days_left)
{
	static void (*const shows[])(struct row *) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};
	struct row r = {.exception = x, .use = use, .days_left = days_left};

	buf_init_heap(&r.groups, 1 << 16);
	buf_init_heap(&r.subjects, 1 << 19);
	put_groups(conf, x, &r.groups);
	put_subjects(x, &r.subjects);
	value_date_format(x->expires, r.expires);
	shows[cli->output](&r);
	buf_release(&r.groups);
	buf_release(&r.subjects);
}

static unsigned show_chosen(
	const struct cli *cli, const struct conf *conf, const struct choice *c, struct use *uses)
{
	int64_t today;
	unsigned shown = 0;

	setenv("TZ", conf->timezone, 1);
	tzset();
	today = clock_day(clock_real_ns());
	if (cli->output == CLI_CSV)
		puts("id,for,clients,reason,owner,ticket,expires,hits,last_hit");
	for (unsigned i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *x = &conf->exceptions[i];

		if (!is_chosen(c, x->expires - today, &uses[i]))
			continue;
		show(cli, conf, x, &uses[i], x->expires - today);
		shown++;
	}
	return shown;
}

int verb_exceptions(struct cli *cli, int argc, char **argv)
{
	struct choice choice = {.expiring_s = EXPIRING_S_DEFAULT};
	struct use *uses = NULL;
	struct conf *conf = NULL;
	int code;

	if (!parse_options(cli, argc, argv, &choice))
		return cli_usage(argv[0]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK)
		return code;
	uses = calloc(conf->exception_count + 1, sizeof(*uses));
	if (!uses || count_uses(conf, uses) != 0)
		code = CLI_IO;
	else
		code = show_chosen(cli, conf, &choice, uses) > 0 ? CLI_OK : CLI_NONE;
	free(uses);
	conf_free(conf);
	return code;
}
