/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "link/channel.h"
#include "resolver/engine.h"
#include "resolver/pace.h"
#include "resolver/peer.h"
#include "resolver/probe.h"
#include "resolver/upstreams.h"

#define STATUS_MS 1000
#define DRAIN_MS 50
#define DRAIN_TURNS 100 /* so five seconds in all */
#define WHY_MAX 64

/* A file of the supervisor's. */
struct given {
	int fd;
	char path[32]; /* "": it cannot be read */
	char why[WHY_MAX]; /* then */
};

struct resolver {
	struct loop *loop;
	struct channel *channel;
	struct watch *channel_watch, *status_timer, *drain_timer;
	struct conf *conf;
	struct given anchors, resolv;
	struct inet_endpoint system[ENGINE_UPSTREAMS_MAX];
	struct peers *peers;
	struct engine *engine;
	struct probes *probes;
	struct pace pace;
	char *told; /* the last status */
	struct clock_watch clock;
	bool speaks; /* of what all resolvers see; one of them does */
	unsigned drain_turns;
	uint64_t drain_asked;
	int exit_code;
};

static void end(struct resolver *r, int code)
{
	r->exit_code = code;
	loop_stop(r->loop);
}

static void tell(struct resolver *r, enum channel_type type, struct span text)
{
	const struct channel_message m = {.type = type, .text = text, .fd = -1};

	/* A supervisor that does not read misses a status; for a PONG it will be sorry itself. */
	if (channel_send(r->channel, &m) == ERR_IO)
		end(r, 1);
}

static void refuse(struct resolver *r, const char *why, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", why, what);
	log_error("%s", text);
	tell(r, CHANNEL_REFUSED, span_text(text));
	end(r, CHANNEL_EXIT_REFUSED);
}

static void write_status(const struct resolver *r, struct buf *out)
{
	static const char *const states[] = {
		[ENGINE_VALIDATION_OFF] = "off",
		[ENGINE_VALIDATION_ON] = "on",
		[ENGINE_VALIDATION_MISSING] = "missing",
		[ENGINE_VALIDATION_UNKNOWN] = "unknown",
	};
	const struct peers_counts counts = peers_counts(r->peers);

	buf_printf(out,
		"{\"pid\": %ld, \"validation\": \"%s\", \"outstanding\": %u, "
		"\"abandoned\": %u, ",
		(long)getpid(), states[engine_validation(r->engine)], engine_outstanding(r->engine),
		engine_abandoned(r->engine));
	if (engine_doubts_clock(r->engine))
		buf_put_text(out, "\"clock_doubted\": true, ");
	buf_printf(out, "\"asked\": %llu, \"failed\": %llu, \"dropped\": %llu, \"upstreams\": ",
		(unsigned long long)counts.asked, (unsigned long long)counts.failed,
		(unsigned long long)counts.dropped);
	probes_write(r->probes, out);
	buf_put_text(out, "}");
}

/*
 * libunbound measures by the real clock what it caches: after a step back its failures would last
 * for as long as the step was.
 */
static void watch_clock(struct resolver *r)
{
	int64_t jump_ns = clock_watch_jump(&r->clock, clock_real_ns(), clock_monotonic_ns());

	if (jump_ns == 0)
		return;
	if (r->speaks)
		log_warning("the clock has jumped %s by %llu s; what was resolved is forgotten",
			jump_ns < 0 ? "back" : "forward",
			(unsigned long long)(jump_ns < 0 ? -jump_ns : jump_ns) / NS_PER_S);
	engine_renew(r->engine, r->pace.wait_ms);
}

/* Its own count of what was lost is misled by names whose servers are slow; our probe is not. */
static void watch_giveup(struct resolver *r)
{
	if (!engine_has_given_up(r->engine) || !probes_root_is_up(r->probes))
		return;
	log_warning("nearly all questions fail though an upstream is up; what was resolved is "
		    "forgotten");
	engine_renew(r->engine, r->pace.wait_ms);
}

