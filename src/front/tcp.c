/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/tcp.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "front/query.h"
#include "front/worker.h"

#define LISTENERS_MAX 64
#define ACCEPTS_PER_TURN 16
#define PREFIX_LEN 2
#define CLIENT_BUCKETS 1024 /* a power of two */
#define OUT_KEPT (16u << 10) /* a larger buffer is not kept for the next reply */
#define CEILING_STEP 8 /* connections fewer when no descriptor is left, and more each second */
#define CHECK_MS 1000

struct tcp_connection {
	struct tcp *owner;
	int fd; /* -1: closed, kept until its last question is answered */
	struct watch *watch;
	struct inet_endpoint client;
	struct limits_id id;
	unsigned pending; /* questions in flight */
	unsigned io; /* what is watched */
	bool dirty; /* something to send stands in out */
	bool ended; /* the client sends no more */
	uint64_t progress_ms; /* when a query was complete or octets were taken */
	uint64_t place; /* grows from the oldest to the newest */
	struct tcp_connection *newer, *older; /* by progress */
	struct tcp_connection *chain; /* of clients with the same hash */
	struct tcp_connection *next_dirty;
	size_t in_len;
	uint8_t in[PREFIX_LEN + TCP_QUERY_MAX];
	struct buf out;
	size_t owed; /* the part of out that the client must have taken in time */
	uint64_t owed_since_ms;
};

struct listener {
	struct tcp *owner;
	int fd;
	struct watch *watch;
	bool paused;
};

struct tcp {
	struct worker *worker;
	struct listener listeners[LISTENERS_MAX];
	unsigned listener_count;
	struct tcp_connection *newest, *oldest;
	uint64_t places;
	struct tcp_connection *clients[CLIENT_BUCKETS];
	unsigned count;
	unsigned ceiling; /* connections for which there were descriptors */
	uint64_t checked_ms;
	struct tcp_connection *dirty;
	uint8_t reply[MESSAGE_MAX];
};

int tcp_new(struct worker *w, struct tcp **out)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_MEMORY;
	t->worker = w;
	t->ceiling = UINT_MAX;
	*out = t;
	return 0;
}

static void take_place(struct tcp_connection *c)
{
	struct tcp *t = c->owner;

	c->place = t->places++;
	c->older = t->newest;
	c->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = c;
	t->newest = c;
}

static void leave_place(struct tcp_connection *c)
{
	struct tcp *t = c->owner;

	*(c->newer ? &c->newer->older : &t->newest) = c->older;
	*(c->older ? &c->older->newer : &t->oldest) = c->newer;
}

static struct tcp_connection **bucket_of(struct tcp *t, const struct limits_id *id)
{
	return &t->clients[(id->hash + id->client) & (CLIENT_BUCKETS - 1)];
}

static void link_connection(struct tcp_connection *c)
{
	struct tcp_connection **bucket = bucket_of(c->owner, &c->id);

	take_place(c);
	c->chain = *bucket;
	*bucket = c;
	c->owner->count++;
}

static void unlink_connection(struct tcp_connection *c)
{
	struct tcp_connection **at = bucket_of(c->owner, &c->id);

	while (*at != c)
		at = &(*at)->chain;
	*at = c->chain;
	leave_place(c);
	c->owner->count--;
}

static void note_progress(struct tcp_connection *c)
{
	c->progress_ms = worker_now_ms(c->owner->worker);
	leave_place(c);
	take_place(c);
}

static void free_if_over(struct tcp_connection *c)
{
	if (c->fd < 0 && c->pending == 0 && !c->dirty)
		free(c);
}

static void close_connection(struct tcp_connection *c)
{
	if (c->fd < 0)
		return;
	watch_free(c->watch);
	close(c->fd);
	c->fd = -1;
	unlink_connection(c);
	buf_release(&c->out);
}

void tcp_free(struct tcp *t)
{
	if (!t)
		return;
	while (t->oldest) {
		struct tcp_connection *c = t->oldest;

		close_connection(c);
		free(c);
	}
	for (unsigned i = 0; i < t->listener_count; i++) {
		watch_free(t->listeners[i].watch);
		close(t->listeners[i].fd);
	}
	free(t);
}

