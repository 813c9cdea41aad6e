/* SPDX-License-Identifier: BSD-3-Clause */

#include "reference.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/name.h"

#define SIGHTS_MAX 64
#define FACTS_MAX 40

const char *const ref_key_text[REF_KEYS] = {
	[REF_NAME] = "name",
	[REF_LIST] = "list",
	[REF_VENDOR] = "vendor",
	[REF_CATEGORY] = "category",
	[REF_OPERATED] = "operated",
	[REF_OWNED] = "owned",
	[REF_LOCATED] = "located",
	[REF_SOURCES] = "sources",
	[REF_ASN] = "asn",
	[REF_NETWORK] = "network",
	[REF_QTYPE] = "qtype",
	[REF_ON] = "on",
};

struct address {
	uint8_t bits[16]; /* of IPv4 the last 32 */
	bool is_v4;
};

/* Something in the answer that can be known or not. */
struct sight {
	const char *on;
	const char *name; /* NULL for addresses */
	struct address address;
	int final; /* the record it stands in; -1 for the question and aliases */
	struct ref_row facts[FACTS_MAX];
	unsigned fact_count;
	bool waived;
};

struct sights {
	struct sight all[SIGHTS_MAX];
	unsigned count;
	bool is_full; /* the answer is known */
};

enum answer { NO, NOT_YET, YES };

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool has_word(const ref_words words, const char *word)
{
	for (unsigned i = 0; words[i]; i++)
		if (same(words[i], word))
			return true;
	return false;
}

static struct name name_of(const char *text)
{
	struct name name = {0};

	if (name_parse(span_text(text), &name) != 0)
		abort();
	return name;
}

static bool is_at(const char *a, const char *b)
{
	struct name x = name_of(a), y = name_of(b);

	return name_equal(&x, &y);
}

static bool is_below(const char *name, const char *above)
{
	struct name x = name_of(name), y = name_of(above);

	return name_is_below(&x, &y) && !name_equal(&x, &y);
}

/* example.com is that name, *.example.com everything below it, .example.com both. */
static bool fits_pattern(const char *name, const char *pattern)
{
	if (pattern[0] == '*')
		return is_below(name, pattern + 2);
	if (pattern[0] == '.')
		return is_at(name, pattern + 1) || is_below(name, pattern + 1);
	return is_at(name, pattern);
}

static struct address address_of(const char *text)
{
	struct address a = {.is_v4 = strchr(text, ':') == NULL};

	if (inet_pton(a.is_v4 ? AF_INET : AF_INET6, text, a.bits + (a.is_v4 ? 12 : 0)) != 1)
		abort();
	return a;
}

static bool is_in(const struct address *a, const char *network)
{
	char text[64];
	struct address n;
	int len;

	snprintf(text, sizeof(text), "%s", network);
	len = strchr(text, '/') ? (int)strtol(strchr(text, '/') + 1, NULL, 10) : -1;
	if (len >= 0)
		*strchr(text, '/') = '\0';
	n = address_of(text);
	if (n.is_v4 != a->is_v4)
		return false;
	if (len < 0)
		len = n.is_v4 ? 32 : 128;
	for (int bit = 0; bit < len; bit++) {
		int at = bit + (n.is_v4 ? 96 : 0);

		if ((a->bits[at / 8] ^ n.bits[at / 8]) & (0x80 >> at % 8))
			return false;
	}
	return true;
}

static bool is_private(const struct address *a)
{
	return is_in(a, "10.0.0.0/8") || is_in(a, "fc00::/7");
}

/* Of one list only what stands at the longest name that is or is above this one. */
static void know_name(const struct ref_world *w, struct sight *s)
{
	if (is_at(s->name, w->zone) || is_below(s->name, w->zone))
		return;
	for (unsigned i = 0; i < w->row_count; i++) {
		const struct ref_row *row = &w->rows[i];
		bool holds = row->name && (is_at(s->name, row->name) ||
						  (row->below && is_below(s->name, row->name)));

		for (unsigned k = 0; holds && k < w->row_count; k++) {
			const struct ref_row *other = &w->rows[k];

			if (other->name && same(other->list, row->list) &&
				is_below(other->name, row->name) &&
				(is_at(s->name, other->name) ||
					(other->below && is_below(s->name, other->name))))
				holds = false;
		}
		if (holds)
			s->facts[s->fact_count++] = *row;
	}
}

