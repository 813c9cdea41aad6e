/* SPDX-License-Identifier: BSD-3-Clause */

#include "rpz_plan.h"

#include <stdlib.h>
#include <string.h>

/* What a zone cannot say. */
enum gap {
	GAP_OBSERVED,
	GAP_QTYPE,
	GAP_ON,
	GAP_BOTH,
	GAP_UNKNOWN,
	GAP_DATABASES,
	GAP_ADDRESS_PASSES,
	GAP_STRIP,
	GAP_REFUSE,
	GAP_COVERS_NAME,
	GAP_COUNT
};

static const char *const gap_text[GAP_COUNT] = {
	[GAP_OBSERVED] = "a rule that is only observed is not in the zone",
	[GAP_QTYPE] = "a zone does not know the type of the question; the condition is not in it",
	[GAP_ON] = "a zone does not tell where something was found; the condition with 'on' is not "
		   "in it",
	[GAP_BOTH] = "a zone looks at a name or at an address; what only both together meet is not "
		     "in it",
	[GAP_UNKNOWN] = "a zone cannot name addresses that no source knows; they are not in it",
	[GAP_DATABASES] =
		"a zone has the ranges of lists; what the databases of 'geoip' add is not "
		"in it",
	[GAP_ADDRESS_PASSES] = "a zone looks at names first; what passes here for its address is "
			       "blocked there by later rules for its name",
	[GAP_STRIP] = "a zone cannot strip records; it says NODATA",
	[GAP_REFUSE] = "a zone cannot refuse; it says NXDOMAIN",
	[GAP_COVERS_NAME] = "a zone cannot let a name pass and still look at its addresses; the "
			    "exception is not in it",
};

/* How often each was met, and where first. */
struct gaps {
	unsigned counts[GAP_COUNT];
	const struct conf_place *first[GAP_COUNT];
};

static void note(struct gaps *g, enum gap gap, const struct conf_place *place)
{
	if (g->counts[gap]++ == 0)
		g->first[gap] = place;
}

static void report_gaps(const struct gaps *g, struct report *r)
{
	for (int gap = 0; gap < GAP_COUNT; gap++) {
		const struct conf_place *at = g->first[gap];
		char more[64] = "";

		if (!at)
			continue;
		if (g->counts[gap] > 1)
			snprintf(more, sizeof(more), " (%u such, this is the first)",
				g->counts[gap]);
		report_add(r, REPORT_WARNING,
			&(struct report_place){
				.file = at->file, .line = at->line, .column = at->column},
			"%s%s", gap_text[gap], more);
	}
}

static bool asks_address(const struct conf_match *m)
{
	return m->located_count || m->asn_count || m->network_count || m->sources > 1;
}

static bool asks_entry(const struct conf_match *m)
{
	return m->list_count || m->vendor_count || m->category_count || m->operated_count ||
	       m->owned_count;
}

static bool is_sayable(const struct conf_match *m, struct gaps *g)
{
	if (m->qtype_count > 0)
		note(g, GAP_QTYPE, &m->place);
	else if (m->on)
		note(g, GAP_ON, &m->place);
	else
		return true;
	return false;
}

/* What is only partly said. */
static void note_parts(const struct conf *conf, const struct conf_match *m, struct gaps *g)
{
	if ((m->name_count > 0) + asks_address(m) + asks_entry(m) > 1)
		note(g, GAP_BOTH, &m->place);
	for (unsigned i = 0; i < m->located_count; i++)
		if (strcmp(m->located[i], "--") == 0)
			note(g, GAP_UNKNOWN, &m->place);
	if ((conf->geoip_country_count > 0 && (m->located_count || m->sources > 1)) ||
		(conf->geoip_asn && (m->asn_count || m->operated_count || m->owned_count)))
		note(g, GAP_DATABASES, &m->place);
}

/* The conditions that are left stand behind one another in plan->matches. */
static void take_rule(struct rpz_plan *plan, const struct conf *conf, const struct conf_rule *rule,
	struct conf_match **end, struct gaps *g)
{
	struct conf_rule *out = &plan->rules[plan->conf.rule_count];

