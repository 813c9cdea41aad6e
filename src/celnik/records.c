/* SPDX-License-Identifier: BSD-3-Clause */

#include "records.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "review/select.h"
#include "review_index.h"
#include "screen.h"
#include "when.h"

#define LINES_MAX 1000000
#define SLOW_NS (2 * NS_PER_S)

enum { SINCE = CLI_LONG_ONLY, UNTIL, LAST, UTC, BY, FIELDS };

static bool parse_count(const char *text, long *out)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || count < 1 || count > LINES_MAX) {
		fprintf(stderr, "celnik: '%s' is no number of records; write 1 to %d\n", text,
			LINES_MAX);
		return false;
	}
	*out = count;
	return true;
}

static bool take_option(struct records *r, int option, bool *utc)
{
	switch (option) {
	case 'a':
		return r->all = true;
	case 'f':
		return r->follow = true;
	case 'r':
		return r->reverse = true;
	case 'n':
		return parse_count(optarg, &r->lines);
	case UTC:
		return *utc = true;
	case SINCE:
		r->since = optarg;
		return true;
	case UNTIL:
		r->until = optarg;
		return true;
	case LAST:
		r->last = optarg;
		return true;
	case BY:
		r->by = optarg;
		return true;
	case FIELDS:
		r->fields = optarg;
		return true;
	default:
		return false;
	}
}

int records_options(struct records *r, int argc, char **argv)
{
	static const struct {
		unsigned of;
		struct option option;
	} rows[] = {
		{0, {"since", required_argument, NULL, SINCE}},
		{0, {"until", required_argument, NULL, UNTIL}},
		{0, {"last", required_argument, NULL, LAST}},
		{0, {"utc", no_argument, NULL, UTC}},
		{RECORDS_ALL, {"all", no_argument, NULL, 'a'}},
		{RECORDS_BY, {"by", required_argument, NULL, BY}},
		{RECORDS_LINES, {"lines", required_argument, NULL, 'n'}},
		{RECORDS_LOG, {"follow", no_argument, NULL, 'f'}},
		{RECORDS_LOG, {"reverse", no_argument, NULL, 'r'}},
		{RECORDS_LOG, {"fields", required_argument, NULL, FIELDS}},
	};
	struct option options[sizeof(rows) / sizeof(rows[0]) + 1];
	bool good = true, utc = false;
	size_t count = 0;
	int option;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].of == 0 || r->options & rows[i].of)
			options[count++] = rows[i].option;
	options[count] = (struct option){0};
	r->lines = -1;
	while (good && (option = cli_option(r->cli, argc, argv, options)) != -1)
		good = take_option(r, option, &utc);
	if (utc)
		setenv("TZ", "UTC0", 1);
	r->utc = utc;
	if (good && r->last && (r->since || r->until)) {
		fprintf(stderr, "celnik: --last does not go with --since and --until\n");
		return CLI_USAGE;
	}
	return good ? CLI_OK : cli_usage(argv[0]);
}

static bool parse_time(const char *text, uint64_t now_ns, uint64_t *out)
{
	return !text || when_or_say(text, now_ns, out);
}

static bool parse_times(struct records *r)
{
	uint64_t now_ns = clock_real_ns();

	r->since_ns = r->span_ns ? now_ns - r->span_ns : 0;
	if (!parse_time(r->last ? r->last : r->since, now_ns, &r->since_ns) ||
		!parse_time(r->until, now_ns, &r->until_ns))
		return false;
	if (r->until && !r->since && r->span_ns)
		r->since_ns = r->until_ns > r->span_ns ? r->until_ns - r->span_ns : 0;
	return true;
}

/* The expression, and a mark below the place that is wrong. */
static void show_mistake(struct span text, const struct expression_error *error)
{
	char *copy = strndup((const char *)text.data, text.len);

	fputs("celnik: ", stderr);
	screen_text(stderr, error->message);
	fputs("\n  ", stderr);
	screen_text(stderr, copy ? copy : "");
	fprintf(stderr, "\n  %*s^\n", (int)utf8_count(span_part(text, 0, error->column)), "");
	free(copy);
}

static int parse_words(struct records *r, char *const *words)
{
	struct expression_error error = {0};
	struct buf text;
	int err;

	buf_init_heap(&text, 2 * EXPRESSION_TEXT_MAX);
	for (; *words; words++) {
		buf_put_text(&text, text.len ? " " : "");
		buf_put_text(&text, *words);
	}
	err = text.overflow ? ERR_LIMIT : expression_parse(buf_span(&text), &r->filter, &error);
	if (err == ERR_FORMAT)
		show_mistake(buf_span(&text), &error);
	else if (err)
		fprintf(stderr, "celnik: reading the expression: %s\n", err_text(err));
	buf_release(&text);
	return err ? CLI_USAGE : CLI_OK;
}

int records_prepare(struct records *r, char *const *words)
{
	int code = parse_words(r, words);

	if (code == CLI_OK)
		code = cli_conf(r->cli, &r->conf);
	if (code != CLI_OK)
		return code;
	if (r->conf->timezone && !r->utc)
		setenv("TZ", r->conf->timezone, 1);
	tzset();
	return parse_times(r) ? CLI_OK : CLI_USAGE;
}

static int open_failed(const char *directory)
{
	const char *remedy = errno == EACCES ? "run as root or as the user of celnikd"
					     : "check that celnikd has run with this configuration";

	fprintf(stderr, "celnik: query log '%s': %s; %s\n", directory, strerror(errno), remedy);
	return CLI_IO;
}

