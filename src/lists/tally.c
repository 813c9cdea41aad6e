/* SPDX-License-Identifier: BSD-3-Clause */

#include "tally.h"

#include <assert.h>
#include <string.h>

void tally_add(struct tally *y, const struct line *line, struct span at, const char *reason)
{
	unsigned i = 0;

	while (i < y->used && strcmp(y->kinds[i].reason, reason) != 0)
		i++;
	assert(i < TALLY_REASONS_MAX);
	if (i == y->used) {
		y->kinds[i].reason = reason;
		y->kinds[i].first = *line;
		y->kinds[i].at = at;
		y->used++;
	}
	y->kinds[i].count++;
}

void tally_report(const struct tally *y, const struct import_target *t)
{
	for (unsigned i = 0; i < y->used; i++) {
		if (y->kinds[i].count == 1)
			line_warn(t, &y->kinds[i].first, y->kinds[i].at, "%s", y->kinds[i].reason);
		else
			line_warn(t, &y->kinds[i].first, y->kinds[i].at,
				"%s (%u such lines, this is the first)", y->kinds[i].reason,
				y->kinds[i].count);
	}
}
