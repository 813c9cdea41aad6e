/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_CHILD_H
#define SUPERVISOR_CHILD_H

/*
 * One child process from fork to death, with its channel and its heartbeat. A child that does not
 * answer for two seconds, or is not ready within a minute, or does not stop within ten seconds, is
 * killed. Whether another takes its place is the owner's to decide.
 */

#include <sys/types.h>

#include "link/channel.h"
#include "loop/loop.h"
#include "supervisor/privileges.h"

struct child;

struct child_events {
	void (*ready)(void *arg, struct child *c);
	/* Of any other type than READY and PONG; a descriptor in it is closed afterwards. */
	void (*message)(void *arg, struct child *c, const struct channel_message *m);
};

struct child_start {
	struct loop *loop;
	int executable; /* open, close-on-exec */
	struct identity who;
	const char *role; /* the argument of the program */
	const char *name; /* for messages; copied */
	struct child_events events;
	void *arg;
};

/* ERR_IO, ERR_MEMORY. */
int child_new(const struct child_start *start, struct child **out) MUST_CHECK;
/* Its process must have been reaped. NULL is fine. */
void child_free(struct child *c);
pid_t child_pid(const struct child *c);
const char *child_name(const struct child *c);
bool child_is_ready(const struct child *c);
/* Monotonic time when it became ready; 0 before. */
uint64_t child_ready_ns(const struct child *c);

/* Failures end the child, which its owner learns with its death. fd stays the caller's. */
void child_send(
	struct child *c, enum channel_type type, uint32_t a, uint32_t b, struct span text, int fd);
/* Not when older messages still wait. */
void child_offer(struct child *c, enum channel_type type, uint32_t a, uint32_t b, struct span text);
/* While it does something long: only the limit for a start counts. */
void child_set_patient(struct child *c, bool patient);
/* Asks it to finish. */
void child_stop(struct child *c);
void child_kill(struct child *c);

#endif
