/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judged.h"
#include "policy/policy.h"

struct replay {
	const struct conf *conf;
	struct matcher *matcher;
	struct policy_moment at; /* what the policy is for */
	struct policy *policy; /* NULL before the first query */
};

int replay_new(const struct conf *conf, struct matcher *m, struct replay **out)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_MEMORY;
	r->conf = conf;
	r->matcher = m;
	*out = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	policy_free(r->policy);
	free(r);
}

/* The policy becomes that of then; mostly it is already. */
static int go_to(struct replay *r, const struct replay_query *q, const struct suspensions *all)
{
	struct policy *policy = NULL;
	struct policy_moment at;
	int err;

	policy_moment_at(r->conf, q->real_ns, all, &at);
	if (r->policy && policy_moments_agree(r->conf, &r->at, &at))
		return 0;
	err = policy_new(r->conf, &at, &policy);
	if (err)
		return err;
	policy_free(r->policy);
	r->policy = policy;
	r->at = at;
	return 0;
}

/* Groups do not depend on the moment. */
static uint16_t find_group(const struct replay *r, const struct replay_query *q)
{
	if (q->has_client)
		return policy_group(r->policy, &q->client);
	for (unsigned i = 0; i < r->conf->group_count; i++)
		if (strcmp(r->conf->groups[i].name, q->group) == 0)
			return (uint16_t)i;
	return POLICY_GROUP_NONE;
}

/* What suspended enforcement then does so for the client's group of now. */
static int go_to_suspended(struct replay *r, const struct replay_query *q, uint16_t group)
{
	struct suspensions all = {.count = 1};

	all.items[0].until_ns = UINT64_MAX;
	snprintf(all.items[0].group, sizeof(all.items[0].group), "%s", r->conf->groups[group].name);
	return go_to(r, q, &all);
}

static int judge(struct replay *r, const struct replay_query *q, struct resolution **out)
{
	int err;

	if (q->answer.len > 0)
		return resolution_of_answer(r->matcher, &q->question, q->answer,
			r->conf->cache_max_ttl_s, DNSSEC_UNCHECKED, out);
	err = resolution_of_name(r->matcher, &q->question, out);
	/* An answer without records, or a failure: nothing more will come. */
	if (!err && !q->is_by_name)
		(*out)->evidence->extent = EXTENT_FULL;
	return err;
}

static bool passes(enum action action)
{
	return action == ACTION_ALLOW || action == ACTION_LOG;
}

/* As the log says it: an alert that is allowed is what `log` did. */
static const char *done_text(enum action action)
{
	return action_text[action == ACTION_LOG ? ACTION_ALLOW : action];
}

static struct replay_outcome outcome_of(
	const struct conf *conf, const struct replay_query *q, const struct decision *d)
{
	bool failed = q->is_bogus && (passes(d->action) || !d->by_name);

	return (struct replay_outcome){
		.action = done_text(failed ? ACTION_ALLOW : d->action),
		.would = done_text(d->would),
		.rule = d->rule < conf->rule_count ? conf->rules[d->rule].name : "",
		.exception = d->exception < conf->exception_count
				     ? conf->exceptions[d->exception].id
				     : "",
		.alert = d->alert,
	};
}

static int decide(struct replay *r, const struct replay_query *q, uint16_t group,
	enum replay_result *result, struct replay_outcome *outcome)
{
	const struct policy_query query = {group, q->question.type};
	struct resolution *resolution = NULL;
	struct decision d;
	int err = judge(r, q, &resolution);

	if (err)
		return err;
	policy_decide(r->policy, &query, resolution->evidence, &d);
	*result = d.resolve_first ? REPLAY_NEEDS_ANSWER : REPLAY_DECIDED;
	if (!d.resolve_first)
		*outcome = outcome_of(r->conf, q, &d);
	resolution_free(resolution);
	return 0;
}

int replay_decide(struct replay *r, const struct replay_query *q, enum replay_result *result,
	struct replay_outcome *outcome)
{
	uint16_t group;
	int err = go_to(r, q, NULL);

	if (err)
		return err;
	group = find_group(r, q);
	if (group == POLICY_GROUP_NONE && q->has_client) {
		*outcome = (struct replay_outcome){action_text[ACTION_REFUSE],
			action_text[ACTION_REFUSE], REPLAY_NO_GROUP, "", false};
		*result = REPLAY_DECIDED;
		return 0;
	}
	if (group == POLICY_GROUP_NONE) {
		*result = REPLAY_UNKNOWN_GROUP;
		return 0;
	}
	if (q->is_suspended)
		err = go_to_suspended(r, q, group);
	return err ? err : decide(r, q, group, result, outcome);
}

bool replay_outcome_equal(const struct replay_outcome *a, const struct replay_outcome *b)
{
	return strcmp(a->action, b->action) == 0 && strcmp(a->would, b->would) == 0 &&
	       strcmp(a->rule, b->rule) == 0 && strcmp(a->exception, b->exception) == 0 &&
	       a->alert == b->alert;
}
