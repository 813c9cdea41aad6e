/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

/*
 * What an upstream message says about one question, rebuilt: the chain of aliases from the
 * question's name, the records of the asked type at its end (all types for ANY), or the SOA and the
 * proofs of a negative answer; nothing else. It is immutable, one block of memory, and holds two
 * rendered messages without OPT: `plain` without DNSSEC records, `full` with them. A reply is a
 * copy of one with header, question case and TTLs patched.
 */

#include "base/err.h"
#include "base/span.h"
#include "wire/message.h"

#define ANSWER_RECORDS_MAX 1000 /* beyond that the upstream's message is refused */
#define ANSWER_CHAIN_MAX 16 /* aliases followed */

/* What validation found out about an answer. */
enum dnssec {
	DNSSEC_UNCHECKED, /* validation is off, or nothing was resolved */
	DNSSEC_INSECURE,
	DNSSEC_SECURE,
	DNSSEC_BOGUS,
	DNSSEC_COUNT
};
extern const char *const dnssec_text[DNSSEC_COUNT]; /* "unchecked", "insecure", "secure", "bogus" */

/* A rendered message: id 0, QR RD RA set, question in lower case. */
struct rendered {
	struct span octets;
	const uint16_t *ttl_at; /* offsets of the TTLs */
	uint16_t ttl_count;
};

struct answer {
	uint16_t rcode;
	uint32_t ttl_s; /* the smallest TTL; for a negative answer min(SOA TTL, SOA MINIMUM) (RFC
			   2308) */
	bool negative; /* NXDOMAIN or NODATA */
	bool has_dnssec; /* full differs from plain */
	struct rendered plain;
	struct rendered full; /* the same as plain when has_dnssec is false */
	size_t size; /* octets of the whole block */
};

/*
 * Rebuilds. q is what was asked, class IN. ERR_FORMAT: no response to q, or a truncated one; an
 * rcode other than NOERROR and NXDOMAIN; records of the asked type with NXDOMAIN; a looping or
 * endless chain; two different CNAMEs or DNAMEs for one name; a CNAME that contradicts its DNAME; a
 * wrong record form. ERR_LIMIT: too many records. ERR_MEMORY.
 *
 * Records of the asked type end the chain, whatever stands beside them. A CNAME that is missing
 * beside its DNAME is made, with the DNAME's TTL. Repeated records, records of other owners or
 * classes and the additional section are dropped. The proofs (NSEC, NSEC3) of a zone that holds a
 * name of the chain stand in `full`. DNSSEC types that were asked for stand in `plain` too, but
 * those found by ANY only in `full`. TTLs above max_ttl_s are clipped; no TTL of a negative answer
 * exceeds min(SOA TTL, SOA MINIMUM), and without an SOA its ttl_s is 0. Reading a rendered message
 * again gives the same answer. *out is freed with free(3).
 */
int answer_read(struct span packet, const struct question *q, uint32_t max_ttl_s,
	struct answer **out) MUST_CHECK;

/* A bit for each record of an answer, by its place in the rendered message. */
struct answer_records {
	uint64_t bits[(ANSWER_RECORDS_MAX + ANSWER_CHAIN_MAX + 63) / 64];
};

static inline bool answer_records_have(const struct answer_records *records, unsigned index)
{
	return records->bits[index / 64] >> (index % 64) & 1;
}

static inline void answer_records_add(struct answer_records *records, unsigned index)
{
	records->bits[index / 64] |= UINT64_C(1) << (index % 64);
}

unsigned answer_records_count(const struct answer_records *records);

/* The same answer to q, which has no DNSSEC records, without some of its records. ERR_MEMORY. */
int answer_without(const struct answer *a, const struct question *q,
	const struct answer_records *dropped, struct answer **out) MUST_CHECK;

#endif
