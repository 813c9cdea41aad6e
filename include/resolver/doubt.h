/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_DOUBT_H
#define RESOLVER_DOUBT_H

/*
 * Whether the clock of this host may be wrong. A signature that has expired, or is not valid yet,
 * speaks for it; a signature that holds speaks against it. One zone that is badly kept raises the
 * doubt only until the next sound answer of another.
 */

#include "link/link.h"

struct doubt {
	bool is_on;
	uint64_t told_ns; /* monotonic; 0: never */
};

/* Logs when the doubt begins, at most once in ten minutes. */
void doubt_note(struct doubt *d, const struct question *q, const struct link_answer *a);

#endif
