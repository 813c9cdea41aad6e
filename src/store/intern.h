/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_INTERN_H
#define STORE_INTERN_H

/* A set of octet strings, each kept once and known by a number in the order they came in. */

#include "base/buf.h"
#include "base/hash.h"

/* The hash stands beside the number, so that most of what is passed by need not be read. */
struct intern_slot {
	uint32_t number; /* plus 1; 0 is free */
	uint32_t hash;
};

struct intern {
	struct hash_key seed;
	struct buf text;
	uint32_t *ends; /* of each string in text */
	uint32_t count, capacity;
	struct intern_slot *slots;
	uint32_t slot_count; /* a power of two, at least twice count */
};

/* ERR_IO, ERR_MEMORY. */
int intern_init(struct intern *t) MUST_CHECK;
/* NULL and a zeroed one are fine. */
void intern_release(struct intern *t);
/* *is_new may be NULL. ERR_MEMORY, ERR_LIMIT above 1 GiB or 2^31 strings. */
int intern_put(struct intern *t, struct span s, uint32_t *number, bool *is_new) MUST_CHECK;
bool intern_find(const struct intern *t, struct span s, uint32_t *number);
/* Valid until the next put. */
struct span intern_get(const struct intern *t, uint32_t number);

#endif
