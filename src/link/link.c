/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * One message of the socket is a batch of questions or one answer. Integers are big endian.
 *
 *   question   id 8 · type 2 · length of the name 1 · name
 *   answer     id 8 · failed 1 · dnssec 1 · ede 2 · length of why 1 · why · packet
 */

#include "link/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUESTION_MAX (8 + 2 + 1 + NAME_LEN_MAX)
#define ANSWER_HEAD 13
#define SOCKET_BUFFER (4 << 20)

struct link {
	int fd;
	unsigned waiting; /* questions collected */
	size_t out_len;
	size_t in_at, in_len; /* of a batch of questions that is being read */
	uint8_t out[LINK_BATCH * QUESTION_MAX];
	uint8_t in[ANSWER_HEAD + LINK_WHY_MAX + MESSAGE_MAX];
};

_Static_assert(sizeof(((struct link *)0)->in) >= LINK_BATCH * QUESTION_MAX, "a batch fits");

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t get_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put_u64(uint8_t *at, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

int link_new(int fd, struct link **out)
{
	struct link *l = malloc(sizeof(*l));
	int size = SOCKET_BUFFER;
	int flags = fcntl(fd, F_GETFL);

	if (l == NULL)
		return ERR_MEMORY;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		free(l);
		return ERR_IO;
	}
	/* Without the privilege the system's maximum has to do. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	l->fd = fd;
	l->waiting = 0;
	l->out_len = l->in_at = l->in_len = 0;
	*out = l;
	return 0;
}

void link_free(struct link *l)
{
	if (l == NULL)
		return;
	close(l->fd);
	free(l);
}

int link_fd(const struct link *l)
{
	return l->fd;
}

static int send_message(struct link *l, struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
	ssize_t sent;

	do
		sent = sendmsg(l->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? ERR_AGAIN : ERR_IO;
}

/* The next message into in; truncation is nonsense, as the two sides are one program. */
static int receive_message(struct link *l, size_t max)
{
	struct iovec part = {l->in, max};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t got;

	do
		got = recvmsg(l->fd, &message, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_AGAIN;
	if (got < 0)
		return errno == ECONNRESET ? ERR_MISSING : ERR_IO;
	if (got == 0)
		return ERR_MISSING;
	if (message.msg_flags & MSG_TRUNC)
		return ERR_FORMAT;
	l->in_at = 0;
	l->in_len = (size_t)got;
	return 0;
}

int link_ask(struct link *l, const struct link_question *q)
{
	uint8_t *at;
	int err;

	if (l->waiting == LINK_BATCH && (err = link_flush(l)) != 0)
		return err;
	at = l->out + l->out_len;
	put_u64(at, q->id);
	put_u16(at + 8, q->question.type);
	at[10] = q->question.name.len;
	memcpy(at + 11, q->question.name.octets, q->question.name.len);
	l->out_len += 11 + (size_t)q->question.name.len;
	l->waiting++;
	return 0;
}

int link_flush(struct link *l)
{
	struct iovec part = {l->out, l->out_len};
	int err;

	if (l->waiting == 0)
		return 0;
	if ((err = send_message(l, &part, 1)) != 0)
		return err;
	l->waiting = 0;
	l->out_len = 0;
	return 0;
}

int link_reply(struct link *l, const struct link_answer *a)
{
	uint8_t head[ANSWER_HEAD];
	size_t why_len = strnlen(a->why, LINK_WHY_MAX - 1);
	struct iovec parts[] = {
		{head, sizeof(head)},
		{(void *)(uintptr_t)a->why, why_len},
		{(void *)(uintptr_t)a->packet.data, a->packet.len},
	};

	if (a->packet.len > MESSAGE_MAX)
		return ERR_LIMIT;
	put_u64(head, a->id);
	head[8] = a->failed;
	head[9] = (uint8_t)a->dnssec;
	put_u16(head + 10, a->ede);
	head[12] = (uint8_t)why_len;
	return send_message(l, parts, a->failed ? 2 : 3);
}

/*
 * A batch ends with ERR_AGAIN even when another one waits behind it: so one turn of a loop handles
 * at most a batch, and nothing is left in our buffer, where poll(2) would not see it.
 */
int link_receive_question(struct link *l, struct link_question *out)
{
	const uint8_t *at;
	size_t left, name_len;
	int err;

	if (l->in_at == l->in_len) {
		if (l->in_len != 0) {
			l->in_at = l->in_len = 0;
			return ERR_AGAIN;
		}
		if ((err = receive_message(l, LINK_BATCH * QUESTION_MAX)) != 0)
			return err;
	}
	at = l->in + l->in_at;
	left = l->in_len - l->in_at;
	if (left < 11 || left - 11 < at[10])
		return ERR_FORMAT;
	name_len = at[10];
	if (name_from_span(span_of(at + 11, name_len), &out->question.name) != 0)
		return ERR_FORMAT;
	out->id = get_u64(at);
	out->question.type = get_u16(at + 8);
	out->question.class = RR_CLASS_IN;
	l->in_at += 11 + name_len;
	return 0;
}

int link_receive_answer(struct link *l, struct link_answer *out)
{
	const uint8_t *at = l->in;
	size_t why_len, rest;
	int err = receive_message(l, sizeof(l->in));

	if (err != 0)
		return err;
	if (l->in_len < ANSWER_HEAD || at[8] > 1 || at[9] >= DNSSEC_COUNT)
		return ERR_FORMAT;
	why_len = at[12];
	rest = l->in_len - ANSWER_HEAD;
	if (why_len >= LINK_WHY_MAX || why_len > rest)
		return ERR_FORMAT;
	rest -= why_len;
	if (rest > MESSAGE_MAX || (at[8] == 1) != (rest == 0))
		return ERR_FORMAT;
	out->id = get_u64(at);
	out->failed = at[8] == 1;
	out->dnssec = (enum dnssec)at[9];
	out->ede = get_u16(at + 10);
	memcpy(out->why, at + ANSWER_HEAD, why_len);
	out->why[why_len] = '\0';
	out->packet = span_of(at + ANSWER_HEAD + why_len, rest);
	return 0;
}