static void know_network(struct sight *s, const struct ref_row *row)
{
	if (row->network && is_in(&s->address, row->network) &&
		(same(row->fact, "listed") || !is_private(&s->address)))
		s->facts[s->fact_count++] = *row;
}

/* What the lists say of the AS that the database says. */
static void know_as(const struct ref_world *w, struct sight *s, uint32_t asn)
{
	bool is_known = false;

	for (unsigned i = 0; i < w->row_count; i++) {
		if (w->rows[i].name || w->rows[i].network || w->rows[i].asn != asn)
			continue;
		is_known = true;
		s->facts[s->fact_count++] = w->rows[i];
	}
	if (!is_known)
		s->facts[s->fact_count++] =
			(struct ref_row){"geoip", "listed", "", "", "", "", .asn = asn};
}

static void know_address(const struct ref_world *w, struct sight *s, bool holds_another)
{
	bool is_located = false;

	for (unsigned i = 0; i < w->row_count; i++)
		know_network(s, &w->rows[i]);
	for (unsigned i = 0; i < w->database_count && !is_private(&s->address); i++) {
		const struct ref_row *row = &w->databases[i];

		if (!is_in(&s->address, row->network))
			continue;
		if (row->asn && w->has_asns)
			know_as(w, s, row->asn);
		else if (!row->asn && w->has_countries)
			s->facts[s->fact_count++] = *row;
	}
	for (unsigned i = 0; i < s->fact_count; i++)
		is_located = is_located || same(s->facts[i].fact, "located");
	if (!is_located && w->has_countries && !is_private(&s->address) && !holds_another)
		s->facts[s->fact_count++] =
			(struct ref_row){"geoip", "located", "unknown", "", "", ""};
}

static struct sight *add(struct sights *all, const char *on, int final)
{
	struct sight *s = &all->all[all->count++];

	*s = (struct sight){.on = on, .final = final};
	return s;
}

static void add_name(
	const struct ref_world *w, struct sights *all, const char *on, const char *name, int final)
{
	struct sight *s = add(all, on, final);

	s->name = name;
	know_name(w, s);
}

/* 6to4 and the well-known NAT64 are what the tests use. */
static bool find_embedded(const struct address *a, struct address *inner)
{
	int at = is_in(a, "2002::/16") ? 2 : is_in(a, "64:ff9b::/96") ? 12 : -1;

	if (at < 0)
		return false;
	*inner = (struct address){.is_v4 = true};
	memcpy(inner->bits + 12, a->bits + at, 4);
	return true;
}

/* A name outside must not lead inside. */
static void know_rebinding(const struct ref_world *w, const struct ref_question *q, struct sight *s)
{
	bool outside = !is_at(q->name, w->zone) && !is_below(q->name, w->zone);

	if (outside && is_private(&s->address))
		s->facts[s->fact_count++] =
			(struct ref_row){"rebinding", "listed", "", "", "private", ""};
}

static void add_address(const struct ref_world *w, const struct ref_question *q, struct sights *all,
	const char *on, const char *text, int final)
{
	struct sight *s = add(all, on, final);
	struct address inner;

	s->address = address_of(text);
	know_address(w, s, find_embedded(&s->address, &inner));
	know_rebinding(w, q, s);
	if (!find_embedded(&s->address, &inner))
		return;
	s = add(all, "embedded", final);
	s->address = inner;
	know_address(w, s, false);
	know_rebinding(w, q, s);
}

static void look(
	const struct ref_world *w, const struct ref_question *q, bool is_full, struct sights *all)
{
	bool is_service = same(q->type, "HTTPS");

	all->count = 0;
	all->is_full = is_full;
	add_name(w, all, "qname", q->name, -1);
	for (unsigned i = 0; is_full && i < q->alias_count; i++)
		add_name(w, all, "cname", q->aliases[i], -1);
	for (int i = 0; is_full && i < (int)q->final_count; i++) {
		const struct ref_final *f = &q->finals[i];

		if (f->target)
			add_name(w, all, is_service ? "target" : "mention", f->target, i);
		for (unsigned k = 0; k < f->address_count; k++)
			add_address(w, q, all, is_service ? "hint" : "address", f->addresses[k], i);
	}
}

/* Without `on` everything counts but mentions. */
static bool is_seen(const struct ref_match *m, const char *on)
{
	return m->asked[REF_ON][0] ? has_word(m->asked[REF_ON], on) : !same(on, "mention");
}

