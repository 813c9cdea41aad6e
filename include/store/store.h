/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * One compiled generation of the lists, opened read-only. A generation is one LMDB file followed by
 * a trailer (magic, format version, SHA-256 of everything before it). store_open verifies the
 * trailer, every page and every internal offset, so that looking up cannot run outside the file
 * even if whoever wrote it computed the right checksum. It needs /proc: LMDB opens paths only. The
 * file never changes once written; the store may be read by many threads, each with its own
 * store_reader. Spans returned point into the map and are valid until store_close. The only modules
 * that see LMDB are src/store/store.c for reading and src/store/builder.c for writing; both share
 * src/store/format.h.
 */

#include "base/digest.h"
#include "base/err.h"
#include "base/inet.h"
#include "base/span.h"

#define STORE_FORMAT_VERSION 1
#define STORE_VENDOR_DEPTH 4 /* a vendor and its ancestors */
#define STORE_ROWS_MAX                                                                             \
	64 /* rows that one lookup returns at most; a builder never writes more for one key path   \
	    */

/* What an entry says of a name, an address or an AS; never one implied by another. */
enum fact {
	FACT_LISTED, /* it stands on a list, no more */
	FACT_LOCATED, /* the address is in that country */
	FACT_OPERATED, /* name or AS belongs to an operator under that jurisdiction */
	FACT_OWNED, /* a foreign brand under such ownership */
	FACT_COUNT
};

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

/* How a row of a name matches. */
enum name_match {
	NAME_MATCH_EXACT, /* that name */
	NAME_MATCH_SUFFIX, /* that name and everything below */
	NAME_MATCH_TLD, /* the same, for a TLD or public suffix */
};

/* One list entry as looked up. */
struct store_row {
	enum fact fact;
	enum confidence confidence;
	enum name_match match; /* names only */
	char country[3]; /* ISO 3166, "" when the entry says none */
	uint32_t asn; /* 0 when none */
	struct span list; /* the source's name in the configuration: "prc" */
	struct span file; /* "domains/ip-cameras.tsv", relative to the source */
	uint32_t line;
	struct span category; /* may be empty */
	struct span source; /* where the fact is known from; may be empty */
	struct span vendors[STORE_VENDOR_DEPTH]; /* ids: the vendor, its parent ...; vendor_count of
						    them */
	unsigned vendor_count;
	struct span vendor_name; /* display name of vendors[0]; may be empty */
	struct span
		key; /* names: the key (wire/name.h name_to_key) the row stands at; ranges: empty */
	struct inet_addr first, last; /* ranges: the segment */
};

struct store_list_info {
	struct span name;
	uint32_t names, ranges, asns; /* rows accepted */
	uint32_t skipped; /* rows refused with a report */
	uint32_t off; /* rows below the confidence asked for */
};

struct store_info {
	uint8_t digest[DIGEST_LEN]; /* of the content alone, whenever and from whatever it was
				       built: what logs call celnik.lists */
	uint8_t sources[DIGEST_LEN]; /* of the lists section and the source files it was built from
				      */
	uint64_t built_ns; /* real time */
	uint64_t size; /* octets of the file */
	uint32_t names, ranges, asns, vendors; /* keys */
	uint32_t list_count;
};

struct store;
struct store_reader;

/* From an open file or sealed memfd; the descriptor stays the caller's. ERR_FORMAT, ERR_VERSION,
 * ERR_IO, ERR_MEMORY. */
int store_open_fd(int fd, struct store **out) MUST_CHECK;
int store_open(const char *path, struct store **out) MUST_CHECK;
/* From a sealed memfd that another process of ours, which is trusted, has opened by store_open_fd:
 * only the tables are checked again. ERR_FORMAT also when it is not sealed. */
int store_open_verified(int fd, struct store **out) MUST_CHECK;
/* All readers must be closed before. NULL is fine. */
void store_close(struct store *s);
void store_info_read(const struct store *s, struct store_info *out);
/* index below list_count. */
void store_list_info_read(const struct store *s, uint32_t index, struct store_list_info *out);
/* True when some row has it: for warnings about rules that name what no list knows. */
bool store_has_vendor(const struct store *s, struct span id);
bool store_has_category(const struct store *s, struct span id);

/* For one thread at a time. */
int store_reader_new(struct store *s, struct store_reader **out) MUST_CHECK;
void store_reader_free(struct store_reader *r);

/*
 * All rows that match, the most specific first; at most max, and returns how many there are. A
 * name's key is that of name_to_key. Finds rows at the key itself and, for suffix and tld, at its
 * ancestors.
 */
size_t store_find_name(struct store_reader *r, struct span key, struct store_row *out, size_t max);
size_t store_find_address(
	struct store_reader *r, const struct inet_addr *addr, struct store_row *out, size_t max);
size_t store_find_asn(struct store_reader *r, uint32_t asn, struct store_row *out, size_t max);

enum store_kind { STORE_ASN, STORE_NAME, STORE_RANGE };
typedef int (*store_visitor)(void *context, enum store_kind kind, const struct store_row *row);
/*
 * Every row: those of AS numbers, of names in the order of their keys, of segments in the order of
 * their addresses. A row of an AS number has it in asn. Ends with the first code of each that is
 * not 0 and returns it.
 */
int store_walk(struct store_reader *r, store_visitor each, void *context) MUST_CHECK;

#endif
