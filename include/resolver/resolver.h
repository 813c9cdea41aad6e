/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_RESOLVER_H
#define RESOLVER_RESOLVER_H

/*
 * The resolver process: the engine between links and upstreams, and a probe that tells whether each
 * upstream answers. It gets its descriptors over the channel (link/channel.h) and opens no other
 * file. Every second, when something changed, it tells
 *
 *   {"pid": n, "validation": "on"|"off"|"missing"|"unknown", "outstanding": n,
 *    "abandoned": n, "asked": n, "failed": n, "dropped": n,
 *    "upstreams": [{"address": "192.0.2.53:53", "zone": ".", "up": true}]}
 *
 * Returns the exit code.
 */
int resolver_main(void);

#endif
