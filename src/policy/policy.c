/* SPDX-License-Identifier: BSD-3-Clause */

#include "policy/policy.h"

#include <stdlib.h>

#include "groups.h"
#include "truth.h"

struct policy {
	const struct conf *conf;
	struct groups *groups;
};

int policy_new(const struct conf *conf, struct policy **out)
{
	struct policy *p = calloc(1, sizeof(*p));
	int err = p ? groups_new(conf, &p->groups) : ERR_MEMORY;

	if (err) {
		policy_free(p);
		return err;
	}
	p->conf = conf;
	*out = p;
	return 0;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	groups_free(p->groups);
	free(p);
}

uint16_t policy_group(const struct policy *p, const struct inet_addr *client)
{
	return groups_find(p->groups, client);
}

unsigned policy_rule_count(const struct policy *p)
{
	return p->conf->rule_count;
}

static bool rule_has_group(const struct conf_rule *rule, uint16_t group)
{
	return group < CONF_GROUPS_MAX && (rule->groups >> group & 1);
}

enum truth policy_rule_truth(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, struct cause *cause)
{
	const struct conf_rule *r = &p->conf->rules[rule];
	enum truth best = TRUTH_NO;
	struct cause found = {UINT16_MAX, UINT16_MAX};

	if (!rule_has_group(r, q->group))
		return TRUTH_NO;
	if (r->match_count == 0)
		best = TRUTH_YES;
	for (unsigned i = 0; best != TRUTH_YES && i < r->match_count; i++) {
		enum truth truth = match_truth(&r->matches[i], q, e, &found);

		if (truth > best)
			best = truth;
	}
	if (best == TRUTH_YES && cause)
		*cause = found;
	return best;
}

/* Whether an action lets something of the answer through. */
static bool passes(enum action action)
{
	return action == ACTION_ALLOW || action == ACTION_LOG || action == ACTION_STRIP;
}

void policy_decide(const struct policy *p, const struct policy_query *q, const struct evidence *e,
	struct decision *out)
{
	struct cause cause = {UINT16_MAX, UINT16_MAX};
	enum truth truth = TRUTH_NO;
	uint16_t rule = 0;

	while (rule < p->conf->rule_count &&
		(truth = policy_rule_truth(p, rule, q, e, &cause)) == TRUTH_NO)
		rule++;
	*out = (struct decision){
		.would = truth == TRUTH_YES ? p->conf->rules[rule].action : p->conf->otherwise,
		.rule = truth == TRUTH_YES ? rule : POLICY_RULE_NONE,
		.finding = cause.finding,
	};
	if (e->overflow && passes(out->would)) {
		out->would = ACTION_REFUSE;
		out->rule = POLICY_RULE_NONE;
		out->finding = UINT16_MAX;
	}
	/* In observe mode everything is resolved, and what passes needs an answer to pass. */
	out->resolve_first =
		truth == TRUTH_NOT_YET ||
		(e->extent == EXTENT_NAME && (p->conf->mode == MODE_OBSERVE || passes(out->would)));
	out->alert = out->would != ACTION_ALLOW;
	out->action = out->would;
	if (p->conf->mode == MODE_OBSERVE)
		out->action = out->alert ? ACTION_LOG : ACTION_ALLOW;
}
