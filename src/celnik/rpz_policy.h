/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_RPZ_POLICY_H
#define CELNIK_RPZ_POLICY_H

/*
 * The policy of one group as far as a response policy zone can say it: judge and policy decide for
 * each name and address alone, by the rules that are left when those that no zone can express are
 * taken out.
 */

#include "base/report.h"
#include "lists/export.h"
#include "policy/policy.h"

struct rpz_policy;

/*
 * Rules and exceptions that group does not have count for nothing. What cannot be expressed, or
 * becomes something else, is a warning in r: one of each kind, with the first place and how many
 * there are. everyone: the group stands for all clients; otherwise those outside of it pass. today:
 * days since 1970-01-01 in the configuration's timezone. conf, s and filter must outlive it.
 * ERR_MEMORY, or what opening the store gives.
 */
int rpz_policy_new(const struct conf *conf, uint16_t group, bool everyone, int64_t today,
	struct store *s, const struct lists_filter *filter, struct report *r,
	struct rpz_policy **out) MUST_CHECK;
void rpz_policy_free(struct rpz_policy *p);
/* Its deciders, and the names and networks that rules and exceptions name. */
const struct lists_rpz *rpz_policy_zone(const struct rpz_policy *p);
/* A decision could not be made for want of memory: the zone is worth nothing. */
bool rpz_policy_failed(const struct rpz_policy *p);

#endif
