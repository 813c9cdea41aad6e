/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

/*
 * A read-only view of a DNS message (RFC 1035 4). message_read checks the whole structure once:
 * every name, every RDLENGTH, the RDATA form of the types celnik reads, no octet behind the last
 * record, at most one OPT, that of the root and in the additional section, its options. What was
 * read once cannot fail later, so iterating has no error. Strict where RFC 9267 advises it; nothing
 * is copied or changed. Thread-safe as long as the octets stand.
 */

#include "base/err.h"
#include "base/span.h"
#include "wire/name.h"
#include "wire/rr.h"

#define MESSAGE_HEADER_LEN 12
#define MESSAGE_MAX 65535

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

struct question {
	struct name name; /* in the case it was asked in */
	uint16_t type;
	uint16_t class;
};

/* EDNS (RFC 6891), as read from the OPT record. */
struct edns {
	bool present;
	bool dnssec_ok; /* DO */
	uint8_t version;
	uint16_t udp_size; /* as offered; the reader clamps it to at least 512 */
	uint16_t rcode_high; /* the extended bits, already shifted left by four */
};

struct message {
	struct span octets;
	uint16_t id;
	uint16_t flags; /* the second header word with opcode and rcode */
	uint16_t counts[4]; /* questions, answers, authority, additional */
	struct question question; /* valid when counts[0] is 1 */
	size_t records_at; /* offset of the first record */
	struct edns edns;
};

struct record {
	enum section section;
	struct name owner;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	size_t ttl_at; /* offset of the TTL in the message */
	size_t rdata_at; /* offset of the RDATA in the message, where compressed names start from */
	struct span rdata;
};

struct record_cursor {
	const struct message *message;
	size_t pos;
	unsigned index; /* records read */
};

/*
 * 0, or ERR_FORMAT. Of a message that is at least a header long, out->id, flags and counts are
 * filled in even then, so that FORMERR can be answered, and the rest of out is undefined; that is
 * the one exception to out parameters untouched on failure. A message with other than one question
 * is read as far as its header and questions: records_at is 0 and there are no records to iterate.
 */
int message_read(struct span octets, struct message *out) MUST_CHECK;
/* Copies only what is used, unlike an assignment. */
void question_copy(struct question *to, const struct question *from);
unsigned message_opcode(const struct message *m);
/* With the extended bits of EDNS. */
unsigned message_rcode(const struct message *m);

struct record_cursor message_records(const struct message *m);
/* False when there are no more. OPT is not returned. */
bool record_next(struct record_cursor *c, struct record *out);
/* The name inside RDATA at an offset of it (CNAME 0, MX 2, SRV 6, SVCB 2 ...). ERR_FORMAT when none
 * is there. */
int record_name(const struct message *m, const struct record *r, size_t offset,
	struct name *out) MUST_CHECK;

/* One SvcParam of a SVCB or HTTPS record (RFC 9460). *pos starts at 0. False when there are no
 * more. */
bool svcb_next(const struct message *m, const struct record *r, size_t *pos, uint16_t *key,
	struct span *value);

/* RDATA in presentation form, names escaped as name_format does; types without a form of their own
 * as RFC 3597. */
struct buf;
void rdata_format(const struct message *m, const struct record *r, struct buf *out);

#endif
