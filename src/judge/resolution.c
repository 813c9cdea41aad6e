/* SPDX-License-Identifier: BSD-3-Clause */

#include "judge/resolution.h"

#include <stdlib.h>

struct resolution *resolution_new(
	const struct question *q, struct answer *a, struct evidence *e, enum dnssec dnssec)
{
	struct resolution *r = calloc(1, sizeof(*r));

	if (!r) {
		free(a);
		free(e);
		return NULL;
	}
	r->question = *q;
	name_to_lower(&r->question.name);
	r->answer = a;
	r->evidence = e;
	r->dnssec = dnssec;
	r->rcode = a ? a->rcode : RCODE_NOERROR;
	r->ede = EDE_NONE;
	return r;
}

void resolution_free(struct resolution *r)
{
	if (!r)
		return;
	free(r->answer);
	free(r->evidence);
	free(r);
}

size_t resolution_size(const struct resolution *r)
{
	return sizeof(*r) + (r->answer ? r->answer->size : 0) + r->evidence->size;
}
