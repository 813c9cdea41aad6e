/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_SETTINGS_H
#define RESOLVER_SETTINGS_H

/*
 * The text that libunbound is configured with, written from parsed values and nothing else. It
 * never holds a TLS option: Debian's libunbound would take it and send plain text to the TLS port.
 */

#include "base/buf.h"
#include "conf/conf.h"

struct settings {
	const struct inet_endpoint *upstreams; /* none: the root is refused, zones work */
	unsigned upstream_count;
	const struct conf_zone *zones;
	unsigned zone_count;
	bool validate; /* the trust anchors themselves are given another way */
	uint64_t cache_size; /* octets for all caches of this context */
	unsigned sockets; /* outgoing ones at most */
	uint32_t wait_ms; /* for an answer before a server is asked again, at least */
};

/* ERR_FORMAT for a zone whose name cannot stand in the text, ERR_LIMIT when out overflows. */
int settings_write(const struct settings *s, struct buf *out) MUST_CHECK;

#endif
