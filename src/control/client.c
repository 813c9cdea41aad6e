/* SPDX-License-Identifier: BSD-3-Clause */
#include "control/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* Waits until fd can be read or written, not beyond deadline. */
static int wait_ready(int fd, short events, uint64_t deadline_ns)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		uint64_t now = clock_monotonic_ns();
		int n;

		if (now >= deadline_ns)
			return ERR_AGAIN;
		n = poll(&p, 1, (int)((deadline_ns - now) / NS_PER_MS + 1));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ERR_IO;
	}
}

static int call_connect(const char *path, uint32_t timeout_ms, int *out)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};
	size_t len = strlen(path);
	int fd, reason;

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	memcpy(address.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	/* A full backlog makes connect wait, for SO_SNDTIMEO at most (unix(7)). */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		*out = fd;
		return 0;
	}
	reason = errno;
	close(fd);
	errno = reason;
	return reason == EAGAIN ? ERR_AGAIN : ERR_IO;
}

/* A server that refuses early answers without reading all of it: that it hung up is no error yet.
 */
static int call_send(int fd, struct span text, uint64_t deadline_ns)
{
	while (text.len > 0) {
		ssize_t n = send(fd, text.data, text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int err = 0;

		if (n >= 0)
			text = span_part(text, (size_t)n, text.len);
		else if (errno == EPIPE || errno == ECONNRESET)
			return 0;
		else if (errno == EAGAIN)
			err = wait_ready(fd, POLLOUT, deadline_ns);
		else if (errno != EINTR)
			err = ERR_IO;
		if (err)
			return err;
	}
	return 0;
}

static int call_receive(int fd, uint64_t deadline_ns, struct buf *line)
{
	for (;;) {
		uint8_t part[4096];
		uint8_t *end;
		ssize_t n;
		int err = wait_ready(fd, POLLIN, deadline_ns);

		if (err)
			return err;
		n = recv(fd, part, sizeof(part), MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		/* Closing with our request unread resets: an end like any other. */
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return ERR_FORMAT;
		if (n < 0)
			return ERR_IO;
		end = memchr(part, '\n', (size_t)n);
		buf_put(line, part, end ? (size_t)(end - part) : (size_t)n);
		if (line->overflow)
			return line->len + (size_t)n > line->max ? ERR_FORMAT : ERR_MEMORY;
		if (end)
			return 0;
	}
}

int control_call(const char *path, struct span request, uint32_t timeout_ms, char **out)
{
	uint64_t deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
	struct buf line;
	int fd = -1, reason;
	int err = call_connect(path, timeout_ms, &fd);

	buf_init_heap(&line, CONTROL_REPLY_MAX + 1);
	if (!err)
		err = call_send(fd, request, deadline_ns);
	if (!err)
		err = call_send(fd, SPAN_LITERAL("\n"), deadline_ns);
	if (!err)
		err = call_receive(fd, deadline_ns, &line);
	if (!err) {
		buf_put_u8(&line, 0);
		if (line.overflow)
			err = ERR_MEMORY;
	}
	if (!err) {
		*out = (char *)line.data;
		line = (struct buf){0};
	}
	reason = errno;
	buf_release(&line);
	if (fd >= 0)
		close(fd);
	errno = reason;
	return err;
}
