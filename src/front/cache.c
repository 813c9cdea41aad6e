/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/cache.h"

#include <stdlib.h>
#include <string.h>

/* What the smallest entry may take; sets the number of buckets. */
#define ENTRY_OCTETS 1024
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

struct cache {
	struct cache_entry **buckets;
	uint64_t mask;
	struct hash_key key;
	struct cache_entry *newest, *oldest;
	struct cache_entry *hand; /* where the next search for a victim goes on */
	size_t used, max;
	uint64_t evicted;
	void (*retire)(void *arg, struct resolution *r);
	void *arg;
};

int cache_new(size_t max_octets, const struct hash_key *key,
	void (*retire)(void *arg, struct resolution *r), void *arg, struct cache **out)
{
	struct cache *c = calloc(1, sizeof(*c));
	uint64_t buckets = 1024;

	while (buckets < max_octets / ENTRY_OCTETS)
		buckets *= 2;
	if (c)
		c->buckets = calloc(buckets, sizeof(struct cache_entry *));
	if (!c || !c->buckets) {
		free(c);
		return ERR_MEMORY;
	}
	c->mask = buckets - 1;
	c->key = *key;
	c->max = max_octets;
	c->retire = retire;
	c->arg = arg;
	*out = c;
	return 0;
}

/* The types of one name, which are few against the buckets, are spread without the key. */
static uint64_t hash_question(const struct cache *c, const struct question *q)
{
	return hash_keyed(&c->key, q->name.octets, q->name.len) + q->type * GOLDEN;
}

static bool is_for(const struct cache_entry *e, uint64_t hash, const struct question *q)
{
	const struct question *have = &e->resolution->question;

	return e->hash == hash && have->type == q->type && have->name.len == q->name.len &&
	       memcmp(have->name.octets, q->name.octets, q->name.len) == 0;
}

static struct cache_entry *find(const struct cache *c, uint64_t hash, const struct question *q)
{
	struct cache_entry *e = c->buckets[hash & c->mask];

	while (e && !is_for(e, hash, q))
		e = e->chain;
	return e;
}

struct cache_entry *cache_find(struct cache *c, const struct question *q)
{
	struct cache_entry *e = find(c, hash_question(c, q), q);

	if (e)
		e->visited = true;
	return e;
}

static void unlink_entry(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **at = &c->buckets[e->hash & c->mask];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	if (c->hand == e)
		c->hand = e->newer;
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
	c->used -= e->size;
}

static void link_entry(struct cache *c, struct cache_entry *e)
{
	struct cache_entry **bucket = &c->buckets[e->hash & c->mask];

	e->chain = *bucket;
	*bucket = e;
	e->older = c->newest;
	e->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
	c->used += e->size;
}

static size_t stripped_size(const struct verdict *v)
{
	return v->stripped ? v->stripped->size : 0;
}

static void resize_entry(struct cache *c, struct cache_entry *e, size_t size)
{
	c->used += size - e->size;
	e->size = size;
}

void cache_decided(struct cache *c, struct cache_entry *e, unsigned group)
{
	e->decided |= UINT64_C(1) << group;
	resize_entry(c, e, e->size + stripped_size(&e->verdicts[group]));
}

static void void_verdicts(struct cache *c, struct cache_entry *e)
{
	for (unsigned i = 0; e->decided; i++, e->decided >>= 1) {
		if (!(e->decided & 1))
			continue;
		resize_entry(c, e, e->size - stripped_size(&e->verdicts[i]));
		verdict_release(&e->verdicts[i]);
	}
}

static void drop_entry(struct cache *c, struct cache_entry *e)
{
	void_verdicts(c, e);
	unlink_entry(c, e);
	c->retire(c->arg, e->resolution);
	free(e->verdicts);
	free(e);
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop_entry(c, c->oldest);
	free(c->buckets);
	free(c);
}

/* SIEVE: from old to new, the first that was not visited since the hand came by. */
static void evict_one(struct cache *c)
{
	struct cache_entry *e = c->hand ? c->hand : c->oldest;

	while (e->visited) {
		e->visited = false;
		e = e->newer ? e->newer : c->oldest;
	}
	c->hand = e->newer;
	c->evicted++;
	drop_entry(c, e);
}

static size_t entry_size(const struct resolution *r, unsigned group_count)
{
	return sizeof(struct cache_entry) + group_count * sizeof(struct verdict) +
	       resolution_size(r);
}

struct cache_entry *cache_put(struct cache *c, struct resolution *r, unsigned group_count)
{
	uint64_t hash = hash_question(c, &r->question);
	size_t size = entry_size(r, group_count);
	struct cache_entry *old = find(c, hash, &r->question);
	struct cache_entry *e;

	if (size > c->max)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->verdicts = calloc(group_count ? group_count : 1, sizeof(struct verdict));
	if (!e->verdicts) {
		free(e);
		return NULL;
	}
	if (old) {
		e->visited = old->visited;
		drop_entry(c, old);
	}
	while (c->oldest && c->used + size > c->max)
		evict_one(c);
	e->resolution = r;
	e->group_count = group_count;
	e->hash = hash;
	e->size = size;
	link_entry(c, e);
	return e;
}

int cache_renew(struct cache *c, struct cache_entry *e, struct resolution *r)
{
	size_t size = entry_size(r, e->group_count);

	if (size > c->max)
		return ERR_LIMIT;
	void_verdicts(c, e);
	c->retire(c->arg, e->resolution);
	e->resolution = r;
	resize_entry(c, e, size);
	return 0;
}

int cache_void_verdicts(struct cache *c, struct cache_entry *e, unsigned group_count)
{
	struct verdict *verdicts;

	if (group_count <= e->group_count) {
		void_verdicts(c, e);
		return 0;
	}
	verdicts = calloc(group_count, sizeof(*verdicts));
	if (!verdicts)
		return ERR_MEMORY;
	void_verdicts(c, e);
	free(e->verdicts);
	e->verdicts = verdicts;
	e->group_count = group_count;
	return 0;
}

void cache_resize(struct cache *c, size_t max_octets)
{
	c->max = max_octets;
	while (c->oldest && c->used > c->max)
		evict_one(c);
}

size_t cache_used(const struct cache *c)
{
	return c->used;
}

uint64_t cache_evicted(const struct cache *c)
{
	return c->evicted;
}
