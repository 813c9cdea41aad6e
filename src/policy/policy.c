/* SPDX-License-Identifier: BSD-3-Clause */

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "match/builtin.h"
#include "truth.h"
#include "waiver.h"

struct policy {
	const struct conf *conf;
	struct groups *groups;
	struct policy_moment at;
	bool closed[CONF_RULES_MAX]; /* rules outside of their hours */
	const struct suspension *suspended[CONF_GROUPS_MAX];
};

static void take_moment(struct policy *p, const struct policy_moment *at)
{
	p->at = *at;
	for (unsigned i = 0; i < p->conf->rule_count; i++)
		p->closed[i] = !policy_rule_is_open(&p->conf->rules[i], at);
	for (unsigned i = 0; i < p->conf->group_count; i++)
		p->suspended[i] = suspensions_find(&p->at.suspensions, p->conf->groups[i].name);
}

int policy_new(const struct conf *conf, const struct policy_moment *at, struct policy **out)
{
	struct policy *p = calloc(1, sizeof(*p));
	int err = p ? groups_new(conf, &p->groups) : ERR_MEMORY;

	if (err) {
		policy_free(p);
		return err;
	}
	p->conf = conf;
	take_moment(p, at);
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

bool policy_rule_holds(const struct policy *p, uint16_t rule)
{
	return !p->closed[rule];
}

const struct suspension *policy_suspension(const struct policy *p, uint16_t group)
{
	return group < CONF_GROUPS_MAX ? p->suspended[group] : NULL;
}

/* Nothing is enforced: everything is answered, and what enforce would do is noted. */
static bool observes(const struct policy *p, const struct policy_query *q)
{
	return p->conf->mode == MODE_OBSERVE || policy_suspension(p, q->group);
}

/* True when some rule is only observed. */
static bool policy_observes(const struct policy *p)
{
	for (unsigned i = 0; i < p->conf->rule_count; i++)
		if (p->conf->rules[i].observed)
			return true;
	return false;
}

static bool rule_has_group(const struct conf_rule *rule, uint16_t group)
{
	return group < CONF_GROUPS_MAX && (rule->groups >> group & 1);
}

static enum truth rule_truth(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, const struct waiver *w, struct cause *cause)
{
	const struct conf_rule *r = &p->conf->rules[rule];
	enum truth best = TRUTH_NO;
	struct cause found = {UINT16_MAX, UINT16_MAX};

	if (p->closed[rule] || !rule_has_group(r, q->group))
		return TRUTH_NO;
	if (r->match_count == 0)
		best = TRUTH_YES;
	for (unsigned i = 0; best != TRUTH_YES && i < r->match_count; i++) {
		enum truth truth = match_truth(&r->matches[i], q, e, w, &found);

		if (truth > best)
			best = truth;
	}
	if (best == TRUTH_YES && cause)
		*cause = found;
	return best;
}

enum truth policy_rule_truth(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, struct cause *cause)
{
	return rule_truth(p, rule, q, e, NULL, cause);
}

/* Whether an action lets the answer through. */
static bool passes(enum action action)
{
	return action == ACTION_ALLOW || action == ACTION_LOG;
}

static const char *const builtin_lists[] = {BUILTIN_BYPASS, BUILTIN_REBINDING};
static const struct conf_match builtin_match = {
	.lists = builtin_lists,
	.list_count = sizeof(builtin_lists) / sizeof(builtin_lists[0]),
};

/* What no rule decides and would be allowed is logged when a built-in list has it. */
static bool builtin_logs(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, const struct waiver *w, struct cause *cause)
{
	return p->conf->otherwise == ACTION_ALLOW &&
	       match_truth(&builtin_match, q, e, w, cause) == TRUTH_YES;
}

bool policy_builtin_logs(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, struct cause *cause)
{
	return builtin_logs(p, q, e, NULL, cause);
}

/* Whether the question is one by which a device asks if it may use another resolver: an address, be
 * it that of a sinkhole, says yes. */
static bool asks_permission(const struct evidence *e)
{
	for (unsigned i = 0; i < e->count && e->findings[i].place->on == ON_QNAME; i++) {
		const struct store_row *row = e->findings[i].row;

		if (span_equal(row->list, SPAN_LITERAL(BUILTIN_BYPASS)) &&
			(span_equal(row->category, SPAN_LITERAL(BUILTIN_CANARY)) ||
				span_equal(row->category, SPAN_LITERAL(BUILTIN_RELAY))))
			return true;
	}
	return false;
}

bool policy_fails_bogus(const struct decision *d)
{
	return passes(d->action) || !d->by_name;
}

/* The first rule that is not `no`, of the evidence that w leaves; with or without those that are
 * only observed. */
static void decide(const struct policy *p, const struct policy_query *q, const struct evidence *e,
	const struct waiver *w, bool observed, struct decision *out, struct cause *cause)
{
	enum truth truth = TRUTH_NO;
	uint16_t rule = 0;

	*cause = (struct cause){UINT16_MAX, UINT16_MAX};
	for (; rule < p->conf->rule_count && truth == TRUTH_NO; rule += truth == TRUTH_NO)
		if (observed || !p->conf->rules[rule].observed)
			truth = rule_truth(p, rule, q, e, w, cause);
	*out = (struct decision){
		.would = truth == TRUTH_YES ? p->conf->rules[rule].action : p->conf->otherwise,
		.rule = truth == TRUTH_YES ? rule : POLICY_RULE_NONE,
		.finding = cause->finding,
		.exception = POLICY_EXCEPTION_NONE,
		.resolve_first = truth == TRUTH_NOT_YET,
		.by_name = truth == TRUTH_YES && (cause->place >= e->place_count ||
							 e->places[cause->place].on == ON_QNAME),
	};
	if (truth == TRUTH_NO && builtin_logs(p, q, e, w, cause)) {
		out->would = ACTION_LOG;
		out->finding = cause->finding;
	}
	if (out->would == ACTION_SINKHOLE && asks_permission(e))
		out->would = ACTION_NXDOMAIN;
	if (e->overflow && (passes(out->would) || out->would == ACTION_STRIP)) {
		out->would = ACTION_REFUSE;
		out->rule = POLICY_RULE_NONE;
		out->finding = UINT16_MAX;
	}
}

static bool exception_holds(
	const struct policy *p, const struct conf_exception *x, const struct policy_query *q)
{
	return p->at.day <= x->expires && q->group < CONF_GROUPS_MAX && (x->groups >> q->group & 1);
}

enum policy_exception policy_exception(const struct policy *p, uint16_t exception,
	const struct policy_query *q, const struct evidence *e)
{
	const struct conf_exception *x = &p->conf->exceptions[exception];
	struct waiver w = {{0}};

	if (!waiver_add(&w, x, e))
		return POLICY_EXCEPTION_IDLE;
	if (exception_holds(p, x, q))
		return POLICY_EXCEPTION_WAIVES;
	return p->at.day > x->expires ? POLICY_EXCEPTION_EXPIRED : POLICY_EXCEPTION_OF_OTHERS;
}

/* What all exceptions that hold waive, and the first that waives what decided (or anything). */
static uint16_t waive(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, uint16_t decided_by, struct waiver *all)
{
	uint16_t first = POLICY_EXCEPTION_NONE, cause = POLICY_EXCEPTION_NONE;

	for (uint16_t i = 0; i < p->conf->exception_count; i++) {
		const struct conf_exception *x = &p->conf->exceptions[i];
		struct waiver own = {{0}};

		if (!exception_holds(p, x, q) || !waiver_add(&own, x, e))
			continue;
		waiver_join(all, &own);
		if (first == POLICY_EXCEPTION_NONE)
			first = i;
		if (cause == POLICY_EXCEPTION_NONE && decided_by < e->place_count &&
			waiver_has(&own, decided_by))
			cause = i;
	}
	return cause == POLICY_EXCEPTION_NONE ? first : cause;
}

/* What strip takes out, of the evidence that waived leaves. */
static bool strip(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, const struct waiver *waived, struct answer_records *out)
{
	const struct conf_rule *r = &p->conf->rules[rule];
	struct waiver w = *waived;
	struct cause unused;

	*out = (struct answer_records){{0}};
	if (e->removable == 0)
		return false;
	for (unsigned i = 0; i < r->match_count; i++)
		if (match_truth(&r->matches[i], q, e, waived, &unused) == TRUTH_YES)
			match_records(&r->matches[i], e, waived, out);
	waiver_add_records(&w, e, out);
	return answer_records_count(out) < e->removable &&
	       rule_truth(p, rule, q, e, &w, NULL) != TRUTH_YES;
}

bool policy_strip(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct evidence *e, struct answer_records *out)
{
	struct waiver waived = {{0}};

	if (rule == POLICY_RULE_NONE)
		return false;
	waive(p, q, e, UINT16_MAX, &waived);
	return strip(p, rule, q, e, &waived, out);
}

struct answer *policy_stripped(const struct policy *p, uint16_t rule, const struct policy_query *q,
	const struct resolution *r)
{
	struct answer_records dropped;
	struct answer *rest = NULL;

	if (!r->answer || !policy_strip(p, rule, q, r->evidence, &dropped) ||
		answer_without(r->answer, &r->question, &dropped, &rest) != 0)
		return NULL;
	return rest;
}

/* Whether exceptions leave records in the answer that strip takes out without them. */
static bool strips_less(const struct policy *p, const struct decision *d,
	const struct policy_query *q, const struct evidence *e, const struct waiver *waived)
{
	static const struct waiver none;
	struct answer_records all, less;

	if (d->would != ACTION_STRIP || d->rule == POLICY_RULE_NONE || d->resolve_first)
		return false;
	if (!strip(p, d->rule, q, e, &none, &all))
		return strip(p, d->rule, q, e, waived, &less);
	return strip(p, d->rule, q, e, waived, &less) && memcmp(&all, &less, sizeof(all)) != 0;
}

/* With exceptions: what they waive counts only where it makes a difference. */
static void decide_waived(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, bool observed, struct decision *out)
{
	struct waiver waived = {{0}};
	struct decision other;
	struct cause cause, unused;
	uint16_t exception;

	decide(p, q, e, NULL, observed, out, &cause);
	exception = waive(p, q, e, cause.place, &waived);
	if (exception == POLICY_EXCEPTION_NONE)
		return;
	decide(p, q, e, &waived, observed, &other, &unused);
	if (other.rule == out->rule && other.would == out->would &&
		other.resolve_first == out->resolve_first && !strips_less(p, out, q, e, &waived))
		return;
	*out = other;
	out->exception = exception;
}

/* What the rules that are only observed would have changed is noted where it is known. */
static void note_observed(const struct policy *p, const struct policy_query *q,
	const struct evidence *e, struct decision *out)
{
	struct decision all;

	out->action = out->would;
	if (observes(p, q) || !policy_observes(p))
		return;
	decide_waived(p, q, e, true, &all);
	if (all.rule == out->rule || all.rule == POLICY_RULE_NONE)
		return;
	out->would = all.would;
	if (out->rule == POLICY_RULE_NONE || out->action == ACTION_ALLOW) {
		out->rule = all.rule;
		out->finding = all.finding;
	}
}

void policy_decide(const struct policy *p, const struct policy_query *q, const struct evidence *e,
	struct decision *out)
{
	bool observe = observes(p, q);

	decide_waived(p, q, e, observe, out);
	note_observed(p, q, e, out);
	/* In observe mode everything is resolved, and what passes needs an answer to pass. What
	 * strip does for the name alone leaves nothing of an answer. */
	if (e->extent == EXTENT_NAME && (observe || passes(out->action)))
		out->resolve_first = true;
	out->alert = out->would != ACTION_ALLOW || out->action != ACTION_ALLOW ||
		     out->exception != POLICY_EXCEPTION_NONE;
	if (out->alert && (observe || out->action == ACTION_ALLOW))
		out->action = ACTION_LOG;
	else if (observe)
		out->action = ACTION_ALLOW;
}
