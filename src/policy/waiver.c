/* SPDX-License-Identifier: BSD-3-Clause */

#include "waiver.h"

/* A place with what it leads to: all behind it, as places stand in the order of the chain, or what
 * stands in its record when that is one of several at the end. */
static void waive_chain(struct waiver *w, const struct evidence *e, unsigned first)
{
	const struct place *p = &e->places[first];

	for (unsigned i = first; i < e->place_count; i++)
		if (!place_is_final(p) || e->places[i].record == p->record)
			waiver_add_place(w, i);
}

static bool is_named(const struct conf_exception *x, const struct place *p)
{
	struct name name;

	if (on_is_address(p->on) || name_from_span(p->name, &name) != 0)
		return false;
	for (unsigned i = 0; i < x->name_count; i++)
		if (conf_pattern_has(&x->names[i], &name))
			return true;
	return false;
}

static bool is_in_networks(const struct conf_exception *x, const struct place *p)
{
	for (unsigned i = 0; on_is_address(p->on) && i < x->network_count; i++)
		if (inet_prefix_has(&x->networks[i], &p->addr))
			return true;
	return false;
}

bool waiver_add(struct waiver *w, const struct conf_exception *x, const struct evidence *e)
{
	bool waives = false;

	for (unsigned i = 0; i < e->place_count; i++) {
		const struct place *p = &e->places[i];
		bool named = is_named(x, p);

		if (!named && !is_in_networks(x, p))
			continue;
		waives = true;
		if (named && x->covers == CONF_COVERS_CHAIN)
			waive_chain(w, e, i);
		else
			waiver_add_place(w, i);
	}
	return waives;
}

void waiver_add_records(
	struct waiver *w, const struct evidence *e, const struct answer_records *records)
{
	for (unsigned i = 0; i < e->place_count; i++)
		if (place_is_final(&e->places[i]) &&
			answer_records_have(records, e->places[i].record))
			waiver_add_place(w, i);
}
