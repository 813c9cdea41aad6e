/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_PROBE_H
#define RESOLVER_PROBE_H

/*
 * Tells whether each upstream and each server of a zone answers: asks it a small question of our
 * own every five seconds, every second while it is silent, and for how long it takes. One that has
 * answered before is down after five seconds of silence.
 */

#include "base/buf.h"
#include "conf/conf.h"
#include "loop/loop.h"

#define PROBES_MAX 256 /* servers beyond that are not watched */

struct probes;

/*
 * Called with each answer, and once when none has come soon after the start. recovered: a zone, or
 * the root, of which no server answered for long has one again.
 */
typedef void (*probes_told)(void *arg, bool recovered);

/* speaks: changes go to the operator's log. Nothing is kept of upstreams and conf. ERR_MEMORY,
 * ERR_IO. */
int probes_new(struct loop *l, const struct conf *conf, const struct inet_endpoint *upstreams,
	unsigned count, bool speaks, probes_told told, void *arg, struct probes **out) MUST_CHECK;
void probes_free(struct probes *p);
/* True when each server has answered or failed to. */
bool probes_are_known(const struct probes *p);
/* How long an answer takes: of the quickest server of each zone, in the slowest zone. False, and
 * *ms untouched, when no server is up. */
bool probes_rtt(const struct probes *p, uint32_t *ms);
/* True when an upstream for all that is no internal zone is up. */
bool probes_root_is_up(const struct probes *p);
/* A JSON array of {"address", "zone", "up"}. */
void probes_write(const struct probes *p, struct buf *out);

#endif
