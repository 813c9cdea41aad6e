/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/verdict.h"

#include <stdlib.h>

void verdict_make(
	const struct policy *p, uint16_t group, const struct resolution *r, struct verdict *out)
{
	const struct policy_query q = {group, r->question.type};
	struct decision *d = &out->decision;

	policy_decide(p, &q, r->evidence, d);
	out->stripped = NULL;
	if (d->action == ACTION_STRIP && !d->resolve_first)
		out->stripped = policy_stripped(p, d->rule, &q, r);
}

void verdict_release(struct verdict *v)
{
	free(v->stripped);
	v->stripped = NULL;
}
