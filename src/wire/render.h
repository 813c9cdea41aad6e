/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_RENDER_H
#define WIRE_RENDER_H

/* Writes collected records as one message with compressed names. */

#include "base/buf.h"
#include "base/err.h"
#include "collection.h"

/*
 * The header has id 0, QR, RD, RA and rcode. The offset of each TTL goes to ttl_at, which has room
 * for all items; with_dnssec takes what is_dnssec marks. ERR_LIMIT when out overflows.
 */
int render(const struct collection *c, const struct question *q, uint16_t rcode, bool with_dnssec,
	struct buf *out, uint16_t *ttl_at, uint16_t *ttl_count) MUST_CHECK;

#endif
