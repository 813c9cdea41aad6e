/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_LANE_H
#define JOURNAL_LANE_H

/*
 * The way from one producing thread to the writer.
 *
 * What is retired stands in a list beside the rings, so that handing over cannot fail for want of
 * room. Why freeing is sound, whichever ring a record went through: the writer first takes the
 * whole list, then loads both tails, then handles every record up to them, then frees the list. A
 * record that points to something in the list was put by the lane's thread before it was pushed to
 * the list. So both tails it stored before that are visible to the writer that took it (release of
 * the push, acquire of the taking), and the record is among those handled. Nothing points to it
 * from later records, because the owner has given it up.
 *
 * Why no wake-up is lost: the owner stores `published` and then looks whether the writer sleeps;
 * the writer stores that it sleeps and then looks at `published`. All four are sequentially
 * consistent, so at least one of the two sees the other.
 */

#include "journal/journal.h"
#include "ring.h"

/* A change of configuration or the like on its way, or a loss. */
struct change {
	const char *kind; /* static */
	const char *action, *reason; /* behind the struct, in one block */
};

/* A context that a lane has left. */
struct parted {
	struct journal_context *context;
	struct parted *next;
};

/* What wakes the writer. */
struct bell {
	_Atomic bool sleeping;
	int fd; /* eventfd, not blocking */
};

struct journal_lane {
	struct bell *bell;
	unsigned index;
	/* The owner's thread. */
	struct journal_context *context;
	uint64_t number; /* of the next record */
	uint64_t turned; /* records put up to the last turn */
	struct ring queries, events;
	/* From the owner to the writer. */
	alignas(CACHE_LINE) _Atomic uint64_t published; /* records put, both rings */
	_Atomic uint64_t lost_queries, lost_events;
	_Atomic(struct resolution *) retired;
	_Atomic uint64_t
		retired_octets; /* of the list, and of what the writer took and not freed */
	_Atomic(struct parted *) parted;
	/* The writer's thread. */
	uint64_t told_queries, told_events; /* losses that were written */
};

int bell_init(struct bell *b) MUST_CHECK;
void bell_release(struct bell *b);
void bell_ring(struct bell *b);

int lane_init(
	struct journal_lane *l, unsigned index, unsigned ring_size, struct bell *bell) MUST_CHECK;
/* Frees also what the lane still holds; after the writer has ended. */
void lane_release(struct journal_lane *l);
/* Records that were published and that the writer has not handled. */
uint64_t lane_waiting(const struct journal_lane *l);
/* Records that the writer has handled. */
uint64_t lane_handled(const struct journal_lane *l);
/* Counts a record that is not written; by the owner or, once that is at rest, by the writer. */
void lane_lose(struct journal_lane *l, bool event);

/* Octets that were freed. */
uint64_t retired_free(struct resolution *list);
void parted_free(struct parted *list);

#endif
