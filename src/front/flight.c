/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/flight.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS (2 * FLIGHTS_MAX)
#define ZONES 4096 /* counts by hash: two zones that meet in one share it */

struct flights {
	struct hash_key key;
	struct flight *slots[FLIGHTS_MAX]; /* an id is round * FLIGHTS_MAX + slot */
	uint16_t free_slots[FLIGHTS_MAX];
	struct flight *buckets[BUCKETS];
	struct flight *oldest, *newest;
	uint64_t round;
	unsigned count, waiters;
	uint16_t zone_count[ZONES];
};

int flights_new(const struct hash_key *key, struct flights **out)
{
	struct flights *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_MEMORY;
	f->key = *key;
	for (unsigned i = 0; i < FLIGHTS_MAX; i++)
		f->free_slots[i] = (uint16_t)i;
	*out = f;
	return 0;
}

void flights_free(struct flights *f)
{
	struct waiter *w;

	if (!f)
		return;
	while (f->oldest) {
		while ((w = flights_take_waiter(f->oldest)))
			flights_waiter_free(f, w);
		flights_remove(f, f->oldest);
	}
	free(f);
}

static uint64_t hash_question(const struct flights *f, const struct question *q)
{
	return hash_keyed(&f->key, q->name.octets, q->name.len) + q->type;
}

/* The count of the zone, taken to be what the last two labels name. */
static uint16_t *zone_count(struct flights *f, const struct name *name)
{
	struct name zone = *name;

	while (zone.labels > 2)
		name_to_parent(&zone);
	return &f->zone_count[hash_keyed(&f->key, zone.octets, zone.len) % ZONES];
}

struct flight *flights_find(struct flights *f, const struct question *q)
{
	uint64_t hash = hash_question(f, q);
	struct flight *flight = f->buckets[hash % BUCKETS];

	while (flight && !(flight->hash == hash && flight->question.type == q->type &&
				 name_equal(&flight->question.name, &q->name)))
		flight = flight->chain;
	return flight;
}

struct flight *flights_by_id(struct flights *f, uint64_t id)
{
	struct flight *flight = f->slots[id % FLIGHTS_MAX];

	return flight && flight->id == id ? flight : NULL;
}

int flights_add(struct flights *f, const struct question *q, uint64_t now_ms, uint64_t patience_ms,
	struct flight **out)
{
	uint16_t *in_zone = zone_count(f, &q->name);
	struct flight *flight;
	unsigned slot;

	if (f->count == FLIGHTS_MAX || *in_zone == FLIGHTS_ZONE_MAX)
		return ERR_LIMIT;
	flight = calloc(1, sizeof(*flight));
	if (!flight)
		return ERR_MEMORY;
	slot = f->free_slots[FLIGHTS_MAX - 1 - f->count++];
	f->slots[slot] = flight;
	flight->id = ++f->round * FLIGHTS_MAX + slot;
	flight->question = *q;
	flight->asked_ms = now_ms;
	flight->deadline_ms = now_ms + patience_ms;
	++*in_zone;
	flight->hash = hash_question(f, q);
	flight->chain = f->buckets[flight->hash % BUCKETS];
	f->buckets[flight->hash % BUCKETS] = flight;
	flight->older = f->newest;
	*(f->newest ? &f->newest->newer : &f->oldest) = flight;
	f->newest = flight;
	*out = flight;
	return 0;
}

/* A client that got no answer yet asks again, as stub resolvers do. */
static bool waits_already(const struct flight *flight, const struct asker *a)
{
	const struct waiter *w = a->transport == JOURNAL_UDP ? flight->first : NULL;

	while (w && !(w->asker.to.id == a->to.id && w->asker.transport == JOURNAL_UDP &&
			    inet_endpoint_equal(&w->asker.client, &a->client)))
		w = w->next;
	return w != NULL;
}

int flights_wait(struct flights *f, struct flight *flight, const struct asker *asker)
{
	struct waiter *w;

	if (waits_already(flight, asker))
		return ERR_STATE;
	if (f->waiters == WAITERS_MAX || flight->waiters == FLIGHT_WAITERS_MAX)
		return ERR_LIMIT;
	w = malloc(sizeof(*w));
	if (!w)
		return ERR_MEMORY;
	w->asker = *asker;
	w->next = NULL;
	*(flight->last ? &flight->last->next : &flight->first) = w;
	flight->last = w;
	flight->waiters++;
	f->waiters++;
	return 0;
}

struct waiter *flights_take_waiter(struct flight *flight)
{
	struct waiter *w = flight->first;

	if (!w)
		return NULL;
	flight->first = w->next;
	flight->waiters--;
	if (!flight->first)
		flight->last = NULL;
	return w;
}

void flights_waiter_free(struct flights *f, struct waiter *w)
{
	f->waiters--;
	free(w);
}

void flights_remove(struct flights *f, struct flight *flight)
{
	struct flight **at = &f->buckets[flight->hash % BUCKETS];

	while (*at != flight)
		at = &(*at)->chain;
	*at = flight->chain;
	*(flight->newer ? &flight->newer->older : &f->newest) = flight->older;
	*(flight->older ? &flight->older->newer : &f->oldest) = flight->newer;
	--*zone_count(f, &flight->question.name);
	f->slots[flight->id % FLIGHTS_MAX] = NULL;
	f->free_slots[FLIGHTS_MAX - f->count--] = (uint16_t)(flight->id % FLIGHTS_MAX);
	free(flight);
}

struct flight *flights_oldest(struct flights *f)
{
	return f->oldest;
}

struct flight *flight_next(const struct flight *flight)
{
	return flight->newer;
}

unsigned flights_count(const struct flights *f)
{
	return f->count;
}
