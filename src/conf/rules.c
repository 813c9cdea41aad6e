/* SPDX-License-Identifier: BSD-3-Clause */

/* What one rule and one match must fulfil. */

#include <string.h>

#include "match_on.h"
#include "schema.h"

static bool asks_address(const struct conf_match *m)
{
	return m->located_count || m->asn_count || m->network_count;
}

static bool asks_anything(const struct conf_match *m)
{
	return m->name_count || m->list_count || m->vendor_count || m->category_count ||
	       m->operated_count || m->owned_count || asks_address(m);
}

/* Why a match can never be met, or NULL. */
static const char *contradiction(const struct conf_match *m)
{
	if (m->operated_count && m->owned_count)
		return "'operated' and 'owned' never hold for one entry; write them as two matches "
		       "in a list";
	if ((m->on & ON_BIT_CLIENT) && asks_anything(m))
		return "on 'client' nothing is looked up; write who is meant as the rule's "
		       "'clients', and where things are found as 'on', or leave it out";
	if (m->on && !(m->on & ON_ADDRESSES) && asks_address(m))
		return "'located', 'asn' and 'network' speak of addresses, which 'on' leaves out; "
		       "add 'address' to it or remove it";
	if (m->on && !(m->on & ON_NAMES) && m->name_count)
		return "'name' speaks of names, which 'on' leaves out; add 'qname' to it or remove "
		       "it";
	return NULL;
}

static const char *gap(const struct yaml_node *node, const struct conf_match *m)
{
	if (node->count == 0)
		return "an empty 'match'; name a condition, or remove it from a rule that always "
		       "matches";
	if (m->sources && !m->located_count)
		return "'sources' counts who says where an address is located; add 'located'";
	return NULL;
}

void check_match(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	const struct conf_match *m = item;
	const char *what;

	if (has_errors)
		return;
	what = gap(node, m);
	if (what) {
		draft_error(d, &m->place, "%s", what);
		return;
	}
	what = contradiction(m);
	if (what)
		draft_error(d, &m->place, "this can never match: %s", what);
}

static bool has_setting(const struct draft *d, const char *section, const char *key)
{
	const struct yaml_node *node = yaml_member(d->root, section);

	return node && node->kind == YAML_MAPPING && yaml_member(node, key);
}

/* What a match asks that only entries of lists know, or NULL. */
static const char *asked_of_lists(const struct conf_match *m)
{
	const struct {
		const char *key;
		unsigned count;
	} keys[] = {
		{"vendor", m->vendor_count},
		{"category", m->category_count},
		{"operated", m->operated_count},
		{"owned", m->owned_count},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].count)
			return keys[i].key;
	return NULL;
}

static void check_known(
	struct draft *d, const struct conf_match *m, bool has_countries, bool has_asns)
{
	/* Without sources what can be named are the built-in lists. */
	const char *key = m->list_count ? NULL : asked_of_lists(m);

	if (key)
		draft_error(d, &m->place,
			"this can never match: '%s' is known from lists, and there are none; add "
			"some to lists.sources",
			key);
	else if (m->asn_count && !has_asns)
		draft_error(d, &m->place,
			"this can never match: nothing says which AS an address belongs to; add "
			"lists.sources or geoip.asn");
	else if (m->located_count && !has_countries)
		draft_error(d, &m->place,
			"this can never match: nothing says where an address is located; add "
			"lists.sources or geoip.country");
}

/* In observe mode too: the record would be as empty as the filter. */
void check_knowledge(struct draft *d)
{
	bool has_countries = has_setting(d, "geoip", "country");
	bool has_asns = has_setting(d, "geoip", "asn");

	if (has_setting(d, "lists", "sources"))
		return;
	for (unsigned i = 0; i < d->conf->rule_count; i++)
		for (unsigned j = 0; !d->rule_refused[i] && j < d->conf->rules[i].match_count; j++)
			check_known(d, &d->conf->rules[i].matches[j], has_countries, has_asns);
}

void check_rule(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	struct conf_rule *rule = item;
	const struct yaml_node *name = yaml_member(node, "rule");

	if (!yaml_member(node, "clients"))
		rule->groups = UINT64_MAX;
	d->rule_refused[rule - d->conf->rules] = has_errors;
	if (!name || !rule->name)
		return;
	for (const struct conf_rule *r = d->conf->rules; r < rule; r++)
		if (r->name && strcmp(r->name, rule->name) == 0)
			draft_error(d, &name->place,
				"a rule '%s' stands already in line %u; choose another name",
				rule->name, r->place.line);
}
