/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/holder.h"

#define RECEIVE_BUFFER (4 << 20) /* what comes while the front is being restarted waits here */
#define BACKLOG 1024

enum bind_kind { BIND_ALONE, BIND_GROUP };

static int set_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

static int set_options(int fd, const struct inet_endpoint *e, bool tcp, enum bind_kind kind)
{
	int size = RECEIVE_BUFFER;

	if (!e->addr.is_v4 && set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0)
		return -1;
	/* For TCP it lets us in behind connections that are closing, not beside a listener; for UDP
	 * it would let us in beside anybody. */
	if (tcp && set_on(fd, SOL_SOCKET, SO_REUSEADDR) != 0)
		return -1;
	if (kind == BIND_GROUP && set_on(fd, SOL_SOCKET, SO_REUSEPORT) != 0)
		return -1;
	if (!tcp && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

/* A bound socket, or -1 with errno. */
static int bind_socket(const struct inet_endpoint *e, bool tcp, enum bind_kind kind)
{
	struct sockaddr_storage address;
	socklen_t len = inet_endpoint_to_sockaddr(e, &address);
	int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(address.ss_family, type, 0);
	int saved;

	if (fd < 0)
		return -1;
	if (set_options(fd, e, tcp, kind) == 0 &&
		bind(fd, (const struct sockaddr *)&address, len) == 0 &&
		(!tcp || listen(fd, BACKLOG) == 0))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void report_failure(
	const struct inet_endpoint *e, bool tcp, int error, const char *file, struct report *r)
{
	const struct report_place place = {.file = file};
	char text[INET_ENDPOINT_TEXT_MAX], holder[HOLDER_TEXT_MAX];
	const char *protocol = tcp ? "tcp" : "udp";

	inet_endpoint_format(e, text);
	switch (error) {
	case EADDRINUSE:
		if (!holder_find(e, tcp, holder))
			memcpy(holder, "another process", sizeof("another process"));
		report_add(r, REPORT_ERROR, &place,
			"cannot listen on '%s' (%s): %s has it; stop that or change listen", text,
			protocol, holder);
		return;
	case EACCES:
		report_add(r, REPORT_ERROR, &place,
			"cannot listen on '%s' (%s): a port below 1024 needs root or "
			"CAP_NET_BIND_SERVICE",
			text, protocol);
		return;
	case EADDRNOTAVAIL:
		report_add(r, REPORT_ERROR, &place,
			"cannot listen on '%s' (%s): this host does not have the address; change "
			"listen",
			text, protocol);
		return;
	default:
		report_add(r, REPORT_ERROR, &place, "cannot listen on '%s' (%s): %s", text,
			protocol, strerror(error));
	}
}

/*
 * A SO_REUSEPORT group would admit a second instance of the same user, and each would get a part of
 * the queries: so the address must first be free for one alone.
 */
static int open_endpoint(struct sockets *s, const struct conf *conf, const struct inet_endpoint *e,
	bool tcp, unsigned workers, struct report *r)
{
	int fd = bind_socket(e, tcp, BIND_ALONE);

	if (fd >= 0)
		close(fd);
	for (unsigned w = 0; fd >= 0 && w < workers; w++) {
		fd = bind_socket(e, tcp, BIND_GROUP);
		if (fd >= 0)
			s->rows[s->count++] = (struct sockets_row){tcp, w, *e, fd};
	}
	if (fd >= 0)
		return 0;
	report_failure(e, tcp, errno, conf->path, r);
	return ERR_FORMAT;
}

int sockets_open(const struct conf *conf, unsigned workers, struct report *r, struct sockets **out)
{
	struct sockets *s = calloc(1,
		sizeof(*s) + (size_t)conf->listen_count * workers * 2 * sizeof(struct sockets_row));
	int err = 0;

	if (s == NULL)
		return ERR_MEMORY;
	for (unsigned i = 0; i < conf->listen_count; i++) {
		for (unsigned tcp = 0; tcp < 2; tcp++) {
			int each = open_endpoint(s, conf, &conf->listen[i], tcp == 1, workers, r);

			err = err ? err : each;
		}
	}
	if (err != 0)
		sockets_close(s);
	else
		*out = s;
	return err;
}

void sockets_close(struct sockets *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->count; i++)
		close(s->rows[i].fd);
	free(s);
}
