/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_WORKER_H
#define FRONT_WORKER_H

/*
 * A worker: one thread with its own sockets, event loop, answer cache and questions in flight.
 * Nothing it needs for a cached answer is shared. The main thread makes it, hands it descriptors
 * and snapshots through a pipe, and reads its counters.
 */

#include <pthread.h>

#include "base/hash.h"
#include "front/cache.h"
#include "front/counter.h"
#include "front/flight.h"
#include "front/quarantine.h"
#include "front/snapshot.h"
#include "journal/journal.h"
#include "link/channel.h"
#include "link/link.h"
#include "loop/loop.h"

struct limits;
struct udp;
struct tcp;

struct worker_link {
	struct worker *worker;
	unsigned resolver;
	uint32_t serial; /* another for each link; never 0 */
	struct link *link; /* NULL: none now */
	struct watch *watch;
	uint64_t linked_ns, heard_ns; /* when it was made, when an answer came */
	bool is_behind; /* flights wait as it was full */
	/* The relay's own. */
	bool has_suspects; /* flights that are asked with care */
	bool is_trying; /* some of them are on the link */
	uint64_t tried_ns; /* when the last were */
	bool is_leaving; /* its resolver was replaced */
	struct worker_link *next; /* of those that leave */
};

struct worker {
	unsigned index;
	struct loop *loop;
	struct snapshot *snapshot; /* in use, held */
	struct snapshot *coming; /* to be used as soon as possible, held; NULL for none */
	struct matcher *matcher;
	struct cache *cache;
	struct flights *flights;
	struct journal_lane *lane;
	struct limits *limits;
	struct udp *udp;
	struct tcp *tcp;
	struct worker_link links[CHANNEL_RESOLVERS_MAX];
	struct worker_link *leaving; /* the youngest first */
	unsigned leaving_count;
	uint32_t last_serial;
	struct quarantine *quarantine; /* shared by all workers */
	unsigned resolver_count;
	unsigned worker_count; /* that share what is limited in total */
	unsigned connections_max; /* over TCP, as descriptors allow */
	struct hash_key spread; /* names over resolvers: the same for all workers */
	uint64_t now_ns, real_ns; /* the clocks at the begin of this turn */
	struct watch *tick;
	struct watch *mail_watch;
	int mail[2]; /* commands, main thread to worker */
	int wake; /* the main thread's eventfd, told when adopted changes */
	pthread_t thread;
	/* Read by the main thread. */
	_Atomic uint64_t adopted; /* policy_number of the snapshot in use */
	_Atomic uint64_t beat_ns; /* monotonic time of the last tick */
	_Atomic uint64_t cache_octets, flight_count, connection_count;
	struct counters counters;
};

struct worker_options {
	unsigned index, worker_count, resolver_count;
	unsigned connections_max;
	struct snapshot *snapshot; /* the worker takes its own holds */
	struct journal_lane *lane;
	struct hash_key spread;
	struct quarantine *quarantine; /* outlives the worker */
	int wake;
};

int worker_new(const struct worker_options *o, struct worker **out) MUST_CHECK;
/* Before the thread runs. Take over fd. */
int worker_add_udp(struct worker *w, int fd) MUST_CHECK;
int worker_add_tcp(struct worker *w, int fd) MUST_CHECK;
int worker_start(struct worker *w) MUST_CHECK;

/* From the main thread, at any time: the worker uses s from its next turn on (and then says so in
 * adopted); a new link to a resolver, whose fd it takes over. ERR_AGAIN when the worker does not
 * read. */
int worker_adopt(struct worker *w, struct snapshot *s) MUST_CHECK;
int worker_link(struct worker *w, unsigned resolver, int fd) MUST_CHECK;
/* Ends the thread and frees everything. */
void worker_stop(struct worker *w);
void worker_free(struct worker *w);

/* From the worker: there is something for the main thread to look at. */
void worker_wake_main(struct worker *w);
/* Around everything that a callback of the worker's loop does. */
void worker_begin_turn(struct worker *w);
void worker_end_turn(struct worker *w);
static inline uint64_t worker_now_ms(const struct worker *w)
{
	return w->now_ns / 1000000;
}

#endif
