/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik log: reads the query log. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli.h"
#include "journal/reader.h"
#include "log_show.h"
#include "when.h"

#define DEFAULT_SPAN_NS (24 * 3600 * NS_PER_S)
#define FOLLOW_LAST 10 /* shown before what comes, unless asked otherwise */
#define FOLLOW_NS (200 * NS_PER_MS)
#define LAST_MAX 1000000

enum { SINCE = CLI_LONG_ONLY, UNTIL };

struct request {
	bool all, follow;
	const char *since, *until; /* as written; NULL */
	long last; /* the newest so many; -1: all */
};

/* The newest lines, when only those are wanted. */
struct last {
	char **lines;
	size_t *lengths;
	size_t max, count, next;
};

struct reading {
	struct cli *cli;
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX]; /* as in the log; until may be "" */
	struct last last;
	bool gather; /* into last; later ones are shown at once */
	uint64_t shown, unreadable, damaged;
};

static bool parse_count(const char *text, long *out)
{
	char *end;
	long count = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || count < 1 || count > LAST_MAX) {
		fprintf(stderr, "celnik: '%s' is no number of records; write 1 to %d\n", text,
			LAST_MAX);
		return false;
	}
	*out = count;
	return true;
}

static bool parse_options(struct cli *cli, int argc, char **argv, struct request *q)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, 'a'},
		{"follow", no_argument, NULL, 'f'},
		{"lines", required_argument, NULL, 'n'},
		{"since", required_argument, NULL, SINCE},
		{"until", required_argument, NULL, UNTIL},
		{NULL, 0, NULL, 0},
	};
	bool good = true;
	int option;

	while (good && (option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == 'a')
			q->all = true;
		else if (option == 'f')
			q->follow = true;
		else if (option == 'n')
			good = parse_count(optarg, &q->last);
		else if (option == SINCE)
			q->since = optarg;
		else if (option == UNTIL)
			q->until = optarg;
		else
			good = false;
	}
	return good && optind == argc;
}

static bool parse_time(const char *text, uint64_t now_ns, uint64_t *out)
{
	return !text || when_or_say(text, now_ns, out);
}

static int last_init(struct last *l, size_t max)
{
	l->lines = calloc(max, sizeof(*l->lines));
	l->lengths = calloc(max, sizeof(*l->lengths));
	l->max = max;
	return l->lines && l->lengths ? 0 : ERR_MEMORY;
}

static void last_release(struct last *l)
{
	for (size_t i = 0; l->lines && i < l->max; i++)
		free(l->lines[i]);
	free(l->lines);
	free(l->lengths);
}

static void last_add(struct last *l, struct span line)
{
	char *copy = malloc(line.len + 1);

	if (!copy)
		return;
	memcpy(copy, line.data, line.len);
	free(l->lines[l->next]);
	l->lines[l->next] = copy;
	l->lengths[l->next] = line.len;
	l->next = (l->next + 1) % l->max;
	if (l->count < l->max)
		l->count++;
}

/* Times of the log are all written alike, so their texts compare as they do. */
static bool is_in_time(const struct reading *r, const struct json_value *record)
{
	const char *at = json_get_string(record, "@timestamp", "");

	return strcmp(at, r->since) >= 0 && (!*r->until || strcmp(at, r->until) < 0);
}

static void take(struct reading *r, struct span line)
{
	struct json_document *document = NULL;
	const struct json_value *record;

	if (json_parse(line, &document) != 0) {
		r->unreadable++;
		return;
	}
	record = json_root(document);
	if (is_in_time(r, record)) {
		if (r->gather)
			last_add(&r->last, line);
		else
			log_show(r->cli, line, record);
		r->shown += !r->gather;
	}
	json_document_free(document);
}

/* The gathered lines, and from here on those that come. */
static void show_last(struct reading *r)
{
	struct last *l = &r->last;
	size_t first = (l->next + l->max - l->count) % l->max;

	r->gather = false;
	for (size_t i = 0; i < l->count; i++) {
		size_t at = (first + i) % l->max;

		take(r, span_of(l->lines[at], l->lengths[at]));
	}
	l->count = 0;
}

