/* SPDX-License-Identifier: BSD-3-Clause */

#include "journal/journal.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "writer.h"

#define BOOT_OCTETS 6
/* Together below what the supervisor waits for a child that stops. */
#define STOP_MS 5000
#define RINGS_OF_LANE 2
#define RING_LEAST 1024u
#define RING_MOST (UINT32_C(1) << 30)
#define STUCK_NS (2 * NS_PER_S)
#define HANG_MS 2500 /* then a write that has been begun does not come back */

static const struct stream_kind kinds[STREAM_COUNT] = {
	[STREAM_QUERIES] = {"queries", .reserve_percent = 5, .by_size = true},
	[STREAM_EVENTS] = {"events", .reserve_percent = 1, .is_synced = true},
};

static int draw_boot(char out[BOOT_MAX])
{
	uint8_t octets[BOOT_OCTETS];

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return ERR_IO;
	for (size_t i = 0; i < sizeof(octets); i++)
		snprintf(out + 2 * i, 3, "%02x", octets[i]);
	return 0;
}

static int make_lanes(struct journal *j, unsigned count)
{
	struct journal_lane *lanes =
		aligned_alloc(alignof(struct journal_lane), count * sizeof(*lanes));
	int err = 0;

	if (!lanes)
		return ERR_MEMORY;
	memset(lanes, 0, count * sizeof(*lanes));
	j->lanes = lanes;
	for (unsigned i = 0; !err && i < count; i++) {
		err = lane_init(&lanes[i], i, j->ring_size, &j->bell);
		j->lane_count++;
	}
	return err;
}

static void make_streams(struct journal *j, const struct journal_options *o)
{
	chain_init(&j->chain, j->directory);
	for (int i = 0; i < STREAM_COUNT; i++) {
		stream_init(&j->streams[i], &kinds[i], &j->chain, j->boot, o->segment_size);
		j->streams[i].expendable = &j->streams[STREAM_QUERIES];
	}
	j->limits[STREAM_QUERIES] = o->queries;
	j->limits[STREAM_EVENTS] = o->events;
	buf_init_heap(&j->line, JOURNAL_LINE_MAX);
	prepared_init(&j->prepared);
}

/* Signals are for the thread that waits for them. */
static int start_writer(struct journal *j)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&j->thread, NULL, writer_run, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed ? ERR_IO : 0;
}

static void free_parts(struct journal *j)
{
	prepared_release(&j->prepared);
	for (unsigned i = 0; i < j->lane_count; i++)
		lane_release(&j->lanes[i]);
	for (int i = 0; i < STREAM_COUNT; i++)
		stream_release(&j->streams[i]);
	chain_release(&j->chain);
	segments_release(&j->backlog);
	buf_release(&j->line);
	pthread_mutex_destroy(&j->lock);
	bell_release(&j->bell);
	free(j->lanes);
	free(j->directory);
	free(j);
}

unsigned journal_ring_size(uint64_t octets, unsigned lanes)
{
	uint64_t most = octets / (RINGS_OF_LANE * sizeof(struct ring_entry)) / (lanes ? lanes : 1);
	unsigned size = RING_LEAST;

	while (size <= most / 2 && size < RING_MOST)
		size *= 2;
	return size;
}

int journal_open(const struct journal_options *o, struct journal **out)
{
	struct journal *j = calloc(1, sizeof(*j));
	int err = j ? 0 : ERR_MEMORY;

	assert(o->lanes > 0 && o->ring_size > 0 && (o->ring_size & (o->ring_size - 1)) == 0);
	if (!err)
		err = bell_init(&j->bell);
	if (err) {
		free(j);
		return err;
	}
	pthread_mutex_init(&j->lock, NULL);
	atomic_init(&j->stopping, false);
	atomic_init(&j->late_ns, 0);
	atomic_init(&j->ended, false);
	j->moved_ns = clock_monotonic_ns();
	j->ring_size = o->ring_size;
	j->stop_ms = o->stop_ms ? o->stop_ms : STOP_MS;
	j->directory = strdup(o->directory);
	make_streams(j, o);
	if (!j->directory)
		err = ERR_MEMORY;
	if (!err)
		err = draw_boot(j->boot);
	line_memory_init(&j->memory, j->boot);
	if (!err)
		err = make_lanes(j, o->lanes);
	if (!err)
		err = sealer_start(&j->sealer, j->directory, &j->bell);
	if (!err && (err = start_writer(j)) != 0 && sealer_stop(&j->sealer, HANG_MS))
		sealer_release(&j->sealer);
	if (err) {
		free_parts(j);
		return err;
	}
	*out = j;
	return 0;
}

int journal_stop(struct journal *j)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	uint64_t late_ns = clock_monotonic_ns() + j->stop_ms * NS_PER_MS;

	atomic_store(&j->late_ns, late_ns);
	atomic_store(&j->stopping, true);
	bell_ring(&j->bell);
	while (!atomic_load(&j->ended)) {
		if (clock_monotonic_ns() > late_ns + HANG_MS * NS_PER_MS)
			return ERR_AGAIN;
		nanosleep(&nap, NULL);
	}
	pthread_join(j->thread, NULL);
	/* A segment that it is at is sealed by the next run; what it still uses is not freed. */
	j->stopped = sealer_stop(&j->sealer, HANG_MS);
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (!atomic_load(&j->stopping))
		(void)!journal_stop(j);
	if (!j->stopped)
		return;
	sealer_release(&j->sealer);
	free_parts(j);
}

struct journal_lane *journal_lane(struct journal *j, unsigned index)
{
	assert(index < j->lane_count);
	return &j->lanes[index];
}

const char *journal_boot(const struct journal *j)
{
	return j->boot;
}

/* Under the lock. */
static bool is_stuck(struct journal *j)
{
	uint64_t waiting = 0, handled = 0, now_ns = clock_monotonic_ns();

	for (unsigned i = 0; i < j->lane_count; i++) {
		waiting += lane_waiting(&j->lanes[i]);
		handled += lane_handled(&j->lanes[i]);
	}
	if (waiting == 0 || handled != j->handled_seen) {
		j->handled_seen = handled;
		j->moved_ns = now_ns;
	}
	return now_ns - j->moved_ns > STUCK_NS;
}

void journal_stats_read(struct journal *j, struct journal_stats *out)
{
	pthread_mutex_lock(&j->lock);
	*out = j->stats;
	out->stuck = is_stuck(j);
	pthread_mutex_unlock(&j->lock);
	for (unsigned i = 0; i < j->lane_count; i++) {
		const struct journal_lane *l = &j->lanes[i];

		out->lost_queries += atomic_load_explicit(&l->lost_queries, memory_order_relaxed);
		out->lost_events += atomic_load_explicit(&l->lost_events, memory_order_relaxed);
		out->waiting += lane_waiting(l);
	}
}

void journal_retain(struct journal *j, const struct conf_journal_stream *queries,
	const struct conf_journal_stream *events)
{
	pthread_mutex_lock(&j->lock);
	j->limits[STREAM_QUERIES] = *queries;
	j->limits[STREAM_EVENTS] = *events;
	pthread_mutex_unlock(&j->lock);
}

void journal_keep_config(struct journal *j, const char *digest, char *text, size_t len)
{
	sealer_keep_config(&j->sealer, digest, text, len);
}
