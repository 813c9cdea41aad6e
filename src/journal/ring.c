/* SPDX-License-Identifier: BSD-3-Clause */

#include "ring.h"

#include <stdlib.h>

int ring_init(struct ring *r, unsigned size)
{
	struct ring_entry *entries = calloc(size, sizeof(*entries));

	if (!entries)
		return ERR_MEMORY;
	r->entries = entries;
	r->mask = size - 1;
	r->head_seen = 0;
	atomic_init(&r->tail, 0);
	atomic_init(&r->head, 0);
	return 0;
}

void ring_release(struct ring *r)
{
	free(r->entries);
	r->entries = NULL;
}

struct ring_entry *ring_room(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail - r->head_seen > r->mask) {
		r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
		if (tail - r->head_seen > r->mask)
			return NULL;
	}
	return &r->entries[tail & r->mask];
}

void ring_push(struct ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}

uint64_t ring_pushed(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_relaxed);
}

uint64_t ring_tail(const struct ring *r)
{
	return atomic_load_explicit(&r->tail, memory_order_acquire);
}

uint64_t ring_head(const struct ring *r)
{
	return atomic_load_explicit(&r->head, memory_order_relaxed);
}

struct ring_entry *ring_oldest(const struct ring *r)
{
	return &r->entries[ring_head(r) & r->mask];
}

void ring_pop(struct ring *r)
{
	atomic_store_explicit(&r->head, ring_head(r) + 1, memory_order_release);
}
