/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_TCP_H
#define FRONT_TCP_H

/*
 * DNS over TCP for one worker (RFC 7766): several queries per connection, answered in any order.
 * Bounded: connections in all and of one client, questions in flight and unsent octets of each.
 * Closed is who sends no query for limits.tcp_idle, leaves one incomplete for TCP_READ_MS, or does
 * not take what was sent within TCP_WRITE_MS; and, when all places are taken, the one that has made
 * no progress for longest.
 */

#include "front/asker.h"

#define TCP_READ_MS 5000
#define TCP_WRITE_MS 10000
#define TCP_QUERY_MAX 4096 /* octets of one query; a longer one closes the connection */
#define TCP_PENDING_MAX 64 /* questions in flight; above that nothing is read */
#define TCP_UNSENT_MAX                                                                             \
	(256u << 10) /* octets that the client does not take; above that it is closed */

struct tcp;

int tcp_new(struct worker *w, struct tcp **out) MUST_CHECK;
/* Closes all connections and listening sockets. No asker may be left. */
void tcp_free(struct tcp *t);
/* Takes over a listening socket. ERR_LIMIT, ERR_IO, ERR_MEMORY; it is then closed. */
int tcp_add(struct tcp *t, int fd) MUST_CHECK;
/* See front/asker.h. */
uint8_t *tcp_room(struct tcp *t, size_t *size);
void tcp_send(struct tcp *t, struct tcp_connection *c, size_t len);
void tcp_drop(struct tcp *t, struct tcp_connection *c);
/* What was sent leaves. */
void tcp_flush(struct tcp *t);
/* Closes who made no progress for too long; looks again at sockets that could not accept. */
void tcp_tick(struct tcp *t);
unsigned tcp_count(const struct tcp *t);

#endif
