/* SPDX-License-Identifier: BSD-3-Clause */

#include "link/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_BUFFER (1 << 20)

/* Both sides are the same program on the same machine: the struct itself is the form. */
struct head {
	uint32_t type;
	uint32_t a, b;
	uint32_t has_fd;
};

union rights {
	char space[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

struct channel {
	int fd;
	uint8_t text[CHANNEL_TEXT_MAX + 1];
};

int channel_new(int fd, struct channel **out)
{
	struct channel *c = malloc(sizeof(*c));
	int size = SOCKET_BUFFER;
	int flags = fcntl(fd, F_GETFL);

	if (c == NULL)
		return ERR_MEMORY;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		free(c);
		return ERR_IO;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c->fd = fd;
	*out = c;
	return 0;
}

void channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	close(c->fd);
	free(c);
}

int channel_fd(const struct channel *c)
{
	return c->fd;
}

static void put_fd(struct msghdr *message, union rights *rights, int fd)
{
	struct cmsghdr *control;

	memset(rights, 0, sizeof(*rights));
	message->msg_control = rights->space;
	message->msg_controllen = sizeof(rights->space);
	control = CMSG_FIRSTHDR(message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &fd, sizeof(fd));
}

int channel_send(struct channel *c, const struct channel_message *m)
{
	struct head head = {m->type, m->a, m->b, m->fd >= 0};
	struct iovec parts[] = {
		{&head, sizeof(head)},
		{(void *)(uintptr_t)m->text.data, m->text.len},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = m->text.len > 0 ? 2 : 1};
	union rights rights;
	ssize_t sent;

	if (m->text.len > CHANNEL_TEXT_MAX)
		return ERR_LIMIT;
	if (m->fd >= 0)
		put_fd(&message, &rights, m->fd);
	do
		sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	/* ETOOMANYREFS: too many descriptors are under way until the other side reads. */
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ETOOMANYREFS
		       ? ERR_AGAIN
		       : ERR_IO;
}

/* The one descriptor that a message may bring, -1 for none; there is no room for more. */
static int take_fd(struct msghdr *message)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	int fd;

	if (control == NULL || control->cmsg_level != SOL_SOCKET ||
		control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

int channel_receive(struct channel *c, struct channel_message *out)
{
	struct head head;
	struct iovec parts[] = {{&head, sizeof(head)}, {c->text, CHANNEL_TEXT_MAX}};
	union rights rights;
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = rights.space,
		/* Not CMSG_SPACE, whose padding has room for a second descriptor. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t got;
	int fd;

	do
		got = recvmsg(c->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_AGAIN;
	if (got < 0)
		return errno == ECONNRESET ? ERR_MISSING : ERR_IO;
	if (got == 0)
		return ERR_MISSING;
	fd = take_fd(&message);
	if ((size_t)got < sizeof(head) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
		head.type == 0 || head.type >= CHANNEL_TYPE_END ||
		(head.has_fd != 0) != (fd >= 0)) {
		if (fd >= 0)
			close(fd);
		return ERR_FORMAT;
	}
	out->type = (enum channel_type)head.type;
	out->a = head.a;
	out->b = head.b;
	out->text = span_of(c->text, (size_t)got - sizeof(head));
	c->text[out->text.len] = '\0';
	out->fd = fd;
	return 0;
}