static bool counts(const struct ref_match *m, const struct sight *s)
{
	return !s->waived && is_seen(m, s->on);
}

static bool is_vendor(const struct ref_world *w, const char *id, const ref_words asked)
{
	while (id[0]) {
		const char *parent = "";

		if (has_word(asked, id))
			return true;
		for (unsigned i = 0; w->parents[i][0]; i++)
			if (same(w->parents[i][0], id))
				parent = w->parents[i][1];
		id = parent;
	}
	return false;
}

/* What is asked of one entry. */
static bool fits_entry(
	const struct ref_world *w, const struct ref_match *m, const struct ref_row *row)
{
	const ref_words *asked = m->asked;

	return (!asked[REF_LIST][0] || has_word(asked[REF_LIST], row->list)) &&
	       (!asked[REF_VENDOR][0] || is_vendor(w, row->vendor, asked[REF_VENDOR])) &&
	       (!asked[REF_CATEGORY][0] || has_word(asked[REF_CATEGORY], row->category)) &&
	       (!asked[REF_OPERATED][0] || (same(row->fact, "operated") &&
						   has_word(asked[REF_OPERATED], row->country))) &&
	       (!asked[REF_OWNED][0] ||
		       (same(row->fact, "owned") && has_word(asked[REF_OWNED], row->country)));
}

static bool asks_entry(const struct ref_match *m)
{
	return m->asked[REF_LIST][0] || m->asked[REF_VENDOR][0] || m->asked[REF_CATEGORY][0] ||
	       m->asked[REF_OPERATED][0] || m->asked[REF_OWNED][0];
}

static bool meets_entry(const struct ref_world *w, const struct ref_match *m, const struct sight *s)
{
	for (unsigned i = 0; i < s->fact_count; i++)
		if (fits_entry(w, m, &s->facts[i]))
			return true;
	return false;
}

/* How many different sources say so; a list without a source is one itself. */
static unsigned count_sources(const struct sight *s, const char *country)
{
	const char *known[FACTS_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < s->fact_count; i++) {
		const struct ref_row *row = &s->facts[i];
		const char *source = row->source[0] ? row->source : row->list;
		unsigned k = 0;

		if (!same(row->fact, "located") || !same(row->country, country))
			continue;
		while (k < count && !same(known[k], source))
			k++;
		if (k == count)
			known[count++] = source;
	}
	return count;
}

static bool asks_address(const struct ref_match *m)
{
	return m->asked[REF_LOCATED][0] || m->asked[REF_ASN][0] || m->asked[REF_NETWORK][0];
}

static bool meets_asn(const struct ref_match *m, const struct sight *s)
{
	for (unsigned i = 0; i < s->fact_count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", (unsigned)s->facts[i].asn);
		if (s->facts[i].asn && has_word(m->asked[REF_ASN], number))
			return true;
	}
	return false;
}

static bool meets_located(const struct ref_match *m, const struct sight *s)
{
	const char *wanted = m->asked[REF_SOURCES][0];

	for (unsigned i = 0; m->asked[REF_LOCATED][i]; i++)
		if (count_sources(s, m->asked[REF_LOCATED][i]) >=
			(wanted ? strtoul(wanted, NULL, 10) : 1))
			return true;
	return false;
}

/* What is asked of one address. */
static bool meets_address(
	const struct ref_world *w, const struct ref_match *m, const struct sight *s)
{
	bool in_network = !m->asked[REF_NETWORK][0];

	(void)w;
	if (s->name)
		return false;
	for (unsigned i = 0; m->asked[REF_NETWORK][i]; i++)
		in_network = in_network || is_in(&s->address, m->asked[REF_NETWORK][i]);
	return in_network && (!m->asked[REF_ASN][0] || meets_asn(m, s)) &&
	       (!m->asked[REF_LOCATED][0] || meets_located(m, s));
}

static bool asks_name(const struct ref_match *m)
{
	return m->asked[REF_NAME][0] != NULL;
}

static bool meets_name(const struct ref_world *w, const struct ref_match *m, const struct sight *s)
{
	(void)w;
	for (unsigned i = 0; s->name && m->asked[REF_NAME][i]; i++)
		if (fits_pattern(s->name, m->asked[REF_NAME][i]))
			return true;
	return false;
}

