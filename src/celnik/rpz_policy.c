/* SPDX-License-Identifier: BSD-3-Clause */

#include "rpz_policy.h"

#include <stdlib.h>

#include "match/matcher.h"
#include "rpz_plan.h"

struct rpz_policy {
	struct rpz_plan *plan;
	struct policy *policy;
	struct matcher *matcher;
	const struct lists_filter *filter;
	uint16_t group, idle; /* idle: the rule that decides where nothing is known */
	bool everyone, failed;
	struct name *zones, *names;
	struct inet_prefix *networks, *clients;
	struct lists_rpz zone;
};

static struct policy_query query_of(const struct rpz_policy *p)
{
	return (struct policy_query){.group = p->group, .type = RR_A};
}

/* Only the rows that are asked for. */
static size_t sift(const struct rpz_policy *p, struct store_row *rows, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count && i < STORE_ROWS_MAX; i++)
		if (lists_filter_has(p->filter, &rows[i]))
			rows[kept++] = rows[i];
	return kept;
}

/* What is known when this name, or this address, or neither, is all there is. NULL: no memory. */
static struct evidence *evidence_of(
	struct rpz_policy *p, const struct name *name, const struct inet_addr *addr)
{
	struct store_row rows[STORE_ROWS_MAX];
	struct evidence_draft *draft = evidence_draft_new();
	struct evidence *e = NULL;
	size_t count;

	if (draft && name) {
		count = sift(p, rows, matcher_name(p->matcher, name, rows, STORE_ROWS_MAX));
		evidence_draft_name(draft, ON_QNAME, name, rows, count);
	} else if (draft && addr) {
		count = sift(p, rows, matcher_address(p->matcher, addr, rows, STORE_ROWS_MAX));
		evidence_draft_address(draft, ON_ADDRESS, addr, rows, count);
	}
	if (draft)
		e = evidence_keep(draft, EXTENT_FULL);
	evidence_draft_free(draft);
	p->failed = p->failed || !e;
	return e;
}

static enum rpz_action action_of(enum action action)
{
	static const enum rpz_action actions[ACTION_COUNT] = {
		[ACTION_STRIP] = RPZ_NODATA,
		[ACTION_SINKHOLE] = RPZ_SINKHOLE,
		[ACTION_NXDOMAIN] = RPZ_NXDOMAIN,
		[ACTION_NODATA] = RPZ_NODATA,
		[ACTION_REFUSE] = RPZ_NXDOMAIN,
		[ACTION_DROP] = RPZ_DROP,
	};

	return actions[action];
}

static bool is_excepted(const struct rpz_policy *p, const struct evidence *e)
{
	struct policy_query q = query_of(p);

	for (uint16_t i = 0; i < p->plan->conf.exception_count; i++)
		if (policy_exception(p->policy, i, &q, e) == POLICY_EXCEPTION_WAIVES)
			return true;
	return false;
}

/* Whether a rule before this one could still match for an address. */
static bool waits(const struct rpz_policy *p, struct evidence *e, uint16_t rule)
{
	struct policy_query q = query_of(p);
	bool waits = false;

	e->extent = EXTENT_NAME;
	for (uint16_t i = 0; i < rule && !waits; i++)
		waits = policy_rule_truth(p->policy, i, &q, e, NULL) == TRUTH_NOT_YET;
	return waits;
}

static enum rpz_action decide_name(void *context, const struct name *name)
{
	struct rpz_policy *p = context;
	struct evidence *e = evidence_of(p, name, NULL);
	struct policy_query q = query_of(p);
	enum rpz_action action = RPZ_NONE;
	struct decision d;

	if (!e)
		return RPZ_NONE;
	policy_decide(p->policy, &q, e, &d);
	action = action_of(d.action);
	/* What passes by the name passes with any address. */
	if (action == RPZ_NONE &&
		(is_excepted(p, e) || (d.rule != POLICY_RULE_NONE && !waits(p, e, d.rule))))
		action = RPZ_PASSTHRU;
	free(e);
	return action;
}

static enum rpz_action decide_address(void *context, const struct inet_addr *addr)
{
	struct rpz_policy *p = context;
	struct evidence *e = evidence_of(p, NULL, addr);
	struct policy_query q = query_of(p);
	enum rpz_action action = RPZ_NONE;
	struct decision d;

	if (!e)
		return RPZ_NONE;
	policy_decide(p->policy, &q, e, &d);
	/* Whoever is blocked with any address is blocked by name. */
	if (d.rule != p->idle)
		action = action_of(d.action);
	free(e);
	return action;
}

static enum rpz_action decide_client(void *context, const struct inet_addr *addr)
{
	struct rpz_policy *p = context;

