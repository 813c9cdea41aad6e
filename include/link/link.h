/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_LINK_H
#define LINK_LINK_H

/*
 * Questions and answers between one worker and one resolver, over a SOCK_SEQPACKET pair. Neither
 * side ever waits: a full link is ERR_AGAIN, and its user's decision. The worker trusts nothing
 * that comes back: ids are 64 bits and never used twice, lengths are checked, truncation is an
 * error.
 */

#include "base/err.h"
#include "base/span.h"
#include "wire/answer.h"
#include "wire/message.h"

#define LINK_WHY_MAX 120
#define LINK_BATCH 64 /* messages handled in one turn at most */

struct link_question {
	uint64_t id;
	struct question question; /* class IN, name in lower case */
};

struct link_answer {
	uint64_t id;
	bool failed; /* the resolver has no message: SERVFAIL */
	enum dnssec dnssec;
	uint16_t ede; /* enum ede */
	char why[LINK_WHY_MAX]; /* terminated */
	struct span packet; /* received: valid until the next receive; empty when failed */
};

struct link;

/* Takes over fd on success, makes it non-blocking, sets a send buffer of 4 MiB as far as the system
 * allows. */
int link_new(int fd, struct link **out) MUST_CHECK;
/* Closes it. NULL is fine. */
void link_free(struct link *l);
int link_fd(const struct link *l);

/*
 * Questions are collected and go out with link_flush, or before the next when LINK_BATCH of them
 * wait. ERR_AGAIN: the link is full; link_ask then has not taken the question, and what link_flush
 * could not send stays collected for another link_flush. ERR_IO: the other side is gone.
 */
int link_ask(struct link *l, const struct link_question *q) MUST_CHECK;
int link_flush(struct link *l) MUST_CHECK;
/* Sent at once; ERR_AGAIN, ERR_IO, ERR_LIMIT (packet above MESSAGE_MAX). */
int link_reply(struct link *l, const struct link_answer *a) MUST_CHECK;

/*
 * ERR_AGAIN when there is nothing, ERR_MISSING when the other side is gone, ERR_FORMAT for
 * nonsense, ERR_IO. Questions must be received until ERR_AGAIN, which comes after at most
 * LINK_BATCH of them; the number of answers taken in one turn is the caller's to bound.
 */
int link_receive_question(struct link *l, struct link_question *out) MUST_CHECK;
int link_receive_answer(struct link *l, struct link_answer *out) MUST_CHECK;

#endif
