/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "front/relay.h"
#include "front/resolved.h"
#include "front/respond.h"
#include "front/worker.h"
#include "judge/judge.h"
#include "policy/special.h"

#define DEADLINE_MS 4500 /* a client's own patience is 5 s */
#define STALE_AFTER_MS 1800 /* the client response timer of RFC 8767 5 */
#define FAILURE_TTL_S 5 /* RFC 9520 3.2; also the failure recheck timer of RFC 8767 5 */
#define BOGUS_TTL_MAX_S 30

/* Why a query is not taken. */
struct rejection {
	uint16_t rcode;
	enum ede ede;
	enum counter counter;
};

static const struct rejection foreign = {RCODE_REFUSED, EDE_PROHIBITED, COUNTER_CLIENT_REFUSED};
static const struct rejection malformed = {RCODE_FORMERR, EDE_NONE, COUNTER_QUERY_MALFORMED};
static const struct rejection bad_opcode = {RCODE_NOTIMP, EDE_NONE, COUNTER_QUERY_UNSUPPORTED};
static const struct rejection bad_version = {RCODE_BADVERS, EDE_NONE, COUNTER_QUERY_UNSUPPORTED};
static const struct rejection unserved = {
	RCODE_REFUSED, EDE_NOT_SUPPORTED, COUNTER_QUERY_UNSUPPORTED};
static const struct rejection meta_type = {RCODE_NOTIMP, EDE_NONE, COUNTER_QUERY_UNSUPPORTED};

/* Zone transfers (RFC 5936), the other QTYPEs and the meta types but ANY. */
static bool is_meta(uint16_t type)
{
	return type == 0 || type == RR_OPT || (type >= 128 && type < RR_ANY);
}

static const struct rejection *check(const struct asker *a, const struct message *m, int read_err)
{
	if (a->group == POLICY_GROUP_NONE)
		return &foreign;
	if (message_opcode(m) != 0)
		return &bad_opcode;
	if (read_err || m->counts[0] != 1)
		return &malformed;
	if (m->edns.present && m->edns.version > 0)
		return &bad_version;
	if (m->question.class != RR_CLASS_IN || !(m->flags & FLAG_RD))
		return &unserved;
	if (m->question.type == RR_AXFR || m->question.type == RR_IXFR)
		return &unserved;
	if (is_meta(m->question.type))
		return &meta_type;
	return NULL;
}

static void reject(struct worker *w, struct asker *a, const struct rejection *r)
{
	const struct reply_extra extra = {.ede = r->ede};
	size_t size;
	uint8_t *room = asker_room(w, a, &size);
	size_t len = reply_error(&a->to, r->rcode, &extra, room, size);

	counter_add(&w->counters, r->counter, 1);
	if (!asker_withhold(w, a, room, size))
		asker_send(w, a, len);
}

/* A message that is no message any more, or that answers: nothing to reply to. */
static bool read_query(struct asker *a, struct span octets, struct message *m, int *read_err)
{
	*read_err = message_read(octets, m);
	if (octets.len < MESSAGE_HEADER_LEN || (m->flags & FLAG_QR))
		return false;
	if (*read_err)
		a->to = (struct reply_asker){.id = m->id, .flags = m->flags, .limit = 512};
	else
		reply_asker_read(m, a->transport == JOURNAL_TCP, &a->to);
	return true;
}

/* Judges the stored answer again, after the lists have changed. */
static int rejudge(struct worker *w, struct cache_entry *e)
{
	const struct resolution *old = e->resolution;
	struct resolution *r = NULL;
	int err = resolution_again(w->matcher, old, w->snapshot->conf->cache_max_ttl_s, &r);

	if (err)
		return err;
	err = cache_renew(w->cache, e, r);
	if (err) {
		resolution_free(r);
		return err;
	}
	e->lists_number = w->snapshot->lists_number;
	counter_add(&w->counters, COUNTER_CACHE_REJUDGED, 1);
	return 0;
}

/* Evidence and decisions of an entry become those of the lists and the policy in force now. */
static bool make_current(struct worker *w, struct cache_entry *e)
{
	const struct snapshot *s = w->snapshot;

	if (e->lists_number != s->lists_number && rejudge(w, e) != 0)
		return false;
	if (e->policy_number != s->policy_number) {
		if (cache_void_verdicts(w->cache, e, s->conf->group_count) != 0)
			return false;
		e->policy_number = s->policy_number;
	}
	return true;
}

/* False when other servers are asked since, or TTLs must be shorter now. */
static bool is_of_now(const struct worker *w, const struct cache_entry *e)
{
	return e->source_number == w->snapshot->source_number &&
	       e->max_ttl_s <= w->snapshot->conf->cache_max_ttl_s;
}

