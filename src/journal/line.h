/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_LINE_H
#define JOURNAL_LINE_H

/* What format.c and its parts share: one record being turned into one line. */

#include "base/buf.h"
#include "journal/record.h"
#include "json/writer.h"

#define LINE_FORMAT 1 /* celnik.format: raised when the meaning of a field changes */

/* A hostile name may have answers that take megabytes as text, for each query: a client that
 * repeats it would push everything else out of a log of max_size. What is beyond these is left out
 * and counted in celnik.cut. */
#define LINE_ANSWERS_OCTETS ((size_t)4 << 10)
#define LINE_MATCHES_MAX 64

struct line {
	const struct journal_record *record;
	const struct journal_context *context;
	const struct resolution *resolution;
	const struct evidence *evidence;
	const char *boot;
	unsigned worker;
	enum conf_clients clients;
	struct inet_addr client;
	struct policy_query query;
	bool has_answer; /* message is one */
	struct message message;
	unsigned answers; /* records of the answer section that are shown */
	unsigned matches; /* findings that are shown */
	bool by_client; /* the rule that decided asks nothing of the answer */
	unsigned cut; /* records and findings that are not */
};

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
