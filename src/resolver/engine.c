/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A context of libunbound cannot be changed once it was used, nor can it be told that an upstream
 * is back which it has given up. Then a new context takes over, and what is outstanding in the old
 * one is asked again. Callbacks of libunbound only copy and queue: they may come before
 * ub_resolve_event returns, its buffer is used again by the next call, and a context must not be
 * deleted inside one.
 */

#include "resolver/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "resolver/anchors.h"
#include "resolver/ask.h"
#include "resolver/doubt.h"
#include "resolver/giveup.h"
#include "resolver/noise.h"
#include "resolver/pace.h"
#include "resolver/quota.h"
#include "resolver/settings.h"
#include "resolver/validation.h"
#include "wire/reply.h"

#define HOLD_MS 1000 /* questions wait so long for the first word about validation */
#define SOCKETS_MAX (ENGINE_OUTSTANDING_MAX + ENGINE_ABANDONED_MAX)
#define SOCKETS_KEPT 256 /* descriptors that libunbound leaves to others */
#define SETTINGS_MAX (4u << 20)

struct context {
	struct engine *engine;
	struct ub_ctx *ub;
	bool validates;
	bool replaced; /* what it has not answered is asked again */
};

struct engine {
	struct loop *loop;
	struct engine_options options;
	const struct conf *conf;
	uint32_t wait_ms;
	FILE *noise;
	struct context *current;
	struct validation *validation;
	enum engine_validation state;
	struct doubt doubt;
	struct watch *hold; /* NULL when questions need not wait any more */
	struct watch *delivery;
	bool delivering; /* the timer is set */
	struct ask_queue held, finished;
	struct ask_ages waiting; /* neither finished nor abandoned */
	struct watch *deadline; /* of the oldest that waits */
	bool deadline_is_set;
	unsigned outstanding, abandoned;
	struct quota quota;
	struct giveup giveup;
};

static void discard(struct engine *e, struct ask *a)
{
	quota_give(&e->quota, &a->question.name);
	ask_free(a);
}

static uint64_t now_ms(void)
{
	return clock_monotonic_ns() / NS_PER_MS;
}

static void set_deadline(struct engine *e, uint32_t ms)
{
	/* Without memory for the timer the next question tries again. */
	if (e->waiting.oldest != NULL && !e->deadline_is_set)
		e->deadline_is_set = watch_timer_set(e->deadline, ms) == 0;
}

static void enlist(struct engine *e, struct ask *a)
{
	ask_ages_add(&e->waiting, a);
	set_deadline(e, ENGINE_DEADLINE_MS);
}

static void finish(struct engine *e, struct ask *a)
{
	ask_ages_remove(&e->waiting, a);
	ask_queue_put(&e->finished, a);
	/* Without memory for the timer the next one to finish tries again. */
	if (!e->delivering)
		e->delivering = watch_timer_set(e->delivery, 0) == 0;
}

static void hold(struct engine *e, struct ask *a)
{
	a->context = NULL;
	ask_queue_put(&e->held, a);
}

static void on_resolved(
	void *arg, int rcode, void *packet, int len, int sec, char *why, int was_limited)
{
	struct ask *a = arg;
	struct engine *e;

	(void)was_limited;
	if (a == NULL)
		return;
	e = a->context->engine;
	if (a->abandoned) {
		e->abandoned--;
		discard(e, a);
		return;
	}
	if (a->context->replaced) {
		hold(e, a);
		return;
	}
	if (rcode != 0)
		ask_fail_with(a, rcode);
	else
		ask_read(a, packet, len, sec, why, a->context->validates);
	doubt_note(&e->doubt, &a->question, &a->answer);
	giveup_note(&e->giveup, a->answer.ede == EDE_NO_REACHABLE_AUTHORITY, ask_age_ms(a),
		e->wait_ms, now_ms());
	finish(e, a);
}

