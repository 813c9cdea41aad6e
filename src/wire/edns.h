/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_EDNS_H
#define WIRE_EDNS_H

/* Reading the OPT record (RFC 6891) and the form of its options. */

#include "base/err.h"
#include "base/span.h"
#include "wire/message.h"

enum edns_option {
	EDNS_CLIENT_SUBNET = 8,
	EDNS_EXPIRE = 9,
	EDNS_COOKIE = 10,
	EDNS_KEEPALIVE = 11,
	EDNS_ERROR = 15,
};

#define EDNS_FLAG_DO 0x8000
#define EDNS_UDP_SIZE 1232 /* what we offer, and the most we use (RFC 9715) */
#define EDNS_UDP_SIZE_MIN 512
#define EDNS_TEXT_MAX 128 /* of the text beside an extended error */
#define EDNS_RECORD_MAX (11 + 6 + EDNS_TEXT_MAX) /* our OPT with an extended error */

/* From class, TTL and RDATA of an OPT. ERR_FORMAT when an option is cut or has not its form. */
int edns_read(uint16_t class, uint32_t ttl, struct span options, struct edns *out) MUST_CHECK;

#endif