	return p->everyone || policy_group(p->policy, addr) == p->group ? RPZ_NONE : RPZ_PASSTHRU;
}

/* Names and networks of rules and exceptions; counts alone while there is no room. */
static void gather(struct rpz_policy *p)
{
	const struct conf *conf = &p->plan->conf;
	struct lists_rpz *z = &p->zone;

	z->name_count = z->network_count = z->client_count = 0;
	for (unsigned i = 0; i < conf->rule_count; i++) {
		for (unsigned k = 0; k < conf->rules[i].match_count; k++) {
			const struct conf_match *m = &conf->rules[i].matches[k];

			for (unsigned n = 0; n < m->name_count; n++, z->name_count++)
				if (p->names)
					name_copy(&p->names[z->name_count], &m->names[n].name);
			for (unsigned n = 0; n < m->network_count; n++, z->network_count++)
				if (p->networks)
					p->networks[z->network_count] = m->networks[n];
		}
	}
	for (unsigned i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *x = &conf->exceptions[i];

		for (unsigned n = 0; n < x->name_count; n++, z->name_count++)
			if (p->names)
				name_copy(&p->names[z->name_count], &x->names[n].name);
		for (unsigned n = 0; n < x->network_count; n++, z->network_count++)
			if (p->networks)
				p->networks[z->network_count] = x->networks[n];
	}
	for (unsigned i = 0; i < conf->group_count; i++)
		for (unsigned n = 0; n < conf->groups[i].network_count; n++, z->client_count++)
			if (p->clients)
				p->clients[z->client_count] = conf->groups[i].networks[n];
}

static int gather_all(struct rpz_policy *p)
{
	struct lists_rpz *z = &p->zone;

	gather(p);
	p->names = calloc(z->name_count + 1, sizeof(*p->names));
	p->networks = calloc(z->network_count + 1, sizeof(*p->networks));
	p->clients = calloc(z->client_count + 1, sizeof(*p->clients));
	if (!p->names || !p->networks || !p->clients)
		return ERR_MEMORY;
	gather(p);
	z->names = p->names;
	z->networks = p->networks;
	z->clients = p->clients;
	return 0;
}

static int open_matcher(struct rpz_policy *p, const struct conf *conf, struct store *s)
{
	struct matcher_sources sources = {.store = s, .zone_count = conf->zone_count};

	p->zones = calloc(conf->zone_count + 1u, sizeof(*p->zones));
	if (!p->zones)
		return ERR_MEMORY;
	for (unsigned i = 0; i < conf->zone_count; i++)
		name_copy(&p->zones[i], &conf->zones[i].zone);
	sources.zones = p->zones;
	return matcher_new(&sources, &p->matcher);
}

/* The rule that decides about what nobody knows. */
static int find_idle(struct rpz_policy *p)
{
	struct evidence *e = evidence_of(p, NULL, NULL);
	struct policy_query q = query_of(p);
	struct decision d;

	if (!e)
		return ERR_MEMORY;
	policy_decide(p->policy, &q, e, &d);
	p->idle = d.rule;
	free(e);
	return 0;
}

int rpz_policy_new(const struct conf *conf, uint16_t group, bool everyone, int64_t today,
	struct store *s, const struct lists_filter *filter, struct report *r,
	struct rpz_policy **out)
{
	struct rpz_policy *p = calloc(1, sizeof(*p));
	int err = p ? rpz_plan_new(conf, group, r, &p->plan) : ERR_MEMORY;

	if (!err) {
		p->filter = filter;
		p->group = group;
		p->everyone = everyone;
		err = policy_new(&p->plan->conf, &(struct policy_moment){.day = today}, &p->policy);
	}
	if (!err)
		err = open_matcher(p, conf, s);
	if (!err)
		err = gather_all(p);
	if (!err)
		err = find_idle(p);
	if (err) {
		rpz_policy_free(p);
		return err;
	}
	p->zone.ipv4 = conf->groups[group].sinkhole.ipv4;
	p->zone.ipv6 = conf->groups[group].sinkhole.ipv6;
	p->zone.ttl_s = conf->block.ttl_s;
	p->zone.name = decide_name;
	p->zone.address = decide_address;
	p->zone.client = decide_client;
	p->zone.context = p;
	*out = p;
	return 0;
}

void rpz_policy_free(struct rpz_policy *p)
{
	if (!p)
		return;
	matcher_free(p->matcher);
	policy_free(p->policy);
	rpz_plan_free(p->plan);
	free(p->zones);
	free(p->names);
	free(p->networks);
	free(p->clients);
	free(p);
}

const struct lists_rpz *rpz_policy_zone(const struct rpz_policy *p)
{
	return &p->zone;
}

bool rpz_policy_failed(const struct rpz_policy *p)
{
	return p->failed;
}