static void submit(struct engine *e, struct ask *a)
{
	char name[NAME_TEXT_MAX];
	int err;

	name_format(&a->question.name, name);
	a->context = e->current;
	err = ub_resolve_event(
		a->context->ub, name, a->question.type, a->question.class, a, on_resolved, NULL);
	if (err == 0)
		return;
	ask_fail(a, EDE_OTHER, ub_strerror(err));
	finish(e, a);
}

static unsigned socket_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 2 * SOCKETS_KEPT)
		return SOCKETS_KEPT / 2;
	limit.rlim_cur -= SOCKETS_KEPT;
	return limit.rlim_cur < SOCKETS_MAX ? (unsigned)limit.rlim_cur : SOCKETS_MAX;
}

/* Hands the settings over as a file that has no place in any directory. */
static int configure(struct engine *e, struct ub_ctx *ub, bool validates)
{
	const struct settings settings = {
		.upstreams = e->options.upstreams,
		.upstream_count = e->options.upstream_count,
		.zones = e->conf->zones,
		.zone_count = e->conf->zone_count,
		.validate = validates,
		/* The front's answer cache takes the rest: it alone is on the way of most queries.
		 */
		.cache_size =
			e->conf->cache_size / 4 / (e->options.shares > 0 ? e->options.shares : 1),
		.sockets = socket_limit(),
		.wait_ms = e->wait_ms,
	};
	char path[32];
	struct buf text;
	int fd = -1, err;

	buf_init_heap(&text, SETTINGS_MAX);
	if ((err = settings_write(&settings, &text)) != 0 ||
		(err = file_seal_span(buf_span(&text), "settings", &fd)) != 0)
		goto out;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = ub_ctx_config(ub, path) == 0 ? 0 : ERR_STATE;
	close(fd);
out:
	buf_release(&text);
	return err;
}

/*
 * A wrong setting or anchor file shows with the first question only: so one is asked that
 * libunbound answers by itself.
 */
static int context_new(struct engine *e, bool validates, struct context **out)
{
	struct context *c = calloc(1, sizeof(*c));
	int err = ERR_MEMORY;

	if (c == NULL || (c->ub = ub_ctx_create_event(loop_base(e->loop))) == NULL)
		goto fail;
	c->engine = e;
	c->validates = validates;
	ub_ctx_debugout(c->ub, e->noise);
	if ((err = configure(e, c->ub, validates)) != 0)
		goto fail;
	err = ERR_STATE;
	if (validates && ub_ctx_add_ta_file(c->ub, e->options.anchors) != 0)
		goto fail;
	if (ub_resolve_event(c->ub, "localhost", RR_A, RR_CLASS_IN, NULL, on_resolved, NULL) != 0)
		goto fail;
	*out = c;
	return 0;
fail:
	if (c != NULL && c->ub != NULL)
		ub_ctx_delete(c->ub);
	free(c);
	return err;
}

static void context_free(struct context *c)
{
	if (c == NULL)
		return;
	ub_ctx_delete(c->ub); /* calls back for all that is outstanding */
	free(c);
}

static void deliver(void *arg)
{
	struct engine *e = arg;
	struct ask_queue batch = e->finished;
	struct ask *a;

	e->delivering = false;
	ask_queue_init(&e->finished);
	while ((a = batch.first) != NULL) {
		batch.first = a->next;
		e->outstanding--;
		a->done(a->arg, &a->answer);
		discard(e, a);
	}
}

static void release_held(struct engine *e)
{
	struct ask *a;

	watch_free(e->hold);
	e->hold = NULL;
	while ((a = ask_queue_take(&e->held)) != NULL)
		submit(e, a);
}

static void on_hold_end(void *arg)
{
	release_held(arg);
}

/* Not from a callback of libunbound: no context may be deleted in one. */
static int replace_context(struct engine *e, bool validates)
{
	struct context *before = e->current;
	struct context *c;
	int err = context_new(e, validates, &c);

	if (err != 0)
		return err;
	e->current = c;
	before->replaced = true;
	context_free(before);
	/* Those that wait for the first word about validation wait on. */
	if (e->hold == NULL)
		release_held(e);
	return 0;
}

