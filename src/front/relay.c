/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/relay.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/query.h"

#define DEATHS_SUSPECT 2 /* from then on asked with care */
#define CALM_NS (100 * NS_PER_MS) /* what kills at once, and is no suspect yet, does it before */
#define SILENT_NS NS_PER_S /* a resolver that says nothing for so long may hang */
/* A suspect that is out for so long, at a resolver that answers others, is only slow. */
#define TRIAL_NS (500 * NS_PER_MS)

static void on_link(void *arg, unsigned io);

static int hand_over(struct worker *w, struct flight *f)
{
	const struct link_question q = {.id = f->id, .question = f->question};
	struct worker_link *l = &w->links[f->resolver];
	int err = l->link ? link_ask(l->link, &q) : ERR_IO;

	if (!err) {
		counter_add(&w->counters, COUNTER_ASKED, 1);
		counter_add(&w->counters, COUNTER_ASKED_AGAIN, f->asks > 0);
		f->asks++;
		f->link = l->serial;
	}
	return err == ERR_AGAIN ? err : 0;
}

static void put_in_quarantine(struct worker *w, const struct flight *f)
{
	quarantine_put(w->quarantine, &f->question, worker_now_ms(w));
	counter_add(&w->counters, COUNTER_QUARANTINED, 1);
	worker_wake_main(w);
}

void relay_forget(struct worker *w, const struct flight *f)
{
	const struct worker_link *l = &w->links[f->resolver];
	unsigned deaths = f->deaths;

	if (!deaths)
		return;
	/* The heartbeat will end that one too, but then the flight is no more. */
	if (f->link == l->serial && l->heard_ns + SILENT_NS < w->now_ns)
		deaths++;
	if (deaths > DEATHS_SUSPECT)
		put_in_quarantine(w, f);
	else
		quarantine_suspect(w->quarantine, &f->question, deaths, worker_now_ms(w));
}

static bool is_suspect(const struct flight *f, const struct worker_link *l)
{
	return f->resolver == l->resolver && f->deaths >= DEATHS_SUSPECT;
}

/* Suspects that wait (serial 0) or are on the link of that serial. */
static unsigned count_suspects(struct worker *w, const struct worker_link *l, uint32_t serial)
{
	unsigned count = 0;

	for (const struct flight *f = flights_oldest(w->flights); f; f = flight_next(f))
		count += is_suspect(f, l) && f->link == serial;
	return count;
}

/*
 * Half of those that wait, the younger one: what hangs a resolver is older than all that got stuck
 * behind it.
 */
static void try_suspects(struct worker *w, struct worker_link *l)
{
	unsigned waiting, skip;

	if (!l->link || !quarantine_enter_trial(w->quarantine, l->resolver, w->index))
		return;
	waiting = count_suspects(w, l, 0);
	skip = waiting / 2;
	for (struct flight *f = flights_oldest(w->flights); f; f = flight_next(f)) {
		if (!is_suspect(f, l) || f->link)
			continue;
		if (skip)
			skip--;
		else if (hand_over(w, f) != 0)
			break;
	}
	l->tried_ns = w->now_ns;
	l->is_trying = count_suspects(w, l, l->serial) > 0;
	l->has_suspects = waiting > 0 || l->is_trying;
	quarantine_set_trying(w->quarantine, l->resolver, w->index, l->is_trying);
	if (!l->has_suspects)
		quarantine_leave_trial(w->quarantine, l->resolver, w->index);
}

int relay_ask(struct worker *w, struct flight *f)
{
	f->deaths = quarantine_deaths(w->quarantine, &f->question, worker_now_ms(w));
	if (f->deaths < DEATHS_SUSPECT)
		return hand_over(w, f);
	w->links[f->resolver].has_suspects = true;
	return 0;
}

/* What a full link does not take now, it gets at a later tick. */
static void ask_waiting(struct worker *w, struct worker_link *l)
{
	l->is_behind = false;
	for (struct flight *f = flights_oldest(w->flights); f; f = flight_next(f)) {
		if (f->resolver != l->resolver || f->link)
			continue;
		if (f->deaths >= DEATHS_SUSPECT)
			l->has_suspects = true;
		else if (hand_over(w, f) != 0)
			l->is_behind = true;
	}
}

static void convict(struct worker *w, struct flight *f)
{
	put_in_quarantine(w, f);
	query_give_up(w, f, EDE_OTHER, QUARANTINE_WHY);
}

/* Those that were not there when one of the others did it. */
static void acquit_waiting(struct worker *w, const struct worker_link *l)
{
	for (struct flight *f = flights_oldest(w->flights); f; f = flight_next(f))
		if (is_suspect(f, l) && !f->link)
			f->deaths = DEATHS_SUSPECT - 1;
}

static void lose_flights(struct worker *w, struct worker_link *l, bool died)
{
	unsigned tried = died ? count_suspects(w, l, l->serial) : 0;
	bool elsewhere = died && quarantine_is_trial_of_other(w->quarantine, l->resolver, w->index);
	struct flight *next;

	if (tried)
		acquit_waiting(w, l);
	for (struct flight *f = flights_oldest(w->flights); f; f = next) {
		next = flight_next(f);
		if (f->link != l->serial)
			continue;
		f->link = 0;
		f->deaths += died;
		if (tried == 1 && f->deaths > DEATHS_SUSPECT)
			convict(w, f);
	}
	if (elsewhere)
		acquit_waiting(w, l);
}

static void close_link(struct worker_link *l)
{
	watch_free(l->watch);
	link_free(l->link);
	l->watch = NULL;
	l->link = NULL;
}

