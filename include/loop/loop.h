/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

/*
 * Descriptors, timers and signals as callbacks, one loop for one thread. The only module that sees
 * libevent. Watches are owned by who made them and may be freed inside any callback, their own
 * included.
 */

#include "base/err.h"
#include "base/span.h"

enum loop_io { LOOP_READ = 1, LOOP_WRITE = 2 };

struct loop;
struct watch;

int loop_new(struct loop **out) MUST_CHECK;
/* NULL is fine. Its watches must have been freed before. */
void loop_free(struct loop *l);
/* Until loop_stop; ERR_IO when the loop itself fails. */
int loop_run(struct loop *l) MUST_CHECK;
/* From a callback of the same loop. */
void loop_stop(struct loop *l);
/* The struct event_base, for libunbound's event API alone. */
void *loop_base(struct loop *l);

/* Level-triggered, stays until changed; io 0 pauses. The watch is freed before its descriptor is
 * closed. ERR_IO for what cannot be watched (a regular file). */
int watch_fd(struct loop *l, int fd, unsigned io, void (*fn)(void *arg, unsigned io), void *arg,
	struct watch **out) MUST_CHECK;
int watch_fd_change(struct watch *w, unsigned io) MUST_CHECK;
/* Fires once after ms unless set again; set re-arms, clear disarms. Starts disarmed. */
int watch_timer(struct loop *l, void (*fn)(void *arg), void *arg, struct watch **out) MUST_CHECK;
int watch_timer_set(struct watch *w, uint32_t ms) MUST_CHECK;
void watch_timer_clear(struct watch *w);
int watch_signal(struct loop *l, int signal, void (*fn)(void *arg), void *arg,
	struct watch **out) MUST_CHECK;
/* NULL is fine. Does not close the descriptor. */
void watch_free(struct watch *w);

#endif
