/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik log: reads the query log. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fold.h"
#include "pager.h"
#include "records.h"

#define DEFAULT_SPAN_NS (24 * 3600 * NS_PER_S)
#define FOLLOW_LAST 10 /* shown before what comes, unless asked otherwise */
#define FOLLOW_NS (200 * NS_PER_MS)
#define REVERSE_MAX 1000000

/* The newest lines, when only those are wanted. */
struct last {
	char **lines;
	size_t *lengths;
	size_t max, count, next;
};

struct reading {
	struct records records;
	struct log_columns columns;
	struct log_view view;
	struct fold *fold;
	struct last last;
	bool gather; /* into last; later ones are shown at once */
	uint64_t shown;
};

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

static int last_add(struct last *l, struct span line)
{
	char *copy = malloc(line.len + 1);

	if (!copy)
		return ERR_MEMORY;
	memcpy(copy, line.data, line.len);
	free(l->lines[l->next]);
	l->lines[l->next] = copy;
	l->lengths[l->next] = line.len;
	l->next = (l->next + 1) % l->max;
	if (l->count < l->max)
		l->count++;
	return 0;
}

static int take(void *context, const struct entry *entry)
{
	struct reading *r = context;

	if (r->gather)
		return last_add(&r->last, entry->line);
	r->shown++;
	return fold_add(r->fold, entry);
}

/* The gathered lines, and from here on those that come. */
static int show_last(struct reading *r)
{
	struct last *l = &r->last;
	size_t first = (l->next + l->max - l->count) % l->max;
	int err = 0;

	r->gather = false;
	for (size_t i = 0; !err && i < l->count; i++) {
		size_t at = (first + (r->records.reverse ? l->count - 1 - i : i)) % l->max;
		struct entry entry;

		err = entry_parse(span_of(l->lines[at], l->lengths[at]), &entry);
		if (err)
			break;
		err = take(r, &entry);
		entry_release(&entry);
	}
	l->count = 0;
	return err;
}

static int read_log(struct reading *r)
{
	const struct timespec pause = {.tv_nsec = FOLLOW_NS};
	int err = log_show_begin(&r->view);

	while (!err) {
		err = records_each(&r->records, take, r);
		if (!err && r->gather)
			err = show_last(r);
		if (!err)
			err = fold_flush(r->fold);
		if (!err && !r->records.follow)
			log_show_end(&r->view);
		if (!err && fflush(stdout) != 0)
			err = ERR_IO;
		if (!r->records.follow)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}

static int show_log(struct reading *r)
{
	bool is_human = r->view.cli->output == CLI_HUMAN || r->view.cli->output == CLI_WIDE;
	int code;

	r->fold = fold_new(&r->view, is_human && !r->view.columns);
	if (!r->fold || (r->gather && last_init(&r->last, (size_t)r->records.lines) != 0)) {
		fprintf(stderr, "celnik: %s\n", err_text(ERR_MEMORY));
		return CLI_IO;
	}
	code = records_open(&r->records, records_stream(&r->records));
	if (code != CLI_OK)
		return code;
	/* The pager has the screen then. */
	if (!r->records.follow && pager_start(r->view.cli))
		r->records.progress.enabled = false;
	code = records_close(&r->records, read_log(r));
	if (code == CLI_OK && !r->shown)
		code = records_none(&r->records);
	return code;
}

/* What does not go together. */
static bool settle(struct reading *r)
{
	struct records *q = &r->records;

	if (q->follow && (q->reverse || q->cli->output == CLI_COF)) {
		fprintf(stderr, "celnik: -f goes on for ever, so there is no %s\n",
			q->reverse ? "-r with it" : "-o cof of it");
		return false;
	}
	if (q->fields && !log_columns_parse(q->fields, &r->columns))
		return false;
	if (q->fields)
		r->view.columns = &r->columns;
	if (q->follow && !q->since && !q->last && q->lines < 0)
		q->lines = FOLLOW_LAST;
	if (q->reverse && q->lines < 0)
		q->lines = REVERSE_MAX;
	r->gather = q->lines > 0;
	return true;
}

int verb_log(struct cli *cli, int argc, char **argv)
{
	struct reading r = {.records = {.cli = cli,
				    .options = RECORDS_ALL | RECORDS_LINES | RECORDS_LOG,
				    .span_ns = DEFAULT_SPAN_NS},
		.view = {.cli = cli}};
	int code = records_options(&r.records, argc, argv);

	if (code == CLI_OK && !settle(&r))
		code = CLI_USAGE;
	if (code == CLI_OK)
		code = records_prepare(&r.records, argv + optind);
	if (code == CLI_OK)
		code = show_log(&r);
	census_free(r.view.answers);
	fold_free(r.fold);
	last_release(&r.last);
	records_release(&r.records);
	return code;
}
