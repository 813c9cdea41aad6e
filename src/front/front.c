/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/front.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/main.h"
#include "json/writer.h"

#define TICK_MS 250
#define CONTROL_RETRY_NS (2 * NS_PER_S)
#define WORKER_SILENT_NS (2 * NS_PER_S)

/* Descriptors of the front's own, most of them opened after the first worker is made. */
#define DESCRIPTORS_OWN 40 /* journal, control connections, what is being passed, a snapshot */
#define DESCRIPTORS_PER_WORKER 4

#define EXIT_FAILED 1

static void front_stop(struct front *f, int code)
{
	f->exit_code = code;
	loop_stop(f->loop);
}

void front_tell(struct front *f, enum channel_type type, uint32_t a, const char *text)
{
	const struct channel_message m = {.type = type, .a = a, .text = span_text(text), .fd = -1};
	int err = channel_send(f->channel, &m);

	if (err)
		log_error("cannot tell the supervisor: %s", err_text(err));
}

/* What TCP connections may take of the descriptors; the lowest free one tells how many are used. */
static unsigned connections_max(const struct front *f)
{
	unsigned own = DESCRIPTORS_OWN + f->worker_count * DESCRIPTORS_PER_WORKER;
	int lowest = fcntl(f->wake, F_DUPFD_CLOEXEC, 0);
	struct rlimit limit = {0};

	if (lowest >= 0) {
		close(lowest);
		own += (unsigned)lowest;
	}
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < own + f->worker_count)
		return 1;
	return (unsigned)((limit.rlim_cur - own) / f->worker_count);
}

static void warn_of_descriptors(const struct front *f)
{
	unsigned wanted = f->snapshot->conf->limits.tcp_connections;
	unsigned possible = connections_max(f) * f->worker_count;

	if (possible < wanted)
		log_warning("open files suffice for %u TCP connections, not the %u of "
			    "limits.tcp_connections; raise LimitNOFILE",
			possible, wanted);
}

static int start_worker(struct front *f, unsigned index, const struct hash_key *spread)
{
	const struct worker_options options = {
		.index = index,
		.worker_count = f->worker_count,
		.resolver_count = f->resolver_count,
		.connections_max = connections_max(f),
		.snapshot = f->snapshot,
		.lane = journal_lane(f->journal, index),
		.spread = *spread,
		.quarantine = f->quarantine,
		.wake = f->wake,
	};
	struct worker *w = NULL;
	int err = worker_new(&options, &w);

	if (err)
		return err;
	for (unsigned i = 0; !err && i < f->udp_count[index]; i++)
		err = worker_add_udp(w, f->udp[index][i]);
	for (unsigned i = 0; !err && i < f->tcp_count[index]; i++)
		err = worker_add_tcp(w, f->tcp[index][i]);
	for (unsigned i = 0; !err && i < f->resolver_count; i++)
		if (f->links[index][i] >= 0)
			err = worker_link(w, i, f->links[index][i]);
	if (!err)
		err = worker_start(w);
	if (err)
		worker_free(w);
	else
		f->workers[index] = w;
	return err;
}

static int start_explainer(struct front *f)
{
	int err = explainer_new(f, &f->explainer);

	for (unsigned i = 0; !err && i < f->resolver_count; i++)
		if (f->control_links[i] >= 0)
			err = explainer_link(f->explainer, i, f->control_links[i]);
	return err;
}

/* Said once, not at each trial. */
static int open_control(struct front *f)
{
	const char *path = f->snapshot->conf->control;
	int err = control_server_new(f->loop, path, front_verbs, f, &f->control);

	f->control_tried_ns = clock_monotonic_ns();
	if (err && !f->control_failing)
		log_error("control socket '%s': %s; celnik(1) cannot reach this daemon; make its "
			  "directory, which this user must be able to write",
			path, err == ERR_IO ? strerror(errno) : err_text(err));
	else if (!err && f->control_failing)
		log_info("control socket '%s': celnik(1) reaches this daemon again", path);
	f->control_failing = err != 0;
	return err;
}

