/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "front/query.h"
#include "front/worker.h"

#define LISTENERS_MAX 64
#define ACCEPTS_PER_TURN 16
#define PREFIX_LEN 2

struct tcp_connection {
	struct tcp *owner;
	int fd; /* -1: closed, kept until its last question is answered */
	struct watch *watch;
	struct inet_endpoint client;
	unsigned pending; /* questions in flight */
	unsigned io; /* what is watched */
	bool dirty; /* something to send stands in out */
	bool ended; /* the client sends no more */
	uint64_t progress_ms; /* when a query was complete or octets were taken */
	struct tcp_connection *newer, *older; /* by progress */
	struct tcp_connection *next_dirty;
	size_t in_len;
	uint8_t in[PREFIX_LEN + TCP_QUERY_MAX];
	struct buf out;
	size_t sent; /* octets of out that the kernel took */
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
	unsigned count;
	struct tcp_connection *dirty;
	uint8_t reply[MESSAGE_MAX];
};

int tcp_new(struct worker *w, struct tcp **out)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_MEMORY;
	t->worker = w;
	*out = t;
	return 0;
}

static void unlink_connection(struct tcp_connection *c)
{
	struct tcp *t = c->owner;

	*(c->newer ? &c->newer->older : &t->newest) = c->older;
	*(c->older ? &c->older->newer : &t->oldest) = c->newer;
}

static void link_connection(struct tcp_connection *c)
{
	struct tcp *t = c->owner;

	c->older = t->newest;
	c->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = c;
	t->newest = c;
}

static void note_progress(struct tcp_connection *c)
{
	c->progress_ms = worker_now_ms(c->owner->worker);
	unlink_connection(c);
	link_connection(c);
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
	c->owner->count--;
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

static size_t unsent(const struct tcp_connection *c)
{
	return c->out.len - c->sent;
}

/* Watches what can be gone on with: no reading while too much is under way. */
static void watch_what_is_wanted(struct tcp_connection *c)
{
	unsigned io = unsent(c) ? LOOP_WRITE : 0;

	if (!c->ended && c->pending < TCP_PENDING_MAX && unsent(c) < TCP_UNSENT_MAX / 2)
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

/* False when the connection is broken. */
static bool write_out(struct tcp_connection *c)
{
	while (unsent(c)) {
		ssize_t n =
			send(c->fd, c->out.data + c->sent, unsent(c), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		c->sent += (size_t)n;
		note_progress(c);
	}
	buf_clear(&c->out);
	c->sent = 0;
	return true;
}

/* Answers the complete queries that stand in the buffer. False when one is too long. */
static bool take_queries(struct tcp_connection *c)
{
	struct worker *w = c->owner->worker;
	size_t at = 0;

	while (c->fd >= 0 && c->in_len - at >= PREFIX_LEN && c->pending < TCP_PENDING_MAX) {
		size_t len = (size_t)c->in[at] << 8 | c->in[at + 1];
		struct asker a = {.client = c->client, .transport = JOURNAL_TCP, .connection = c};

		if (len > TCP_QUERY_MAX) {
			counter_add(&w->counters, COUNTER_QUERY_MALFORMED, 1);
			return false;
		}
		if (c->in_len - at - PREFIX_LEN < len)
			break;
		counter_add(&w->counters, COUNTER_QUERIES_TCP, 1);
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
	return c->ended && c->pending == 0 && unsent(c) == 0;
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

void tcp_flush(struct tcp *t)
{
	while (t->dirty) {
		struct tcp_connection *c = t->dirty;

		t->dirty = c->next_dirty;
		c->dirty = false;
		if (c->fd >= 0 && c->pending < TCP_PENDING_MAX && !take_queries(c))
			close_connection(c);
		if (c->fd >= 0 && (!write_out(c) || is_over(c)))
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
	if (c->fd >= 0) {
		buf_put_u16(&c->out, (uint16_t)len);
		buf_put(&c->out, t->reply, len);
		if (c->out.overflow) {
			counter_add(&t->worker->counters, COUNTER_SEND_FAILED, 1);
			close_connection(c);
		}
	}
	tcp_drop(t, c);
}

/* The one that has made no progress for longest and has no question in flight goes first. */
static void make_room(struct tcp *t)
{
	struct tcp_connection *c = t->oldest;

	while (c && c->pending)
		c = c->newer;
	if (!c)
		c = t->oldest;
	counter_add(&t->worker->counters, COUNTER_TCP_CLOSED_LIMIT, 1);
	close_connection(c);
	free_if_over(c);
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
	c->progress_ms = worker_now_ms(t->worker);
	buf_init_heap(&c->out, TCP_UNSENT_MAX);
	link_connection(c);
	t->count++;
	counter_add(&t->worker->counters, COUNTER_TCP_ACCEPTED, 1);
	return 0;
}

static void on_accept(void *arg, unsigned io)
{
	struct listener *l = arg;
	struct tcp *t = l->owner;

	(void)io;
	worker_begin_turn(t->worker);
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof(peer);
		int fd = accept4(
			l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
			/* The socket stays readable: leave it alone until the next tick. */
			l->paused = watch_fd_change(l->watch, 0) == 0;
			if (t->oldest)
				make_room(t);
		}
		if (fd < 0)
			break;
		if (t->count == TCP_CONNECTIONS_MAX)
			make_room(t);
		if (take_connection(t, fd, (struct sockaddr *)&peer, len) != 0)
			break;
	}
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

void tcp_tick(struct tcp *t)
{
	uint64_t now_ms = worker_now_ms(t->worker);
	struct tcp_connection *next;

	for (struct tcp_connection *c = t->oldest; c && c->progress_ms + TCP_IDLE_MS <= now_ms;
		c = next) {
		next = c->newer;
		if (c->pending)
			continue;
		counter_add(&t->worker->counters, COUNTER_TCP_CLOSED_TIME, 1);
		close_connection(c);
		free_if_over(c);
	}
	for (unsigned i = 0; i < t->listener_count; i++) {
		struct listener *l = &t->listeners[i];

		if (l->paused && watch_fd_change(l->watch, LOOP_READ) == 0)
			l->paused = false;
	}
}

unsigned tcp_count(const struct tcp *t)
{
	return t->count;
}
