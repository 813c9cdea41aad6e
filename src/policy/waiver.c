/* SPDX-License-Identifier: BSD-3-Clause */

#include "waiver.h"

static void waive(struct waiver *w, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
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
		/* Places stand in the order of the chain: what follows is what the name leads to.
		 */
		if (named && x->covers == CONF_COVERS_CHAIN) {
			waive(w, i, e->place_count);
			return true;
		}
		waive(w, i, i + 1);
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