static void end_trial(struct worker_link *l)
{
	/* The right to try ends with the next turn of it. */
	l->has_suspects |= l->is_trying;
	l->is_trying = false;
}

/* The resolver died: a new link comes with the next one. */
static void end_current(struct worker_link *l)
{
	close_link(l);
	lose_flights(l->worker, l, true);
	end_trial(l);
}

/* The successor gets what is left, which is nothing when the resolver has ended in order. */
static void end_leaving(struct worker_link *l)
{
	struct worker *w = l->worker;
	struct worker_link **at = &w->leaving;
	const unsigned resolver = l->resolver;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	w->leaving_count--;
	close_link(l);
	lose_flights(w, l, false);
	free(l);
	ask_waiting(w, &w->links[resolver]);
}

static void take_answer(struct worker_link *l, const struct link_answer *answer)
{
	struct worker *w = l->worker;
	struct flight *f = flights_by_id(w->flights, answer->id);
	const bool was_suspect = f && f->deaths >= DEATHS_SUSPECT;

	l->heard_ns = w->now_ns;
	if (f && answer->failed && l->is_leaving && f->link == l->serial) {
		f->link = 0;
		ask_waiting(w, &w->links[l->resolver]);
		return;
	}
	if (f && f->deaths)
		quarantine_acquit(w->quarantine, &f->question);
	query_answered(w, l->resolver, answer);
	l = &w->links[l->resolver];
	if (was_suspect && count_suspects(w, l, l->serial) == 0)
		try_suspects(w, l);
}

/* ERR_AGAIN when there is no more, 0 when there may be, or why the link has ended. */
static int take_answers(struct worker_link *l)
{
	struct link_answer answer;
	int err = 0;

	for (unsigned i = 0; i < LINK_BATCH && !err; i++) {
		err = link_receive_answer(l->link, &answer);
		if (!err)
			take_answer(l, &answer);
		if (err == ERR_FORMAT) {
			counter_add(&l->worker->counters, COUNTER_ANSWERS_BAD, 1);
			err = 0;
		}
	}
	return err;
}

static void on_link(void *arg, unsigned io)
{
	struct worker_link *l = arg;
	struct worker *w = l->worker;
	int err;

	(void)io;
	worker_begin_turn(w);
	err = take_answers(l);
	if (err && err != ERR_AGAIN && l->is_leaving)
		end_leaving(l);
	else if (err && err != ERR_AGAIN)
		end_current(l);
	worker_end_turn(w);
}

/* The link of a resolver that lives on until it has answered. Without memory for it, its successor
 * is asked. */
static void leave(struct worker *w, struct worker_link *l)
{
	struct worker_link *copy = malloc(sizeof(*copy));

	if (copy) {
		*copy = *l;
		copy->is_leaving = true;
		copy->watch = NULL;
		watch_free(l->watch);
		l->watch = NULL;
		if (watch_fd(w->loop, link_fd(copy->link), LOOP_READ, on_link, copy,
			    &copy->watch) != 0) {
			free(copy);
			copy = NULL;
		}
	}
	if (!copy) {
		close_link(l);
		lose_flights(w, l, false);
		return;
	}
	l->link = NULL;
	copy->next = w->leaving;
	w->leaving = copy;
	w->leaving_count++;
}

static void make_room(struct worker *w)
{
	struct worker_link *oldest = w->leaving;

	while (oldest->next)
		oldest = oldest->next;
	end_leaving(oldest);
}

/* A resolver that died has closed its end before its successor was started: so a link that does not
 * end here is that of one which lives. */
static void part(struct worker *w, struct worker_link *l)
{
	int err = 0;

	if (!l->link)
		return;
	for (unsigned i = 0; i < FLIGHTS_MAX / LINK_BATCH && !err; i++)
		err = take_answers(l);
	if (err && err != ERR_AGAIN) {
		end_current(l);
		return;
	}
	leave(w, l);
	if (w->leaving_count > RELAY_LEAVING_MAX)
		make_room(w);
}

int relay_take_link(struct worker *w, unsigned resolver, int fd)
{
	struct worker_link *l = &w->links[resolver];
	int err;

	part(w, l);
	err = link_new(fd, &l->link);
	if (err) {
		close(fd);
		return err;
	}
	l->serial = ++w->last_serial;
	l->linked_ns = w->now_ns;
	/* Not at the death itself: the other workers must see whose it was. */
	quarantine_set_trying(w->quarantine, resolver, w->index, false);
	end_trial(l);
	err = watch_fd(w->loop, fd, LOOP_READ, on_link, l, &l->watch);
	if (err)
		close_link(l);
	else
		ask_waiting(w, l);
	return err;
}

void relay_flush(struct worker *w)
{
	/* What a full link does not take meets its deadline. */
	for (unsigned i = 0; i < w->resolver_count; i++)
		if (w->links[i].link)
			(void)!link_flush(w->links[i].link);
	for (struct worker_link *l = w->leaving; l; l = l->next)
		(void)!link_flush(l->link);
}

void relay_tick(struct worker *w)
{
	for (unsigned i = 0; i < w->resolver_count; i++) {
		struct worker_link *l = &w->links[i];

		if (l->is_behind)
			ask_waiting(w, l);
		if (l->has_suspects && (l->is_trying ? l->heard_ns > l->tried_ns + TRIAL_NS
						     : w->now_ns > l->linked_ns + CALM_NS))
			try_suspects(w, l);
	}
}

void relay_close(struct worker *w)
{
	struct worker_link *l;

	for (unsigned i = 0; i < CHANNEL_RESOLVERS_MAX; i++)
		close_link(&w->links[i]);
	while ((l = w->leaving)) {
		w->leaving = l->next;
		close_link(l);
		free(l);
	}
}