static void on_validation(void *arg, enum engine_validation state)
{
	struct engine *e = arg;

	if (e->conf->validate == CONF_VALIDATE_YES) {
		e->state = state == ENGINE_VALIDATION_MISSING ? state : ENGINE_VALIDATION_ON;
		return;
	}
	if (state == ENGINE_VALIDATION_ON && !e->current->validates &&
		replace_context(e, true) != 0) {
		log_error("answers are not validated: libunbound does not take '%s'",
			e->conf->trust_anchors);
		state = ENGINE_VALIDATION_MISSING;
	}
	e->state = state;
	release_held(e);
}

void engine_renew(struct engine *e, uint32_t wait_ms)
{
	int err;

	e->wait_ms = wait_ms;
	giveup_renewed(&e->giveup, now_ms());
	err = replace_context(e, e->current->validates);
	if (err != 0)
		log_error("cannot renew the resolver's context: %s", err_text(err));
}

/* ub_cancel would only keep libunbound from calling back: the work goes on, and nobody would know
 * for how long. */
static void abandon(struct engine *e, struct ask *a)
{
	ask_ages_remove(&e->waiting, a);
	a->abandoned = true;
	e->abandoned++;
	e->outstanding--;
	ask_fail(a, EDE_NO_REACHABLE_AUTHORITY, "no upstream answered in time");
	a->done(a->arg, &a->answer);
}

/* What is held is about to be asked. */
static void on_deadline(void *arg)
{
	struct engine *e = arg;
	struct ask *a;
	uint64_t age = 0;

	e->deadline_is_set = false;
	while ((a = e->waiting.oldest) != NULL && a->context != NULL &&
		(age = ask_age_ms(a)) >= ENGINE_DEADLINE_MS)
		abandon(e, a);
	set_deadline(e, a != NULL && age < ENGINE_DEADLINE_MS ? (uint32_t)(ENGINE_DEADLINE_MS - age)
							      : HOLD_MS);
	if (e->abandoned >= ENGINE_ABANDONED_MAX)
		engine_renew(e, e->wait_ms);
}

static int start_validation(struct engine *e)
{
	int err = validation_new(e->loop, &e->options, on_validation, e, &e->validation);

	if (err != 0 || e->conf->validate == CONF_VALIDATE_YES)
		return err;
	if ((err = watch_timer(e->loop, on_hold_end, e, &e->hold)) == 0)
		err = watch_timer_set(e->hold, HOLD_MS);
	return err;
}

/* Why there are no usable trust anchors, as part of a sentence. */
static int check_anchors(const struct engine_options *o, char problem[ENGINE_PROBLEM_MAX])
{
	struct name names[ANCHORS_MAX];
	unsigned count;
	int err = ERR_IO;

	if (o->anchors[0] != '\0')
		err = anchors_read(o->anchors, names, ANCHORS_MAX, &count);
	if (err == ERR_MISSING)
		snprintf(problem, ENGINE_PROBLEM_MAX,
			"there are no DS or DNSKEY records in '%.100s'", o->conf->trust_anchors);
	else if (err != 0)
		snprintf(problem, ENGINE_PROBLEM_MAX,
			"cannot read the trust anchors '%.100s': %.40s", o->conf->trust_anchors,
			o->anchors[0] != '\0' ? err_text(err) : o->anchors_problem);
	return err;
}

