/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_OUTBOX_H
#define SUPERVISOR_OUTBOX_H

/* Messages to a child that its channel has no room for yet, in their order. */

#include "link/channel.h"

#define OUTBOX_MAX 65536 /* messages */

struct outbox_item;

struct outbox {
	struct channel *channel;
	struct outbox_item *first, **last;
	unsigned count;
};

void outbox_init(struct outbox *o, struct channel *c);
void outbox_release(struct outbox *o);
/* Sends at once or keeps a copy, of the descriptor too. ERR_IO, ERR_LIMIT, ERR_MEMORY. */
int outbox_put(struct outbox *o, const struct channel_message *m) MUST_CHECK;
/* ERR_AGAIN when something is left, ERR_IO. */
int outbox_flush(struct outbox *o) MUST_CHECK;

#endif
