/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_EXCHANGE_H
#define RESOLVER_EXCHANGE_H

/*
 * One question of our own to one server, past libunbound: over UDP, and once more over TCP when the
 * whole answer is wanted and did not fit. A reply that does not belong to the question is not seen.
 */

#include "base/inet.h"
#include "loop/loop.h"
#include "wire/message.h"

struct exchange;

/* Called once; reply is NULL when none came in time. The exchange is gone when it is called. */
typedef void (*exchange_done)(void *arg, const struct message *reply);

/* With dnssec_ok the whole answer is wanted. done is never called from inside. ERR_MEMORY, ERR_IO.
 */
int exchange_start(struct loop *l, const struct inet_endpoint *server, const struct question *q,
	bool dnssec_ok, uint32_t timeout_ms, exchange_done done, void *arg,
	struct exchange **out) MUST_CHECK;
/* Gives up without a call. NULL is fine. */
void exchange_free(struct exchange *x);

#endif