/* An entry that may be answered from. */
static struct cache_entry *find_current(struct worker *w, const struct question *q)
{
	struct cache_entry *e = cache_find(w->cache, q);

	return e && worker_now_ms(w) < e->expires_ms && is_of_now(w, e) && make_current(w, e)
		       ? e
		       : NULL;
}

static bool is_good_when_stale(const struct resolution *r)
{
	return r->answer && r->dnssec != DNSSEC_BOGUS;
}

/* An entry past its time that is better than no answer (RFC 8767). */
static struct cache_entry *find_stale(struct worker *w, const struct question *q)
{
	struct cache_entry *e = cache_find(w->cache, q);
	uint64_t stale_ms = w->snapshot->conf->cache_stale_s * UINT64_C(1000);

	if (!e || worker_now_ms(w) >= e->expires_ms + stale_ms || !is_of_now(w, e) ||
		!is_good_when_stale(e->resolution))
		return NULL;
	return make_current(w, e) ? e : NULL;
}

static void decide_anew(struct worker *w, struct cache_entry *e, uint16_t group)
{
	verdict_make(w->snapshot->policy, group, e->resolution, &e->verdicts[group]);
	cache_decided(w->cache, e, group);
}

static inline const struct verdict *decide(struct worker *w, struct cache_entry *e, uint16_t group)
{
	if (!(e->decided >> group & 1))
		decide_anew(w, e, group);
	return &e->verdicts[group];
}

/* NULL when it cannot be kept: r is then still the caller's. */
static struct cache_entry *keep(struct worker *w, struct resolution *r, uint32_t ttl_s)
{
	struct cache_entry *e = NULL;
	uint64_t before = cache_evicted(w->cache);

	if (ttl_s > 0)
		e = cache_put(w->cache, r, w->snapshot->conf->group_count);
	counter_add(&w->counters, COUNTER_CACHE_EVICTED, cache_evicted(w->cache) - before);
	if (!e)
		return NULL;
	e->stored_ms = worker_now_ms(w);
	e->expires_ms = e->stored_ms + ttl_s * UINT64_C(1000);
	e->source_number = w->snapshot->source_number;
	e->max_ttl_s = w->snapshot->conf->cache_max_ttl_s;
	e->lists_number = w->snapshot->lists_number;
	e->policy_number = w->snapshot->policy_number;
	return e;
}

/* The resolver had no room to ask: that says nothing about the name. */
static bool is_overload(const struct resolution *r)
{
	return !r->answer && r->ede == EDE_NOT_READY;
}

static uint32_t ttl_of(const struct resolution *r, const struct conf *conf)
{
	if (r->evidence->extent == EXTENT_NAME)
		return conf->cache_max_ttl_s;
	if (!r->answer)
		return is_overload(r) ? 0 : FAILURE_TTL_S;
	if (r->dnssec == DNSSEC_BOGUS && r->answer->ttl_s > BOGUS_TTL_MAX_S)
		return BOGUS_TTL_MAX_S;
	return r->answer->ttl_s;
}

static uint32_t age_s(const struct worker *w, const struct cache_entry *e)
{
	return (uint32_t)((worker_now_ms(w) - e->stored_ms) / 1000);
}

/* Answers one asker from a resolution that is in the cache (e) or nowhere (e is NULL). */
static void answer_one(struct worker *w, struct asker *a, struct cache_entry *e,
	const struct resolution *r, enum journal_source source)
{
	struct verdict once;

	if (e) {
		respond(w, a, r, decide(w, e, a->group), source, age_s(w, e));
		return;
	}
	verdict_make(w->snapshot->policy, a->group, r, &once);
	respond(w, a, r, &once, source, 0);
	verdict_release(&once);
}

/* For one asker, from a resolution that nobody else needs. */
static void answer_once(
	struct worker *w, struct asker *a, struct resolution *r, enum journal_source source)
{
	struct cache_entry *e = NULL;

	/* A block of the name for one group does not cost the others their stale answer. */
	if (r->evidence->extent == EXTENT_FULL || !find_stale(w, &r->question))
		e = keep(w, r, ttl_of(r, w->snapshot->conf));
	answer_one(w, a, e, r, source);
	if (!e)
		journal_retire(w->lane, r);
}

static void answer_stale(struct worker *w, struct asker *a, struct cache_entry *e)
{
	counter_add(&w->counters, COUNTER_STALE, 1);
	respond(w, a, e->resolution, decide(w, e, a->group), JOURNAL_SOURCE_STALE, REPLY_STALE);
}

