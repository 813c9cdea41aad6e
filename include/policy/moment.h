/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_MOMENT_H
#define POLICY_MOMENT_H

/*
 * What changes with time alone: the day, which exceptions end with; the hours of rules;
 * suspensions. Neither judge nor policy reads a clock: at another moment there is another policy.
 */

#include "conf/conf.h"

#define SUSPENSION_TEXT_MAX 256 /* of a reason, with its terminator */
#define SUSPENSION_NAME_MAX 64

/* One group is answered as in mode observe for a while, since_ns <= now < until_ns. */
struct suspension {
	char group[SUSPENSION_NAME_MAX];
	char who[SUSPENSION_NAME_MAX]; /* "uid 0" */
	char reason[SUSPENSION_TEXT_MAX];
	uint64_t since_ns, until_ns; /* real */
};

/* One for a group at most. */
struct suspensions {
	struct suspension items[CONF_GROUPS_MAX];
	unsigned count;
};

struct policy_moment {
	int64_t day; /* in the configuration's timezone, days since 1970-01-01 */
	unsigned minute; /* of the week there, from Monday 00:00 on */
	struct suspensions suspensions; /* those that hold */
};

/* Takes over the configuration's timezone for the process: for its main thread alone, and nobody
 * else may use it. suspensions: all there are; NULL for none. */
void policy_moment_at(const struct conf *conf, uint64_t real_ns,
	const struct suspensions *suspensions, struct policy_moment *out);
/* False when something could be decided otherwise at b than at a. */
bool policy_moments_agree(
	const struct conf *conf, const struct policy_moment *a, const struct policy_moment *b);
/* Whether it is within the rule's hours. */
bool policy_rule_is_open(const struct conf_rule *rule, const struct policy_moment *at);

/* "until 2026-11-24T18:00:00.000Z, by uid 0: works on the gate"; returns out. */
const char *suspension_describe(const struct suspension *s, char out[SUSPENSION_TEXT_MAX * 2]);
bool suspension_equal(const struct suspension *a, const struct suspension *b);
/* NULL: none. */
const struct suspension *suspensions_find(const struct suspensions *all, const char *group);

#endif
