/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

/*
 * Judging: from a question and its rebuilt answer to evidence. A pure function of its arguments and
 * the matcher's sources: no clock, no state, no client. Seen are the question's name, every CNAME
 * and DNAME target, SVCB and HTTPS targets (not "."), the addresses in A, AAAA, both hints and the
 * rarer types that carry or name them (WKS, A6, APL, IPSECKEY, L32, L64, LP, AMTRELAY), IPv4 inside
 * IPv6 (embedded_v4), and the names that MX, NS, PTR, SOA, SRV and NAPTR mention. Of an answer of
 * usual size nothing is allocated but the evidence.
 */

#include "judge/evidence.h"
#include "match/matcher.h"
#include "wire/answer.h"

/* The question alone. *out is freed with free(3). ERR_MEMORY. */
int judge_name(struct matcher *m, const struct question *q, struct evidence **out) MUST_CHECK;
/* Question and answer. */
int judge_answer(struct matcher *m, const struct question *q, const struct answer *a,
	struct evidence **out) MUST_CHECK;

/* An IPv4 address inside an IPv6 one. */
struct embedded {
	struct inet_addr addr;
	const char
		*kind; /* static: "mapped", "compatible", "siit", "6to4", "teredo server",
			  "teredo client", "nat64", "local nat64", "isatap", "configured nat64" */
};

#define EMBEDDED_MAX 16

/*
 * All that may be meant by one address; an address may be of more than one form. nat64 are the
 * site's own prefixes (RFC 6052 2.2: 32, 40, 48, 56, 64 or 96 bits). Returns how many, 0 for an
 * IPv4 address.
 */
unsigned embedded_v4(const struct inet_addr *addr, const struct inet_prefix *nat64,
	unsigned nat64_count, struct embedded out[EMBEDDED_MAX]);

#endif