/* There was no room to ask: a stale answer, or SERVFAIL that is not to be remembered. */
static void overload(struct worker *w, struct asker *a, const struct question *q, const char *why)
{
	struct cache_entry *stale = find_stale(w, q);
	struct resolution *r = NULL;

	counter_add(&w->counters, COUNTER_OVERLOAD, 1);
	if (!stale)
		r = resolution_failed(w->matcher, q, EDE_NOT_READY, why);
	if (stale) {
		answer_stale(w, a, stale);
	} else if (r) {
		answer_one(w, a, NULL, r, JOURNAL_SOURCE_LOCAL);
		journal_retire(w->lane, r);
	} else {
		const struct rejection out_of_memory = {
			RCODE_SERVFAIL, EDE_NOT_READY, COUNTER_SERVFAIL};

		reject(w, a, &out_of_memory);
	}
}

/* Everybody who waits is answered: from e, or from r when it is in no cache. */
static void answer_waiters(struct worker *w, struct flight *f, struct cache_entry *e,
	const struct resolution *r, bool stale)
{
	struct waiter *waiter;

	while ((waiter = flights_take_waiter(f))) {
		struct asker *a = &waiter->asker;

		/* The policy may have changed since it was asked. */
		a->group = policy_group(w->snapshot->policy, &a->client.addr);
		if (a->group == POLICY_GROUP_NONE)
			reject(w, a, &foreign);
		else if (stale)
			answer_stale(w, a, e);
		else
			answer_one(w, a, e, r, JOURNAL_SOURCE_UPSTREAM);
		flights_waiter_free(w->flights, waiter);
	}
}

/* The flight is over. Takes over r. A failure does not replace what still serves when stale. */
static void settle(struct worker *w, struct flight *f, struct resolution *r)
{
	struct cache_entry *stale = r->answer ? NULL : find_stale(w, &f->question);
	struct cache_entry *e = NULL;

	if (is_overload(r))
		counter_add(&w->counters, COUNTER_OVERLOAD, f->waiters);
	if (stale) {
		if (!is_overload(r))
			stale->retry_ms = worker_now_ms(w) + FAILURE_TTL_S * UINT64_C(1000);
		answer_waiters(w, f, stale, NULL, true);
	} else {
		e = keep(w, r, ttl_of(r, w->snapshot->conf));
		answer_waiters(w, f, e, r, false);
	}
	flights_remove(w->flights, f);
	if (!e)
		journal_retire(w->lane, r);
}

static void settle_without_memory(struct worker *w, struct flight *f)
{
	const struct rejection out_of_memory = {RCODE_SERVFAIL, EDE_NOT_READY, COUNTER_OVERLOAD};
	struct waiter *waiter;

	while ((waiter = flights_take_waiter(f))) {
		reject(w, &waiter->asker, &out_of_memory);
		flights_waiter_free(w->flights, waiter);
	}
	flights_remove(w->flights, f);
}

void query_give_up(struct worker *w, struct flight *f, enum ede ede, const char *why)
{
	struct resolution *r = resolution_failed(w->matcher, &f->question, ede, why);

	if (r)
		settle(w, f, r);
	else
		settle_without_memory(w, f);
}

static bool is_late(const struct worker *w, const struct flight *f)
{
	return f->asked_ms + STALE_AFTER_MS <= worker_now_ms(w);
}

/* Where asking has just failed or takes too long, nobody waits if there is a stale answer. */
static struct cache_entry *find_stale_at_once(
	struct worker *w, const struct flight *f, const struct question *q)
{
	struct cache_entry *stale = find_stale(w, q);

	if (stale && (worker_now_ms(w) < stale->retry_ms || (f && is_late(w, f))))
		return stale;
	return NULL;
}

static void join(struct worker *w, struct flight *f, struct asker *a, const struct question *q)
{
	int err = flights_wait(w->flights, f, a);

	if (err == ERR_STATE)
		asker_drop(w, a);
	else if (err)
		overload(w, a, q, "too many questions wait for answers");
	else
		counter_add(&w->counters, COUNTER_MERGED, 1);
}

static void wait_for_answer(struct worker *w, struct asker *a, const struct question *q)
{
	struct flight *f = flights_find(w->flights, q);
	struct cache_entry *stale = find_stale_at_once(w, f, q);
	const struct name *name = &q->name;

	if (stale) {
		answer_stale(w, a, stale);
		return;
	}
	if (!limits_begin_wait(w, a)) {
		overload(w, a, q, "too many questions of this client wait for answers");
		return;
	}
	if (f) {
		join(w, f, a, q);
		return;
	}
	if (flights_add(w->flights, q, worker_now_ms(w), DEADLINE_MS, &f) != 0) {
		overload(w, a, q, "too many questions are being resolved");
		return;
	}
	f->resolver =
		(unsigned)(hash_keyed(&w->spread, name->octets, name->len) % w->resolver_count);
	if (relay_ask(w, f) != 0) {
		flights_remove(w->flights, f);
		overload(w, a, q, "the resolver is busy");
	} else if (flights_wait(w->flights, f, a) != 0) {
		overload(w, a, q, "too many questions wait for answers");
	}
}

