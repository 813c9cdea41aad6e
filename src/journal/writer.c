/* SPDX-License-Identifier: BSD-3-Clause */

#include "writer.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/*
 * While there is something to do the writer naps instead of sleeping until it is woken: a busy lane
 * never pays for a system call, and lines go out in larger pieces.
 */
#define NAP_NS (5 * NS_PER_MS)
#define IDLE_MS 60000
#define SOON_MS 1000 /* when something waits to be synced or told */
#define RETAIN_NS (60 * NS_PER_S)

/* The site is needed for records that have no context of their own. */
static void note_site(struct journal *j, const struct journal_context *c)
{
	if (c == j->seen)
		return;
	j->seen = c;
	snprintf(j->site, sizeof(j->site), "%s", c->conf->site ? c->conf->site : "");
}

static void add_line(struct journal *j, struct stream *s, const char *id)
{
	if (j->line.overflow)
		s->lost++;
	else
		stream_add(s, buf_span(&j->line), id);
}

static void write_record(struct journal *j, unsigned lane, const struct ring_entry *e)
{
	const struct line_text *text = prepared_find(&j->prepared, &e->record, e->context);
	int last = e->record.alert ? STREAM_EVENTS : STREAM_QUERIES;
	char storage[REMARK_ID_MAX];
	const char *id = "";

	if (e->record.alert)
		id = event_id_format(j->boot, lane, e->record.number, storage);
	for (int i = STREAM_QUERIES; i <= last; i++) {
		struct stream *s = &j->streams[i];

		if (!stream_is_on(s))
			continue;
		if (text)
			line_write(&j->memory, text, &e->record, e->context, lane,
				s->limits.clients, &s->pending);
		else
			s->pending.overflow = true;
		stream_end_line(s, id);
	}
}

static void write_change(struct journal *j, unsigned lane, const struct ring_entry *e)
{
	const struct remark remark = {
		.real_ns = e->record.real_ns,
		.boot = j->boot,
		.worker = lane,
		.number = e->record.number,
		.kind = e->change->kind,
		.action = e->change->action,
		.reason = e->change->reason,
		.site = e->context->conf->site,
		.mode = mode_text[e->context->conf->mode],
		.lists = e->context->lists,
		.config = e->context->config,
	};
	char id[REMARK_ID_MAX];

	event_id_format(j->boot, lane, e->record.number, id);
	buf_clear(&j->line);
	remark_format(&remark, &j->line);
	for (int i = 0; i < STREAM_COUNT; i++)
		if (stream_is_on(&j->streams[i]))
			add_line(j, &j->streams[i], id);
}

/* The disk was too slow for what there was to write when the journal was stopped. */
static bool is_late(const struct journal *j)
{
	uint64_t late_ns = atomic_load(&j->late_ns);

	return late_ns && clock_monotonic_ns() >= late_ns;
}

static void handle(struct journal *j, struct journal_lane *l, struct ring *r)
{
	struct ring_entry *e = ring_oldest(r);

	note_site(j, e->context);
	if (is_late(j))
		lane_lose(l, r == &l->events);
	else if (e->change)
		write_change(j, l->index, e);
	else
		write_record(j, l->index, e);
	free(e->change);
	ring_pop(r);
}

/* Both rings up to the tails, in the order of the numbers. */
static uint64_t drain(
	struct journal *j, struct journal_lane *l, uint64_t queries_end, uint64_t events_end)
{
	uint64_t handled = 0;

	for (;; handled++) {
		bool query = ring_head(&l->queries) < queries_end;
		bool event = ring_head(&l->events) < events_end;

		if (query && event)
			query = ring_oldest(&l->queries)->record.number <
				ring_oldest(&l->events)->record.number;
		if (!query && !event)
			return handled;
		handle(j, l, query ? &l->queries : &l->events);
	}
}

/* The order of the steps is what makes freeing sound: see lane.h. */
static uint64_t serve(struct journal *j, struct journal_lane *l)
{
	struct resolution *retired =
		atomic_exchange_explicit(&l->retired, NULL, memory_order_acquire);
	struct parted *parted = atomic_exchange_explicit(&l->parted, NULL, memory_order_acquire);
	uint64_t queries_end = ring_tail(&l->queries), events_end = ring_tail(&l->events);
	uint64_t handled = drain(j, l, queries_end, events_end);

	for (const struct resolution *r = retired; r; r = r->next)
		prepared_forget(&j->prepared, r);
	atomic_fetch_sub_explicit(&l->retired_octets, retired_free(retired), memory_order_relaxed);
	if (parted) {
		/* Another context may come to stand at the same address. */
		j->seen = NULL;
		line_memory_forget(&j->memory);
		prepared_clear(&j->prepared);
	}
	parted_free(parted);
	return handled;
}

static void take_limits(struct journal *j)
{
	pthread_mutex_lock(&j->lock);
	for (int i = 0; i < STREAM_COUNT; i++)
		j->streams[i].limits = j->limits[i];
	pthread_mutex_unlock(&j->lock);
}

static uint64_t untold_queries(const struct journal_lane *l)
{
	return atomic_load_explicit(&l->lost_queries, memory_order_relaxed) - l->told_queries;
}

