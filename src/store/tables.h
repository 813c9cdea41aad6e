/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_TABLES_H
#define STORE_TABLES_H

/*
 * The tables of a generation, and the proof that they and every record hold only indices and
 * lengths that exist. Knows nothing of LMDB.
 */

#include "format.h"
#include "store/store.h"

struct tables {
	struct span values[TABLE_COUNT]; /* raw, into the map */
	uint32_t strings, entries, vendors, lists; /* how many */
};

/* From values alone; counts are filled in. ERR_FORMAT. */
int tables_check(struct tables *t) MUST_CHECK;
/* index must be below strings. */
struct span tables_string(const struct tables *t, uint32_t index);
/* index must be below entries. */
const uint8_t *tables_entry(const struct tables *t, uint32_t index);
/* The ids of a vendor (its index + 1, 0 for none) and its ancestors; returns how many. */
unsigned tables_vendor_chain(
	const struct tables *t, uint32_t vendor, struct span out[STORE_VENDOR_DEPTH]);
void tables_list(const struct tables *t, uint32_t index, struct store_list_info *out);
/* All but key, first and last, which are set to nothing. row holds ROW_LEN octets that were
 * checked. */
void tables_row(const struct tables *t, const uint8_t *row, struct store_row *out);

/* The first len octets of a name's key, at most all, are whole labels (wire/name.h name_to_key). */
bool tables_key_has_boundary(struct span key, size_t len);

/* What was seen so far while all records are gone through in order. */
struct records {
	const struct tables *tables;
	struct digest_state *digest;
	uint32_t names, ranges, asns;
	uint8_t range_end[FORMAT_ADDRESS_LEN];
	uint8_t previous[FORMAT_KEY_MAX];
	size_t previous_len;
};

/* One record, tag and all; ERR_FORMAT when it is not sound or out of order. */
int records_check(struct records *r, struct span key, struct span value) MUST_CHECK;
/* Adds a record to a generation's digest. */
void records_digest(struct digest_state *d, struct span key, struct span value);

#endif
