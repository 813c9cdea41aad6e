/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

/*
 * Memory that is freed all at once: for what lives exactly as long as its owner (a configuration, a
 * list being compiled). Not thread-safe while being filled; immutable afterwards.
 */

#include "base/err.h"
#include "base/span.h"

struct arena;

/* max is in octets; ERR_MEMORY is returned as NULL. */
struct arena *arena_new(size_t max);
void arena_free(struct arena *a);
/* Zeroed, aligned for any type. NULL when memory or the maximum is exhausted. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;
/* count * size with overflow checked. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size) MUST_CHECK;
/* A terminated copy; NULL as above. */
char *arena_text(struct arena *a, struct span text) MUST_CHECK;
size_t arena_used(const struct arena *a);

#endif
