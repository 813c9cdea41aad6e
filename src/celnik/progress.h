/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_PROGRESS_H
#define CELNIK_PROGRESS_H

/*
 * How far a long work is: one line on standard error that is written over, on a terminal alone, at
 * most ten times a second, and nothing at all for what ends within a second.
 */

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "reading the query log" */
	uint64_t total; /* 0: not known, and only what was done is shown */
	uint64_t begin_ns, shown_ns; /* monotonic */
	bool shown, enabled;
};

/* what must live as long as the progress. */
void progress_init(struct progress *p, const char *what, uint64_t total);
/* done is in octets. */
void progress_set(struct progress *p, uint64_t done);
/* Removes the line. */
void progress_end(struct progress *p);

#endif
