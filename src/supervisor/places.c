/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "state.h"

#define SERVED_NS NS_PER_S /* who served so long did not die of its start */
#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 1000 /* DNS that is away does more harm than a process that is started */
/* A few deaths in a row may be of one question, until it is known which. */
#define BURST_MAX 20
#define BACKOFF_BURST_MS 100
#define STARTS_MAX 5 /* at the very first start */

static void on_restart(void *arg);
static void on_ready(void *arg, struct child *c);
static void on_message(void *arg, struct child *c, const struct channel_message *m);

static const struct child_events events = {on_ready, on_message};

int places_init(struct supervisor *s)
{
	int err;

	s->front.all = s;
	s->front.resolver = -1;
	err = watch_timer(s->loop, on_restart, &s->front, &s->front.timer);
	for (unsigned i = 0; err == 0 && i < s->resolvers; i++) {
		s->resolver[i].all = s;
		s->resolver[i].resolver = (int)i;
		err = watch_timer(s->loop, on_restart, &s->resolver[i], &s->resolver[i].timer);
	}
	return err;
}

void places_release(struct supervisor *s)
{
	watch_free(s->front.timer);
	for (unsigned i = 0; i < s->resolvers; i++) {
		watch_free(s->resolver[i].timer);
		free(s->resolver[i].status);
	}
	free(s->leaving);
}

static int start_place(struct place *p)
{
	p->linked = false;
	return p->resolver < 0 ? handover_front(p->all, &events)
			       : handover_resolver(p, p->all->snapshot, &events, &p->child);
}

/* Resolvers first, as the front gets its links at the start. */
int places_start(struct supervisor *s)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < s->resolvers; i++)
		err = start_place(&s->resolver[i]);
	return err != 0 ? err : start_place(&s->front);
}

static void plan_restart(struct place *p, bool was_ready)
{
	uint32_t max = was_ready && p->early < BURST_MAX ? BACKOFF_BURST_MS : BACKOFF_MAX_MS;
	uint32_t delay = 0;

	if (p->early > 1) {
		unsigned doublings = p->early - 2 < 6 ? p->early - 2 : 6;

		delay = BACKOFF_FIRST_MS << doublings;
	}
	(void)!watch_timer_set(p->timer, delay < max ? delay : max);
}

static void on_restart(void *arg)
{
	struct place *p = arg;

	if (p->child != NULL || p->all->stopping)
		return;
	p->restarts++;
	if (start_place(p) == 0)
		return;
	log_error("cannot start a process; tried again");
	p->early++;
	plan_restart(p, false);
}

static bool all_ready(const struct supervisor *s)
{
	bool ready = s->front.child != NULL && child_is_ready(s->front.child);

	for (unsigned i = 0; ready && i < s->resolvers; i++)
		ready = s->resolver[i].child != NULL && child_is_ready(s->resolver[i].child);
	return ready;
}

static void on_ready(void *arg, struct child *c)
{
	struct place *p = arg;
	struct supervisor *s = p->all;

	if (s->stopping)
		return;
	if (c == p->next) {
		reload_next_ready(s);
		return;
	}
	if (p->resolver >= 0 && !p->linked && s->front.child != NULL)
		handover_link(p, s->front.child);
	for (unsigned i = 0; p->resolver < 0 && i < s->resolvers; i++)
		handover_status(&s->resolver[i]);
	if (s->announced)
		log_info("%s (process %ld) serves again", child_name(c), (long)child_pid(c));
	else if (all_ready(s))
		supervisor_tell_ready(s);
}

static void take_status(struct place *p, const struct child *c, struct span text)
{
	if (c != p->child)
		return;
	free(p->status);
	p->status = strndup((const char *)text.data, text.len);
	handover_status(p);
}

static void on_message(void *arg, struct child *c, const struct channel_message *m)
{
	struct place *p = arg;
	char who[64];

	if (p->resolver >= 0 && m->type == CHANNEL_STATUS) {
		take_status(p, c, m->text);
	} else if (p->resolver < 0 && m->type == CHANNEL_RELOAD) {
		snprintf(who, sizeof(who), "%.*s", (int)(m->text.len < 63 ? m->text.len : 63),
			(const char *)m->text.data);
		reload_start(p->all, who, true);
	} else if (p->resolver < 0 && m->type == CHANNEL_SWAPPED) {
		reload_swapped(p->all, m->a != 0, m->text);
	} else if (m->type == CHANNEL_REFUSED) {
		/* It has said the same to the operator, and will end. */
		if (c == p->next)
			reload_fail(p->all, (const char *)m->text.data);
	} else {
		log_error("%s sent what it may not send; it is killed", child_name(c));
		child_kill(c);
	}
}