/* In the cache for as long as any failure, so that a flood of it costs little. */
static void refuse_quarantined(struct worker *w, struct asker *a, const struct question *q)
{
	struct cache_entry *stale = find_stale(w, q);
	struct resolution *r = NULL;

	if (!stale)
		r = resolution_failed(w->matcher, q, EDE_OTHER, QUARANTINE_WHY);
	if (stale)
		answer_stale(w, a, stale);
	else if (r)
		answer_once(w, a, r, JOURNAL_SOURCE_LOCAL);
	else
		overload(w, a, q, err_text(ERR_MEMORY));
}

static void miss(struct worker *w, struct asker *a, const struct question *q)
{
	const struct policy_query query = {a->group, q->type};
	uint8_t special[SPECIAL_ANSWER_MAX];
	struct resolution *r = NULL;
	struct decision decision;
	size_t len;

	counter_add(&w->counters, COUNTER_CACHE_MISSES, 1);
	len = special_answer(w->snapshot->conf, q, special);
	if (len) {
		const struct link_answer local = {.packet = span_of(special, len)};

		if (resolution_from(
			    w->matcher, q, &local, w->snapshot->conf->cache_max_ttl_s, &r) != 0)
			overload(w, a, q, err_text(ERR_MEMORY));
		else
			answer_once(w, a, r, JOURNAL_SOURCE_LOCAL);
		return;
	}
	if (resolution_of_name(w->matcher, q, &r) != 0) {
		overload(w, a, q, err_text(ERR_MEMORY));
		return;
	}
	policy_decide(w->snapshot->policy, &query, r->evidence, &decision);
	if (decision.resolve_first) {
		resolution_free(r);
		if (quarantine_holds(w->quarantine, q, worker_now_ms(w)))
			refuse_quarantined(w, a, q);
		else
			wait_for_answer(w, a, q);
	} else {
		answer_once(w, a, r, JOURNAL_SOURCE_LOCAL);
	}
}

void query_take(struct worker *w, struct asker *a, struct span octets)
{
	const struct rejection *rejection;
	const struct verdict *verdict;
	struct cache_entry *e;
	struct message m;
	int read_err;

	a->real_ns = w->real_ns;
	a->started_ns = w->now_ns;
	if (!read_query(a, octets, &m, &read_err)) {
		counter_add(&w->counters, COUNTER_QUERY_MALFORMED, 1);
		asker_drop(w, a);
		return;
	}
	a->group = policy_group(w->snapshot->policy, &a->client.addr);
	rejection = check(a, &m, read_err);
	if (rejection) {
		reject(w, a, rejection);
		return;
	}
	/* In the case it was asked in it stands in a->to. */
	name_to_lower(&m.question.name);
	e = find_current(w, &m.question);
	verdict = e ? decide(w, e, a->group) : NULL;
	if (verdict && !verdict->decision.resolve_first) {
		counter_add(&w->counters, COUNTER_CACHE_HITS, 1);
		respond(w, a, e->resolution, verdict, JOURNAL_SOURCE_CACHE, age_s(w, e));
	} else {
		miss(w, a, &m.question);
	}
}

void query_answered(struct worker *w, unsigned resolver, const struct link_answer *answer)
{
	struct flight *f = flights_by_id(w->flights, answer->id);
	struct resolution *r = NULL;
	int err;

	/* A resolver answers its own questions only. */
	if (!f || f->resolver != resolver) {
		counter_add(&w->counters, COUNTER_ANSWERS_BAD, 1);
		return;
	}
	err = resolution_from(
		w->matcher, &f->question, answer, w->snapshot->conf->cache_max_ttl_s, &r);
	if (err == ERR_MEMORY) {
		settle_without_memory(w, f);
	} else if (err) {
		counter_add(&w->counters, COUNTER_ANSWERS_BAD, 1);
		query_give_up(w, f, EDE_OTHER, resolution_problem(err));
	} else {
		settle(w, f, r);
	}
}

/* Who has waited for long gets what is there; the flight goes on for the cache's sake. */
static void serve_stale(struct worker *w, struct flight *f)
{
	struct cache_entry *stale = find_stale(w, &f->question);

	f->served_stale = true;
	if (stale)
		answer_waiters(w, f, stale, NULL, true);
}

void query_tick(struct worker *w)
{
	struct flight *f;

	for (f = flights_oldest(w->flights); f && is_late(w, f); f = flight_next(f))
		if (!f->served_stale)
			serve_stale(w, f);

	while ((f = flights_oldest(w->flights)) && f->deadline_ms <= worker_now_ms(w)) {
		counter_add(&w->counters, COUNTER_DEADLINES, 1);
		relay_forget(w, f);
		query_give_up(w, f, EDE_NO_REACHABLE_AUTHORITY, "no upstream answered in time");
	}
}