static int read_log(struct reading *r, struct journal_reader *reader, bool follow)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_NS};
	struct span line;
	int err;

	log_show_head(r->cli);
	for (;;) {
		while ((err = journal_reader_next(reader, &line)) == 0 || err == ERR_FORMAT) {
			if (!err)
				take(r, line);
			else
				r->damaged++;
		}
		if (r->gather)
			show_last(r);
		if (fflush(stdout) != 0)
			return ERR_IO;
		if (err != ERR_MISSING || !follow)
			return err == ERR_MISSING ? 0 : err;
		nanosleep(&pause, NULL);
	}
}

static int open_failed(const char *directory)
{
	const char *remedy = errno == EACCES ? "run as root or as the user of celnikd"
					     : "check that celnikd has run with this configuration";

	fprintf(stderr, "celnik: query log '%s': %s; %s\n", directory, strerror(errno), remedy);
	return CLI_IO;
}

static int show_log(
	struct reading *r, const struct conf *conf, const struct request *q, uint64_t since_ns)
{
	const char *stream = q->all ? "queries" : "events";
	struct journal_reader *reader = NULL;
	int err = journal_reader_new(conf->journal_directory, stream, since_ns, &reader);

	if (err == ERR_IO)
		return open_failed(conf->journal_directory);
	if (!err)
		err = read_log(r, reader, q->follow);
	if (err)
		fprintf(stderr, "celnik: showing the query log: %s\n",
			err == ERR_IO ? strerror(errno) : err_text(err));
	journal_reader_free(reader);
	if (r->unreadable)
		fprintf(stderr, "celnik: %llu lines of the query log are damaged and left out\n",
			(unsigned long long)r->unreadable);
	if (r->damaged)
		fprintf(stderr,
			"celnik: %llu sealed files of the query log are damaged; 'celnik verify' "
			"names them\n",
			(unsigned long long)r->damaged);
	if (err || r->damaged)
		return CLI_IO;
	if (!r->shown && r->cli->output == CLI_HUMAN)
		fprintf(stderr, "celnik: no %s from %s to %s%s\n", stream, r->since,
			*r->until ? r->until : "now",
			q->all ? "" : "; --all shows queries that no rule matched too");
	return r->shown ? CLI_OK : CLI_NONE;
}

static int run(struct cli *cli, const struct conf *conf, struct request *q)
{
	uint64_t now_ns = clock_real_ns();
	uint64_t since_ns = now_ns - DEFAULT_SPAN_NS, until_ns = 0;
	struct reading r = {.cli = cli};
	int code;

	if (conf->timezone) {
		setenv("TZ", conf->timezone, 1);
		tzset();
	}
	if (!parse_time(q->since, now_ns, &since_ns) || !parse_time(q->until, now_ns, &until_ns))
		return CLI_USAGE;
	if (q->until && !q->since)
		since_ns = until_ns > DEFAULT_SPAN_NS ? until_ns - DEFAULT_SPAN_NS : 0;
	clock_format(since_ns, r.since);
	if (q->until)
		clock_format(until_ns, r.until);
	if (q->follow && !q->since && q->last < 0)
		q->last = FOLLOW_LAST;
	r.gather = q->last > 0;
	if (r.gather && last_init(&r.last, (size_t)q->last) != 0) {
		fprintf(stderr, "celnik: %s\n", err_text(ERR_MEMORY));
		code = CLI_IO;
	} else {
		code = show_log(&r, conf, q, since_ns);
	}
	last_release(&r.last);
	return code;
}

int verb_log(struct cli *cli, int argc, char **argv)
{
	struct request q = {.last = -1};
	struct conf *conf = NULL;
	int code;

	if (!parse_options(cli, argc, argv, &q))
		return cli_usage(argv[0]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK)
		return code;
	code = run(cli, conf, &q);
	conf_free(conf);
	return code;
}