/* What is not taken yet stands in the connection's buffers. */
static bool has_room(const struct tcp_connection *c)
{
	return c->pending < TCP_PENDING_MAX && c->out.len < TCP_UNSENT_MAX / 2;
}

/* Watches what can be gone on with: no reading while too much is under way. */
static void watch_what_is_wanted(struct tcp_connection *c)
{
	unsigned io = c->out.len ? LOOP_WRITE : 0;

	if (!c->ended && has_room(c))
		io |= LOOP_READ;
	if (io != c->io && watch_fd_change(c->watch, io) == 0)
		c->io = io;
}

static void mark_dirty(struct tcp_connection *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = c->owner->dirty;
	c->owner->dirty = c;
}

/* A client that takes an octet now and then makes progress for ever: what stands here now must be
 * taken before the write deadline, and only then what came after it counts. */
static void owe(struct tcp_connection *c)
{
	c->owed = c->out.len;
	c->owed_since_ms = worker_now_ms(c->owner->worker);
}

/* The kernel took sent octets. */
static void take_off(struct tcp_connection *c, size_t sent)
{
	note_progress(c);
	memmove(c->out.data, c->out.data + sent, c->out.len - sent);
	c->out.len -= sent;
	c->owed -= sent < c->owed ? sent : c->owed;
	if (!c->owed)
		owe(c);
	if (!c->out.len && c->out.capacity > OUT_KEPT) {
		buf_release(&c->out);
		buf_init_heap(&c->out, TCP_UNSENT_MAX);
	}
}

/* False when the connection is broken. */
static bool write_out(struct tcp_connection *c)
{
	bool good = true;
	size_t sent = 0;

	while (sent < c->out.len) {
		ssize_t n = send(
			c->fd, c->out.data + sent, c->out.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			good = errno == EAGAIN || errno == EWOULDBLOCK;
			break;
		}
		sent += (size_t)n;
	}
	if (sent)
		take_off(c, sent);
	return good;
}

/* Answers the complete queries that stand in the buffer. False when one is too long, or one too
 * many for its client's budget. */
static bool take_queries(struct tcp_connection *c)
{
	struct worker *w = c->owner->worker;
	size_t at = 0;

	while (c->fd >= 0 && c->in_len - at >= PREFIX_LEN && has_room(c)) {
		size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];
		struct asker a = {.client = c->client,
			.id = c->id,
			.transport = JOURNAL_TCP,
			.connection = c};

		if (len > TCP_QUERY_MAX) {
			counter_add(&w->counters, COUNTER_QUERY_MALFORMED, 1);
			return false;
		}
		if (c->in_len - at - PREFIX_LEN < len)
			break;
		counter_add(&w->counters, COUNTER_QUERIES_TCP, 1);
		if (!limits_take_query(w, &a))
			return false;
		note_progress(c);
		c->pending++;
		query_take(w, &a, span_of(c->in + at + PREFIX_LEN, len));
		at += PREFIX_LEN + len;
	}
	memmove(c->in, c->in + at, c->in_len - at);
	c->in_len -= at;
	return true;
}