/* `on` alone asks that there is such a thing. */
static bool asks_place(const struct ref_match *m)
{
	return m->asked[REF_ON][0] && !has_word(m->asked[REF_ON], "client") && !asks_entry(m) &&
	       !asks_address(m) && !asks_name(m);
}

static bool meets_place(const struct ref_world *w, const struct ref_match *m, const struct sight *s)
{
	(void)w;
	(void)m;
	(void)s;
	return true;
}

static const struct {
	bool (*asks)(const struct ref_match *m);
	bool (*meets)(const struct ref_world *w, const struct ref_match *m, const struct sight *s);
	bool names, addresses;
} conditions[] = {
	{asks_entry, meets_entry, .names = true, .addresses = true},
	{asks_address, meets_address, .addresses = true},
	{asks_name, meets_name, .names = true},
	{asks_place, meets_place, .names = true, .addresses = true},
};
#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

static bool is_met(const struct ref_world *w, const struct ref_match *m, const struct sights *all,
	unsigned condition)
{
	for (unsigned i = 0; i < all->count; i++)
		if (counts(m, &all->all[i]) && conditions[condition].meets(w, m, &all->all[i]))
			return true;
	return false;
}

/* Whether an answer may hold what the question's name does not. */
static bool can_be_met(const struct ref_match *m, unsigned condition)
{
	bool in_names = is_seen(m, "cname") || is_seen(m, "target") || is_seen(m, "mention");
	bool in_addresses = is_seen(m, "address") || is_seen(m, "hint") || is_seen(m, "embedded");

	return (conditions[condition].names && in_names) ||
	       (conditions[condition].addresses && in_addresses);
}

static enum answer ask_match(const struct ref_world *w, const struct ref_match *m,
	const struct ref_question *q, const struct sights *all)
{
	enum answer answer = YES;

	if (m->asked[REF_QTYPE][0] && !has_word(m->asked[REF_QTYPE], q->type))
		return NO;
	for (unsigned i = 0; i < CONDITIONS; i++) {
		if (!conditions[i].asks(m) || is_met(w, m, all, i))
			continue;
		if (all->is_full || !can_be_met(m, i))
			return NO;
		answer = NOT_YET;
	}
	return answer;
}

static enum answer ask_rule(const struct ref_world *w, const struct ref_rule *r,
	const struct ref_question *q, const struct sights *all)
{
	enum answer best = r->match_count == 0 ? YES : NO;

	if (r->groups[0] && !has_word(r->groups, q->group))
		return NO;
	for (unsigned i = 0; i < r->match_count; i++) {
		enum answer answer = ask_match(w, &r->matches[i], q, all);

		best = answer > best ? answer : best;
	}
	return best;
}

/* One run through the rules. */
struct run {
	const struct ref_rule *rule; /* NULL: otherwise */
	const char *action;
	bool waits; /* for the answer */
};

static bool is_rebinding(const struct sights *all)
{
	for (unsigned i = 0; i < all->count; i++)
		for (unsigned k = 0; !all->all[i].waived && k < all->all[i].fact_count; k++)
			if (same(all->all[i].facts[k].list, "rebinding"))
				return true;
	return false;
}

/* What no rule decides is logged where a built-in list has it. */
static struct run run_rules(const struct ref_world *w, const struct ref_policy *p,
	const struct ref_question *q, const struct sights *all, bool with_observed)
{
	for (unsigned i = 0; i < p->rule_count; i++) {
		const struct ref_rule *r = &p->rules[i];
		enum answer answer = r->observed && !with_observed ? NO : ask_rule(w, r, q, all);

		if (answer != NO)
			return (struct run){r, r->action, answer == NOT_YET};
	}
	return (struct run){NULL,
		same(p->otherwise, "allow") && is_rebinding(all) ? "log" : p->otherwise, false};
}

static void waive_from(struct sights *all, unsigned first, bool only_name)
{
	for (unsigned i = first; i < all->count; i++) {
		const struct sight *named = &all->all[first];

		/* A record's name leads to nothing but what stands in that record. */
		if (i == first ||
			(!only_name && (named->final < 0 || named->final == all->all[i].final)))
			all->all[i].waived = true;
	}
}

static void waive_by(struct sights *all, const struct ref_exception *x)
{
	for (unsigned i = 0; i < all->count; i++) {
		for (unsigned k = 0; all->all[i].name && x->names[k]; k++)
			if (fits_pattern(all->all[i].name, x->names[k]))
				waive_from(all, i, x->covers_name);
		for (unsigned k = 0; !all->all[i].name && x->networks[k]; k++)
			if (is_in(&all->all[i].address, x->networks[k]))
				all->all[i].waived = true;
	}
}