static void on_status(void *arg)
{
	struct resolver *r = arg;
	struct buf text;

	watch_clock(r);
	watch_giveup(r);
	if (watch_timer_set(r->status_timer, STATUS_MS) != 0)
		end(r, 1);
	if (!probes_are_known(r->probes))
		return;
	buf_init_heap(&text, CHANNEL_TEXT_MAX);
	write_status(r, &text);
	if (!text.overflow && (r->told == NULL || strcmp(r->told, buf_text(&text)) != 0)) {
		free(r->told);
		r->told = strdup(buf_text(&text));
		tell(r, CHANNEL_STATUS, buf_span(&text));
	}
	buf_release(&text);
}

static void take_config(struct resolver *r, struct channel_message *m)
{
	struct conf_files *files = NULL;
	struct report *report = report_new(1);
	int err = report ? conf_files_unseal(m->fd, &files) : ERR_MEMORY;

	if (err == 0 && r->conf == NULL)
		err = conf_parse(files, report, &r->conf);
	conf_files_free(files);
	report_free(report);
	if (err != 0)
		refuse(r, "cannot read the configuration that was handed over", err_text(err));
}

static void take_link(struct resolver *r, struct channel_message *m)
{
	int err = peers_link(r->peers, m->a, m->fd);

	m->fd = -1;
	if (err != 0)
		log_error("cannot take the link of worker %u: %s", m->a, err_text(err));
}

static void take_file(struct given *g, struct channel_message *m)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = m->fd;
	m->fd = -1;
	g->path[0] = '\0';
	if (g->fd >= 0)
		snprintf(g->path, sizeof(g->path), "/proc/self/fd/%d", g->fd);
	snprintf(g->why, sizeof(g->why), "%.*s", (int)m->text.len, (const char *)m->text.data);
}

static void take_anchors(struct resolver *r, struct channel_message *m)
{
	take_file(&r->anchors, m);
}

static void take_resolv(struct resolver *r, struct channel_message *m)
{
	take_file(&r->resolv, m);
}

static const struct inet_endpoint *find_upstreams(struct resolver *r, unsigned *count)
{
	int err = ERR_IO;

	*count = r->conf->upstream_count;
	if (!r->conf->upstreams_system)
		return r->conf->upstreams;
	*count = 0;
	if (r->resolv.path[0] != '\0')
		err = upstreams_of_system(r->resolv.path, r->conf->listen, r->conf->listen_count,
			r->system, ENGINE_UPSTREAMS_MAX, count);
	if (err == ERR_MISSING)
		log_warning("'upstreams: system', but there is no name server in "
			    "'/etc/resolv.conf' other than celnik itself; set upstreams");
	else if (err != 0)
		log_warning("'upstreams: system', but '/etc/resolv.conf' cannot be read: %s; set "
			    "upstreams",
			r->resolv.path[0] != '\0' ? err_text(err) : r->resolv.why);
	return r->system;
}

/* libunbound has given servers up that are back, and would ask them again only after a while; or
 * waits for answers too short, or too long, a time. */
static void on_probe(void *arg, bool recovered)
{
	struct resolver *r = arg;
	uint32_t rtt_ms;
	bool changed;

	if (recovered)
		pace_init(&r->pace);
	changed = probes_rtt(r->probes, &rtt_ms) ? pace_measured(&r->pace, rtt_ms)
						 : pace_silent(&r->pace);
	if (recovered || changed)
		engine_renew(r->engine, r->pace.wait_ms);
}

static void start(struct resolver *r, struct channel_message *m)
{
	struct engine_options o = {.conf = r->conf,
		.shares = m->a,
		.anchors = r->anchors.path,
		.anchors_problem = r->anchors.why};
	char problem[ENGINE_PROBLEM_MAX], name[24];
	int err;

	if (r->conf == NULL || r->engine != NULL) {
		refuse(r, "cannot start", err_text(ERR_STATE));
		return;
	}
	snprintf(name, sizeof(name), "resolver %u", m->b);
	log_open(name, LOG_LEVEL_INFO);
	pace_init(&r->pace);
	o.upstreams = find_upstreams(r, &o.upstream_count);
	err = engine_new(r->loop, &o, problem, &r->engine);
	if (err != 0) {
		refuse(r, "cannot resolve", problem);
		return;
	}
	/* All resolvers see the same servers; one of them speaks. */
	r->speaks = m->b == 0;
	clock_watch_init(&r->clock, clock_real_ns(), clock_monotonic_ns());
	err = probes_new(r->loop, r->conf, o.upstreams, o.upstream_count, r->speaks, on_probe, r,
		&r->probes);
	if (err == 0)
		err = peers_start(r->peers, r->engine);
	if (err == 0)
		err = watch_timer_set(r->status_timer, STATUS_MS);
	if (err != 0) {
		log_error("cannot start: %s", err_text(err));
		end(r, 1);
		return;
	}
	tell(r, CHANNEL_READY, span_of(NULL, 0));
}

