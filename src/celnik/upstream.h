/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_UPSTREAM_H
#define CELNIK_UPSTREAM_H

/*
 * One question to those whom the daemon would have asked: the servers of the internal zone that the
 * name stands in, or the upstreams; over UDP, then over TCP. Nothing is validated or cached.
 */

#include "base/buf.h"
#include "conf/conf.h"
#include "wire/message.h"

/* The internal zone that a name stands in, or NULL. */
const struct conf_zone *upstream_zone(const struct conf *conf, const struct name *name);
/*
 * The first usable answer goes to packet, its sender to from. ERR_MISSING when none came, or no
 * server is known; ERR_MEMORY, ERR_IO.
 */
int upstream_ask(const struct conf *conf, const struct question *q, struct buf *packet,
	struct inet_endpoint *from) MUST_CHECK;

#endif