static void waive(const struct ref_policy *p, const struct ref_question *q, struct sights *all)
{
	for (unsigned i = 0; i < p->exception_count; i++) {
		const struct ref_exception *x = &p->exceptions[i];

		if (!x->expired && (!x->groups[0] || has_word(x->groups, q->group)))
			waive_by(all, x);
	}
}

/* Leaves out each record that meets a condition of a match that holds. If the rule still holds, or
 * nothing is left, or what is left could not be validated, nothing is given. */
static void strip(const struct ref_world *w, const struct ref_rule *r, const struct ref_question *q,
	const struct sights *all, bool kept[REF_FINALS])
{
	struct sights left = *all;
	unsigned count = 0;

	for (unsigned i = 0; i < REF_FINALS; i++)
		kept[i] = i < q->final_count;
	for (unsigned i = 0; i < r->match_count; i++) {
		const struct ref_match *m = &r->matches[i];

		if (ask_match(w, m, q, all) != YES)
			continue;
		for (unsigned k = 0; k < all->count; k++)
			for (unsigned c = 0; c < CONDITIONS; c++)
				if (all->all[k].final >= 0 && counts(m, &all->all[k]) &&
					conditions[c].asks(m) &&
					conditions[c].meets(w, m, &all->all[k]))
					kept[all->all[k].final] = false;
	}
	for (unsigned k = 0; k < left.count; k++)
		if (left.all[k].final >= 0 && !kept[left.all[k].final])
			left.all[k].waived = true;
	for (unsigned i = 0; i < REF_FINALS; i++)
		count += kept[i];
	if (q->is_signed || count == 0 || ask_rule(w, r, q, &left) == YES)
		memset(kept, 0, REF_FINALS * sizeof(*kept));
}

static bool passes(const char *action)
{
	return same(action, "allow") || same(action, "log");
}

/* Exceptions take what they waive out of the decision; they count where that makes a difference. */
static struct run run_waived(const struct ref_world *w, const struct ref_policy *p,
	const struct ref_question *q, bool with_observed, struct sights *all, bool *exception)
{
	struct run plain = run_rules(w, p, q, all, with_observed), waived;
	bool before[REF_FINALS] = {false}, after[REF_FINALS] = {false};

	if (plain.rule && same(plain.action, "strip") && !plain.waits)
		strip(w, plain.rule, q, all, before);
	waive(p, q, all);
	waived = run_rules(w, p, q, all, with_observed);
	if (waived.rule && same(waived.action, "strip") && !waived.waits)
		strip(w, waived.rule, q, all, after);
	*exception = plain.rule != waived.rule || plain.waits != waived.waits ||
		     !same(plain.action, waived.action) ||
		     memcmp(before, after, sizeof(before)) != 0;
	return waived;
}

/* True when that is the end: the answer is known, or nothing of it can be given. */
static bool decide(const struct ref_world *w, const struct ref_policy *p,
	const struct ref_question *q, bool is_full, struct ref_outcome *out)
{
	static struct sights all, trial;
	bool unused;
	struct run run, other;

	look(w, q, is_full, &all);
	trial = all;
	run = run_waived(w, p, q, !p->enforce, &all, &out->exception);
	other = run_waived(w, p, q, true, &trial, &unused);
	if (!is_full && (!p->enforce || run.waits || passes(run.action)))
		return false;
	out->asked = is_full;
	out->action = out->would = run.action;
	out->rule = run.rule ? run.rule->name : "";
	if (p->enforce && !other.waits && other.rule && other.rule != run.rule) {
		out->would = other.action;
		if (!run.rule || same(run.action, "allow"))
			out->rule = other.rule->name;
	}
	out->alert = !same(out->action, "allow") || !same(out->would, "allow") || out->exception;
	if (!p->enforce || same(out->action, "allow"))
		out->action = out->alert ? "log" : "allow";
	if (same(out->action, "strip") && run.rule)
		strip(w, run.rule, q, &all, out->kept);
	return true;
}

void ref_decide(const struct ref_world *w, const struct ref_policy *p, const struct ref_question *q,
	struct ref_outcome *out)
{
	*out = (struct ref_outcome){0};
	if (!decide(w, p, q, false, out))
		decide(w, p, q, true, out);
}
