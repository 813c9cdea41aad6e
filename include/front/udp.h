/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_UDP_H
#define FRONT_UDP_H

/* The UDP sockets of one worker: queries read in batches, replies sent in batches. */

#include "front/asker.h"

struct udp;

#define UDP_SOCKETS_MAX 64

int udp_new(struct worker *w, struct udp **out) MUST_CHECK;
/* Closes the sockets. */
void udp_free(struct udp *u);
/* Takes over a bound socket. ERR_LIMIT, ERR_IO, ERR_MEMORY; the socket is then closed. */
int udp_add(struct udp *u, int fd) MUST_CHECK;
/* See front/asker.h. */
uint8_t *udp_room(struct udp *u, const struct udp_path *path, size_t *size);
void udp_send(struct udp *u, size_t len);
/* What was sent leaves. */
void udp_flush(struct udp *u);

#endif
