/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_QUARANTINE_H
#define FRONT_QUARANTINE_H

/*
 * Questions that no resolver gets for a while, as resolvers have died of them, and the suspicion
 * against those that were with one that died. One table for all workers: the next to ask the same
 * may be another's client. For any thread; while the table is empty, asking it is one read.
 */

#include "base/err.h"
#include "wire/message.h"

#define QUARANTINE_RESOLVERS_MAX 16
#define QUARANTINE_MAX 256 /* when full, what would end first makes room */
#define QUARANTINE_HOLD_MS (5 * 60 * 1000)
#define QUARANTINE_WHY                                                                             \
	"resolvers have ended while working on this question; it is not asked for a while"

struct quarantine;

/* What is put in stays for hold_ms. ERR_MEMORY. */
int quarantine_new(uint64_t hold_ms, struct quarantine **out) MUST_CHECK;
/* NULL is fine. */
void quarantine_free(struct quarantine *q);

/* Times are monotonic; names in lower case. */
bool quarantine_holds(struct quarantine *q, const struct question *question, uint64_t now_ms);
void quarantine_put(struct quarantine *q, const struct question *question, uint64_t now_ms);
/* How many resolvers died with it before, as far as quarantine_suspect was told. */
unsigned quarantine_deaths(struct quarantine *q, const struct question *question, uint64_t now_ms);
void quarantine_suspect(
	struct quarantine *q, const struct question *question, unsigned deaths, uint64_t now_ms);
/* It was answered. What is held stays so. */
void quarantine_acquit(struct quarantine *q, const struct question *question);

/*
 * Of all workers one at a time may ask a resolver what is under suspicion, so that a death tells
 * which it was. True when the worker has the right to now; it keeps it until
 * quarantine_leave_trial.
 */
bool quarantine_enter_trial(struct quarantine *q, unsigned resolver, unsigned worker);
/* Whether the one that has the right has something at the resolver now. */
void quarantine_set_trying(struct quarantine *q, unsigned resolver, unsigned worker, bool trying);
/* A worker other than this one is trying, or was when the resolver died. */
bool quarantine_is_trial_of_other(const struct quarantine *q, unsigned resolver, unsigned worker);
/* Also of one that does not have it. */
void quarantine_leave_trial(struct quarantine *q, unsigned resolver, unsigned worker);

/* How many are held. */
unsigned quarantine_count(struct quarantine *q, uint64_t now_ms);
/* One that was put in and not yet told, once. */
bool quarantine_news(struct quarantine *q, struct question *out);

#endif
