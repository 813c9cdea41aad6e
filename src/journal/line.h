/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_LINE_H
#define JOURNAL_LINE_H

/*
 * One record being turned into one line. A line is made of pieces, which say what differs from
 * query to query (pieces.c), and of runs between them, which say what is the same for all queries
 * that get one answer by one decision (format.c). Runs can be kept: see prepared.h.
 */

#include "base/buf.h"
#include "base/clock.h"
#include "journal/record.h"
#include "json/writer.h"

#define LINE_FORMAT 1 /* celnik.format: raised when the meaning of a field changes */

/* A hostile name may have answers that take megabytes as text, for each query: a client that
 * repeats it would push everything else out of a log of max_size. What is beyond these is left out
 * and counted in celnik.cut. */
#define LINE_ANSWERS_OCTETS ((size_t)4 << 10)
#define LINE_MATCHES_MAX 64

/* In the order of the line; a piece stands before each, and the end of the object behind the last.
 */
enum line_run { RUN_EVENT, RUN_SITE, RUN_QUESTION, RUN_ANSWER, RUN_DNSSEC, RUN_MATCHES, RUN_COUNT };

/* All that the runs depend on, beside the resolution. */
struct line_key {
	const struct journal_context *context;
	uint16_t group, rule, exception;
	uint8_t rcode;
	uint8_t action, would;
	bool alert;
};

/* The runs, one behind the other, each with its leading comma. */
struct line_text {
	const uint8_t *octets;
	uint32_t ends[RUN_COUNT];
};

/* The line that the runs are of. */
struct line {
	const struct line_key *key;
	const struct resolution *resolution;
	const struct evidence *evidence;
	struct policy_query query;
	bool has_answer; /* message is one */
	struct message message;
	unsigned answers; /* records of the answer section that are shown */
	unsigned matches; /* findings that are shown */
	bool by_client; /* the rule that decided asks nothing of the answer */
	unsigned cut; /* records and findings that are not */
};

struct line_key line_key_of(const struct journal_record *r, const struct journal_context *c);
/* Writes the runs into scratch, where out->octets then points to. What did not fit is scratch's
 * overflow. */
void line_prepare(const struct line_key *key, const struct resolution *r, struct buf *scratch,
	struct line_text *out);

/* What the writer of lines keeps of those before: the text of the millisecond, and of clients. */
#define LINE_CLIENTS 256 /* a power of two */
#define LINE_CLIENT_MAX 192

struct line_client {
	const struct journal_context *context; /* NULL: empty; devices are named by it */
	struct inet_addr addr;
	enum conf_clients clients;
	uint8_t ip_len, len; /* of text: up to the port, and in all */
	char text[LINE_CLIENT_MAX];
};

struct line_memory {
	struct span boot; /* for all lines */
	uint64_t ms; /* of time; 0: none */
	char time[CLOCK_TEXT_MAX];
	struct line_client clients[LINE_CLIENTS];
};

/* boot must stand as long as the memory is used. */
void line_memory_init(struct line_memory *m, const char *boot);
/* To be called when a context ends: another may come to stand at the same address. */
void line_memory_forget(struct line_memory *m);
/* Appends the line without its end. */
void line_write(struct line_memory *m, const struct line_text *t, const struct journal_record *r,
	const struct journal_context *c, unsigned worker, enum conf_clients clients,
	struct buf *out);

/* What a decision rests on, for people. Nothing is appended when there is nothing to say. */
struct reason {
	const struct resolution *resolution;
	const struct policy *policy;
	struct policy_query query;
	uint16_t rule; /* POLICY_RULE_NONE */
	uint16_t exception; /* POLICY_EXCEPTION_NONE */
	enum action action; /* that was decided, whether done or only noted */
};
void reason_describe(const struct reason *r, const struct conf *conf, struct buf *out);
/* Where that stands which made a rule yes; "client" where it is nothing of the answer. */
const char *cause_on(const struct evidence *e, const struct cause *cause);

/* dns.answers.* and dns.resolved_ip. */
void line_put_answers(const struct line *l, struct json_writer *w);
/* How many records of the answer section fit, and how many there are beyond. */
void line_measure_answers(struct line *l);
/* celnik.match.* */
void line_put_matches(const struct line *l, struct json_writer *w);

#endif
