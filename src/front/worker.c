/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/limits.h"
#include "front/query.h"
#include "front/relay.h"
#include "front/tcp.h"
#include "front/udp.h"

#define TICK_MS 100

enum command_type { COMMAND_ADOPT, COMMAND_LINK, COMMAND_STOP };

struct command {
	enum command_type type;
	struct snapshot *snapshot; /* held for the worker */
	unsigned resolver;
	int fd;
};

void worker_begin_turn(struct worker *w)
{
	w->now_ns = clock_monotonic_ns();
	w->real_ns = clock_real_ns();
}

void worker_end_turn(struct worker *w)
{
	relay_flush(w);
	tcp_flush(w->tcp);
	udp_flush(w->udp);
	journal_turn(w->lane);
}

void worker_wake_main(struct worker *w)
{
	uint64_t one = 1;

	(void)!write(w->wake, &one, sizeof(one));
}

/* The other half is the resolvers'; of this one the journal prepares lines in a part. */
static size_t cache_share(const struct worker *w, const struct snapshot *s)
{
	return (s->conf->cache_size / 2 - journal_prepared_max(s->conf)) / w->worker_count;
}

/* Takes over the caller's hold on s, except on failure. */
static int adopt(struct worker *w, struct snapshot *s)
{
	struct matcher *matcher = NULL;
	int err = matcher_new(&s->sources, &matcher);

	if (err)
		return err;
	matcher_free(w->matcher);
	snapshot_drop(w->snapshot);
	w->matcher = matcher;
	w->snapshot = s;
	journal_adopt(w->lane, &snapshot_hold(s)->context);
	if (w->cache)
		cache_resize(w->cache, cache_share(w, s));
	limits_adopt(w->limits, &s->conf->limits);
	atomic_store(&w->adopted, s->policy_number);
	return 0;
}

/* Without memory the old snapshot stays in force until the next tick tries again. */
static void adopt_coming(struct worker *w)
{
	if (!w->coming || adopt(w, w->coming) != 0)
		return;
	w->coming = NULL;
	worker_wake_main(w);
}

static void on_tick(void *arg)
{
	struct worker *w = arg;

	worker_begin_turn(w);
	adopt_coming(w);
	query_tick(w);
	relay_tick(w);
	tcp_tick(w->tcp);
	limits_tell(w, false);
	atomic_store_explicit(&w->beat_ns, w->now_ns, memory_order_relaxed);
	atomic_store_explicit(&w->cache_octets, cache_used(w->cache), memory_order_relaxed);
	atomic_store_explicit(&w->flight_count, flights_count(w->flights), memory_order_relaxed);
	atomic_store_explicit(&w->connection_count, tcp_count(w->tcp), memory_order_relaxed);
	worker_end_turn(w);
	/* Disarmed timers would end the deadlines; there is nothing better than trying again. */
	(void)!watch_timer_set(w->tick, TICK_MS);
}

static void on_mail(void *arg, unsigned io)
{
	struct worker *w = arg;
	struct command command;

	(void)io;
	if (read(w->mail[0], &command, sizeof(command)) != sizeof(command))
		return;
	worker_begin_turn(w);
	switch (command.type) {
	case COMMAND_ADOPT:
		snapshot_drop(w->coming);
		w->coming = command.snapshot;
		adopt_coming(w);
		break;
	case COMMAND_LINK:
		(void)!relay_take_link(w, command.resolver, command.fd);
		break;
	case COMMAND_STOP:
		loop_stop(w->loop);
		break;
	}
	worker_end_turn(w);
}

static int send_command(struct worker *w, const struct command *c)
{
	/* Below PIPE_BUF: whole or not at all. */
	return write(w->mail[1], c, sizeof(*c)) == sizeof(*c) ? 0 : ERR_AGAIN;
}

int worker_adopt(struct worker *w, struct snapshot *s)
{
	struct command c = {.type = COMMAND_ADOPT, .snapshot = snapshot_hold(s)};
	int err = send_command(w, &c);

	if (err)
		snapshot_drop(s);
	return err;
}

int worker_link(struct worker *w, unsigned resolver, int fd)
{
	struct command c = {.type = COMMAND_LINK, .resolver = resolver, .fd = fd};
	int err = send_command(w, &c);

	if (err)
		close(fd);
	return err;
}