static void retry_control(struct front *f)
{
	if (f->control_failing && f->control_tried_ns + CONTROL_RETRY_NS <= clock_monotonic_ns())
		(void)!open_control(f);
}

/* Where the suspensions are kept, only the configuration says. */
static int first_snapshot(struct front *f, char problem[SNAPSHOT_PROBLEM_MAX])
{
	int err = snapshot_new(&f->files, NULL, NULL, problem, &f->snapshot);
	struct snapshot *bare = f->snapshot;

	if (!err)
		err = suspend_open(f);
	if (!err && f->suspender.all.count) {
		err = snapshot_new(&f->files, bare, &f->suspender.all, problem, &f->snapshot);
		if (!err)
			snapshot_drop(bare);
	}
	return err;
}

static int start(struct front *f, const struct channel_message *m)
{
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	struct hash_key spread;
	int err;

	if (m->a == 0 || m->a > CHANNEL_WORKERS_MAX || m->b == 0 || m->b > CHANNEL_RESOLVERS_MAX ||
		f->snapshot)
		return ERR_FORMAT;
	f->worker_count = m->a;
	f->resolver_count = m->b;
	err = hash_key_draw(&spread);
	if (!err)
		err = first_snapshot(f, problem);
	if (err) {
		log_error("%s", *problem ? problem : err_text(err));
		f->exit_code = CHANNEL_EXIT_REFUSED;
		return err;
	}
	snapshot_files_release(&f->files);
	memcpy(f->lists_alarm, f->coming_lists_alarm, sizeof(f->lists_alarm));
	warn_of_descriptors(f);
	expiry_warn(f->snapshot);
	err = querylog_open(f);
	if (!err)
		err = quarantine_new(QUARANTINE_HOLD_MS, &f->quarantine);
	if (!err)
		err = start_explainer(f);
	for (unsigned i = 0; !err && i < f->worker_count; i++)
		err = start_worker(f, i, &spread);
	if (err) {
		log_error("cannot start: %s", err_text(err));
		return err;
	}
	err = open_control(f);
	/* Who starts the daemon is there to mend it; later, no DNS would be worse than no status.
	 */
	if (err && span_equal(m->text, SPAN_LITERAL(CHANNEL_FIRST)))
		return err;
	journal_change(f->lane, "start", "started with the configuration and lists named here",
		"supervisor");
	front_tell(f, CHANNEL_READY, 0, "");
	return 0;
}

/* What ends resolvers is something to look into. */
static void tell_quarantined(struct front *f)
{
	char name[NAME_TEXT_MAX], type[RR_TEXT_MAX], text[NAME_TEXT_MAX + 160];
	struct question q;

	while (quarantine_news(f->quarantine, &q)) {
		snprintf(text, sizeof(text),
			"resolvers have ended while working on %s %s; it gets SERVFAIL and is not "
			"asked for %u s",
			name_format(&q.name, name), rr_type_format(q.type, type),
			QUARANTINE_HOLD_MS / 1000);
		log_error("%s", text);
		journal_change(f->lane, "quarantine", text, "front");
	}
}

static void on_wake(void *arg, unsigned io)
{
	struct front *f = arg;
	uint64_t count;

	(void)io;
	(void)!read(f->wake, &count, sizeof(count));
	tell_quarantined(f);
	swap_turn(f);
}

static bool workers_beat(const struct front *f)
{
	uint64_t now_ns = clock_monotonic_ns();

	for (unsigned i = 0; i < f->worker_count; i++)
		if (f->workers[i] &&
			atomic_load(&f->workers[i]->beat_ns) + WORKER_SILENT_NS < now_ns)
			return false;
	return true;
}

static int take_fd(int *fds, unsigned *count, unsigned max, int fd)
{
	if (*count == max)
		return ERR_LIMIT;
	fds[(*count)++] = fd;
	return 0;
}

