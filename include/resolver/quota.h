/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_QUOTA_H
#define RESOLVER_QUOTA_H

/*
 * How many questions one zone may have at a time, so that a flood of random names below one that is
 * slow or dead does not take the room of all others. A zone is what the last two labels name; two
 * that meet in one count share it.
 */

#include "base/hash.h"
#include "wire/name.h"

#define QUOTA_ZONES 4096

struct quota {
	struct hash_key key;
	unsigned max; /* of one zone */
	uint16_t count[QUOTA_ZONES];
};

/* ERR_IO when there is no randomness. */
int quota_init(struct quota *q, unsigned max) MUST_CHECK;
/* False when the zone of name has as many as it may. */
bool quota_take(struct quota *q, const struct name *name);
void quota_give(struct quota *q, const struct name *name);

#endif