static void retire(void *arg, struct resolution *r)
{
	journal_retire(arg, r);
}

static int init_tables(struct worker *w, const struct snapshot *s)
{
	struct hash_key key;
	int err = hash_key_draw(&key);

	if (!err)
		err = cache_new(cache_share(w, s), &key, retire, w->lane, &w->cache);
	if (!err)
		err = flights_new(&key, &w->flights);
	if (!err)
		err = limits_new(&key, &w->limits);
	if (!err)
		err = udp_new(w, &w->udp);
	if (!err)
		err = tcp_new(w, &w->tcp);
	return err;
}

static int init_loop(struct worker *w)
{
	int err = loop_new(&w->loop);

	if (!err && pipe2(w->mail, O_CLOEXEC | O_NONBLOCK) != 0)
		err = ERR_IO;
	if (!err)
		err = watch_fd(w->loop, w->mail[0], LOOP_READ, on_mail, w, &w->mail_watch);
	if (!err)
		err = watch_timer(w->loop, on_tick, w, &w->tick);
	if (!err)
		err = watch_timer_set(w->tick, TICK_MS);
	return err;
}

int worker_new(const struct worker_options *o, struct worker **out)
{
	struct worker *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return ERR_MEMORY;
	w->index = o->index;
	w->worker_count = o->worker_count;
	w->resolver_count = o->resolver_count;
	w->connections_max = o->connections_max;
	w->lane = o->lane;
	w->spread = o->spread;
	w->quarantine = o->quarantine;
	w->wake = o->wake;
	w->mail[0] = w->mail[1] = -1;
	for (unsigned i = 0; i < CHANNEL_RESOLVERS_MAX; i++)
		w->links[i] = (struct worker_link){.worker = w, .resolver = i};
	worker_begin_turn(w);
	atomic_store(&w->beat_ns, w->now_ns);
	err = init_loop(w);
	if (!err)
		err = init_tables(w, o->snapshot);
	if (!err) {
		err = adopt(w, snapshot_hold(o->snapshot));
		if (err)
			snapshot_drop(o->snapshot);
	}
	if (err)
		worker_free(w);
	else
		*out = w;
	return err;
}

int worker_add_udp(struct worker *w, int fd)
{
	return udp_add(w->udp, fd);
}

int worker_add_tcp(struct worker *w, int fd)
{
	return tcp_add(w->tcp, fd);
}

static void *run(void *arg)
{
	struct worker *w = arg;

	/* A loop that fails leaves the heartbeat behind: the supervisor then starts anew. */
	(void)!loop_run(w->loop);
	return NULL;
}

int worker_start(struct worker *w)
{
	sigset_t all, before;
	int failed;

	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed)
		errno = failed;
	return failed ? ERR_IO : 0;
}

void worker_stop(struct worker *w)
{
	const struct command c = {.type = COMMAND_STOP};

	while (send_command(w, &c) == ERR_AGAIN && errno == EAGAIN)
		usleep(1000);
	pthread_join(w->thread, NULL);
}

/* Nobody waits any longer. */
static void abandon_flights(struct worker *w)
{
	struct waiter *waiter;
	struct flight *f;

	while ((f = flights_oldest(w->flights))) {
		while ((waiter = flights_take_waiter(f))) {
			asker_drop(w, &waiter->asker);
			flights_waiter_free(w->flights, waiter);
		}
		flights_remove(w->flights, f);
	}
	tcp_flush(w->tcp);
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->flights && w->tcp)
		abandon_flights(w);
	if (w->limits && w->snapshot)
		limits_tell(w, true);
	relay_close(w);
	tcp_free(w->tcp);
	udp_free(w->udp);
	flights_free(w->flights);
	cache_free(w->cache);
	limits_free(w->limits);
	matcher_free(w->matcher);
	snapshot_drop(w->snapshot);
	snapshot_drop(w->coming);
	watch_free(w->tick);
	watch_free(w->mail_watch);
	loop_free(w->loop);
	for (int i = 0; i < 2; i++)
		if (w->mail[i] >= 0)
			close(w->mail[i]);
	free(w);
}
