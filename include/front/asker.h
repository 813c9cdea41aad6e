/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_ASKER_H
#define FRONT_ASKER_H

/*
 * One query of one client: what shapes its reply, what its log record says, and the way back. A
 * value that may be copied; each asker is answered or dropped exactly once.
 */

#include <netinet/in.h>

#include "base/inet.h"
#include "front/limits.h"
#include "journal/record.h"
#include "wire/reply.h"

struct worker;
struct tcp_connection;

/* The way back over UDP: the socket, the peer, and our address that was asked. */
struct udp_path {
	unsigned socket; /* index among the worker's */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} peer;
	struct in6_addr local; /* v4 in its first four octets; used on wildcard sockets */
	unsigned interface;
};

struct asker {
	struct reply_asker to;
	struct inet_endpoint client;
	struct limits_id id; /* of the client */
	bool waits; /* counted as outstanding */
	uint16_t group;
	enum journal_transport transport;
	uint64_t real_ns, started_ns; /* when the query was read, by both clocks */
	union {
		struct udp_path udp;
		struct tcp_connection *connection;
	};
};

/*
 * Room for the reply, at least to.limit octets; valid until asker_send or asker_drop, of which one
 * must follow before anybody else asks for room.
 */
uint8_t *asker_room(struct worker *w, struct asker *a, size_t *size);
/* Sends len octets of the room; ends the asker. */
void asker_send(struct worker *w, struct asker *a, size_t len);
/*
 * True when the limits do not let out the reply that stands in the room: the asker has
 * ended, perhaps with a truncated reply, and is not to be recorded.
 */
bool asker_withhold(struct worker *w, struct asker *a, uint8_t *room, size_t size);
/* No reply; ends the asker. */
void asker_drop(struct worker *w, struct asker *a);

#endif
