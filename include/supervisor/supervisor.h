/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

/*
 * The supervisor: checks configuration and lists, binds and keeps the sockets, starts and restarts
 * front and resolvers, and sees no packet. Stays in the foreground. SIGTERM and SIGINT end it,
 * SIGHUP reloads. Returns the exit code.
 */
int supervisor_main(const char *config_path);

#endif
