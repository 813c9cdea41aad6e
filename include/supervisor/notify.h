/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_NOTIFY_H
#define SUPERVISOR_NOTIFY_H

/* What the service manager is told. The only module that sees libsystemd. Without a manager that
 * listens nothing happens. */

enum notify_state { NOTIFY_READY, NOTIFY_RELOADING, NOTIFY_STOPPING };

/* status is one line for people; may be NULL. */
void notify(enum notify_state state, const char *status);

#endif
