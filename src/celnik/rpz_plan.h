/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_RPZ_PLAN_H
#define CELNIK_RPZ_PLAN_H

/* A configuration without what no response policy zone can express. */

#include "base/report.h"
#include "conf/conf.h"

struct rpz_plan {
	struct conf conf; /* enforced; its strings, names and networks are the other's */
	struct conf_rule *rules;
	struct conf_match *matches;
	struct conf_exception *exceptions;
};

/* Warnings as rpz_policy_new says. ERR_MEMORY. */
int rpz_plan_new(const struct conf *conf, uint16_t group, struct report *r,
	struct rpz_plan **out) MUST_CHECK;
void rpz_plan_free(struct rpz_plan *p);

#endif
