/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

/*
 * The front process: workers, journal writer, control socket. Started by the supervisor with a
 * channel (link/channel.h) and nothing else. Returns the exit code.
 */
int front_main(void);

#endif
