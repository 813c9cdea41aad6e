/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_COLLECTION_H
#define WIRE_COLLECTION_H

/*
 * The records that make up an answer, in the order in which they are to be written, with all names
 * in full. Owns its memory; lives only while an answer is being rebuilt.
 */

#include "base/buf.h"
#include "base/err.h"
#include "wire/message.h"

/* Offsets are in the collection's octets. */
struct item {
	size_t owner_at;
	size_t rdata_at;
	size_t rdata_len;
	size_t lower_at; /* the RDATA with its names in lower case, of the same length */
	uint32_t ttl;
	uint16_t type;
	enum section section;
	bool is_dnssec; /* only for who asked with DO */
	bool is_repeated; /* the same record stands before it */
};

struct collection {
	struct buf octets;
	struct item *items;
	size_t count;
	size_t room;
};

/* room: the most items there will be. ERR_MEMORY. */
int collection_init(struct collection *c, size_t room) MUST_CHECK;
void collection_release(struct collection *c);
/* A record of m. ERR_LIMIT, ERR_MEMORY. */
int collection_add(struct collection *c, const struct message *m, const struct record *r,
	enum section section, bool is_dnssec) MUST_CHECK;
/* A CNAME that no message holds. */
int collection_add_alias(struct collection *c, const struct name *owner, const struct name *target,
	uint32_t ttl) MUST_CHECK;
/* Marks the repeated ones, in time n log n. ERR_MEMORY. */
int collection_mark_repeated(struct collection *c) MUST_CHECK;

#endif
