/* SPDX-License-Identifier: BSD-3-Clause */
#include "control/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "json/writer.h"

#define WHO_MAX 24
#define ACCEPT_PAUSE_MS 200

/* A client is its request: one question a connection. */
struct control_request {
	struct control_server *server; /* NULL: the slot is free */
	int fd;
	struct watch *io, *timer;
	uid_t uid;
	char who[WHO_MAX];
	struct buf in; /* what was read */
	struct buf out; /* what is to be written, and how much of it was */
	size_t sent;
};

struct control_server {
	struct loop *loop;
	const struct control_verb *verbs;
	void *arg;
	int fd;
	struct watch *accept, *pause;
	struct sockaddr_un address;
	dev_t dev; /* of the socket's file, to remove no other */
	ino_t ino;
	struct control_request clients[CONTROL_CLIENTS_MAX];
};

static const char too_many[] =
	"{\"ok\":false,\"error\":\"too many clients on the control socket; try again\"}\n";

static void client_close(struct control_request *c)
{
	watch_free(c->io);
	watch_free(c->timer);
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	*c = (struct control_request){.fd = -1};
}

static void client_timeout(void *arg)
{
	client_close(arg);
}

static void client_write(struct control_request *c)
{
	while (c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && watch_fd_change(c->io, LOOP_WRITE) == 0)
			return;
		if (n <= 0)
			break;
		c->sent += (size_t)n;
	}
	client_close(c);
}

static void put_error(struct buf *out, const char *error)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", false);
	json_put_string(&w, "error", error);
	json_end_object(&w);
}

void control_answer(struct control_request *request, struct span json)
{
	buf_init_heap(&request->out, CONTROL_REPLY_MAX + 1);
	buf_put_span(&request->out, json);
	buf_put_u8(&request->out, '\n');
	if (request->out.overflow) {
		buf_release(&request->out);
		buf_init_heap(&request->out, CONTROL_REPLY_MAX);
		put_error(&request->out, "the answer is too large to be sent");
		buf_put_u8(&request->out, '\n');
	}
	if (watch_timer_set(request->timer, CONTROL_TIME_MS) != 0) {
		client_close(request);
		return;
	}
	client_write(request);
}

void control_refuse(struct control_request *request, const char *error)
{
	struct buf text;

	buf_init_heap(&text, CONTROL_REPLY_MAX);
	put_error(&text, error);
	control_answer(request, buf_span(&text));
	buf_release(&text);
}

const char *control_who(const struct control_request *request)
{
	return request->who;
}

static void refuse_verb(struct control_request *c, const char *verb, const char *why)
{
	char storage[CONTROL_REQUEST_MAX + 128];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "verb '%s' %s, and this is %s", verb, why, c->who);
	control_refuse(c, buf_text(&text));
}

/* A request is complete, or no more of it will come. */
static void client_serve(struct control_request *c, struct span line)
{
	struct control_server *s = c->server;
	const struct control_verb *v = s->verbs;
	struct json_document *document = NULL;
	const char *verb = NULL;

	/* While the verb thinks, what the client does is of no interest. */
	watch_timer_clear(c->timer);
	if (watch_fd_change(c->io, 0) != 0) {
		client_close(c);
		return;
	}
	if (json_parse(line, &document) == 0)
		verb = json_get_string(json_root(document), "verb", NULL);
	while (verb && v->name && strcmp(v->name, verb) != 0)
		v++;
	if (!verb)
		control_refuse(c, "a request is one line with one JSON object that has a 'verb'");
	else if (!v->name)
		control_refuse(c, "unknown verb; celnik and celnikd may be of different versions");
	else if (v->changes && c->uid != 0 && c->uid != geteuid())
		refuse_verb(c, verb, "needs root or the daemon's user");
	else
		v->fn(s->arg, c, json_root(document));
	json_document_free(document);
}

static void client_read(struct control_request *c)
{
	uint8_t *end;
	uint8_t part[1024];
	ssize_t n = recv(c->fd, part, sizeof(part), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && c->in.len == 0)) {
		client_close(c);
		return;
	}
	end = memchr(part, '\n', (size_t)n);
	buf_put(&c->in, part, end ? (size_t)(end - part) : (size_t)n);
	if (c->in.overflow)
		control_refuse(c, "a request is at most 4096 octets long");
	else if (end || n == 0)
		client_serve(c, buf_span(&c->in));
}

