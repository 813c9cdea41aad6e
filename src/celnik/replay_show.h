/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_REPLAY_SHOW_H
#define CELNIK_REPLAY_SHOW_H

/* What replay has found, in the three outputs: the sums, or each query that changes. */

#include "cli.h"
#include "review/replay.h"
#include "review/tally.h"
#include "json/reader.h"

struct replay_sums {
	uint64_t queries; /* all that follow and what stays the same, not the unreadable ones */
	uint64_t changed, needs_answer, unknown_group, cut;
	uint64_t unreadable; /* lines */
	struct tally *decisions, *devices, *names; /* of what changes */
};

/* ERR_MEMORY; to be released also then. */
int replay_sums_init(struct replay_sums *s) MUST_CHECK;
void replay_sums_release(struct replay_sums *s);
/* Counts a query that changes. ERR_MEMORY. */
int replay_sums_change(struct replay_sums *s, const struct json_value *record,
	const struct replay_outcome *was, const struct replay_outcome *is) MUST_CHECK;

/* top: so many rows of each table at most. */
void replay_show_sums(const struct cli *cli, const struct replay_sums *s, size_t top);
/* What stands before all that is shown one by one. */
void replay_show_head(const struct cli *cli);
void replay_show_change(const struct cli *cli, const struct json_value *record,
	const struct replay_outcome *was, const struct replay_outcome *is);

#endif
