/* SPDX-License-Identifier: BSD-3-Clause */

#include "truth.h"

#include <string.h>

#define ON_BIT(on) (UINT32_C(1) << (on))
#define ON_ALL (ON_BIT(ON_COUNT) - 1)
#define ON_ADDRESSES (ON_BIT(ON_ADDRESS) | ON_BIT(ON_HINT) | ON_BIT(ON_EMBEDDED))
#define ON_NAMES (ON_BIT(ON_QNAME) | ON_BIT(ON_CNAME) | ON_BIT(ON_TARGET) | ON_BIT(ON_MENTION))
/* What only an answer can add. */
#define ON_LATER (ON_ADDRESSES | (ON_NAMES & ~ON_BIT(ON_QNAME)))
#define SOURCES_MAX 16 /* different ones counted for one address */

static const struct cause no_cause = {UINT16_MAX, UINT16_MAX};

static uint32_t seen_on(const struct conf_match *m)
{
	/* A name that is only shown as data counts where it is asked for by `on`. */
	return m->on ? m->on : ON_ALL & ~ON_BIT(ON_MENTION);
}

/* Most differ in the first letter, which is seen without measuring the text. */
static bool span_is(struct span s, const char *text)
{
	uint8_t first = s.len > 0 ? s.data[0] : 0;

	return first == (uint8_t)text[0] && span_equal(s, span_text(text));
}

/* Empty lists ask nothing. */
static bool is_any_of(struct span s, const char *const *texts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (span_is(s, texts[i]))
			return true;
	return count == 0;
}

static bool is_country(const char *country, const char *const *countries, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (country[0] == countries[i][0] && strcmp(country, countries[i]) == 0)
			return true;
	return count == 0;
}

static bool has_vendor(const struct store_row *row, const char *const *vendors, unsigned count)
{
	for (unsigned i = 0; i < row->vendor_count; i++)
		if (is_any_of(row->vendors[i], vendors, count))
			return true;
	return count == 0;
}

static bool has_fact(
	const struct store_row *row, enum fact fact, const char *const *countries, unsigned count)
{
	return count == 0 || (row->fact == fact && is_country(row->country, countries, count));
}

static bool entry_fits(const struct conf_match *m, const struct store_row *row)
{
	return (m->list_count == 0 || is_any_of(row->list, m->lists, m->list_count)) &&
	       (m->category_count == 0 ||
		       is_any_of(row->category, m->categories, m->category_count)) &&
	       (m->vendor_count == 0 || has_vendor(row, m->vendors, m->vendor_count)) &&
	       (m->operated_count == 0 ||
		       has_fact(row, FACT_OPERATED, m->operated, m->operated_count)) &&
	       (m->owned_count == 0 || has_fact(row, FACT_OWNED, m->owned, m->owned_count));
}

static bool asks_entry(const struct conf_match *m)
{
	return m->list_count || m->vendor_count || m->category_count || m->operated_count ||
	       m->owned_count;
}

static bool entry_met(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	struct cause *cause)
{
	uint32_t on = seen_on(m);

	for (unsigned i = 0; i < e->count; i++) {
		const struct finding *f = &e->findings[i];
		unsigned place;

		if (!(on & ON_BIT(f->place->on)) || !entry_fits(m, f->row))
			continue;
		place = (unsigned)(f->place - e->places);
		if (waiver_has(w, place))
			continue;
		*cause = (struct cause){(uint16_t)i, (uint16_t)place};
		return true;
	}
	return false;
}

static bool asks_name(const struct conf_match *m)
{
	return m->name_count > 0;
}

static bool name_met(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	struct cause *cause)
{
	struct name name;

	for (unsigned i = 0; i < e->place_count; i++) {
		const struct place *p = &e->places[i];

		if (!(seen_on(m) & ON_NAMES & ON_BIT(p->on)) || waiver_has(w, i) ||
			name_from_span(p->name, &name) != 0)
			continue;
		for (unsigned k = 0; k < m->name_count; k++) {
			if (!conf_pattern_has(&m->names[k], &name))
				continue;
			*cause = (struct cause){UINT16_MAX, (uint16_t)i};
			return true;
		}
	}
	return false;
}

/* The findings of one address: those from first on, as long as they are at that place. */
struct sight {
	const struct evidence *evidence;
	unsigned place, first, end;
};

static bool network_fits(const struct conf_match *m, const struct place *p)
{
	for (unsigned i = 0; i < m->network_count; i++)
		if (inet_prefix_has(&m->networks[i], &p->addr))
			return true;
	return m->network_count == 0;
}

static bool asn_fits(const struct conf_match *m, const struct sight *s, unsigned *finding)
{
	for (unsigned i = s->first; m->asn_count > 0 && i < s->end; i++) {
		for (unsigned k = 0; k < m->asn_count; k++) {
			if (s->evidence->findings[i].row->asn != m->asns[k])
				continue;
			*finding = i;
			return true;
		}
	}
	return m->asn_count == 0;
}

/* Different sources of one fact. */
struct origins {
	struct span known[SOURCES_MAX];
	unsigned count;
};

static struct span trimmed(struct span s)
{
	while (s.len > 0 && s.data[0] == ' ')
		s = span_part(s, 1, s.len);
	while (s.len > 0 && s.data[s.len - 1] == ' ')
		s.len--;
	return s;
}

