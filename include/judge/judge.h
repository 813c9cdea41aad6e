/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

/*
 * Judging: from a question and its rebuilt answer to evidence. A pure function of its arguments and
 * the matcher's sources: no clock, no state, no client. Seen are the question's name, every CNAME
 * and DNAME target, SVCB and HTTPS targets (not "."), A, AAAA, ipv4hint, ipv6hint, and IPv4 inside
 * IPv6 by mapping (::ffff:0:0/96), 6to4 (2002::/16) and NAT64 (64:ff9b::/96).
 */

#include "judge/evidence.h"
#include "match/matcher.h"
#include "wire/answer.h"

/* The question alone. *out is freed with free(3). ERR_MEMORY. */
int judge_name(struct matcher *m, const struct question *q, struct evidence **out) MUST_CHECK;
/* Question and answer. */
int judge_answer(struct matcher *m, const struct question *q, const struct answer *a,
	struct evidence **out) MUST_CHECK;

/*
 * The IPv4 address inside an IPv6 one. ERR_MISSING when there is none. *kind is a static word:
 * "mapped", "6to4", "nat64".
 */
int embedded_v4(
	const struct inet_addr *addr, struct inet_addr *inner, const char **kind) MUST_CHECK;

#endif
