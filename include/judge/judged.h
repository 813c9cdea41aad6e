/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_JUDGED_H
#define JUDGE_JUDGED_H

/*
 * The ways to a resolution: from the name alone, from an answer, from a failure, and again from the
 * answer of another one. q is class IN with its name in lower case.
 */

#include "judge/judge.h"
#include "judge/resolution.h"

/* ERR_MEMORY. */
int resolution_of_name(
	struct matcher *m, const struct question *q, struct resolution **out) MUST_CHECK;
/* ERR_FORMAT or ERR_LIMIT when the packet is not an answer to q, ERR_MEMORY. */
int resolution_of_answer(struct matcher *m, const struct question *q, struct span packet,
	uint32_t max_ttl_s, enum dnssec dnssec, struct resolution **out) MUST_CHECK;
/* Why there is none, of an error of resolution_of_answer, for resolution_failed. */
const char *resolution_problem(int err);
/* SERVFAIL: only the name is judged, and there is no more to come. NULL when memory is exhausted.
 */
struct resolution *resolution_failed(
	struct matcher *m, const struct question *q, enum ede ede, const char *why);
/* The same answer judged again by other lists. ERR_MEMORY. */
int resolution_again(struct matcher *m, const struct resolution *old, uint32_t max_ttl_s,
	struct resolution **out) MUST_CHECK;

#endif