static void add_origin(struct origins *o, struct span s)
{
	if (s.len == 0)
		return;
	for (unsigned i = 0; i < o->count; i++)
		if (span_equal(o->known[i], s))
			return;
	if (o->count < SOURCES_MAX)
		o->known[o->count++] = s;
}

/* A row may name several with `;` between; a list that names none is one itself. */
static void add_origins(struct origins *o, const struct store_row *row)
{
	struct span rest = trimmed(row->source);

	if (rest.len == 0)
		add_origin(o, row->list);
	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.data, ';', rest.len);
		size_t len = end ? (size_t)(end - rest.data) : rest.len;

		add_origin(o, trimmed(span_part(rest, 0, len)));
		rest = span_part(rest, len + 1, rest.len);
	}
}

/* How many different sources say that the address is in the country. */
static unsigned sources_for(const struct sight *s, const char *country)
{
	struct origins origins = {.count = 0};

	for (unsigned i = s->first; i < s->end; i++) {
		const struct store_row *row = s->evidence->findings[i].row;

		if (row->fact == FACT_LOCATED && strcmp(row->country, country) == 0)
			add_origins(&origins, row);
	}
	return origins.count;
}

static bool located_fits(const struct conf_match *m, const struct sight *s, unsigned *finding)
{
	if (m->located_count == 0 && m->sources <= 1)
		return true;
	for (unsigned i = s->first; i < s->end; i++) {
		const struct store_row *row = s->evidence->findings[i].row;

		if (row->fact != FACT_LOCATED ||
			!is_country(row->country, m->located, m->located_count))
			continue;
		if (m->sources > 1 && sources_for(s, row->country) < m->sources)
			continue;
		*finding = i;
		return true;
	}
	return false;
}

static bool asks_address(const struct conf_match *m)
{
	return m->located_count || m->asn_count || m->network_count || m->sources > 1;
}

static bool address_met(const struct conf_match *m, const struct evidence *e,
	const struct waiver *w, struct cause *cause)
{
	struct sight s = {.evidence = e};
	uint32_t on = seen_on(m) & ON_ADDRESSES;

	for (; s.place < e->place_count; s.place++) {
		const struct place *p = &e->places[s.place];
		unsigned finding = UINT16_MAX;

		s.first = s.end;
		while (s.end < e->count && e->findings[s.end].place == p)
			s.end++;
		if (!(on & ON_BIT(p->on)) || waiver_has(w, s.place) || !network_fits(m, p) ||
			!asn_fits(m, &s, &finding) || !located_fits(m, &s, &finding))
			continue;
		*cause = (struct cause){(uint16_t)finding, (uint16_t)s.place};
		return true;
	}
	return false;
}

/* `on` with nothing that it limits asks for such a place; there always is a client. */
static bool asks_place(const struct conf_match *m)
{
	return m->on && !asks_entry(m) && !asks_name(m) && !asks_address(m);
}

static bool place_met(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	struct cause *cause)
{
	if (m->on & ON_BIT(ON_CLIENT)) {
		*cause = no_cause;
		return true;
	}
	for (unsigned i = 0; i < e->place_count; i++) {
		if (!(m->on & ON_BIT(e->places[i].on)) || waiver_has(w, i))
			continue;
		*cause = (struct cause){UINT16_MAX, (uint16_t)i};
		return true;
	}
	return false;
}

/* The things that conditions describe, each met or not by itself. */
static const struct aspect {
	bool (*asks)(const struct conf_match *m);
	bool (*met)(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
		struct cause *cause);
	uint32_t later; /* where an answer may still meet it */
} aspects[] = {
	{asks_entry, entry_met, ON_LATER},
	{asks_address, address_met, ON_ADDRESSES},
	{asks_name, name_met, ON_NAMES &ON_LATER},
	{asks_place, place_met, ON_LATER},
};

static bool qtype_fits(const struct conf_match *m, uint16_t type)
{
	for (unsigned i = 0; i < m->qtype_count; i++)
		if (m->qtypes[i] == type)
			return true;
	return m->qtype_count == 0;
}

enum truth match_truth(const struct conf_match *m, const struct policy_query *q,
	const struct evidence *e, const struct waiver *w, struct cause *cause)
{
	enum truth truth = TRUTH_YES;
	struct cause first = no_cause, met;

	if (!qtype_fits(m, q->type))
		return TRUTH_NO;
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++) {
		const struct aspect *a = &aspects[i];

		if (!a->asks(m))
			continue;
		if (!a->met(m, e, w, &met)) {
			if (e->extent == EXTENT_FULL || !(seen_on(m) & a->later))
				return TRUTH_NO;
			truth = TRUTH_NOT_YET;
		} else if (first.finding == UINT16_MAX &&
			   (met.finding != UINT16_MAX || first.place == UINT16_MAX)) {
			first = met;
		}
	}
	if (truth == TRUTH_YES)
		*cause = first;
	return truth;
}

void match_records(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	struct answer_records *out)
{
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++) {
		struct waiver seen = *w;
		struct cause met;

		while (aspects[i].asks(m) && aspects[i].met(m, e, &seen, &met) &&
			met.place < e->place_count) {
			const struct place *p = &e->places[met.place];

			if (place_is_final(p))
				answer_records_add(out, p->record);
			waiver_add_place(&seen, met.place);
		}
	}
}
