/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/reply.h"

#define QUERY_MAX 512
#define PREFIX 2 /* octets of length before a message over TCP */

struct exchange {
	struct loop *loop;
	struct inet_endpoint server;
	struct question question;
	bool whole;
	exchange_done done;
	void *arg;
	int fd;
	struct watch *socket, *timer;
	uint16_t id;
	size_t query_len; /* without the prefix */
	uint8_t query[PREFIX + QUERY_MAX];
	size_t got; /* octets of in */
	uint8_t in[PREFIX + MESSAGE_MAX];
};

static void close_socket(struct exchange *x)
{
	watch_free(x->socket);
	x->socket = NULL;
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}

void exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	close_socket(x);
	watch_free(x->timer);
	free(x);
}

/* The reply stands in x, so x goes after the call. */
static void finish(struct exchange *x, const struct message *reply)
{
	close_socket(x);
	x->done(x->arg, reply);
	exchange_free(x);
}

static void on_timer(void *arg)
{
	finish(arg, NULL);
}

/* What went wrong is told from the loop, never from inside exchange_start. */
static void give_up(struct exchange *x)
{
	close_socket(x);
	(void)!watch_timer_set(x->timer, 0);
}

static bool belongs(const struct exchange *x, const struct message *m)
{
	return m->id == x->id && (m->flags & FLAG_QR) && m->counts[0] == 1 &&
	       m->question.type == x->question.type && m->question.class == x->question.class &&
	       name_equal(&m->question.name, &x->question.name);
}

static int open_socket(struct exchange *x, int type, unsigned io, void (*fn)(void *, unsigned))
{
	struct sockaddr_storage address;
	socklen_t len = inet_endpoint_to_sockaddr(&x->server, &address);

	x->got = 0;
	x->fd = socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return ERR_IO;
	/* A TCP connection is being made; that it failed is seen when it is written to. */
	(void)!connect(x->fd, (const struct sockaddr *)&address, len);
	return watch_fd(x->loop, x->fd, io, fn, x, &x->socket);
}

static void read_tcp(struct exchange *x)
{
	struct message m;
	size_t want = PREFIX;
	ssize_t got;

	if (x->got >= PREFIX)
		want += (size_t)(x->in[0] << 8 | x->in[1]);
	got = recv(x->fd, x->in + x->got, want - x->got, 0);
	if (got <= 0) {
		give_up(x);
		return;
	}
	x->got += (size_t)got;
	if (x->got < PREFIX || x->got < PREFIX + (size_t)(x->in[0] << 8 | x->in[1]))
		return;
	if (message_read(span_of(x->in + PREFIX, x->got - PREFIX), &m) != 0 || !belongs(x, &m))
		give_up(x);
	else
		finish(x, &m);
}

static void on_tcp(void *arg, unsigned io)
{
	struct exchange *x = arg;
	ssize_t len = (ssize_t)(PREFIX + x->query_len);

	if (io & LOOP_READ) {
		read_tcp(x);
		return;
	}
	/* An empty socket buffer takes the query whole. */
	if (send(x->fd, x->query, (size_t)len, MSG_NOSIGNAL) != len ||
		watch_fd_change(x->socket, LOOP_READ) != 0)
		give_up(x);
}

static void on_udp(void *arg, unsigned io)
{
	struct exchange *x = arg;
	struct message m;
	ssize_t got = recv(x->fd, x->in, sizeof(x->in), 0);

	(void)io;
	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			give_up(x);
		return;
	}
	if (message_read(span_of(x->in, (size_t)got), &m) != 0 || !belongs(x, &m))
		return;
	if (!x->whole || !(m.flags & FLAG_TC)) {
		finish(x, &m);
		return;
	}
	close_socket(x);
	if (open_socket(x, SOCK_STREAM, LOOP_WRITE, on_tcp) != 0)
		give_up(x);
}

int exchange_start(struct loop *l, const struct inet_endpoint *server, const struct question *q,
	bool dnssec_ok, uint32_t timeout_ms, exchange_done done, void *arg, struct exchange **out)
{
	struct exchange *x = calloc(1, sizeof(*x));
	int err;

	if (x == NULL)
		return ERR_MEMORY;
	x->loop = l;
	x->server = *server;
	x->question = *q;
	x->whole = dnssec_ok;
	x->done = done;
	x->arg = arg;
	x->fd = -1;
	if ((err = watch_timer(l, on_timer, x, &x->timer)) != 0 ||
		(err = watch_timer_set(x->timer, timeout_ms)) != 0)
		goto fail;
	err = ERR_IO;
	if (getrandom(&x->id, sizeof(x->id), 0) != sizeof(x->id))
		goto fail;
	x->query_len = query_write(x->id, q, dnssec_ok, x->query + PREFIX, QUERY_MAX);
	x->query[0] = (uint8_t)(x->query_len >> 8);
	x->query[1] = (uint8_t)x->query_len;
	if (x->query_len == 0)
		goto fail;
	if (open_socket(x, SOCK_DGRAM, LOOP_READ, on_udp) != 0 ||
		send(x->fd, x->query + PREFIX, x->query_len, MSG_NOSIGNAL) < 0)
		give_up(x);
	*out = x;
	return 0;
fail:
	exchange_free(x);
	return err;
}
