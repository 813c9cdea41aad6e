/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_HASH_H
#define BASE_HASH_H

/*
 * SipHash-1-3 (Aumasson, Bernstein 2012; the variant with one compression and three finalisation
 * rounds): a keyed hash for tables whose keys come from the network, so that nobody outside can aim
 * at one bucket.
 */

#include "base/err.h"
#include "base/span.h"

struct hash_key {
	uint64_t k0, k1;
};

/* From getrandom(2). */
int hash_key_draw(struct hash_key *out) MUST_CHECK;
uint64_t hash_keyed(const struct hash_key *key, const void *data, size_t len);

#endif