static void client_ready(void *arg, unsigned io)
{
	struct control_request *c = arg;

	if (io & LOOP_WRITE)
		client_write(c);
	else
		client_read(c);
}

static void client_open(struct control_server *s, struct control_request *c, int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	*c = (struct control_request){.server = s, .fd = fd};
	buf_init_heap(&c->in, CONTROL_REQUEST_MAX);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		goto fail;
	c->uid = peer.uid;
	snprintf(c->who, sizeof(c->who), "uid %u", (unsigned)peer.uid);
	if (watch_fd(s->loop, fd, LOOP_READ, client_ready, c, &c->io) != 0 ||
		watch_timer(s->loop, client_timeout, c, &c->timer) != 0 ||
		watch_timer_set(c->timer, CONTROL_TIME_MS) != 0)
		goto fail;
	return;
fail:
	client_close(c);
}

static void server_accept(void *arg, unsigned io)
{
	struct control_server *s = arg;
	struct control_request *c = s->clients;
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)io;
	if (fd < 0) {
		/* Without descriptors or memory the socket stays readable: do not spin. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED &&
			watch_fd_change(s->accept, 0) == 0 &&
			watch_timer_set(s->pause, ACCEPT_PAUSE_MS) != 0)
			(void)!watch_fd_change(s->accept, LOOP_READ);
		return;
	}
	while (c < s->clients + CONTROL_CLIENTS_MAX && c->server)
		c++;
	if (c < s->clients + CONTROL_CLIENTS_MAX) {
		client_open(s, c, fd);
		return;
	}
	(void)!send(fd, too_many, sizeof(too_many) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void server_resume(void *arg)
{
	struct control_server *s = arg;

	if (watch_fd_change(s->accept, LOOP_READ) != 0)
		(void)!watch_timer_set(s->pause, ACCEPT_PAUSE_MS);
}

/* Makes room for a socket: a file that no server listens on is what a killed daemon left behind. */
static int remove_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int err = 0, fd;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : ERR_IO;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return ERR_IO;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	/* A full backlog (EAGAIN) is a live server too. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		err = ERR_STATE;
	else if (errno != ECONNREFUSED || unlink(address->sun_path) != 0)
		err = ERR_IO;
	close(fd);
	return err;
}

static int server_bind(struct control_server *s)
{
	struct stat st;
	int err = remove_stale(&s->address);

	if (err)
		return err;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return ERR_IO;
	/* Nobody can connect before listen, so that the mode is never wider than it should be. */
	if (bind(s->fd, (const struct sockaddr *)&s->address, sizeof(s->address)) != 0 ||
		chmod(s->address.sun_path, 0660) != 0 || lstat(s->address.sun_path, &st) != 0 ||
		listen(s->fd, CONTROL_CLIENTS_MAX) != 0)
		return ERR_IO;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

int control_server_new(struct loop *l, const char *path, const struct control_verb *verbs,
	void *arg, struct control_server **out)
{
	struct control_server *s;
	size_t len = strlen(path);
	int err;

	if (len >= sizeof(s->address.sun_path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_MEMORY;
	s->loop = l;
	s->verbs = verbs;
	s->arg = arg;
	s->fd = -1;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, len + 1);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	err = server_bind(s);
	if (!err)
		err = watch_timer(l, server_resume, s, &s->pause);
	if (!err)
		err = watch_fd(l, s->fd, LOOP_READ, server_accept, s, &s->accept);
	if (err) {
		int reason = errno;

		control_server_free(s);
		errno = reason;
		return err;
	}
	*out = s;
	return 0;
}

void control_server_free(struct control_server *s)
{
	struct stat st;

	if (!s)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		client_close(&s->clients[i]);
	watch_free(s->accept);
	watch_free(s->pause);
	if (s->ino && lstat(s->address.sun_path, &st) == 0 && st.st_dev == s->dev &&
		st.st_ino == s->ino)
		unlink(s->address.sun_path);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}
