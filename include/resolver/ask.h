/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_ASK_H
#define RESOLVER_ASK_H

/*
 * One question that the engine has taken, and what becomes of it: an answer or a failure with its
 * reason. It stands in one queue at most, and beside it in the order of age until it is finished.
 */

#include <stdbool.h>
#include <stdint.h>

#include "link/link.h"
#include "resolver/engine.h"

struct context;

struct ask {
	struct ask *next;
	struct ask *older, *newer; /* of those that are neither finished nor abandoned */
	struct context *context; /* NULL while held */
	struct question question;
	uint64_t asked_ns;
	bool abandoned; /* has got its failed answer; libunbound still has it */
	engine_done done;
	void *arg;
	struct link_answer answer;
	uint8_t *packet;
};

/* NULL without memory. */
struct ask *ask_new(const struct link_question *q, engine_done done, void *arg);
void ask_free(struct ask *a);
uint64_t ask_age_ms(const struct ask *a);

/* The answer is a failure, with the reason as a sentence. */
void ask_fail(struct ask *a, uint16_t ede, const char *why);
/* The same for an RCODE of libunbound. */
void ask_fail_with(struct ask *a, int rcode);
/* The answer is a copy of libunbound's packet, or a failure where that is none. `sec` and `why` as
 * in ub_event_callback_type. */
void ask_read(struct ask *a, const void *packet, int len, int sec, const char *why, bool validates);

struct ask_queue {
	struct ask *first, **last;
};

void ask_queue_init(struct ask_queue *q);
void ask_queue_put(struct ask_queue *q, struct ask *a);
/* NULL when it is empty. */
struct ask *ask_queue_take(struct ask_queue *q);

struct ask_ages {
	struct ask *oldest, *newest;
};

void ask_ages_add(struct ask_ages *l, struct ask *a);
void ask_ages_remove(struct ask_ages *l, struct ask *a);

#endif