static uint64_t untold_events(const struct journal_lane *l)
{
	return atomic_load_explicit(&l->lost_events, memory_order_relaxed) - l->told_events;
}

static void publish_stats(struct journal *j)
{
	const struct stream *queries = &j->streams[STREAM_QUERIES];
	const struct stream *events = &j->streams[STREAM_EVENTS];

	pthread_mutex_lock(&j->lock);
	j->stats.written = queries->written + events->written;
	j->stats.lost_queries = queries->lost;
	j->stats.lost_events = events->lost;
	j->stats.untold_queries = queries->lost - queries->told;
	j->stats.untold_events = events->lost - events->told;
	for (unsigned i = 0; i < j->lane_count; i++) {
		j->stats.untold_queries += untold_queries(&j->lanes[i]);
		j->stats.untold_events += untold_events(&j->lanes[i]);
	}
	j->stats.segments_deleted = 0;
	for (int i = 0; i < SEGMENTS_REASONS; i++)
		j->stats.segments_deleted += queries->deleted[i] + events->deleted[i];
	j->stats.failing_errno =
		events->failing_errno ? events->failing_errno : queries->failing_errno;
	j->stats.failing = j->stats.failing_errno != 0;
	snprintf(j->stats.last_event, sizeof(j->stats.last_event), "%s", events->synced_id);
	j->stats.events_over = events->is_over;
	j->stats.sealing_errno = j->sealing_errno;
	j->stats.config_errno = atomic_load(&j->sealer.config_errno);
	j->stats.links = j->chain.links;
	snprintf(j->stats.head, sizeof(j->stats.head), "%s", j->chain.head);
	pthread_mutex_unlock(&j->lock);
}

static void keep_house(struct journal *j)
{
	uint64_t now_ns = clock_monotonic_ns();

	for (int i = 0; i < STREAM_COUNT; i++)
		stream_sync(&j->streams[i], false);
	if (j->retained_ns && now_ns - j->retained_ns < RETAIN_NS)
		return;
	j->retained_ns = now_ns;
	j->seal_due = true;
	for (int i = 0; i < STREAM_COUNT; i++)
		stream_retain(&j->streams[i]);
	/* Once a minute, so that a small max_size does not fill the log with it. */
	writer_tell_deletions(j);
}

static uint64_t round_of_lanes(struct journal *j)
{
	uint64_t handled = 0;

	take_limits(j);
	for (unsigned i = 0; i < j->lane_count; i++)
		handled += serve(j, &j->lanes[i]);
	writer_tell_losses(j, false);
	for (int i = 0; i < STREAM_COUNT; i++)
		stream_flush(&j->streams[i]);
	keep_house(j);
	writer_seal(j);
	publish_stats(j);
	return handled;
}

static bool must_come_back(const struct journal *j)
{
	for (unsigned i = 0; i < j->lane_count; i++)
		if (untold_queries(&j->lanes[i]) || untold_events(&j->lanes[i]))
			return true;
	if (j->sealing_errno || atomic_load(&j->sealer.config_errno))
		return true;
	for (int i = 0; i < STREAM_COUNT; i++) {
		const struct stream *s = &j->streams[i];

		if ((s->dirty && s->kind->is_synced) || s->lost != s->told)
			return true;
	}
	return false;
}

static bool is_waited_for(struct journal *j)
{
	for (unsigned i = 0; i < j->lane_count; i++)
		if (lane_waiting(&j->lanes[i]) > 0)
			return true;
	return atomic_load(&j->stopping) || atomic_load(&j->sealer.seal.state) == SEAL_DONE;
}

static void sleep_until_rung(struct journal *j)
{
	struct pollfd bell = {.fd = j->bell.fd, .events = POLLIN};
	uint64_t count;

	/* See lane.h: announced first, looked at after. */
	atomic_store(&j->bell.sleeping, true);
	if (!is_waited_for(j))
		(void)!poll(&bell, 1, must_come_back(j) ? SOON_MS : IDLE_MS);
	atomic_store(&j->bell.sleeping, false);
	/* Not blocking: takes back a ring if there was one. */
	(void)!read(j->bell.fd, &count, sizeof(count));
}

static void rest(struct journal *j, uint64_t handled)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};

	if (handled == 0)
		sleep_until_rung(j);
	else if (handled < j->ring_size / 2)
		nanosleep(&nap, NULL);
}

void *writer_run(void *arg)
{
	struct journal *j = arg;

	writer_open_chain(j);
	for (;;) {
		/* Lanes are at rest before stopping is set, so the round behind it sees all. */
		bool stopping = atomic_load(&j->stopping);
		uint64_t handled = round_of_lanes(j);

		if (stopping)
			break;
		rest(j, handled);
	}
	/* The last time to say it, so it is tried without patience. */
	for (int i = 0; i < STREAM_COUNT; i++)
		j->streams[i].retry_ns = 0;
	writer_tell_losses(j, true);
	writer_tell_deletions(j);
	for (int i = 0; i < STREAM_COUNT; i++) {
		stream_flush(&j->streams[i]);
		stream_sync(&j->streams[i], true);
	}
	publish_stats(j);
	atomic_store(&j->ended, true);
	return NULL;
}
