/* SPDX-License-Identifier: BSD-3-Clause */

/* What a new child is given, and who is linked with whom. */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "state.h"

/* A link between a worker, or the main thread of the front, and a resolver: who is not there does
 * not get its end, and the other sees the link end. */
static int link_pair(uint32_t worker, uint32_t number, struct child *front, struct child *resolver)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return ERR_IO;
	if (resolver != NULL)
		child_send(resolver, CHANNEL_LINK, worker, 0, span_of(NULL, 0), ends[1]);
	if (front != NULL)
		child_send(front, CHANNEL_LINK, worker, number, span_of(NULL, 0), ends[0]);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

void handover_link(struct place *p, struct child *front)
{
	const uint32_t number = (uint32_t)p->resolver;
	int err = link_pair(CHANNEL_CONTROL, number, front, p->child);

	for (uint32_t w = 0; err == 0 && w < p->all->workers; w++)
		err = link_pair(w, number, front, p->child);
	if (err != 0)
		log_error("cannot make a link to resolver %u: %s", number, err_text(err));
	p->linked = p->child != NULL;
}

static int start_child(struct place *p, const struct child_events *events, struct child **out)
{
	char name[24] = "front";

	if (p->resolver >= 0)
		snprintf(name, sizeof(name), "resolver %d", p->resolver);
	return child_new(
		&(struct child_start){
			.loop = p->all->loop,
			.executable = p->all->executable,
			.who = p->all->who,
			.role = p->resolver >= 0 ? "--resolver" : "--front",
			.name = name,
			.events = *events,
			.arg = p,
		},
		out);
}

static void send_file(struct child *resolver, enum channel_type type, const struct snapshot_file *f)
{
	if (f->fd >= 0 || f->problem != 0)
		child_send(resolver, type, 0, 0,
			span_text(f->problem != 0 ? strerror(f->problem) : ""), f->fd);
}

int handover_resolver(struct place *p, const struct snapshot *snapshot,
	const struct child_events *events, struct child **out)
{
	struct child *c;
	int err = start_child(p, events, &c);

	if (err != 0)
		return err;
	child_send(c, CHANNEL_CONFIG, 0, 0, span_of(NULL, 0), snapshot->config_fd);
	send_file(c, CHANNEL_ANCHORS, &snapshot->anchors);
	send_file(c, CHANNEL_RESOLV, &snapshot->resolv);
	child_send(
		c, CHANNEL_START, p->all->resolvers, (uint32_t)p->resolver, span_of(NULL, 0), -1);
	*out = c;
	return 0;
}

static struct span file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return span_text(slash ? slash + 1 : path);
}

void handover_snapshot(struct child *front, const struct snapshot *snapshot)
{
	child_send(front, CHANNEL_CONFIG, 0, 0, span_of(NULL, 0), snapshot->config_fd);
	child_send(
		front, CHANNEL_LISTS, 0, 0, span_text(snapshot->lists_alarm), snapshot->lists_fd);
	for (unsigned i = 0; i < snapshot->mmdb_count; i++)
		child_send(front, snapshot->mmdbs[i].type, 0, 0, file_name(snapshot->mmdbs[i].path),
			snapshot->mmdbs[i].fd);
}

static void send_sockets(struct child *front, const struct sockets *sockets)
{
	char text[INET_ENDPOINT_TEXT_MAX];

	for (unsigned i = 0; i < sockets->count; i++) {
		const struct sockets_row *row = &sockets->rows[i];

		inet_endpoint_format(&row->endpoint, text);
		child_send(front, row->tcp ? CHANNEL_TCP : CHANNEL_UDP, row->worker, 0,
			span_text(text), row->fd);
	}
}

void handover_status(const struct place *p)
{
	struct child *front = p->all->front.child;

	if (p->status != NULL && front != NULL && child_is_ready(front))
		child_offer(front, CHANNEL_STATUS, (uint32_t)p->resolver, p->restarts,
			span_text(p->status));
}

int handover_front(struct supervisor *s, const struct child_events *events)
{
	int err = start_child(&s->front, events, &s->front.child);

	if (err != 0)
		return err;
	handover_snapshot(s->front.child, s->snapshot);
	send_sockets(s->front.child, s->sockets);
	for (unsigned i = 0; i < s->resolvers; i++)
		handover_link(&s->resolver[i], s->front.child);
	child_send(s->front.child, CHANNEL_START, s->workers, s->resolvers,
		span_text(s->announced ? "" : CHANNEL_FIRST), -1);
	return 0;
}
