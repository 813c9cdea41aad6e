/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_SOCKETS_H
#define SUPERVISOR_SOCKETS_H

/*
 * The sockets that clients ask on: for each worker and each listen address one for UDP and one
 * listening for TCP. They are bound once and kept, so that what waits in them survives the front.
 */

#include "conf/conf.h"

struct sockets_row {
	bool tcp;
	unsigned worker;
	struct inet_endpoint endpoint;
	int fd;
};

struct sockets {
	unsigned count;
	struct sockets_row rows[];
};

/* ERR_FORMAT with messages in r, ERR_MEMORY. */
int sockets_open(const struct conf *conf, unsigned workers, struct report *r,
	struct sockets **out) MUST_CHECK;
void sockets_close(struct sockets *s);

#endif
