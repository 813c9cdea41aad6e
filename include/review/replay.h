/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_REPLAY_H
#define REVIEW_REPLAY_H

/*
 * What another configuration would have decided about a query of the past: its lists judge the
 * answer of then, its policy decides as of then. The daemon's own judge and policy, in the words of
 * the log. For one thread, the main thread: moments take over the process's timezone.
 */

#include "conf/conf.h"
#include "match/matcher.h"
#include "wire/message.h"

/* A query as the log holds it. */
struct replay_query {
	struct question question; /* class IN, name in lower case */
	struct span answer; /* a message; empty when there was none, or a failure */
	bool is_by_name; /* the answer was not asked for */
	bool is_bogus; /* what passes became SERVFAIL */
	bool has_client; /* client is whole; group does not count then */
	struct inet_addr client;
	const char *group; /* the name of then */
	bool is_suspended; /* enforcement was, for this client */
	uint64_t real_ns;
};

/* The words are those of celnik-log(5), "" where a field would be left out. */
struct replay_outcome {
	const char *action; /* event.action */
	const char *would; /* celnik.would_action, or the same as action */
	const char *rule; /* rule.name */
	const char *exception; /* celnik.exception */
	bool alert; /* event.kind */
};

#define REPLAY_NO_GROUP "(no group)" /* rule of an outcome: the client is refused unheard */

enum replay_result {
	REPLAY_DECIDED,
	REPLAY_NEEDS_ANSWER, /* then the name was enough, now it is not */
	REPLAY_UNKNOWN_GROUP, /* the client is not known whole, nor is there a group of that name */
};

struct replay;

/* Both are borrowed. ERR_MEMORY. */
int replay_new(const struct conf *conf, struct matcher *m, struct replay **out) MUST_CHECK;
void replay_free(struct replay *r);
/* outcome is written when it is decided, and valid as long as conf. ERR_FORMAT or ERR_LIMIT when
 * the answer is none to the question; ERR_MEMORY. */
int replay_decide(struct replay *r, const struct replay_query *q, enum replay_result *result,
	struct replay_outcome *outcome) MUST_CHECK;
bool replay_outcome_equal(const struct replay_outcome *a, const struct replay_outcome *b);

#endif
