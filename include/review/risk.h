/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_RISK_H
#define REVIEW_RISK_H

/* The risk report: one HTML file that needs no network and no script, and the same figures as
 * tables. It fills in evidence and never the verdict. */

#include <stdio.h>

#include "review/figures.h"

struct risk {
	const struct conf *conf;
	struct db *db; /* after figures_begin */
	struct figure_period period;
	enum language language;
	const char *lists; /* digest in force; "" */
	const char *head; /* up to which the log was verified; NULL when it was not */
};

/* As db_error; ERR_IO also when out fails. */
int risk_html(const struct risk *r, FILE *out) MUST_CHECK;
/* A file ID.csv for each figure in directory, which is made; headings in the report's language. */
int risk_csv(const struct risk *r, const char *directory) MUST_CHECK;

#endif
