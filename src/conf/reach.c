/* SPDX-License-Identifier: BSD-3-Clause */

/* Which rules can never decide, and which let a question out that they mean to keep in. */

#include <string.h>

#include "conf/value.h"
#include "match_on.h"
#include "schema.h"

/* A condition of the later rule is no wider than that of the earlier: the earlier asks nothing, or
 * names all that the later names. */
static bool texts_within(const char *const *inner, unsigned inner_count, const char *const *outer,
	unsigned outer_count)
{
	if (outer_count == 0)
		return true;
	for (unsigned i = 0; i < inner_count; i++) {
		unsigned j = 0;

		while (j < outer_count && strcmp(inner[i], outer[j]) != 0)
			j++;
		if (j == outer_count)
			return false;
	}
	return inner_count > 0;
}

static bool names_within(const struct conf_match *inner, const struct conf_match *outer)
{
	if (outer->name_count == 0)
		return true;
	for (unsigned i = 0; i < inner->name_count; i++) {
		unsigned j = 0;

		while (j < outer->name_count &&
			!value_pattern_covers(&outer->names[j], &inner->names[i]))
			j++;
		if (j == outer->name_count)
			return false;
	}
	return inner->name_count > 0;
}

static bool networks_within(const struct conf_match *inner, const struct conf_match *outer)
{
	if (outer->network_count == 0)
		return true;
	for (unsigned i = 0; i < inner->network_count; i++) {
		unsigned j = 0;

		while (j < outer->network_count &&
			!value_prefix_covers(&outer->networks[j], &inner->networks[i]))
			j++;
		if (j == outer->network_count)
			return false;
	}
	return inner->network_count > 0;
}

static bool asns_within(const struct conf_match *inner, const struct conf_match *outer)
{
	if (outer->asn_count == 0)
		return true;
	for (unsigned i = 0; i < inner->asn_count; i++) {
		unsigned j = 0;

		while (j < outer->asn_count && outer->asns[j] != inner->asns[i])
			j++;
		if (j == outer->asn_count)
			return false;
	}
	return inner->asn_count > 0;
}

static bool qtypes_within(const struct conf_match *inner, const struct conf_match *outer)
{
	if (outer->qtype_count == 0)
		return true;
	for (unsigned i = 0; i < inner->qtype_count; i++) {
		unsigned j = 0;

		while (j < outer->qtype_count && outer->qtypes[j] != inner->qtypes[i])
			j++;
		if (j == outer->qtype_count)
			return false;
	}
	return inner->qtype_count > 0;
}

static bool places_within(const struct conf_match *inner, const struct conf_match *outer)
{
	return outer->on == 0 || (inner->on != 0 && (inner->on & ~outer->on) == 0);
}

/* Whenever inner is met, outer is met. */
static bool implies(const struct conf_match *inner, const struct conf_match *outer)
{
	return places_within(inner, outer) &&
	       outer->sources <= (inner->sources ? inner->sources : 1) &&
	       texts_within(inner->lists, inner->list_count, outer->lists, outer->list_count) &&
	       texts_within(
		       inner->vendors, inner->vendor_count, outer->vendors, outer->vendor_count) &&
	       texts_within(inner->categories, inner->category_count, outer->categories,
		       outer->category_count) &&
	       texts_within(inner->operated, inner->operated_count, outer->operated,
		       outer->operated_count) &&
	       texts_within(inner->owned, inner->owned_count, outer->owned, outer->owned_count) &&
	       texts_within(inner->located, inner->located_count, outer->located,
		       outer->located_count) &&
	       asns_within(inner, outer) && qtypes_within(inner, outer) &&
	       networks_within(inner, outer) && names_within(inner, outer);
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
		if (d->rule_refused[i] || rules[i].observed || !(rules[i].groups & open) ||
			!rule_covers(&rules[i], m))
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

/* Cannot be met by the question's name. */
static bool needs_answer(const struct conf_match *m)
{
	return m->located_count || m->asn_count || m->network_count ||
	       (m->on && !(m->on & ON_BIT_QNAME));
}

/* Nothing in the answer can change it. */
static bool is_settled(const struct conf_match *m)
{
	return m->on == ON_BIT_QNAME ||
	       (!m->name_count && !m->list_count && !m->vendor_count && !m->category_count &&
		       !m->operated_count && !m->owned_count && !needs_answer(m));
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
	for (unsigned i = 0; i < rule->match_count; i++)
		if (needs_answer(&rule->matches[i]))
			return false;
	return rule->match_count > 0;
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
