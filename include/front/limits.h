/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_LIMITS_H
#define FRONT_LIMITS_H

/*
 * What one client may take of a worker: queries, questions that wait, and, over UDP, replies to one
 * network, as the source of a datagram may be forged. Whoever asks for more is not answered, and
 * not recorded: it is counted, and at most every ten seconds events say how much of whom that was.
 * Each worker counts for itself. Nothing here allocates but telling.
 */

#include "base/hash.h"
#include "conf/conf.h"

struct asker;
struct limits;
struct worker;

/* What the tables know a client by. */
struct limits_id {
	uint64_t client, network;
	uint64_t hash; /* of the network: the only one made for a query */
};

enum limits_reply {
	LIMITS_SEND,
	LIMITS_SLIP, /* truncated: a client that is real comes again by TCP */
	LIMITS_WITHHOLD
};

int limits_new(const struct hash_key *key, struct limits **out) MUST_CHECK;
void limits_free(struct limits *l);
/* The limits in force from now on. */
void limits_adopt(struct limits *l, const struct conf_limits *conf);

struct limits_id limits_identify(struct limits *l, const struct inet_addr *client);
/* Before the query is looked at. UDP and TCP have a budget each: who sends datagrams in another's
 * name does not close that one's connections. False: nothing may be done for it; counted. */
bool limits_take_query(struct worker *w, const struct asker *a);
/* Before the asker is kept until there is an answer. False when too many of its client's are. */
bool limits_begin_wait(struct worker *w, struct asker *a);
/* When the asker ends; nothing if it did not wait. */
void limits_end_wait(struct worker *w, struct asker *a);
/* What is to be done with a reply, a whole message, of an asker over UDP; counted. */
enum limits_reply limits_take_reply(
	struct worker *w, const struct asker *a, const uint8_t *message);
/* Writes the events that are due; with now, all there are. */
void limits_tell(struct worker *w, bool now);

#endif
