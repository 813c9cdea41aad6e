/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_RECORD_H
#define JOURNAL_RECORD_H

/*
 * One answered query as the worker notes it: at most 64 octets, pointing to the resolution it was
 * answered from. The writer turns it into the JSON line of celnik-log(5), which is the only stable
 * form.
 */

#include "judge/resolution.h"
#include "policy/policy.h"

enum journal_source {
	JOURNAL_SOURCE_CACHE,
	JOURNAL_SOURCE_UPSTREAM,
	JOURNAL_SOURCE_LOCAL,
	JOURNAL_SOURCE_STALE
};
enum journal_transport { JOURNAL_UDP, JOURNAL_TCP };

struct journal_record {
	const struct resolution *resolution;
	uint64_t real_ns; /* when the query was read */
	uint64_t number; /* of the lane, given by journal_put before queueing: a gap is visible */
	uint32_t duration_us; /* from reading to answering */
	uint16_t client_port;
	uint16_t dns_id;
	uint16_t query_flags;
	uint16_t group;
	uint16_t rule; /* POLICY_RULE_NONE */
	uint16_t exception; /* POLICY_EXCEPTION_NONE */
	uint16_t ede;
	uint8_t client[16];
	uint8_t rcode; /* as sent; extended codes are never sent for a recorded query */
	uint8_t action : 4, would : 4;
	uint8_t source : 2, transport : 1, alert : 1, client_is_v4 : 1, dnssec_ok : 1;
};

_Static_assert(sizeof(struct journal_record) <= 64, "a record is one cache line");

/* What a line needs beside the record. Immutable; handed to the lane with journal_adopt, and may be
 * handed to several. */
struct journal_context {
	const struct conf *conf;
	const struct policy *policy;
	char lists[DIGEST_TEXT_MAX]; /* "" without lists */
	char config[DIGEST_TEXT_MAX];
	/* Called once for each journal_adopt, when no record of that lane needs it any more; by the
	 * writer's thread, at the end by journal_close. */
	void (*release)(struct journal_context *c);
};

/* The longest line; hostile answers are cut long before. */
#define JOURNAL_LINE_MAX (4u << 20)

/*
 * The JSON line without its end. event_id is "boot-worker-number"; clients says how much of the
 * client is shown: all, its network without port and name, or nothing. Fields that would be empty
 * are left out: see celnik-log(5). Pure: used by the writer, by tests and by replay.
 */
struct buf;
void journal_format(const struct journal_record *r, const struct journal_context *c,
	const char *boot, unsigned worker, enum conf_clients clients, struct buf *out);

#endif
