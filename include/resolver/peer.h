/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_PEER_H
#define RESOLVER_PEER_H

/*
 * Those who ask this resolver: each worker of the front and its main thread, over a link of its
 * own. A link that is replaced takes the answers that were still to come over it into its grave, as
 * its ids mean nothing to the next.
 */

#include "loop/loop.h"
#include "resolver/engine.h"

#define PEERS_MAX 4096

struct peers;

struct peers_counts {
	uint64_t asked, failed;
	uint64_t dropped; /* answers that the link had no room for */
};

int peers_new(struct loop *l, struct peers **out) MUST_CHECK;
/* After engine_free. NULL is fine. */
void peers_free(struct peers *p);
/* From now on questions are read and go to e. */
int peers_start(struct peers *p, struct engine *e) MUST_CHECK;
/* Takes over fd always. number is that of the worker or CHANNEL_CONTROL; its older link is closed.
 * ERR_LIMIT, ERR_MEMORY, ERR_IO. */
int peers_link(struct peers *p, uint32_t number, int fd) MUST_CHECK;
/* True when something is outstanding for a link that is open. */
bool peers_are_waiting(const struct peers *p);
struct peers_counts peers_counts(const struct peers *p);

#endif
