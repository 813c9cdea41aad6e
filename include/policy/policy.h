/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

/*
 * Deciding: from evidence to what a client gets. A pure function: no clock, no state. A policy is
 * compiled from one configuration, immutable, and borrows it. Groups are numbered as in the
 * configuration.
 *
 * Matching has three values. Evidence only grows, and there is no negation: while only the name is
 * known (EXTENT_NAME), a condition that is not met yet may still be met by the answer, unless `on`
 * leaves it nothing but the question's name; a wrong qtype or group is `no` at once. The first rule
 * that is not `no` decides if it is `yes`; if it is `not yet`, the question must be resolved first.
 *
 * A question by which a device asks whether it may use another resolver (categories canary and
 * private-relay of dns-bypass) gets NXDOMAIN where a rule says sinkhole, as an address means yes.
 *
 * Evidence that overflowed may lack what a rule waits for. Such an answer is not passed: where the
 * rules would allow, log or strip it, it is refused (rule POLICY_RULE_NONE, alert); a block that
 * they come to stands.
 */

#include "conf/conf.h"
#include "judge/resolution.h"
#include "policy/moment.h"

#define POLICY_RULE_NONE UINT16_MAX /* `otherwise` decided */
#define POLICY_EXCEPTION_NONE UINT16_MAX
#define POLICY_GROUP_NONE UINT16_MAX

enum truth { TRUTH_NO, TRUTH_NOT_YET, TRUTH_YES };

struct policy_query {
	uint16_t group; /* of the client */
	uint16_t type; /* of the question */
};

struct decision {
	bool resolve_first; /* the answer must be known, to decide or to be passed; the rest is then
			       not to be used */
	enum action action; /* what is done; allow or log in observe mode */
	enum action would; /* what enforce does; the same as action in enforce mode */
	uint16_t rule; /* index of the rule that decided, or POLICY_RULE_NONE */
	uint16_t
		finding; /* index of the finding that made the rule yes, UINT16_MAX when none did */
	bool alert; /* recorded as an event: what was decided is other than allow, or an exception
		       made it so */
	bool by_name; /* the question alone decided it: no answer can change it */
	uint16_t exception; /* index of the exception without which it would have been decided
			       otherwise, or POLICY_EXCEPTION_NONE */
};

/* What made a rule yes. Both are UINT16_MAX when it asks nothing of the answer. */
struct cause {
	uint16_t finding; /* UINT16_MAX: no list entry, but a name or address of the rule's own */
	uint16_t place; /* of that finding or name */
};

struct policy;

/* conf must outlive the policy. at: the moment it is for, copied. ERR_MEMORY. */
int policy_new(
	const struct conf *conf, const struct policy_moment *at, struct policy **out) MUST_CHECK;
void policy_free(struct policy *p);

/* By the longest prefix; POLICY_GROUP_NONE: not a client of ours. IPv4 clients are looked for among
 * IPv4 networks only: `::/0` does not let them in. */
uint16_t policy_group(const struct policy *p, const struct inet_addr *client);
void policy_decide(const struct policy *p, const struct policy_query *q, const struct evidence *e,
	struct decision *out);
/*
 * What ACTION_STRIP of a rule takes out of the answer: of each match that is yes, the records at
 * the answer's end that meet one of its conditions. False where nothing is left, where the rule
 * matches what is left, as the question, an alias or the client makes it, and where the answer is
 * signed: then it becomes NODATA.
 */
bool policy_strip(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, struct answer_records *out);
/* What that leaves of a resolved answer, freed with free(3). NULL: NODATA, also when memory is
 * exhausted. */
struct answer *policy_stripped(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct resolution *r);
/* Whether a bogus answer fails as such for a client that does not ask with CD: it is never turned
 * into something nicer, but a block of the name needs no answer. */
bool policy_fails_bogus(const struct decision *d);
/* One rule alone, for explain and celnik.rules; cause is written when it is yes and may be NULL. */
enum truth policy_rule_truth(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, struct cause *cause);
/* Whether the last rule, which is no line of the configuration, holds: where no rule decides and
 * `otherwise` allows, what stands on a built-in list (match/builtin.h) is logged. */
bool policy_builtin_logs(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, struct cause *cause);
unsigned policy_rule_count(const struct policy *p);
/* Whether the rule is within its hours; outside of them it is `no`. */
bool policy_rule_holds(const struct policy *p, uint16_t rule);
/* What suspends enforcement for the group, valid as long as the policy, or NULL. */
const struct suspension *policy_suspension(const struct policy *p, uint16_t group);
/* What becomes of an exception for one client and one evidence; for explain. */
enum policy_exception {
	POLICY_EXCEPTION_WAIVES,
	POLICY_EXCEPTION_EXPIRED, /* what it covers is there, but its last day is over */
	POLICY_EXCEPTION_OF_OTHERS, /* the same, but it is of other groups */
	POLICY_EXCEPTION_IDLE, /* nothing is there that it covers */
};
enum policy_exception policy_exception(const struct policy *p, uint16_t exception,
	const struct policy_query *q, const struct evidence *e);

#endif