/* False at the end of the connection. */
static bool read_in(struct tcp_connection *c)
{
	ssize_t n;

	if (c->in_len == sizeof(c->in))
		return take_queries(c);
	n = recv(c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
	if (n == 0)
		c->ended = true;
	c->in_len += (size_t)n;
	return take_queries(c);
}

/* A client that has sent its last query still gets its answers (RFC 7766 6.2.1). */
static bool is_over(const struct tcp_connection *c)
{
	return c->ended && c->pending == 0 && c->out.len == 0;
}

static void on_io(void *arg, unsigned io)
{
	struct tcp_connection *c = arg;
	struct worker *w = c->owner->worker;
	bool good = true;

	worker_begin_turn(w);
	/* Until the end of the turn: answers at once may need it, an error may close it. */
	mark_dirty(c);
	if (io & LOOP_READ)
		good = read_in(c);
	if (!good)
		close_connection(c);
	worker_end_turn(w);
}

static bool has_query(const struct tcp_connection *c)
{
	return c->in_len >= PREFIX_LEN &&
	       c->in_len - PREFIX_LEN >= ((size_t)c->in[0] << 8 | c->in[1]);
}

/* Queries that waited for room are taken as soon as there is some. False at the end. */
static bool go_on(struct tcp_connection *c)
{
	do {
		if (!take_queries(c) || c->fd < 0 || !write_out(c))
			return false;
	} while (has_room(c) && has_query(c));
	return !is_over(c);
}

void tcp_flush(struct tcp *t)
{
	while (t->dirty) {
		struct tcp_connection *c = t->dirty;

		t->dirty = c->next_dirty;
		c->dirty = false;
		if (c->fd >= 0 && !go_on(c))
			close_connection(c);
		if (c->fd >= 0)
			watch_what_is_wanted(c);
		free_if_over(c);
	}
}

uint8_t *tcp_room(struct tcp *t, size_t *size)
{
	*size = sizeof(t->reply);
	return t->reply;
}

void tcp_drop(struct tcp *t, struct tcp_connection *c)
{
	(void)t;
	c->pending--;
	mark_dirty(c);
}

void tcp_send(struct tcp *t, struct tcp_connection *c, size_t len)
{
	if (c->fd >= 0 && c->out.len + PREFIX_LEN + len > TCP_UNSENT_MAX && !write_out(c))
		close_connection(c);
	if (c->fd >= 0) {
		buf_put_u16(&c->out, (uint16_t)len);
		buf_put(&c->out, t->reply, len);
		if (!c->owed)
			owe(c);
		if (c->out.overflow) {
			counter_add(&t->worker->counters, COUNTER_SEND_FAILED, 1);
			close_connection(c);
		}
	}
	tcp_drop(t, c);
}

static void close_for(struct tcp_connection *c, enum counter why)
{
	counter_add(&c->owner->worker->counters, why, 1);
	close_connection(c);
	free_if_over(c);
}

/* The one that has made no progress for longest and has no question in flight goes first. */
static void make_room(struct tcp *t)
{
	struct tcp_connection *c = t->oldest;

	while (c && c->pending)
		c = c->newer;
	close_for(c ? c : t->oldest, COUNTER_TCP_CLOSED_LIMIT);
}

static bool is_more_idle(const struct tcp_connection *a, const struct tcp_connection *b)
{
	if (!a->pending != !b->pending)
		return !a->pending;
	return a->place < b->place;
}

/* The same among the connections of one client, when it has all it may have. */
static void make_room_of_client(struct tcp *t, const struct limits_id *id)
{
	struct tcp_connection *idlest = NULL;
	unsigned count = 0;

	for (struct tcp_connection *c = *bucket_of(t, id); c; c = c->chain) {
		if (c->id.client != id->client)
			continue;
		count++;
		if (!idlest || is_more_idle(c, idlest))
			idlest = c;
	}
	if (count >= t->worker->snapshot->conf->limits.tcp_connections_per_client)
		close_for(idlest, COUNTER_TCP_CLOSED_CLIENT);
}

/* This worker's part of what all may have. */
static unsigned connections_max(const struct tcp *t)
{
	const struct worker *w = t->worker;
	unsigned most =
		(w->snapshot->conf->limits.tcp_connections + w->worker_count - 1) / w->worker_count;

	if (most > w->connections_max)
		most = w->connections_max;
	return most < t->ceiling ? most : t->ceiling;
}

static int take_connection(struct tcp *t, int fd, const struct sockaddr *peer, socklen_t len)
{
	struct tcp_connection *c = calloc(1, sizeof(*c));

	if (!c || inet_endpoint_from_sockaddr(peer, len, &c->client) != 0 ||
		watch_fd(t->worker->loop, fd, LOOP_READ, on_io, c, &c->watch) != 0) {
		free(c);
		close(fd);
		return ERR_MEMORY;
	}
	c->owner = t;
	c->fd = fd;
	c->io = LOOP_READ;
	c->id = limits_identify(t->worker->limits, &c->client.addr);
	c->progress_ms = worker_now_ms(t->worker);
	buf_init_heap(&c->out, TCP_UNSENT_MAX);
	make_room_of_client(t, &c->id);
	while (t->count && t->count >= connections_max(t))
		make_room(t);
	link_connection(c);
	counter_add(&t->worker->counters, COUNTER_TCP_ACCEPTED, 1);
	return 0;
}

/* The socket stays readable: it is left alone until the next tick. */
static void pause_listener(struct listener *l)
{
	l->paused = watch_fd_change(l->watch, 0) == 0;
}

/*
 * Without a descriptor nobody can be accepted, and the front's other parts may need one as well: a
 * few connections go, and so many are not taken again before it is clear that there is room. False
 * when there is nothing to give.
 */
static bool give_descriptors(struct tcp *t)
{
	counter_add(&t->worker->counters, COUNTER_TCP_NO_DESCRIPTOR, 1);
	if (!t->count)
		return false;
	t->ceiling = t->count > CEILING_STEP ? t->count - CEILING_STEP : 1;
	while (t->count >= t->ceiling)
		make_room(t);
	return true;
}

/* False when there is nothing more to accept in this turn. */
static bool accept_one(struct listener *l)
{
	struct tcp *t = l->owner;
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		return take_connection(t, fd, (struct sockaddr *)&peer, len) == 0;
	switch (errno) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
		return true;
	case EAGAIN:
		return false;
	case EMFILE:
		if (give_descriptors(t))
			return true;
		break;
	default:
		break;
	}
	pause_listener(l);
	return false;
}