const char *records_stream(const struct records *r)
{
	return r->all ? "queries" : "events";
}

/* One that cannot be used is said, and the files are read instead. */
static void open_index(struct records *r)
{
	char path[PATH_MAX];
	int err;

	if (r->index)
		return;
	snprintf(path, sizeof(path), "%s/" INDEX_FILE, r->conf->state);
	err = index_open_to_read(path, r->conf, &r->index);
	if (err && err != ERR_MISSING)
		review_index_failed(path, r->conf, NULL, err);
}

int records_open(struct records *r, const char *stream)
{
	struct scan_request request = {
		.directory = r->conf->journal_directory,
		.stream = stream,
		.since_ns = r->since_ns,
		.until_ns = r->until_ns,
		.filter = r->filter,
	};
	int err;

	open_index(r);
	request.index = r->index;
	err = scan_open(&request, &r->scan);

	if (err == ERR_IO)
		return open_failed(r->conf->journal_directory);
	if (err)
		fprintf(stderr, "celnik: query log: %s\n", err_text(err));
	progress_init(&r->progress, "reading the query log", 0);
	return err ? CLI_IO : CLI_OK;
}

/* Once, when it takes long. */
static void tell_slow(struct records *r)
{
	if (r->told || r->follow || r->index ||
		clock_monotonic_ns() - r->progress.begin_ns < SLOW_NS)
		return;
	r->told = true;
	fputs("celnik: there is no index; reading the files of the query log\n", stderr);
}

int records_next(struct records *r, struct entry *out)
{
	int err;

	while ((err = scan_next(r->scan, out)) == ERR_AGAIN) {
		tell_slow(r);
		progress_set(&r->progress, scan_stats(r->scan).octets);
	}
	return err;
}

int records_each(
	struct records *r, int (*take)(void *context, const struct entry *entry), void *context)
{
	struct entry entry;
	int err;

	while ((err = records_next(r, &entry)) == 0) {
		err = take(context, &entry);
		entry_release(&entry);
		if (err)
			return err;
	}
	return err == ERR_MISSING ? 0 : err;
}

struct counting {
	struct records_count *counts;
	unsigned count;
};

static int count_entry(void *context, const struct entry *entry)
{
	const struct counting *c = context;
	int err = 0;

	for (unsigned i = 0; !err && i < c->count; i++)
		err = census_add(
			c->counts[i].census, entry, c->counts[i].by, c->counts[i].by_count);
	return err;
}

static bool can_sum(struct selection *s, const struct counting *c)
{
	for (unsigned i = 0; s && i < c->count; i++)
		if (!selection_can_sum(s, c->counts[i].by, c->counts[i].by_count))
			return false;
	return s != NULL;
}

int records_count(struct records *r, struct records_count *counts, unsigned count)
{
	struct selection *s = scan_selection(r->scan);
	struct counting c = {counts, count};
	int err = 0;

	for (unsigned i = 0; i < count; i++) {
		counts[i].census = census_new();
		err = counts[i].census ? err : ERR_MEMORY;
	}
	if (!err && can_sum(s, &c))
		for (unsigned i = 0; !err && i < count; i++)
			err = selection_sum(s, counts[i].by, counts[i].by_count, counts[i].census);
	return err ? err : records_each(r, count_entry, &c);
}

int records_close(struct records *r, int err)
{
	struct scan_stats stats = scan_stats(r->scan);

	progress_end(&r->progress);
	if (err)
		fprintf(stderr, "celnik: reading the query log: %s\n",
			err == ERR_IO ? strerror(errno) : err_text(err));
	if (stats.unreadable)
		fprintf(stderr, "celnik: %llu lines of the query log are damaged and left out\n",
			(unsigned long long)stats.unreadable);
	if (stats.damaged)
		fprintf(stderr,
			"celnik: %llu sealed files of the query log are damaged; 'celnik verify' "
			"names them\n",
			(unsigned long long)stats.damaged);
	scan_close(r->scan);
	r->scan = NULL;
	return err || stats.damaged ? CLI_IO : CLI_OK;
}

void records_release(struct records *r)
{
	index_close(r->index);
	expression_free(r->filter);
	conf_free(r->conf);
}

int records_none(const struct records *r)
{
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX] = "now";

	clock_format(r->since_ns, since);
	if (r->until_ns)
		clock_format(r->until_ns, until);
	if (r->cli->output == CLI_HUMAN || r->cli->output == CLI_WIDE)
		fprintf(stderr, "celnik: no %s from %s to %s%s\n", records_stream(r), since, until,
			r->all || !(r->options & RECORDS_ALL)
				? ""
				: "; --all shows queries that no rule matched too");
	return CLI_NONE;
}

unsigned records_fields(const char *names, const struct field **out, unsigned max)
{
	unsigned count = 0;

	for (size_t len; *names; names += len + (names[len] == ',')) {
		char name[32];
		const char *near;

		len = strcspn(names, ",");
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (count == max) {
			fprintf(stderr, "celnik: more than %u fields; write fewer\n", max);
			return 0;
		}
		out[count] = field_find(name);
		near = field_suggest(name);
		if (!out[count++]) {
			fprintf(stderr, "celnik: unknown field '%s'; %s%s%s\n", name,
				near ? "did you mean '" : "celnik(1) has them all",
				near ? near : "", near ? "'?" : "");
			return 0;
		}
	}
	if (count == 0)
		fprintf(stderr, "celnik: no field is named; write for example vendor\n");
	return count;
}