/* Until nobody waits and a turn has brought no question, but for so long at most. */
static void on_drain(void *arg)
{
	struct resolver *r = arg;
	uint64_t asked = peers_counts(r->peers).asked;

	if (r->engine == NULL || r->drain_turns == DRAIN_TURNS ||
		(r->drain_turns > 0 && asked == r->drain_asked && !peers_are_waiting(r->peers))) {
		end(r, 0);
		return;
	}
	r->drain_asked = asked;
	r->drain_turns++;
	if (watch_timer_set(r->drain_timer, DRAIN_MS) != 0)
		end(r, 1);
}

static void ping(struct resolver *r, struct channel_message *m)
{
	(void)m;
	tell(r, CHANNEL_PONG, span_of(NULL, 0));
}

static void stop(struct resolver *r, struct channel_message *m)
{
	(void)m;
	if (r->drain_turns == 0)
		on_drain(r);
}

/* A handler that keeps the descriptor sets it to -1. */
static void (*const handlers[CHANNEL_TYPE_END])(struct resolver *, struct channel_message *) = {
	[CHANNEL_CONFIG] = take_config,
	[CHANNEL_ANCHORS] = take_anchors,
	[CHANNEL_RESOLV] = take_resolv,
	[CHANNEL_LINK] = take_link,
	[CHANNEL_START] = start,
	[CHANNEL_PING] = ping,
	[CHANNEL_STOP] = stop,
};

static void on_channel(void *arg, unsigned io)
{
	struct resolver *r = arg;
	struct channel_message m;
	int err = channel_receive(r->channel, &m);

	(void)io;
	if (err == ERR_AGAIN)
		return;
	if (err != 0) {
		end(r, err == ERR_MISSING ? 0 : 1);
		return;
	}
	if (handlers[m.type] != NULL)
		handlers[m.type](r, &m);
	if (m.fd >= 0)
		close(m.fd);
}

static int prepare(struct resolver *r)
{
	int err;

	r->anchors.fd = r->resolv.fd = -1;
	if ((err = loop_new(&r->loop)) != 0 || (err = channel_new(CHANNEL_FD, &r->channel)) != 0 ||
		(err = peers_new(r->loop, &r->peers)) != 0 ||
		(err = watch_timer(r->loop, on_status, r, &r->status_timer)) != 0 ||
		(err = watch_timer(r->loop, on_drain, r, &r->drain_timer)) != 0)
		return err;
	return watch_fd(
		r->loop, channel_fd(r->channel), LOOP_READ, on_channel, r, &r->channel_watch);
}

static void release(struct resolver *r)
{
	probes_free(r->probes);
	engine_free(r->engine);
	peers_free(r->peers);
	conf_free(r->conf);
	watch_free(r->channel_watch);
	watch_free(r->status_timer);
	watch_free(r->drain_timer);
	channel_free(r->channel);
	loop_free(r->loop);
	if (r->anchors.fd >= 0)
		close(r->anchors.fd);
	if (r->resolv.fd >= 0)
		close(r->resolv.fd);
	free(r->told);
}

int resolver_main(void)
{
	struct resolver *r = calloc(1, sizeof(*r));
	int err, code;

	log_open("resolver", LOG_LEVEL_INFO);
	if (r == NULL)
		return 1;
	err = prepare(r);
	if (err == 0)
		err = loop_run(r->loop);
	if (err != 0)
		log_error("the resolver process ends: %s", err_text(err));
	code = err != 0 ? 1 : r->exit_code;
	release(r);
	free(r);
	return code;
}