static int take_link(struct front *f, const struct channel_message *m)
{
	if (m->b >= CHANNEL_RESOLVERS_MAX ||
		(m->a >= CHANNEL_WORKERS_MAX && m->a != CHANNEL_CONTROL))
		return ERR_FORMAT;
	if (!f->snapshot) {
		*(m->a == CHANNEL_CONTROL ? &f->control_links[m->b] : &f->links[m->a][m->b]) =
			m->fd;
		return 0;
	}
	if (m->a == CHANNEL_CONTROL)
		return explainer_link(f->explainer, m->b, m->fd);
	return m->a < f->worker_count ? worker_link(f->workers[m->a], m->b, m->fd) : ERR_FORMAT;
}

static int take_socket(struct front *f, const struct channel_message *m)
{
	bool udp = m->type == CHANNEL_UDP;

	if (m->a >= CHANNEL_WORKERS_MAX || f->snapshot)
		return ERR_FORMAT;
	return take_fd(udp ? f->udp[m->a] : f->tcp[m->a],
		udp ? &f->udp_count[m->a] : &f->tcp_count[m->a], FRONT_LISTENS_MAX, m->fd);
}

static void replace_fd(int *to, int fd)
{
	if (*to >= 0)
		close(*to);
	*to = fd;
}

/* A file of the next snapshot. */
static int take_file(struct front *f, const struct channel_message *m)
{
	struct snapshot_files *files = &f->files;
	char *name = files->asn_name;

	switch (m->type) {
	case CHANNEL_CONFIG:
		/* The first of a new set. */
		snapshot_files_release(files);
		files->conf = m->fd;
		return 0;
	case CHANNEL_LISTS:
		replace_fd(&files->lists, m->fd);
		snprintf(f->coming_lists_alarm, sizeof(f->coming_lists_alarm), "%.*s",
			SPAN_ARGS(m->text));
		return 0;
	case CHANNEL_MMDB_COUNTRY:
		if (files->country_count == MATCHER_MMDB_MAX)
			return ERR_LIMIT;
		name = files->country_name[files->country_count];
		files->country[files->country_count++] = m->fd;
		break;
	default:
		replace_fd(&files->asn, m->fd);
		break;
	}
	snprintf(name, sizeof(files->asn_name), "%.*s", SPAN_ARGS(m->text));
	return 0;
}

/* A resolver is not trusted: what it says must be JSON before it is passed on as such. */
static int take_status(struct front *f, const struct channel_message *m)
{
	struct json_document *document = NULL;
	char *text;
	int err;

	if (m->a >= CHANNEL_RESOLVERS_MAX)
		return ERR_FORMAT;
	f->resolver_restarts[m->a] = m->b;
	err = json_parse(m->text, &document);
	if (err)
		return err == ERR_FORMAT ? 0 : err;
	text = json_dump(json_root(document));
	json_document_free(document);
	if (!text)
		return ERR_MEMORY;
	free(f->resolver_status[m->a]);
	f->resolver_status[m->a] = text;
	return 0;
}

