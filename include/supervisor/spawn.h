/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_SPAWN_H
#define SUPERVISOR_SPAWN_H

/* A new process of the same program that has no descriptors but 0 to 2 and its channel. */

#include "supervisor/privileges.h"

/*
 * Forks and executes the open executable with role as its argument, as who; channel becomes
 * CHANNEL_FD there and stays the caller's. The child ignores SIGINT, SIGTERM and SIGHUP, which a
 * terminal or service manager sends to all: it is stopped over its channel. What fails in the child
 * is said on standard error. ERR_IO.
 */
int spawn(int executable, const char *role, int channel, const struct identity *who,
	pid_t *out) MUST_CHECK;

#endif
