/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_EXPLAIN_H
#define JOURNAL_EXPLAIN_H

/*
 * One decision step by step as a JSON object: what was asked and by whom, the chain of names and
 * the addresses, every finding with its list line, every rule with its place, its truth and what
 * made it so, the winner, and what the client gets. Pure. celnik(1) prints it for people.
 *
 *   question {name, type}, client, group (null when it is none of ours), mode,
 *   dnssec, rcode (null when nothing was resolved), ede (null when there is none), why,
 *   answers [{name, type, ttl, data}],
 *   findings [{on, value, fact, country, asn, vendor, category, list, file, line, source, text}],
 *   suspension (text, "" when none holds for the group),
 *   rules [{rule, place "file:line", truth "yes"|"not yet"|"no", action, on, finding (text),
 *     why (text: it is not yes), hours [text], open (bool: within them)}],
 *   exceptions [{exception, place, waives (bool), covers (bool: what it is for was found),
 *     why (text: it does not waive), expires, owner, reason}],
 *   decided_on "name"|"full", winner (a rule's name, "otherwise"), place,
 *   exception (the one without which it were decided otherwise, or ""), action, would, reason,
 *   left (as answers: what action strip leaves of it; only with that)
 */

#include "base/buf.h"
#include "judge/resolution.h"
#include "policy/policy.h"

struct explain_request {
	const struct conf *conf;
	const struct policy *policy;
	const struct resolution *resolution;
	const struct inet_addr *client;
	uint16_t group; /* POLICY_GROUP_NONE: refused */
};

void explain_format(const struct explain_request *request, struct buf *out);

#endif
