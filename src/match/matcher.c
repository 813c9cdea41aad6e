/* SPDX-License-Identifier: BSD-3-Clause */

#include "match/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "match/builtin.h"

#define GEOIP_LIST SPAN_LITERAL("geoip")
#define COUNTRY_UNKNOWN "--"

struct matcher {
	struct matcher_sources sources;
	struct store_reader *reader; /* NULL without lists */
	struct builtin *builtin;
	struct store_row scratch[STORE_ROWS_MAX];
};

/* What a lookup hands out: at most max rows, all counted. */
struct rows {
	struct store_row *out;
	size_t max, count;
};

int matcher_new(const struct matcher_sources *sources, struct matcher **out)
{
	struct matcher *m;
	int err;

	if (sources->country_count > MATCHER_MMDB_MAX)
		return ERR_LIMIT;
	m = calloc(1, sizeof(*m));
	if (!m)
		return ERR_MEMORY;
	m->sources = *sources;
	err = builtin_new(&m->builtin);
	if (!err && sources->store)
		err = store_reader_new(sources->store, &m->reader);
	if (err)
		matcher_free(m);
	else
		*out = m;
	return err;
}

void matcher_free(struct matcher *m)
{
	if (!m)
		return;
	store_reader_free(m->reader);
	builtin_free(m->builtin);
	free(m);
}

const struct matcher_sources *matcher_sources(const struct matcher *m)
{
	return &m->sources;
}

static void rows_add(struct rows *rows, const struct store_row *row)
{
	if (rows->count < rows->max)
		rows->out[rows->count] = *row;
	rows->count++;
}

static size_t clipped(size_t count)
{
	return count < STORE_ROWS_MAX ? count : STORE_ROWS_MAX;
}

/* Rows come the most specific first, so the first of a list shows at which name that list speaks.
 */
static bool is_most_specific(const struct store_row *rows, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (rows[i].key.len != rows[index].key.len &&
			span_equal(rows[i].list, rows[index].list))
			return false;
	return true;
}

bool matcher_is_own(const struct matcher *m, const struct name *name)
{
	for (unsigned i = 0; i < m->sources.zone_count; i++)
		if (name_is_below(name, &m->sources.zones[i]))
			return true;
	return false;
}

size_t matcher_name(struct matcher *m, const struct name *name, struct store_row *out, size_t max)
{
	struct rows rows = {.out = out, .max = max};
	uint8_t octets[NAME_LEN_MAX];
	struct store_row builtin;
	struct span key;
	size_t found = 0;

	if (matcher_is_own(m, name))
		return 0;
	key = span_of(octets, name_to_key(name, octets));
	if (m->reader)
		found = clipped(store_find_name(m->reader, key, m->scratch, STORE_ROWS_MAX));
	for (size_t i = 0; i < found; i++)
		if (is_most_specific(m->scratch, i))
			rows_add(&rows, &m->scratch[i]);
	if (builtin_find_name(m->builtin, key, &builtin))
		rows_add(&rows, &builtin);
	return rows.count;
}

/* Returns whether one of them locates the address. */
static bool add_ranges(
	struct matcher *m, const struct inet_addr *addr, bool is_global, struct rows *rows)
{
	bool located = false;
	size_t found;

	if (!m->reader)
		return false;
	found = clipped(store_find_address(m->reader, addr, m->scratch, STORE_ROWS_MAX));
	for (size_t i = 0; i < found; i++) {
		if (!is_global && m->scratch[i].fact != FACT_LISTED)
			continue;
		located = located || m->scratch[i].fact == FACT_LOCATED;
		rows_add(rows, &m->scratch[i]);
	}
	return located;
}

static void add_location(
	struct rows *rows, const struct inet_addr *addr, const char country[3], struct span source)
{
	struct store_row row = {
		.fact = FACT_LOCATED,
		.confidence = CONFIDENCE_MEDIUM,
		.list = GEOIP_LIST,
		.source = source,
		.first = *addr,
		.last = *addr,
	};

	memcpy(row.country, country, sizeof(row.country));
	rows_add(rows, &row);
}

static void add_countries(
	struct matcher *m, const struct inet_addr *addr, bool located, struct rows *rows)
{
	char country[3];

	for (unsigned i = 0; i < m->sources.country_count; i++) {
		if (mmdb_country(m->sources.country[i], addr, country) != 0)
			continue;
		add_location(rows, addr, country, span_text(mmdb_name(m->sources.country[i])));
		located = true;
	}
	if (!located && m->sources.country_count > 0)
		add_location(rows, addr, COUNTRY_UNKNOWN, span_of(NULL, 0));
}

/* The same operator of the same AS, from whichever of the two it is known. */
static bool is_same_operator(const struct store_row *a, const struct store_row *b)
{
	bool same_vendor = a->vendor_count == b->vendor_count &&
			   (a->vendor_count == 0 || span_equal(a->vendors[0], b->vendors[0]));

	return a->asn == b->asn && a->fact == b->fact && same_vendor &&
	       strcmp(a->country, b->country) == 0 && span_equal(a->list, b->list) &&
	       span_equal(a->category, b->category);
}

/* The number alone, where no list says more of that AS. */
static void add_number(struct matcher *m, uint32_t asn, struct rows *rows)
{
	struct store_row row = {
		.fact = FACT_LISTED,
		.confidence = CONFIDENCE_MEDIUM,
		.list = GEOIP_LIST,
		.source = span_text(mmdb_name(m->sources.asn)),
		.asn = asn,
	};

	for (size_t i = 0; i < rows->count && i < rows->max; i++)
		if (rows->out[i].asn == asn)
			return;
	rows_add(rows, &row);
}

static void add_operators(struct matcher *m, const struct inet_addr *addr, struct rows *rows)
{
	size_t ranges = rows->count < rows->max ? rows->count : rows->max, found = 0;
	uint32_t asn;

	if (!m->sources.asn || mmdb_asn(m->sources.asn, addr, &asn) != 0)
		return;
	if (m->reader)
		found = clipped(store_find_asn(m->reader, asn, m->scratch, STORE_ROWS_MAX));
	for (size_t i = 0; i < found; i++) {
		bool known = false;

		for (size_t j = 0; j < ranges && !known; j++)
			known = is_same_operator(&rows->out[j], &m->scratch[i]);
		if (!known)
			rows_add(rows, &m->scratch[i]);
	}
	add_number(m, asn, rows);
}

size_t matcher_address(
	struct matcher *m, const struct inet_addr *addr, struct store_row *out, size_t max)
{
	struct rows rows = {.out = out, .max = max};
	bool is_global = inet_addr_is_global(addr);
	bool located = add_ranges(m, addr, is_global, &rows);
	struct store_row builtin;

	if (is_global) {
		add_countries(m, addr, located, &rows);
		add_operators(m, addr, &rows);
		if (builtin_find_address(m->builtin, addr, &builtin))
			rows_add(&rows, &builtin);
	}
	return rows.count;
}

/* The site's own NAT64 may have a prefix of unique local addresses. */
static bool is_translated(const struct matcher *m, const struct inet_addr *addr)
{
	for (unsigned i = 0; i < m->sources.nat64_count; i++)
		if (inet_prefix_has(&m->sources.nat64[i], addr))
			return true;
	return false;
}

bool matcher_rebinding(const struct matcher *m, const struct inet_addr *addr, struct store_row *out)
{
	return !is_translated(m, addr) && builtin_rebinding(addr, out);
}