static void on_accept(void *arg, unsigned io)
{
	struct listener *l = arg;
	struct tcp *t = l->owner;

	(void)io;
	worker_begin_turn(t->worker);
	for (int i = 0; i < ACCEPTS_PER_TURN; i++)
		if (!accept_one(l))
			break;
	worker_end_turn(t->worker);
}

int tcp_add(struct tcp *t, int fd)
{
	struct listener *l = &t->listeners[t->listener_count];
	int err = t->listener_count == LISTENERS_MAX ? ERR_LIMIT : 0;

	if (!err) {
		*l = (struct listener){.owner = t, .fd = fd};
		err = watch_fd(t->worker->loop, fd, LOOP_READ, on_accept, l, &l->watch);
	}
	if (err)
		close(fd);
	else
		t->listener_count++;
	return err;
}

static bool is_overdue(const struct tcp_connection *c, uint64_t now_ms)
{
	uint64_t idle_ms = UINT64_C(1000) * c->owner->worker->snapshot->conf->limits.tcp_idle_s;

	if (c->out.len && c->owed_since_ms + TCP_WRITE_MS <= now_ms)
		return true;
	if (c->pending)
		return false;
	if (c->in_len && c->progress_ms + TCP_READ_MS <= now_ms)
		return true;
	return c->progress_ms + idle_ms <= now_ms;
}

static void close_overdue(struct tcp *t)
{
	uint64_t now_ms = worker_now_ms(t->worker);
	struct tcp_connection *next;

	for (struct tcp_connection *c = t->oldest; c; c = next) {
		next = c->newer;
		if (is_overdue(c, now_ms))
			close_for(c, COUNTER_TCP_CLOSED_TIME);
	}
}

void tcp_tick(struct tcp *t)
{
	uint64_t now_ms = worker_now_ms(t->worker);

	for (unsigned i = 0; i < t->listener_count; i++) {
		struct listener *l = &t->listeners[i];

		if (l->paused && watch_fd_change(l->watch, LOOP_READ) == 0)
			l->paused = false;
	}
	if (now_ms < t->checked_ms + CHECK_MS)
		return;
	t->checked_ms = now_ms;
	close_overdue(t);
	if (t->ceiling < UINT_MAX - CEILING_STEP)
		t->ceiling += CEILING_STEP;
}

unsigned tcp_count(const struct tcp *t)
{
	return t->count;
}
