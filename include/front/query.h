/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_QUERY_H
#define FRONT_QUERY_H

/*
 * The life of a query: read, group, look up, ask, judge, decide, reply, record. Transports bring
 * askers, links bring answers; both within a turn of the worker.
 */

#include "front/asker.h"
#include "front/flight.h"
#include "link/link.h"

/* transport, client and the way back are filled in. Ends the asker now, or keeps a copy until there
 * is an answer. */
void query_take(struct worker *w, struct asker *a, struct span octets);
/* An answer from a resolver; answers everybody who waits. Unknown ids are counted. */
void query_answered(struct worker *w, unsigned resolver, const struct link_answer *answer);
/* A stale answer or SERVFAIL for everybody who waits; the flight is over. */
void query_give_up(struct worker *w, struct flight *f, enum ede ede, const char *why);
/* Now and then: looks after those who have waited too long, gives up what is past its deadline. */
void query_tick(struct worker *w);

#endif
