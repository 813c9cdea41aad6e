/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_RELAY_H
#define FRONT_RELAY_H

/*
 * Flights on their way: which link each one is on, and what becomes of it when that link ends.
 *
 * A resolver that dies loses its questions; the next one gets them. What was there at two deaths is
 * asked again by halves, of one worker at a time: the half that is there when it happens again has
 * it, the others are acquitted. One that is there alone goes into quarantine. What was only in bad
 * company, as a name that is asked all the time may be, must not be refused for minutes.
 *
 * A resolver that is replaced while it lives keeps its link until what it was asked is answered.
 * What it fails to answer is asked again at its successor.
 */

#include "front/flight.h"
#include "front/worker.h"

#define RELAY_LEAVING_MAX 64 /* links of resolvers that were replaced; the oldest makes room */

/* Without a link, the flight waits for the next one. ERR_AGAIN: the link is full. */
int relay_ask(struct worker *w, struct flight *f) MUST_CHECK;
/* Before a flight is given up without an answer. */
void relay_forget(struct worker *w, const struct flight *f);

/* The link to a new resolver in the place of another; takes over fd. */
int relay_take_link(struct worker *w, unsigned resolver, int fd) MUST_CHECK;
/* What is collected for the links leaves. */
void relay_flush(struct worker *w);
/* Ten times a second. */
void relay_tick(struct worker *w);
/* Closes all links. */
void relay_close(struct worker *w);

#endif
