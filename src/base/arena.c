/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)
#define CHUNK_MIN ((size_t)4096)
#define CHUNK_MAX ((size_t)1 << 20)

struct chunk {
	struct chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

struct arena {
	struct chunk *chunks; /* the first is the one being filled */
	size_t max;
	size_t used;
	size_t chunk_size; /* of the next chunk */
};

struct arena *arena_new(size_t max)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->max = max;
	a->chunk_size = CHUNK_MIN;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->chunks) {
		struct chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	free(a);
}

/* What is large for a chunk gets one of its own, behind the one being filled, which keeps its rest.
 */
static struct chunk *chunk_add(struct arena *a, size_t size)
{
	bool own = size > a->chunk_size / 4 && a->chunks;
	size_t room = size > a->chunk_size / 4 ? size : a->chunk_size;
	struct chunk *c = calloc(1, sizeof(*c) + room);

	if (!c)
		return NULL;
	c->size = room;
	if (own) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		c->next = a->chunks;
		a->chunks = c;
	}
	if (room == a->chunk_size && a->chunk_size < CHUNK_MAX)
		a->chunk_size *= 2;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->chunks;
	void *p;

	/* Also keeps the rounding below from overflowing; nothing costs one unit, so that every
	 * result is distinct. */
	if (size > a->max - a->used)
		return NULL;
	size = size > 0 ? (size - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT : ALIGNMENT;
	if (size > a->max - a->used)
		return NULL;
	if (!c || size > c->size - c->used)
		c = chunk_add(a, size);
	if (!c)
		return NULL;
	p = (uint8_t *)c->data + c->used;
	c->used += size;
	a->used += size;
	return p;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(a, total);
}

char *arena_text(struct arena *a, struct span text)
{
	char *copy = text.len < SIZE_MAX ? arena_alloc(a, text.len + 1) : NULL;

	if (copy && text.len > 0)
		memcpy(copy, text.data, text.len);
	return copy;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
