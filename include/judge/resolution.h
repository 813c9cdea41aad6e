/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_RESOLUTION_H
#define JUDGE_RESOLUTION_H

/*
 * All that is known of one question at one time: the answer as it was resolved, its DNSSEC state
 * and the evidence found in it. Immutable once made; what the answer cache holds and what log
 * records point to. A new list generation makes a new resolution from the same answer.
 */

#include "judge/evidence.h"
#include "wire/answer.h"
#include "wire/reply.h"

struct prepared; /* see journal/prepared.h */

/* What each answer needs stands in front, in one cache line with the begin of the name. */
struct resolution {
	struct answer
		*answer; /* owned; NULL when decided without resolving, or when resolving failed */
	struct evidence *evidence; /* owned; never NULL */
	struct prepared *prepared; /* the log writer's own: what lines about it have in common */
	enum dnssec dnssec;
	uint16_t rcode; /* of the resolver when there is no answer: SERVFAIL; otherwise the answer's
			 */
	enum ede ede; /* why it failed or is bogus; EDE_NONE */
	bool noted; /* the owner's, no part of the value: a record was put that points here */
	struct question question; /* name in lower case, class IN */
	char why[120]; /* the same in words, may be "" */
	uint64_t real_ns; /* when it was made */
	struct resolution *next; /* retired with it; the journal's */
};

/* Takes over answer and evidence also on failure. ede is EDE_NONE. NULL when memory is exhausted.
 */
struct resolution *resolution_new(
	const struct question *q, struct answer *a, struct evidence *e, enum dnssec dnssec);
void resolution_free(struct resolution *r);
/* Octets of memory, answer and evidence included. */
size_t resolution_size(const struct resolution *r);

#endif
