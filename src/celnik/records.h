/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_RECORDS_H
#define CELNIK_RECORDS_H

/*
 * Which records of the query log a verb is about, as its options and words say, and those records
 * one by one. The verbs do not see where they come from.
 */

#include "cli.h"
#include "progress.h"
#include "review/scan.h"

/* Options beside --since, --until, --last and --utc, which all have. */
enum records_option {
	RECORDS_ALL = 1, /* --all */
	RECORDS_BY = 2, /* --by DIM */
	RECORDS_LINES = 4, /* -n N */
	RECORDS_LOG = 8, /* -f, -r, --fields */
};

struct records {
	/* Set by the caller before. */
	struct cli *cli;
	unsigned options;
	uint64_t span_ns; /* how far back without options; 0: to the beginning */

	bool all, follow, reverse, utc, told;
	long lines; /* -1 */
	const char *by, *fields, *since, *until, *last; /* as written; NULL */
	struct conf *conf;
	struct expression *filter;
	uint64_t since_ns, until_ns; /* until_ns 0: now and later */
	struct scan *scan;
	struct progress progress;
};

/* Reads the options; the words are left at optind. CLI_OK, or CLI_USAGE, which was said. */
int records_options(struct records *r, int argc, char **argv);
/* Reads the configuration, the times, and the expression that words are when they are joined; sets
 * the time zone. An exit code; what was wrong was said. */
int records_prepare(struct records *r, char *const *words);
/* After records_prepare: begins to read. An exit code. */
int records_open(struct records *r, const char *stream);
/* As scan_next, without ERR_AGAIN. */
int records_next(struct records *r, struct entry *out) MUST_CHECK;
/* Calls take for each record until it returns an error. 0 or that error; ERR_IO and others of
 * reading. */
int records_each(
	struct records *r, int (*take)(void *context, const struct entry *entry), void *context);
/* Says what went wrong with reading or taking, and what was damaged; an exit code. */
int records_close(struct records *r, int err);
void records_release(struct records *r);
/* "events" or "queries". */
const char *records_stream(const struct records *r);
/* Says on standard error, to people, that nothing was found. Returns CLI_NONE. */
int records_none(const struct records *r);
/* Fields named with commas between, at most max. 0 and a message when one is not known. */
unsigned records_fields(const char *names, const struct field **out, unsigned max);

#endif
