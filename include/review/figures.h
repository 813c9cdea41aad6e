/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_FIGURES_H
#define REVIEW_FIGURES_H

/*
 * The tables of the risk report: a row of a const table each, with its question to the index and
 * what its columns hold. What is drawn as a chart, and what stands in a file of --csv-dir, is the
 * same table.
 */

#include "conf/conf.h"
#include "review/index.h"
#include "review/phrase.h"

/* What a column holds, and so how it is written. */
enum figure_kind {
	FIGURE_TEXT,
	FIGURE_NUMBER,
	FIGURE_TIME, /* milliseconds since 1970-01-01 */
	FIGURE_DAY, /* text, 2026-11-24 */
	FIGURE_PHRASE, /* the key of a phrase */
	FIGURE_CLIENT, /* a device, or a client's address; redacted on demand */
	FIGURE_DIGEST, /* its first twelve octets as text are shown */
};

enum figure_chart {
	CHART_NONE,
	CHART_BARS, /* columns: label, number */
	CHART_STACKED, /* day, then a number for each layer */
	CHART_HEAT, /* weekday (0: Sunday), hour, number */
	CHART_MATRIX, /* row, column, number */
};

#define FIGURE_COLUMNS_MAX 12

struct figure_column {
	enum phrase heading;
	enum figure_kind kind;
};

struct figure {
	const char *id; /* of the CSV file */
	enum phrase heading;
	enum phrase remark; /* a sentence below the heading; PHRASE_NONE */
	enum figure_chart chart;
	bool chart_alone; /* the table itself is in the CSV only */
	struct figure_column columns[FIGURE_COLUMNS_MAX + 1]; /* ends with heading PHRASE_NONE */
	const char *sql;
};

extern const struct figure figures[];
extern const size_t figure_count;
/* By id; never NULL for an id in the table. */
const struct figure *figure_find(const char *id);

/* Times in milliseconds since 1970-01-01, on whole hours. */
struct figure_period {
	int64_t since_ms, until_ms;
	int64_t now_ms;
	bool redact; /* clients are numbered instead of named */
};

/*
 * Prepares the index for the questions of all figures: the period, and the one of the same length
 * before it; the exceptions of the configuration. As db_error.
 */
int figures_begin(struct db *db, const struct conf *conf, const struct figure_period *p) MUST_CHECK;

#endif
