/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_CACHE_H
#define FRONT_CACHE_H

/*
 * The answer cache of one worker: per question the answer as it was resolved, what judging found in
 * it, and what each client group gets. An entry is never changed by finding it; what is out of date
 * the worker renews (front/query.h). Bounded by octets; eviction is SIEVE (Zhang et al., NSDI
 * 2024), which keeps what was asked twice and lets a scan of random names pass through. A hit sets
 * one flag, where LRU moves the entry in a list; S3-FIFO does as well on such traces with three
 * queues. Of a trace as skewed as Zipf's law over 20,000 names, with room for one name in fifteen,
 * 72 in a hundred are hits (the best that a fixed choice of names could do is 74); 68 when each
 * second query is for a random name, 60 when nine of ten are: tests/unit/test_cache.c.
 */

#include "base/hash.h"
#include "front/verdict.h"

/* What each hit needs comes first. */
struct cache_entry {
	uint64_t hash; /* the cache's own, as is chain */
	struct cache_entry *chain;
	struct resolution *resolution; /* never NULL */
	uint64_t stored_ms; /* what TTLs count from */
	uint64_t expires_ms; /* stale from then on */
	uint64_t source_number; /* of whom it was asked, and how */
	uint64_t lists_number, policy_number; /* evidence and decisions are of these */
	uint64_t decided; /* a bit for each group whose verdict stands */
	struct verdict *verdicts; /* group_count of them; the others are empty */
	uint32_t max_ttl_s; /* what its TTLs were clipped to */
	unsigned group_count;
	uint64_t retry_ms; /* stale, and asking failed: not asked again before */
	/* The cache's own. */
	struct cache_entry *newer, *older;
	size_t size;
	bool visited;
};

struct cache;

/* Resolutions that leave the cache go to retire; records may still point to them. */
int cache_new(size_t max_octets, const struct hash_key *key,
	void (*retire)(void *arg, struct resolution *r), void *arg, struct cache **out) MUST_CHECK;
/* Retires what is left. */
void cache_free(struct cache *c);

/* The question's name in lower case. NULL when there is none. */
struct cache_entry *cache_find(struct cache *c, const struct question *q);
/*
 * Takes over r, in place of an older entry for its question. Evicts as needed. The caller fills in
 * times and numbers. NULL when memory is exhausted or r alone is larger than the cache: r is then
 * still the caller's.
 */
struct cache_entry *cache_put(struct cache *c, struct resolution *r, unsigned group_count);
/* Another resolution of the same question and answer; verdicts are void. The old one is retired. */
int cache_renew(struct cache *c, struct cache_entry *e, struct resolution *r) MUST_CHECK;
/* The group's verdict has been filled in and stands. */
void cache_decided(struct cache *c, struct cache_entry *e, unsigned group);
/* Makes room for group_count verdicts and voids them. ERR_MEMORY. */
int cache_void_verdicts(struct cache *c, struct cache_entry *e, unsigned group_count) MUST_CHECK;

/* Evicts what is too much then. */
void cache_resize(struct cache *c, size_t max_octets);
size_t cache_used(const struct cache *c);
uint64_t cache_evicted(const struct cache *c);

#endif