static void describe_end(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_error("%s (process %ld) was ended by signal %d (%s)", child_name(c),
			(long)child_pid(c), WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_error("%s (process %ld) has ended with code %d", child_name(c),
			(long)child_pid(c), WEXITSTATUS(status));
}

/* Who asked for the end must learn that not all was brought to one. */
static void note_end(struct supervisor *s, const struct child *c, int status)
{
	if (!s->stopping || status == 0)
		return;
	describe_end(c, status);
	s->exit_code = 1;
}

/* At the very first start what cannot work ends the whole; later nothing does. */
static bool is_hopeless(const struct place *p, int status)
{
	return !p->all->announced &&
	       ((WIFEXITED(status) && WEXITSTATUS(status) == CHANNEL_EXIT_REFUSED) ||
		       p->early >= STARTS_MAX);
}

static void bury(struct place *p, int status)
{
	struct supervisor *s = p->all;
	struct child *c = p->child;
	uint64_t ready_ns = child_ready_ns(c);

	p->child = NULL;
	p->linked = false;
	note_end(s, c, status);
	if (!s->stopping) {
		describe_end(c, status);
		p->early = ready_ns != 0 && clock_monotonic_ns() - ready_ns >= SERVED_NS
				   ? 0
				   : p->early + 1;
		if (p->resolver < 0)
			reload_front_gone(s);
		if (is_hopeless(p, status))
			supervisor_stop(s, 1);
		else
			plan_restart(p, ready_ns != 0);
	}
	child_free(c);
}

static void bury_next(struct place *p, int status)
{
	struct child *c = p->next;

	p->next = NULL;
	note_end(p->all, c, status);
	if (!p->all->stopping) {
		describe_end(c, status);
		reload_fail(p->all, "a resolver does not work with it; its message says why");
	}
	child_free(c);
}

static bool bury_leaving(struct supervisor *s, pid_t pid, int status)
{
	for (unsigned i = 0; i < s->leaving_count; i++) {
		if (child_pid(s->leaving[i]) != pid)
			continue;
		note_end(s, s->leaving[i], status);
		child_free(s->leaving[i]);
		s->leaving[i] = s->leaving[--s->leaving_count];
		return true;
	}
	return false;
}

void places_reaped(struct supervisor *s, pid_t pid, int status)
{
	if (bury_leaving(s, pid, status))
		return;
	if (s->front.child != NULL && child_pid(s->front.child) == pid) {
		bury(&s->front, status);
		return;
	}
	for (unsigned i = 0; i < s->resolvers; i++) {
		struct place *p = &s->resolver[i];

		if (p->child != NULL && child_pid(p->child) == pid) {
			bury(p, status);
			return;
		}
		if (p->next != NULL && child_pid(p->next) == pid) {
			bury_next(p, status);
			return;
		}
	}
}

int places_start_next(struct supervisor *s, const struct snapshot *snapshot)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < s->resolvers; i++)
		err = handover_resolver(&s->resolver[i], snapshot, &events, &s->resolver[i].next);
	return err;
}

/* Without memory to remember it, a process that was told to go is killed and reaped as unknown. */
static void let_go(struct supervisor *s, struct child *c)
{
	if (s->leaving_count == s->leaving_max) {
		unsigned max = s->leaving_max * 2 + 8;
		struct child **grown = realloc(s->leaving, max * sizeof(*grown));

		if (grown == NULL) {
			child_kill(c);
			child_free(c);
			return;
		}
		s->leaving = grown;
		s->leaving_max = max;
	}
	s->leaving[s->leaving_count++] = c;
	child_stop(c);
}

void places_take_next(struct supervisor *s)
{
	for (unsigned i = 0; i < s->resolvers; i++) {
		struct place *p = &s->resolver[i];
		struct child *before = p->child;

		if (p->next == NULL)
			continue;
		watch_timer_clear(p->timer);
		p->child = p->next;
		p->next = NULL;
		p->early = 0;
		handover_link(p, s->front.child);
		if (before != NULL)
			let_go(s, before);
	}
}

void places_drop_next(struct supervisor *s)
{
	for (unsigned i = 0; i < s->resolvers; i++) {
		struct place *p = &s->resolver[i];

		if (p->next != NULL)
			let_go(s, p->next);
		p->next = NULL;
	}
}

static void for_each_child(struct supervisor *s, void (*fn)(struct child *c))
{
	if (s->front.child != NULL)
		fn(s->front.child);
	for (unsigned i = 0; i < s->resolvers; i++) {
		if (s->resolver[i].child != NULL)
			fn(s->resolver[i].child);
		if (s->resolver[i].next != NULL)
			fn(s->resolver[i].next);
	}
	for (unsigned i = 0; i < s->leaving_count; i++)
		fn(s->leaving[i]);
}

void places_stop(struct supervisor *s)
{
	for_each_child(s, child_stop);
}

void places_kill(struct supervisor *s)
{
	for_each_child(s, child_kill);
}

bool places_are_empty(const struct supervisor *s)
{
	bool empty = s->front.child == NULL && s->leaving_count == 0;

	for (unsigned i = 0; empty && i < s->resolvers; i++)
		empty = s->resolver[i].child == NULL && s->resolver[i].next == NULL;
	return empty;
}
