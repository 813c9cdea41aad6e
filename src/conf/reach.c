/* SPDX-License-Identifier: BSD-3-Clause */

/* Which rules can never decide, and which let a question out that they mean to keep in. */

#include <string.h>

#include "conf/value.h"
#include "match_on.h"
#include "schema.h"

/* Whether all that b asks for is asked for by a. */
typedef bool covers_fn(const void *a, const void *b);

static bool text_covers(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

static bool name_covers(const void *a, const void *b)
{
	return value_pattern_covers(a, b);
}

static bool network_covers(const void *a, const void *b)
{
	return value_prefix_covers(a, b);
}

static bool asn_covers(const void *a, const void *b)
{
	return *(const uint32_t *)a == *(const uint32_t *)b;
}

static bool qtype_covers(const void *a, const void *b)
{
	return *(const uint16_t *)a == *(const uint16_t *)b;
}

/* A condition of the later rule is no wider than that of the earlier: the earlier asks nothing, or
 * covers each value that the later names. */
static bool is_within(const void *inner, unsigned inner_count, const void *outer,
	unsigned outer_count, size_t size, covers_fn *covers)
{
	if (outer_count == 0)
		return true;
	for (unsigned i = 0; i < inner_count; i++) {
		unsigned j = 0;

		while (j < outer_count &&
			!covers((const char *)outer + j * size, (const char *)inner + i * size))
			j++;
		if (j == outer_count)
			return false;
	}
	return inner_count > 0;
}

#define WITHIN(values, count, covers)                                                              \
	is_within(inner->values, inner->count, outer->values, outer->count,                        \
		sizeof(*inner->values), covers)

/* Cannot be met by the question's name. */
static bool needs_answer(const struct conf_match *m)
{
	return m->located_count || m->asn_count || m->network_count ||
	       (m->on && !(m->on & (ON_BIT_QNAME | ON_BIT_CLIENT)));
}

/* Nothing in the answer can change it. */
static bool is_settled(const struct conf_match *m)
{
	return m->on == ON_BIT_QNAME ||
	       (!m->name_count && !m->list_count && !m->vendor_count && !m->category_count &&
		       !m->operated_count && !m->owned_count && !needs_answer(m));
}

static bool places_within(const struct conf_match *inner, const struct conf_match *outer)
{
	if (outer->on != 0)
		return (outer->on & ON_BIT_CLIENT) ||
		       (inner->on != 0 && (inner->on & ~outer->on) == 0);
	/* Without `on`, everything counts but mentions. */
	return !(inner->on & ON_BIT_MENTION) || is_settled(outer);
}

/* Whenever inner is met, outer is met. */
static bool implies(const struct conf_match *inner, const struct conf_match *outer)
{
	return places_within(inner, outer) &&
	       outer->sources <= (inner->sources ? inner->sources : 1) &&
	       WITHIN(names, name_count, name_covers) && WITHIN(lists, list_count, text_covers) &&
	       WITHIN(vendors, vendor_count, text_covers) &&
	       WITHIN(categories, category_count, text_covers) &&
	       WITHIN(operated, operated_count, text_covers) &&
	       WITHIN(owned, owned_count, text_covers) &&
	       WITHIN(located, located_count, text_covers) && WITHIN(asns, asn_count, asn_covers) &&
	       WITHIN(networks, network_count, network_covers) &&
	       WITHIN(qtypes, qtype_count, qtype_covers);
}

/* inner NULL: always. */
static bool rule_covers(const struct conf_rule *rule, const struct conf_match *inner)
{
	if (rule->match_count == 0)
		return true;
	for (unsigned i = 0; inner && i < rule->match_count; i++)
		if (implies(inner, &rule->matches[i]))
			return true;
	return false;
}

static uint64_t all_groups(const struct draft *d)
{
	return d->conf->group_count >= 64 ? UINT64_MAX : (UINT64_C(1) << d->conf->group_count) - 1;
}

/* True when rules before `at` take all that this match would, for all its groups; *by is the last
 * that was needed. */
static bool is_taken(const struct draft *d, unsigned at, const struct conf_match *m, unsigned *by)
{
	const struct conf_rule *rules = d->conf->rules;
	uint64_t open = rules[at].groups & all_groups(d);

	for (unsigned i = 0; i < at; i++) {
		/* Outside of its hours a rule takes nothing. */
		if (d->rule_refused[i] || rules[i].observed || rules[i].hours_count ||
			!(rules[i].groups & open) || !rule_covers(&rules[i], m))
			continue;
		open &= ~rules[i].groups;
		*by = i > *by ? i : *by;
		if (!open)
			return true;
	}
	return false;
}

static void check_taken(struct draft *d, unsigned at)
{
	const struct conf_rule *rule = &d->conf->rules[at];
	const struct conf_rule *first;
	unsigned by = 0, k = 0;

	if (rule->match_count == 0 && !is_taken(d, at, NULL, &by))
		return;
	while (k < rule->match_count && is_taken(d, at, &rule->matches[k], &by))
		k++;
	if (k < rule->match_count)
		return;
	first = &d->conf->rules[by];
	d->rule_refused[at] = true;
	draft_error(d, &rule->place,
		"the rule '%s' can never match: '%s' in %s:%u comes first and matches %s for the "
		"same clients; move it before that or remove it",
		rule->name, first->name, first->place.file, first->place.line,
		first->match_count ? "all that it would" : "always");
}

static bool blocks(enum action action)
{
	return action != ACTION_ALLOW && action != ACTION_LOG;
}

static bool waits_for_addresses(const struct conf_rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (needs_answer(&rule->matches[i]))
			return true;
	return false;
}

static bool waits(const struct conf_rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (!is_settled(&rule->matches[i]))
			return true;
	return false;
}

/* Every match can be met by the question's name. */
static bool goes_by_name(const struct conf_rule *rule)
{
	return rule->match_count > 0 && !waits_for_addresses(rule);
}

/* The operator wrote names down, or asked for the question's alone. */
static bool spells_names(const struct conf_rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (!rule->matches[i].name_count && rule->matches[i].on != ON_BIT_QNAME)
			return false;
	return rule->match_count > 0;
}

/*
 * While an earlier rule may still match on the answer, the question goes upstream. Nearly every
 * rule may, by an alias; so that is said only of rules that spell names, the rest only where an
 * earlier rule is about addresses.
 */
static void check_leak(struct draft *d, unsigned at)
{
	const struct conf_rule *rules = d->conf->rules, *rule = &rules[at];

	if (!blocks(rule->action) || !goes_by_name(rule))
		return;
	for (unsigned i = 0; i < at; i++) {
		if (d->rule_refused[i] || rules[i].observed ||
			!(rules[i].groups & rule->groups & all_groups(d)))
			continue;
		if (!waits_for_addresses(&rules[i]) && !(spells_names(rule) && waits(&rules[i])))
			continue;
		draft_warning(d, &rule->place,
			"names that the rule '%s' blocks are asked upstream first, as '%s' in "
			"%s:%u comes before it and waits for the answer; move it before that",
			rule->name, rules[i].name, rules[i].place.file, rules[i].place.line);
		return;
	}
}

void check_reach(struct draft *d)
{
	for (unsigned i = 0; i < d->conf->rule_count; i++)
		if (!d->rule_refused[i])
			check_taken(d, i);
	for (unsigned i = 0; i < d->conf->rule_count; i++)
		if (!d->rule_refused[i])
			check_leak(d, i);
}
