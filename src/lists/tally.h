/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_TALLY_H
#define LISTS_TALLY_H

/*
 * What a file of a foreign format says beyond what a list can: ordinary there, and often on
 * thousands of lines. Counted by reason; each reason becomes one warning, at the first of its
 * lines.
 */

#include "line.h"

#define TALLY_REASONS_MAX 32

struct tally {
	struct {
		const char *reason;
		struct line first;
		struct span at;
		uint32_t count;
	} kinds[TALLY_REASONS_MAX];
	unsigned used;
};

/* reason is a literal of one place in the code; what is kept of the line points into the file's
 * text. */
void tally_add(struct tally *y, const struct line *line, struct span at, const char *reason);
/* Says all reasons, while the text is still there. */
void tally_report(const struct tally *y, const struct import_target *t);

#endif
