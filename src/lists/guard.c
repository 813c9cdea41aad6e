/* SPDX-License-Identifier: BSD-3-Clause */

#include "guard.h"

#include <stdlib.h>

#include "suffixes.h"

struct guard {
	struct suffixes *suffixes;
	const struct conf *conf;
};

int guard_new(const struct conf *conf, struct guard **out)
{
	struct guard *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return ERR_MEMORY;
	g->conf = conf;
	err = suffixes_open(&g->suffixes);
	if (err)
		guard_free(g);
	else
		*out = g;
	return err;
}

void guard_free(struct guard *g)
{
	if (g)
		suffixes_close(g->suffixes);
	free(g);
}

/* A row of match tld says on purpose what it covers, and a row of one name alone covers that. */
static bool is_own(const struct guard *g, const struct name *name, enum name_match match)
{
	for (unsigned i = 0; i < g->conf->zone_count; i++) {
		const struct name *zone = &g->conf->zones[i].zone;

		if (match == NAME_MATCH_EXACT ? name_equal(name, zone) : name_is_below(zone, name))
			return true;
	}
	return false;
}

const char *guard_name(const struct guard *g, const struct name *name, enum name_match match)
{
	char text[NAME_TEXT_MAX];

	if (!g || match == NAME_MATCH_TLD)
		return NULL;
	if (is_own(g, name, match))
		return "the name is that of a zone of this site or above one; remove the line, or "
		       "the "
		       "zone from 'zones'";
	if (match == NAME_MATCH_EXACT)
		return NULL;
	switch (suffixes_find(g->suffixes, name_format(name, text))) {
	case SUFFIX_REGISTRY:
		return "everybody can register names below this public suffix; list the names that "
		       "are meant, or write it in a tsv list with match tld";
	case SUFFIX_PRIVATE:
		return "the names below this one belong to many customers of a provider; list the "
		       "names that are meant, or write it in a tsv list with match tld";
	default:
		return NULL;
	}
}
