/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik replay: what another configuration would have decided about the queries of the log. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli.h"
#include "journal/reader.h"
#include "judging.h"
#include "progress.h"
#include "replay_line.h"
#include "replay_show.h"
#include "when.h"

#define DEFAULT_SPAN_NS (24 * 3600 * NS_PER_S)
#define DEFAULT_TOP 20
#define TOP_MAX 1000000

enum { EACH = CLI_LONG_ONLY, EXIT_CODE, SINCE, UNTIL };

struct request {
	const char *path; /* of the other configuration */
	const char *since, *until; /* as written; NULL */
	long top;
	bool each, exit_code;
};

struct run {
	struct cli *cli;
	const struct request *request;
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX]; /* as in the log; until may be "" */
	struct replay *replay;
	struct replay_sums sums;
	struct progress progress;
	uint64_t read; /* octets */
};

static bool parse_top(const char *text, long *out)
{
	char *end;

	*out = strtol(text, &end, 10);
	if (*text != '\0' && *end == '\0' && *out >= 1 && *out <= TOP_MAX)
		return true;
	fprintf(stderr, "celnik: '%s' is no number of rows; write 1 to %d\n", text, TOP_MAX);
	return false;
}

static bool parse_options(struct cli *cli, int argc, char **argv, struct request *q)
{
	static const struct option options[] = {
		{"each", no_argument, NULL, EACH},
		{"exit-code", no_argument, NULL, EXIT_CODE},
		{"lines", required_argument, NULL, 'n'},
		{"since", required_argument, NULL, SINCE},
		{"until", required_argument, NULL, UNTIL},
		{NULL, 0, NULL, 0},
	};
	bool good = true;
	int option;

	while (good && (option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == EACH)
			q->each = true;
		else if (option == EXIT_CODE)
			q->exit_code = true;
		else if (option == 'n')
			good = parse_top(optarg, &q->top);
		else if (option == SINCE)
			q->since = optarg;
		else if (option == UNTIL)
			q->until = optarg;
		else
			good = false;
	}
	if (!good || optind + 1 != argc)
		return false;
	q->path = argv[optind];
	return true;
}

/* A time without a zone is that of the site whose log it is. */
static bool take_times(struct run *r, const struct conf *logged, uint64_t *since_ns)
{
	const struct request *q = r->request;
	uint64_t now_ns = clock_real_ns(), until_ns = now_ns;

	setenv("TZ", logged->timezone, 1);
	tzset();
	*since_ns = 0;
	if ((q->since && !when_or_say(q->since, now_ns, since_ns)) ||
		(q->until && !when_or_say(q->until, now_ns, &until_ns)))
		return false;
	if (!q->since && until_ns > DEFAULT_SPAN_NS)
		*since_ns = until_ns - DEFAULT_SPAN_NS;
	clock_format(*since_ns, r->since);
	if (q->until)
		clock_format(until_ns, r->until);
	return true;
}

/* Times of the log are all written alike, so their texts compare as they do. */
static bool is_in_time(const struct run *r, const struct json_value *record)
{
	const char *at = json_get_string(record, "@timestamp", "");

	return strcmp(at, r->since) >= 0 && (!*r->until || strcmp(at, r->until) < 0);
}

static int take_query(
	struct run *r, const struct json_value *record, const struct replay_line *line)
{
	struct replay_outcome now = {0};
	enum replay_result result;
	int err = replay_decide(r->replay, &line->query, &result, &now);

	if (err == ERR_FORMAT || err == ERR_LIMIT) {
		r->sums.unreadable++;
		return 0;
	}
	if (err)
		return err;
	r->sums.queries++;
	r->sums.needs_answer += result == REPLAY_NEEDS_ANSWER;
	r->sums.unknown_group += result == REPLAY_UNKNOWN_GROUP;
	if (result != REPLAY_DECIDED || replay_outcome_equal(&line->was, &now))
		return 0;
	if (r->request->each)
		replay_show_change(r->cli, record, &line->was, &now);
	return replay_sums_change(&r->sums, record, &line->was, &now);
}