static int start(struct engine *e, char problem[ENGINE_PROBLEM_MAX])
{
	bool always = e->conf->validate == CONF_VALIDATE_YES;
	int err, anchors_err = 0;

	if (e->conf->validate != CONF_VALIDATE_NO)
		anchors_err = check_anchors(&e->options, problem);
	if (anchors_err != 0 && always)
		return ERR_STATE;
	if (anchors_err != 0) {
		log_warning("answers are not validated: %s; install dns-root-data or set "
			    "dnssec.trust_anchors",
			problem);
		e->state = ENGINE_VALIDATION_MISSING;
	}
	snprintf(problem, ENGINE_PROBLEM_MAX, "%s", err_text(ERR_MEMORY));
	if ((err = watch_timer(e->loop, deliver, e, &e->delivery)) != 0 ||
		(err = watch_timer(e->loop, on_deadline, e, &e->deadline)) != 0 ||
		(err = quota_init(&e->quota, ENGINE_ZONE_MAX)) != 0 ||
		(err = noise_open(&e->noise)) != 0)
		return err;
	if ((err = context_new(e, always, &e->current)) != 0) {
		snprintf(problem, ENGINE_PROBLEM_MAX, "libunbound refuses its settings");
		return err;
	}
	if (e->conf->validate != CONF_VALIDATE_NO && anchors_err == 0)
		return start_validation(e);
	return 0;
}

int engine_new(struct loop *l, const struct engine_options *options,
	char problem[ENGINE_PROBLEM_MAX], struct engine **out)
{
	static const enum engine_validation initial[] = {
		[CONF_VALIDATE_AUTO] = ENGINE_VALIDATION_UNKNOWN,
		[CONF_VALIDATE_YES] = ENGINE_VALIDATION_ON,
		[CONF_VALIDATE_NO] = ENGINE_VALIDATION_OFF,
	};
	struct engine *e = calloc(1, sizeof(*e));
	int err;

	if (e == NULL)
		return ERR_MEMORY;
	e->loop = l;
	e->options = *options;
	e->conf = options->conf;
	if (options->upstream_count > ENGINE_UPSTREAMS_MAX)
		e->options.upstream_count = ENGINE_UPSTREAMS_MAX;
	e->wait_ms = PACE_QUICK_MS;
	e->state = initial[e->conf->validate];
	ask_queue_init(&e->held);
	ask_queue_init(&e->finished);
	if ((err = start(e, problem)) != 0) {
		engine_free(e);
		return err;
	}
	*out = e;
	return 0;
}

void engine_free(struct engine *e)
{
	struct ask *a;

	if (e == NULL)
		return;
	validation_free(e->validation);
	watch_free(e->hold);
	while ((a = ask_queue_take(&e->held)) != NULL) {
		ask_fail(a, EDE_NOT_READY, "the resolver ends");
		finish(e, a);
	}
	context_free(e->current);
	deliver(e);
	watch_free(e->delivery);
	watch_free(e->deadline);
	if (e->noise != NULL)
		fclose(e->noise);
	free(e);
}

/* No data has such a type (RFC 6895 3.1); of them only ANY is a question for an upstream. */
static bool is_meta(uint16_t type)
{
	return type == 0 || type == RR_OPT || (type >= 128 && type < RR_ANY);
}

int engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg)
{
	struct ask *a;

	if (e->outstanding >= ENGINE_OUTSTANDING_MAX || e->abandoned >= ENGINE_ABANDONED_MAX ||
		!quota_take(&e->quota, &q->question.name))
		return ERR_LIMIT;
	a = ask_new(q, done, arg);
	if (a == NULL) {
		quota_give(&e->quota, &q->question.name);
		return ERR_MEMORY;
	}
	e->outstanding++;
	enlist(e, a);
	if (is_meta(q->question.type)) {
		ask_fail_with(a, RCODE_NOTIMP);
		finish(e, a);
	} else if (e->hold != NULL) {
		hold(e, a);
	} else {
		submit(e, a);
	}
	return 0;
}

enum engine_validation engine_validation(const struct engine *e)
{
	return e->state;
}

unsigned engine_outstanding(const struct engine *e)
{
	return e->outstanding;
}

unsigned engine_abandoned(const struct engine *e)
{
	return e->abandoned;
}

bool engine_has_given_up(struct engine *e)
{
	return giveup_is_likely(&e->giveup, now_ms());
}

bool engine_doubts_clock(const struct engine *e)
{
	return e->doubt.is_on;
}
