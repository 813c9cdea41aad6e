/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MATCH_MATCHER_H
#define MATCH_MATCHER_H

/*
 * What lists and address databases know about one name or one address. A matcher belongs to one
 * thread; the store and the mmdb files behind it are shared and immutable.
 */

#include "base/err.h"
#include "base/inet.h"
#include "match/mmdb.h"
#include "store/store.h"
#include "wire/name.h"

#define MATCHER_MMDB_MAX 8

struct matcher;

/* Where knowledge comes from; all pointers are borrowed and must outlive the matcher. store may be
 * NULL: no lists. */
struct matcher_sources {
	struct store *store;
	struct mmdb *country[MATCHER_MMDB_MAX];
	unsigned country_count;
	struct mmdb *asn; /* may be NULL */
	const struct name *zones; /* the site's own: names at and below them match nothing */
	unsigned zone_count;
	const struct inet_prefix *nat64; /* the site's own, for the judge */
	unsigned nat64_count;
};

int matcher_new(const struct matcher_sources *sources, struct matcher **out) MUST_CHECK;
void matcher_free(struct matcher *m);
const struct matcher_sources *matcher_sources(const struct matcher *m);
/* At or below one of the site's zones. */
bool matcher_is_own(const struct matcher *m, const struct name *name);

/*
 * The rows that hold for a name, the most specific first, with that of the built-in list dns-bypass
 * (also without a store) at the end. Of one list only the rows at the longest
 * listed ancestor count (`fusionsolar.huawei.com` before `huawei.com`). Returns how many there are,
 * of which at most max are written.
 */
size_t matcher_name(struct matcher *m, const struct name *name, struct store_row *out, size_t max);
/*
 * The rows that hold for an address: ranges, each country database as a row of fact located whose
 * list is "geoip" and whose source is the file's name, and the operators of the AS that the asn
 * database gives. An AS known both from the ranges and from the database gives its operator rows
 * once; of an AS that no list knows the number stands in a row of fact listed and list "geoip". A
 * private or special-use address has only rows of fact listed. An address that is global
 * and that no country database knows, although there is one, gets a row of fact located with
 * country "--" (written `unknown` in configuration) unless a range locates it. Counts as above.
 */
size_t matcher_address(
	struct matcher *m, const struct inet_addr *addr, struct store_row *out, size_t max);

/* The row of the built-in list rebinding for an address, which counts where a name that is not the
 * site's own leads to it; false: none, or the address is within the site's own NAT64. */
bool matcher_rebinding(
	const struct matcher *m, const struct inet_addr *addr, struct store_row *out);

#endif
