/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_COUNTER_H
#define FRONT_COUNTER_H

/*
 * What a worker counts. Each worker has its own set, written by it alone; others may read it at any
 * time and see a recent value.
 */

#include <stdatomic.h>

#include "base/err.h"
#include "base/span.h"

enum counter {
	COUNTER_QUERIES_UDP,
	COUNTER_QUERIES_TCP,
	COUNTER_CACHE_HITS,
	COUNTER_CACHE_MISSES,
	COUNTER_CACHE_EVICTED,
	COUNTER_CACHE_REJUDGED,
	COUNTER_MERGED, /* joined a question that was already in flight */
	COUNTER_ASKED, /* questions handed to a resolver */
	COUNTER_ASKED_AGAIN, /* after its resolver died */
	COUNTER_QUARANTINED, /* questions that are not asked for a while, as resolvers died of them
			      */
	COUNTER_ANSWERS_BAD, /* from a resolver: not an answer to the question */
	COUNTER_DEADLINES, /* questions given up */
	COUNTER_STALE, /* answered with what is past its time */
	COUNTER_OVERLOAD, /* SERVFAIL because a table or a link was full, or memory exhausted */
	COUNTER_SERVFAIL,
	COUNTER_BOGUS,
	COUNTER_ALLOWED,
	COUNTER_BLOCKED,
	COUNTER_DROPPED, /* blocked, and never answered */
	COUNTER_WOULD_BLOCK, /* answered in observe mode, blocked in enforce mode */
	COUNTER_ALERTS,
	COUNTER_CLIENT_REFUSED, /* not in any group */
	COUNTER_QUERY_MALFORMED, /* FORMERR, or dropped when there was no header */
	COUNTER_QUERY_UNSUPPORTED, /* opcode, class, type or EDNS version */
	COUNTER_LIMITED_QUERIES, /* dropped unread, or their connection closed */
	COUNTER_LIMITED_MISSES, /* SERVFAIL as too many of the client's wait */
	COUNTER_LIMITED_REPLIES, /* not sent */
	COUNTER_LIMITED_TRUNCATED, /* sent empty with TC */
	COUNTER_SEND_FAILED,
	COUNTER_TCP_ACCEPTED,
	COUNTER_TCP_CLOSED_LIMIT, /* to make room for another */
	COUNTER_TCP_CLOSED_CLIENT, /* to make room for another of the same client */
	COUNTER_TCP_CLOSED_TIME, /* idle or slow */
	COUNTER_TCP_NO_DESCRIPTOR, /* could not be accepted at once */
	COUNTER_COUNT
};

/* "queries.udp", "cache.hits" ... as `celnik stats` names them. */
extern const char *const counter_text[COUNTER_COUNT];

struct counters {
	_Atomic uint64_t values[COUNTER_COUNT];
};

/* By the owning thread alone. */
static inline void counter_add(struct counters *c, enum counter which, uint64_t n)
{
	uint64_t now = atomic_load_explicit(&c->values[which], memory_order_relaxed);

	atomic_store_explicit(&c->values[which], now + n, memory_order_relaxed);
}

static inline uint64_t counter_read(const struct counters *c, enum counter which)
{
	return atomic_load_explicit(&c->values[which], memory_order_relaxed);
}

#endif
