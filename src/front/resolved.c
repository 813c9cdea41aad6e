/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/resolved.h"

#include <stdio.h>

int resolution_from(struct matcher *m, const struct question *q, const struct link_answer *answer,
	uint32_t max_ttl_s, struct resolution **out)
{
	struct resolution *r = NULL;
	int err = 0;

	if (answer->failed)
		r = resolution_failed(m, q, answer->ede, answer->why);
	else
		err = resolution_of_answer(m, q, answer->packet, max_ttl_s, answer->dnssec, &r);
	if (!err && !r)
		err = ERR_MEMORY;
	if (err)
		return err;
	if (!answer->failed && answer->dnssec == DNSSEC_BOGUS) {
		r->ede = answer->ede;
		snprintf(r->why, sizeof(r->why), "%s", answer->why);
	}
	*out = r;
	return 0;
}
