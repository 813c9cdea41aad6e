/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

/*
 * Building the replies that clients get. Every function writes one whole message into a caller's
 * buffer and cannot allocate. Size limits: `limit` is the most the client can take (512, its EDNS
 * size up to 1232, or 65535 over TCP); what does not fit is truncated to header, question and OPT
 * with TC set (RFC 2181 9), never to part of an RRset. Those are below 512 octets; where not even
 * they fit, 0 is returned and nothing written. Clients with EDNS get an OPT of ours: version 0,
 * size 1232, DO echoed.
 */

#include "base/err.h"
#include "base/inet.h"
#include "base/span.h"
#include "wire/answer.h"
#include "wire/message.h"

/* Extended DNS errors (RFC 8914). EDE_NONE is ours: no option is sent. */
enum ede {
	EDE_OTHER = 0,
	EDE_STALE_ANSWER = 3,
	EDE_FORGED = 4,
	EDE_DNSSEC_INDETERMINATE = 5,
	EDE_DNSSEC_BOGUS = 6,
	EDE_SIGNATURE_EXPIRED = 7,
	EDE_SIGNATURE_NOT_YET_VALID = 8,
	EDE_DNSKEY_MISSING = 9,
	EDE_RRSIGS_MISSING = 10,
	EDE_NSEC_MISSING = 12,
	EDE_CACHED_ERROR = 13,
	EDE_NOT_READY = 14,
	EDE_BLOCKED = 15,
	EDE_PROHIBITED = 18,
	EDE_NOT_SUPPORTED = 21,
	EDE_NO_REACHABLE_AUTHORITY = 22,
	EDE_NETWORK_ERROR = 23,
	EDE_NONE = 0xffff,
};

/* What of the query shapes the reply. Filled from the query message by reply_asker_read. */
struct reply_asker {
	uint16_t id;
	uint16_t flags; /* of the query: RD, CD, AD and the opcode are used */
	bool has_question;
	struct question question; /* echoed octet for octet, case included */
	struct edns edns;
	size_t limit;
};

/* An age: the answer is past its time, and its TTLs become REPLY_STALE_TTL_S (RFC 8767 4). */
#define REPLY_STALE UINT32_MAX
#define REPLY_STALE_TTL_S 30

/* What is said beside the records. */
struct reply_extra {
	enum ede ede;
	struct span ede_text; /* UTF-8, at most 128 octets are sent; may be empty */
};

/* limit becomes 65535 for tcp, otherwise the offered size between 512 and 1232. */
void reply_asker_read(const struct message *query, bool tcp, struct reply_asker *out);

/* From a resolved answer to to->question: age_s is subtracted from the TTLs (not below 0), or is
 * REPLY_STALE; ad sets AD. Returns the length. */
size_t reply_answer(const struct reply_asker *to, const struct answer *a, uint32_t age_s, bool ad,
	const struct reply_extra *extra, uint8_t *out, size_t size);
/* Without records: rcode may be extended, and is SERVFAIL then for a client without EDNS. A query
 * with no readable question gets a bare header. Returns the length. */
size_t reply_error(const struct reply_asker *to, uint16_t rcode, const struct reply_extra *extra,
	uint8_t *out, size_t size);
/* Nothing but that the answer is to be had by TCP (TC). Returns the length. */
size_t reply_truncated(const struct reply_asker *to, uint8_t *out, size_t size);
/* One A or AAAA record for the question. addr must fit the type. Returns the length. */
size_t reply_address(const struct reply_asker *to, const struct inet_addr *addr, uint32_t ttl_s,
	const struct reply_extra *extra, uint8_t *out, size_t size);
/* NODATA (rcode 0) or NXDOMAIN made by policy: with an SOA of ours at the question's name, ttl_s in
 * TTL and MINIMUM. */
size_t reply_negative(const struct reply_asker *to, uint16_t rcode, uint32_t ttl_s,
	const struct reply_extra *extra, uint8_t *out, size_t size);

/* A query for the wire, RD set, with EDNS 1232 when dnssec_ok. For tools and probes. Returns the
 * length, 0 if too small. */
size_t query_write(
	uint16_t id, const struct question *q, bool dnssec_ok, uint8_t *out, size_t size);

#endif