static int take_result(struct front *f, const struct channel_message *m)
{
	struct json_writer w;
	struct buf out;

	if (!f->reload)
		return 0;
	buf_init_heap(&out, CONTROL_REPLY_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", m->a == 0);
	json_put_text(&w, m->a == 0 ? "text" : "error", m->text);
	json_end_object(&w);
	if (out.overflow)
		control_refuse(f->reload, "the result is too long; see the messages of celnikd");
	else
		control_answer(f->reload, buf_span(&out));
	buf_release(&out);
	f->reload = NULL;
	return 0;
}

static int handle(struct front *f, const struct channel_message *m)
{
	switch (m->type) {
	case CHANNEL_CONFIG:
	case CHANNEL_LISTS:
	case CHANNEL_MMDB_COUNTRY:
	case CHANNEL_MMDB_ASN:
		return take_file(f, m);
	case CHANNEL_UDP:
	case CHANNEL_TCP:
		return take_socket(f, m);
	case CHANNEL_LINK:
		return take_link(f, m);
	case CHANNEL_START:
		return start(f, m);
	case CHANNEL_SWAP:
		swap_start(f, m->text);
		return 0;
	case CHANNEL_STATUS:
		return take_status(f, m);
	case CHANNEL_RESULT:
		return take_result(f, m);
	case CHANNEL_PING:
		if (workers_beat(f))
			front_tell(f, CHANNEL_PONG, 0, "");
		return 0;
	case CHANNEL_STOP:
		front_stop(f, 0);
		return 0;
	default:
		return ERR_FORMAT;
	}
}

static void on_channel(void *arg, unsigned io)
{
	struct front *f = arg;
	struct channel_message m;
	int err;

	(void)io;
	err = channel_receive(f->channel, &m);
	if (err == ERR_AGAIN)
		return;
	if (!err)
		err = handle(f, &m);
	if (err) {
		/* Without its supervisor, or at odds with it, the front is of no use. */
		if (err != ERR_MISSING)
			log_error("message from the supervisor: %s", err_text(err));
		front_stop(f, f->exit_code);
	}
}

static void on_tick(void *arg)
{
	struct front *f = arg;

	if (f->journal)
		querylog_watch(f);
	if (f->explainer)
		explainer_tick(f->explainer);
	if (f->snapshot) {
		swap_turn(f);
		retry_control(f);
	}
	if (f->lane)
		journal_turn(f->lane);
	if (watch_timer_set(f->tick, TICK_MS) != 0)
		front_stop(f, EXIT_FAILED);
}

static int front_open(struct front *f)
{
	int err = loop_new(&f->loop);

	snapshot_files_init(&f->files);
	memset(f->links, 0xff, sizeof(f->links));
	memset(f->control_links, 0xff, sizeof(f->control_links));
	f->started_ns = clock_monotonic_ns();
	f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!err && f->wake < 0)
		err = ERR_IO;
	if (!err)
		err = channel_new(CHANNEL_FD, &f->channel);
	if (!err)
		err = watch_fd(f->loop, channel_fd(f->channel), LOOP_READ, on_channel, f,
			&f->channel_watch);
	if (!err)
		err = watch_fd(f->loop, f->wake, LOOP_READ, on_wake, f, &f->wake_watch);
	if (!err)
		err = watch_timer(f->loop, on_tick, f, &f->tick);
	if (!err)
		err = watch_timer_set(f->tick, TICK_MS);
	return err;
}

/* In the order of dependence; everything asked and answered so far is written. False when that
 * could not be done. */
static bool front_close(struct front *f)
{
	bool closed = true;

	control_server_free(f->control);
	for (unsigned i = 0; i < f->worker_count; i++)
		if (f->workers[i])
			worker_stop(f->workers[i]);
	for (unsigned i = 0; i < f->worker_count; i++)
		worker_free(f->workers[i]);
	quarantine_free(f->quarantine);
	explainer_free(f->explainer);
	if (f->lane)
		journal_change(f->lane, "stop", "stopped", "supervisor");
	if (f->journal)
		closed = querylog_close(f);
	snapshot_drop(f->coming);
	snapshot_drop(f->snapshot);
	snapshot_files_release(&f->files);
	suspender_release(&f->suspender);
	for (unsigned i = 0; i < CHANNEL_RESOLVERS_MAX; i++)
		free(f->resolver_status[i]);
	watch_free(f->tick);
	watch_free(f->wake_watch);
	watch_free(f->channel_watch);
	channel_free(f->channel);
	loop_free(f->loop);
	if (f->wake >= 0)
		close(f->wake);
	free(f);
	return closed;
}

int front_main(void)
{
	struct front *f = calloc(1, sizeof(*f));
	int code = EXIT_FAILED;

	log_open("front", LOG_LEVEL_INFO);
	if (!f)
		return EXIT_FAILED;
	f->exit_code = EXIT_FAILED;
	if (front_open(f) == 0 && loop_run(f->loop) == 0)
		code = f->exit_code;
	return front_close(f) ? code : EXIT_FAILED;
}
