/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_VERDICT_H
#define FRONT_VERDICT_H

/* What a group gets of a resolution: the decision, and the answer that strip leaves. */

#include "judge/resolution.h"
#include "policy/policy.h"

struct verdict {
	struct decision decision;
	struct answer *stripped; /* owned; of ACTION_STRIP alone: NULL is NODATA */
};

/* Without memory for what strip leaves, that is nothing. */
void verdict_make(
	const struct policy *p, uint16_t group, const struct resolution *r, struct verdict *out);
void verdict_release(struct verdict *v);

#endif
