/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_RING_H
#define JOURNAL_RING_H

/*
 * A ring from one producing thread to one consuming thread. Counters only grow: index & mask is the
 * slot. The producer stores the tail with release order behind the entry, the consumer loads it
 * with acquire order; the other way round for the head.
 */

#include <stdalign.h>
#include <stdatomic.h>

#include "journal/record.h"

#define CACHE_LINE 64

struct change;

struct ring_entry {
	struct journal_record record;
	const struct journal_context *context;
	struct change *change; /* owned; then only real_ns and number of the record count */
};

struct ring {
	struct ring_entry *entries;
	uint64_t mask;
	alignas(CACHE_LINE) _Atomic uint64_t tail; /* written by the producer */
	uint64_t head_seen; /* the producer's: the last head it loaded */
	alignas(CACHE_LINE) _Atomic uint64_t head; /* written by the consumer */
};

/* size is a power of two. ERR_MEMORY. */
int ring_init(struct ring *r, unsigned size) MUST_CHECK;
void ring_release(struct ring *r);

/* The producer's. The entry to be filled in, NULL when it is full; ring_push hands it over. */
static inline struct ring_entry *ring_room(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - r->head_seen > r->mask) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail - r->head_seen > r->mask)
			return NULL;
	}
	return &r->entries[tail & r->mask];
}

static inline void ring_push(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}

/* How many were ever pushed, as the producer knows it. */
static inline uint64_t ring_pushed(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_relaxed);
}

/* The consumer's. Entries from ring_head to ring_tail may be read; ring_pop gives up the oldest. */
static inline uint64_t ring_tail(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_acquire);
}

static inline uint64_t ring_head(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_relaxed);
}

static inline struct ring_entry *ring_oldest(const struct ring *r)
{
	return &r->entries[ring_head(r) & r->mask];
}

static inline void ring_pop(struct ring *r)
{
	atomic_store_explicit(&r->head, ring_head(r) + 1, memory_order_release);
}

#endif
