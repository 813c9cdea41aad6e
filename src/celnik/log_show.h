/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_LOG_SHOW_H
#define CELNIK_LOG_SHOW_H

/*
 * Records of the query log on standard output: for people one line each, JSON as it was written,
 * CSV with the log's field names, CEF for event managers, and the answers in them in the common
 * output format of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof).
 */

#include "cli.h"
#include "review/census.h"
#include "review/entry.h"

#define LOG_COLUMNS_MAX 64

/* What --fields names; none: all. */
struct log_columns {
	const char *keys[LOG_COLUMNS_MAX]; /* of the log */
	unsigned count;
};

/* Names of review/field.h or keys of the log, with commas between. Says which is not known and
 * returns false. */
bool log_columns_parse(const char *names, struct log_columns *out);
/* Every field of the log in its order. */
extern const struct log_columns log_columns_all;

/* How often a record stands for others like it; NULL: once. */
struct log_repeats {
	uint64_t count;
	char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
};

struct log_view {
	const struct cli *cli;
	const struct log_columns *columns; /* NULL: all */
	struct census *answers; /* of CLI_COF */
};

/* What stands above the records. ERR_MEMORY. */
int log_show_begin(struct log_view *v) MUST_CHECK;
/* ERR_MEMORY. */
int log_show(struct log_view *v, const struct entry *entry,
	const struct log_repeats *repeats) MUST_CHECK;
/* What is known only at the end, and releases the view. */
void log_show_end(struct log_view *v);

/* Foreign text that stays on one line. */
void log_show_text(const char *text);
/* The U-labels of a name in parentheses, where it has some that differ. */
void log_show_unicode(const char *name);

/* The forms for programs (log_formats.c). */
void log_show_json(const struct log_columns *columns, const struct entry *entry);
void log_show_csv_head(const struct log_columns *columns);
void log_show_csv(const struct log_columns *columns, const struct entry *entry);
void log_show_cef(const struct entry *entry);
int log_gather_answers(struct census *answers, const struct entry *entry) MUST_CHECK;
void log_show_answers(struct census *answers);

#endif
