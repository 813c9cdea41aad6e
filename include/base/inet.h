/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_INET_H
#define BASE_INET_H

/*
 * Addresses, prefixes and endpoints. An address is always 16 octets; IPv4 is kept as
 * ::ffff:a.b.c.d, so that one ordering and one table serve both. `is_v4` remembers how it was
 * given: an AAAA record holding a mapped address has is_v4 false, an A record true.
 */

#include <sys/socket.h>

#include "base/err.h"
#include "base/span.h"

#define INET_TEXT_MAX 46 /* an address with its terminator */
#define INET_PREFIX_TEXT_MAX 50 /* a prefix with its terminator */
#define INET_ENDPOINT_TEXT_MAX 56 /* [address]:port with its terminator */

struct inet_addr {
	uint8_t octets[16];
	bool is_v4;
};

struct inet_prefix {
	struct inet_addr addr; /* host bits are zero */
	uint8_t len; /* in the 128 bits: an IPv4 /24 has 120 */
};

struct inet_endpoint {
	struct inet_addr addr;
	uint16_t port;
};

struct inet_addr inet_addr_v4(const uint8_t octets[4]);
struct inet_addr inet_addr_v6(const uint8_t octets[16]);
/* By the 16 octets alone; is_v4 does not count. */
int inet_addr_compare(const struct inet_addr *a, const struct inet_addr *b);
/* Strict: no leading zeros in IPv4, no zone, no spaces. ERR_FORMAT. */
int inet_addr_parse(struct span text, struct inet_addr *out) MUST_CHECK;
/* RFC 5952 text; returns out. */
const char *inet_addr_format(const struct inet_addr *a, char out[INET_TEXT_MAX]);
/* True for global unicast: not private, loopback, link-local, documentation, multicast, reserved
 * (RFC 6890). By the 16 octets alone: a mapped address is what the IPv4 address in it is. */
bool inet_addr_is_global(const struct inet_addr *a);
/* How an address is called that leads to the host itself, into its site or to the inside of its
 * carrier: "loopback", "private", "unique-local" ...; NULL for a global one and for those that lead
 * nowhere or only elsewhere (documentation, translation). By the 16 octets alone. */
const char *inet_addr_near(const struct inet_addr *a);

/* "a.b.c.d/n", "v6/n", or a bare address. Host bits that are set are ERR_LIMIT, anything else wrong
 * ERR_FORMAT. */
int inet_prefix_parse(struct span text, struct inet_prefix *out) MUST_CHECK;
const char *inet_prefix_format(const struct inet_prefix *p, char out[INET_PREFIX_TEXT_MAX]);
/* By the 16 octets alone, so that ::/0 has IPv4 addresses too, and 0.0.0.0/0 nothing but them. */
bool inet_prefix_has(const struct inet_prefix *p, const struct inet_addr *a);
/* The last address of the prefix; is_v4 as the prefix. */
struct inet_addr inet_prefix_last(const struct inet_prefix *p);

/* "a.b.c.d", "a.b.c.d:port", "[v6]:port", "[v6]", bare v6; without a port default_port is taken.
 * Port 0 is ERR_FORMAT, so that with default_port 0 a port must be given. */
int inet_endpoint_parse(
	struct span text, uint16_t default_port, struct inet_endpoint *out) MUST_CHECK;
const char *inet_endpoint_format(const struct inet_endpoint *e, char out[INET_ENDPOINT_TEXT_MAX]);
bool inet_endpoint_equal(const struct inet_endpoint *a, const struct inet_endpoint *b);
/* AF_INET for is_v4, AF_INET6 otherwise; returns the length. */
socklen_t inet_endpoint_to_sockaddr(const struct inet_endpoint *e, struct sockaddr_storage *out);
/* A v4-mapped AF_INET6 peer becomes is_v4. ERR_FORMAT for other families. */
int inet_endpoint_from_sockaddr(
	const struct sockaddr *sa, socklen_t len, struct inet_endpoint *out) MUST_CHECK;

#endif
