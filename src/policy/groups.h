/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_GROUPS_H
#define POLICY_GROUPS_H

/* Client networks flattened into sorted ranges: the group of an address by one binary search. */

#include "conf/conf.h"

struct groups;

int groups_new(const struct conf *conf, struct groups **out) MUST_CHECK;
void groups_free(struct groups *g);
/* POLICY_GROUP_NONE when no network has it. */
uint16_t groups_find(const struct groups *g, const struct inet_addr *client);

#endif
