/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_MEMO_H
#define REVIEW_MEMO_H

/* Which number a text has, for the texts that were met last: most of a log repeats. Told apart by a
 * keyed hash of 64 bits. */

#include "base/hash.h"
#include "base/span.h"

#define MEMO_SLOTS 65536

struct memo {
	struct hash_key key;
	struct {
		uint64_t hash;
		int64_t id;
	} slots[MEMO_SLOTS];
};

/* 0 when it is not known. *hash is what memo_put wants. */
int64_t memo_find(const struct memo *m, struct span text, uint64_t *hash);
void memo_put(struct memo *m, uint64_t hash, int64_t id);

#endif
