/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_FLIGHT_H
#define FRONT_FLIGHT_H

/*
 * The questions of one worker that a resolver is working on, and who waits for each. Equal
 * questions share one flight. All flights have the same time to live, so the oldest is the next to
 * give up.
 */

#include "base/hash.h"
#include "front/asker.h"

#define FLIGHTS_MAX 4096
#define FLIGHTS_ZONE_MAX (FLIGHTS_MAX / 8)
#define FLIGHT_WAITERS_MAX 1024 /* of one: what leaves at once is bounded too */
#define WAITERS_MAX 16384 /* over all flights */

struct waiter {
	struct waiter *next;
	struct asker asker;
};

struct flight {
	uint64_t id; /* never used twice */
	struct question question; /* name in lower case */
	unsigned resolver;
	unsigned asks; /* how often it was handed to a resolver */
	uint64_t asked_ms; /* when it began */
	unsigned deaths; /* how many resolvers died that had it */
	uint32_t link; /* the serial of the link it is on; 0: it waits for one */
	uint64_t deadline_ms;
	bool served_stale; /* who waited was looked after; it goes on for the cache alone */
	struct waiter *first, *last; /* in the order they came */
	unsigned waiters;
	/* The table's own. */
	uint64_t hash;
	struct flight *chain;
	struct flight *older, *newer;
};

struct flights;

int flights_new(const struct hash_key *key, struct flights **out) MUST_CHECK;
/* Nobody is told. */
void flights_free(struct flights *f);

struct flight *flights_find(struct flights *f, const struct question *q);
/* NULL when it was answered or given up before. */
struct flight *flights_by_id(struct flights *f, uint64_t id);
/*
 * now_ms must not be below that of any flight before. ERR_LIMIT: the table is full, or flights for
 * names with the same last two labels take up an eighth of it, as in a flood of random names below
 * one zone that is slow or dead. ERR_MEMORY.
 */
int flights_add(struct flights *f, const struct question *q, uint64_t now_ms, uint64_t patience_ms,
	struct flight **out) MUST_CHECK;
/* Copies the asker. ERR_STATE: the same client waits already with the same id, and asked again;
 * ERR_LIMIT, ERR_MEMORY. */
int flights_wait(struct flights *f, struct flight *flight, const struct asker *asker) MUST_CHECK;
/* The first waiter, the caller's until flights_waiter_free; NULL when there is none left. */
struct waiter *flights_take_waiter(struct flight *flight);
void flights_waiter_free(struct flights *f, struct waiter *w);
/* Frees the flight; it must have no waiters. */
void flights_remove(struct flights *f, struct flight *flight);
/* NULL when there is none. */
struct flight *flights_oldest(struct flights *f);
struct flight *flight_next(const struct flight *flight);
unsigned flights_count(const struct flights *f);

#endif
