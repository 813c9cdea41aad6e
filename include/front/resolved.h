/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_RESOLVED_H
#define FRONT_RESOLVED_H

/* From what a resolver process says to a resolution. */

#include "judge/judged.h"
#include "link/link.h"

/* q is class IN with its name in lower case. ERR_FORMAT or ERR_LIMIT when the packet is not an
 * answer to q, ERR_MEMORY. */
int resolution_from(struct matcher *m, const struct question *q, const struct link_answer *answer,
	uint32_t max_ttl_s, struct resolution **out) MUST_CHECK;

#endif