	*out = *rule;
	out->matches = *end;
	for (unsigned i = 0; i < rule->match_count; i++) {
		if (!is_sayable(&rule->matches[i], g))
			continue;
		note_parts(conf, &rule->matches[i], g);
		*(*end)++ = rule->matches[i];
	}
	out->match_count = (unsigned)(*end - out->matches);
	/* A rule without conditions would match always. */
	if (rule->match_count > 0 && out->match_count == 0)
		return;
	if (rule->action == ACTION_STRIP)
		note(g, GAP_STRIP, &rule->place);
	if (rule->action == ACTION_REFUSE)
		note(g, GAP_REFUSE, &rule->place);
	plan->conf.rule_count++;
}

static bool passes(const struct conf_rule *rule)
{
	return rule->action == ACTION_ALLOW || rule->action == ACTION_LOG;
}

static bool looks_at_addresses(const struct conf_rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (asks_address(&rule->matches[i]) || asks_entry(&rule->matches[i]))
			return true;
	return false;
}

/* Rules that pass answers before others block. */
static void note_order(const struct rpz_plan *plan, struct gaps *g)
{
	unsigned last = plan->conf.rule_count;

	while (last > 0 && passes(&plan->rules[last - 1]))
		last--;
	for (unsigned i = 0; i < last; i++)
		if (passes(&plan->rules[i]) && looks_at_addresses(&plan->rules[i]))
			note(g, GAP_ADDRESS_PASSES, &plan->rules[i].place);
}

static bool has_group(uint64_t groups, uint16_t group)
{
	return groups >> group & 1;
}

static void take_rules(
	struct rpz_plan *plan, const struct conf *conf, uint16_t group, struct gaps *g)
{
	struct conf_match *end = plan->matches;

	plan->conf.rules = plan->rules;
	plan->conf.rule_count = 0;
	for (unsigned i = 0; i < conf->rule_count; i++) {
		if (!has_group(conf->rules[i].groups, group))
			continue;
		if (conf->rules[i].observed)
			note(g, GAP_OBSERVED, &conf->rules[i].place);
		else
			take_rule(plan, conf, &conf->rules[i], &end, g);
	}
	note_order(plan, g);
}

static void take_exceptions(
	struct rpz_plan *plan, const struct conf *conf, uint16_t group, struct gaps *g)
{
	plan->conf.exceptions = plan->exceptions;
	plan->conf.exception_count = 0;
	for (unsigned i = 0; i < conf->exception_count; i++) {
		struct conf_exception *out = &plan->exceptions[plan->conf.exception_count];

		if (!has_group(conf->exceptions[i].groups, group))
			continue;
		*out = conf->exceptions[i];
		if (out->name_count > 0 && out->covers == CONF_COVERS_NAME) {
			note(g, GAP_COVERS_NAME, &out->place);
			out->name_count = 0;
		}
		plan->conf.exception_count += out->name_count + out->network_count > 0;
	}
}

int rpz_plan_new(const struct conf *conf, uint16_t group, struct report *r, struct rpz_plan **out)
{
	struct rpz_plan *p = calloc(1, sizeof(*p));
	struct gaps gaps = {{0}};
	size_t matches = 1;

	for (unsigned i = 0; i < conf->rule_count; i++)
		matches += conf->rules[i].match_count;
	if (p) {
		p->rules = calloc(conf->rule_count + 1u, sizeof(*p->rules));
		p->matches = calloc(matches, sizeof(*p->matches));
		p->exceptions = calloc(conf->exception_count + 1u, sizeof(*p->exceptions));
	}
	if (!p || !p->rules || !p->matches || !p->exceptions) {
		rpz_plan_free(p);
		return ERR_MEMORY;
	}
	p->conf = *conf;
	p->conf.mode = MODE_ENFORCE;
	take_rules(p, conf, group, &gaps);
	take_exceptions(p, conf, group, &gaps);
	report_gaps(&gaps, r);
	*out = p;
	return 0;
}

void rpz_plan_free(struct rpz_plan *p)
{
	if (!p)
		return;
	free(p->rules);
	free(p->matches);
	free(p->exceptions);
	free(p);
}
