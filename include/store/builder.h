/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_BUILDER_H
#define STORE_BUILDER_H

/*
 * Writes a generation. Rows may come in any order; they are sorted, ranges flattened into disjoint
 * segments, and written with MDB_APPEND to a file aside, checked by opening it, fsynced and
 * renamed. Single-threaded. Text is copied.
 */

#include "store/store.h"

struct builder_row {
	enum fact fact;
	enum confidence confidence;
	char country[3];
	uint32_t asn;
	uint32_t list; /* from builder_list */
	struct span file;
	uint32_t line;
	struct span vendor; /* id; its parents are looked up among builder_vendor at the end */
	struct span category;
	struct span source;
};

struct builder;

int builder_new(struct builder **out) MUST_CHECK;
void builder_free(struct builder *b);
/* *index names the list in rows. The same name again is ERR_STATE. */
int builder_list(struct builder *b, struct span name, uint32_t *index) MUST_CHECK;
void builder_count_refused(struct builder *b, uint32_t list, uint32_t skipped, uint32_t off);
/* The same id again is ERR_STATE; parent may be empty, and defined later. */
int builder_vendor(
	struct builder *b, struct span id, struct span name, struct span parent) MUST_CHECK;
bool builder_has_vendor(const struct builder *b, struct span id);
/*
 * Adding a row. ERR_FORMAT for a key, an order of addresses or a row that cannot be, and for a
 * range of IPv6 that reaches into ::ffff:0:0/96, where IPv4 lies. ERR_STATE for a duplicate, which
 * is not added: the same key, match, list and fact; of ranges and ASNs the same numbers, list,
 * fact, country, vendor and category.
 */
int builder_name(struct builder *b, struct span key, enum name_match match,
	const struct builder_row *row) MUST_CHECK;
int builder_range(struct builder *b, const struct inet_addr *first, const struct inet_addr *last,
	const struct builder_row *row) MUST_CHECK;
int builder_asn(struct builder *b, uint32_t asn, const struct builder_row *row) MUST_CHECK;
/*
 * Writes the file. A range row with an asn and fact FACT_LISTED is joined with that AS's rows: it
 * takes the vendor, category, fact and country of each (one segment row per AS row) and the lower
 * confidence, keeping its own file, line and source; where another list names the operator, list,
 * file, line and source are that list's. Without any AS row it stays as it is.
 *
 * The same rows in the same order, sources and now_ns give the same octets. ERR_LIMIT when more
 * than STORE_ROWS_MAX rows would cover one key path or segment; ERR_FORMAT for a vendor or parent
 * that builder_vendor was not told of, or a cycle. With any error *problem says in words whom it is
 * about, or is empty; it is owned by b.
 */
int builder_write(struct builder *b, const char *path, const uint8_t sources[DIGEST_LEN],
	uint64_t now_ns, const char **problem) MUST_CHECK;

#endif
