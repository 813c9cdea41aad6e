/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_UPSTREAMS_H
#define RESOLVER_UPSTREAMS_H

/* Which servers are asked for all that is no internal zone. */

#include "conf/conf.h"

/*
 * The name servers that a resolv.conf(5) names, with port 53, each once; what celnik itself listens
 * on is left out. ERR_MISSING when none is left, ERR_IO, ERR_MEMORY.
 */
int upstreams_of_system(const char *path, const struct inet_endpoint *listen, unsigned listen_count,
	struct inet_endpoint *out, unsigned max, unsigned *count) MUST_CHECK;

#endif