static int take_record(struct run *r, const struct json_value *record)
{
	struct replay_line line;
	int err = 0;

	if (!is_in_time(r, record))
		return 0;
	switch (replay_line_read(record, &line)) {
	case REPLAY_LINE_QUERY:
		err = take_query(r, record, &line);
		replay_line_release(&line);
		break;
	case REPLAY_LINE_CUT:
		r->sums.queries++;
		r->sums.cut++;
		break;
	case REPLAY_LINE_UNREADABLE:
		r->sums.unreadable++;
		break;
	case REPLAY_LINE_OTHER:
		break;
	}
	return err;
}

static int take_line(struct run *r, struct span text)
{
	struct json_document *document = NULL;
	int err = 0;

	r->read += text.len + 1;
	progress_set(&r->progress, r->read);
	if (json_parse(text, &document) == 0)
		err = take_record(r, json_root(document));
	else
		r->sums.unreadable++;
	json_document_free(document);
	return err;
}

static int read_log(struct run *r, const char *directory, uint64_t since_ns)
{
	struct journal_reader *reader = NULL;
	struct span line;
	int err = journal_reader_new(directory, "queries", since_ns, &reader);
	int problem;

	while (!err) {
		err = journal_reader_next(reader, &line);
		/* A sealed file that is damaged; reading goes on behind it. */
		if (err == ERR_FORMAT) {
			r->sums.unreadable++;
			err = 0;
		} else if (!err) {
			err = take_line(r, line);
		}
	}
	problem = errno;
	journal_reader_free(reader);
	progress_end(&r->progress);
	if (err == ERR_MISSING)
		return CLI_OK;
	fprintf(stderr, "celnik: query log '%s': %s%s\n", directory,
		err == ERR_IO ? strerror(problem) : err_text(err),
		err == ERR_IO && problem == EACCES ? "; run as root or as the user of celnikd"
						   : "");
	return CLI_IO;
}

static int show(const struct run *r)
{
	const struct replay_sums *s = &r->sums;

	if (s->queries + s->unreadable == 0) {
		fprintf(stderr, "celnik: no queries in the log from %s to %s\n", r->since,
			*r->until ? r->until : "now");
		return CLI_NONE;
	}
	if (!r->request->each)
		replay_show_sums(r->cli, s, (size_t)r->request->top);
	if (fflush(stdout) != 0)
		return CLI_IO;
	return r->request->exit_code && s->changed > 0 ? CLI_NONE : CLI_OK;
}

static int replay(struct run *r, const struct conf *logged, const struct conf *new)
{
	struct judging judging;
	uint64_t since_ns;
	int code = CLI_USAGE, err;

	if (!take_times(r, logged, &since_ns))
		return code;
	code = judging_open(&judging, new, true);
	if (code != CLI_OK)
		goto out;
	err = replay_sums_init(&r->sums);
	if (!err)
		err = replay_new(new, judging.matcher, &r->replay);
	if (err) {
		fprintf(stderr, "celnik: %s\n", err_text(err));
		code = CLI_IO;
		goto out;
	}
	if (r->request->each)
		replay_show_head(r->cli);
	progress_init(&r->progress, "replaying the query log", 0);
	code = read_log(r, logged->journal_directory, since_ns);
	if (code == CLI_OK)
		code = show(r);
out:
	replay_free(r->replay);
	replay_sums_release(&r->sums);
	judging_close(&judging);
	return code;
}

int verb_replay(struct cli *cli, int argc, char **argv)
{
	struct request request = {.top = DEFAULT_TOP};
	struct run run = {.cli = cli, .request = &request};
	struct conf *logged = NULL, *new = NULL;
	struct cli other;
	int code;

	if (!parse_options(cli, argc, argv, &request))
		return cli_usage(argv[0]);
	other = *cli;
	other.config_path = request.path;
	code = cli_conf(cli, &logged);
	if (code == CLI_OK)
		code = cli_conf(&other, &new);
	if (code == CLI_OK)
		code = replay(&run, logged, new);
	conf_free(new);
	conf_free(logged);
	return code;
}
