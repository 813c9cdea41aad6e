/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/udp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/query.h"
#include "front/worker.h"

#define BATCH 64
#define QUERY_MAX 4096 /* a longer datagram is no query that we answer */
#define REPLY_MAX 1232
#define CONTROL_MAX CMSG_SPACE(sizeof(struct in6_pktinfo))

struct udp_socket {
	struct udp *owner;
	int fd;
	int family;
	bool wildcard; /* bound to no address: the reply must say from which */
	struct watch *watch;
};

struct slot {
	struct udp_path path;
	uint8_t control[CONTROL_MAX] __attribute__((aligned(8)));
	struct iovec iov;
};

struct udp {
	struct worker *worker;
	struct udp_socket sockets[UDP_SOCKETS_MAX];
	unsigned socket_count;
	struct mmsghdr in[BATCH], out[BATCH];
	struct slot in_slot[BATCH], out_slot[BATCH];
	unsigned out_count; /* all for out_socket */
	unsigned out_socket;
	uint8_t query[BATCH][QUERY_MAX];
	uint8_t reply[BATCH][REPLY_MAX];
};

int udp_new(struct worker *w, struct udp **out)
{
	struct udp *u = calloc(1, sizeof(*u));

	if (!u)
		return ERR_MEMORY;
	u->worker = w;
	for (unsigned i = 0; i < BATCH; i++) {
		u->in_slot[i].iov = (struct iovec){u->query[i], QUERY_MAX};
		u->out_slot[i].iov = (struct iovec){u->reply[i], 0};
		u->in[i].msg_hdr.msg_iov = &u->in_slot[i].iov;
		u->out[i].msg_hdr.msg_iov = &u->out_slot[i].iov;
		u->in[i].msg_hdr.msg_iovlen = u->out[i].msg_hdr.msg_iovlen = 1;
	}
	*out = u;
	return 0;
}

void udp_free(struct udp *u)
{
	if (!u)
		return;
	for (unsigned i = 0; i < u->socket_count; i++) {
		watch_free(u->sockets[i].watch);
		close(u->sockets[i].fd);
	}
	free(u);
}

static void read_local(struct msghdr *m, struct udp_path *path)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(&path->local, &info.ipi_spec_dst, sizeof(info.ipi_spec_dst));
			path->interface = (unsigned)info.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			path->local = info.ipi6_addr;
			path->interface = info.ipi6_ifindex;
		}
	}
}

/* From the address that was asked, or the client would not take the reply for one. */
static void write_local(struct msghdr *m, const struct udp_path *path, int family)
{
	struct cmsghdr *c = m->msg_control;

	if (family == AF_INET) {
		struct in_pktinfo info = {0};

		memcpy(&info.ipi_spec_dst, &path->local, sizeof(info.ipi_spec_dst));
		*c = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IP, IP_PKTINFO};
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		m->msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = {
			path->local, IN6_IS_ADDR_LINKLOCAL(&path->local) ? path->interface : 0};

		*c = (struct cmsghdr){CMSG_LEN(sizeof(info)), IPPROTO_IPV6, IPV6_PKTINFO};
		memcpy(CMSG_DATA(c), &info, sizeof(info));
		m->msg_controllen = CMSG_SPACE(sizeof(info));
	}
}

static void take_one(struct udp_socket *s, unsigned i)
{
	struct udp *u = s->owner;
	struct msghdr *m = &u->in[i].msg_hdr;
	struct asker asker;

	if (m->msg_flags & MSG_TRUNC) {
		counter_add(&u->worker->counters, COUNTER_QUERY_MALFORMED, 1);
		return;
	}
	asker.udp = u->in_slot[i].path;
	asker.udp.socket = (unsigned)(s - u->sockets);
	if (inet_endpoint_from_sockaddr(&asker.udp.peer.any, m->msg_namelen, &asker.client) != 0 ||
		asker.client.port == 0)
		return;
	if (s->wildcard)
		read_local(m, &asker.udp);
	asker.transport = JOURNAL_UDP;
	asker.waits = false;
	asker.id = limits_identify(u->worker->limits, &asker.client.addr);
	if (!limits_take_query(u->worker, &asker))
		return;
	query_take(u->worker, &asker, span_of(u->query[i], u->in[i].msg_len));
}

static void on_readable(void *arg, unsigned io)
{
	struct udp_socket *s = arg;
	struct udp *u = s->owner;
	int count;

	(void)io;
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *m = &u->in[i].msg_hdr;

		m->msg_name = &u->in_slot[i].path.peer;
		m->msg_namelen = sizeof(u->in_slot[i].path.peer);
		m->msg_control = s->wildcard ? u->in_slot[i].control : NULL;
		m->msg_controllen = s->wildcard ? CONTROL_MAX : 0;
	}
	count = recvmmsg(s->fd, u->in, BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0)
		return;
	worker_begin_turn(u->worker);
	counter_add(&u->worker->counters, COUNTER_QUERIES_UDP, (uint64_t)count);
	for (int i = 0; i < count; i++)
		take_one(s, (unsigned)i);
	worker_end_turn(u->worker);
}

static int read_socket(struct udp_socket *s)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	struct inet_endpoint endpoint;
	static const uint8_t any[16], any_v4[16] = {[10] = 0xff, [11] = 0xff};
	int on = 1;

	if (getsockname(s->fd, (struct sockaddr *)&bound, &len) != 0 ||
		inet_endpoint_from_sockaddr((struct sockaddr *)&bound, len, &endpoint) != 0)
		return ERR_IO;
	s->family = bound.ss_family;
	s->wildcard = memcmp(endpoint.addr.octets, any, sizeof(any)) == 0 ||
		      memcmp(endpoint.addr.octets, any_v4, sizeof(any_v4)) == 0;
	if (s->wildcard && s->family == AF_INET &&
		setsockopt(s->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0)
		return ERR_IO;
	if (s->wildcard && s->family == AF_INET6 &&
		setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) != 0)
		return ERR_IO;
	return 0;
}

int udp_add(struct udp *u, int fd)
{
	struct udp_socket *s = &u->sockets[u->socket_count];
	int err = u->socket_count == UDP_SOCKETS_MAX ? ERR_LIMIT : 0;

	if (!err) {
		*s = (struct udp_socket){.owner = u, .fd = fd};
		err = read_socket(s);
	}
	if (!err)
		err = watch_fd(u->worker->loop, fd, LOOP_READ, on_readable, s, &s->watch);
	if (err)
		close(fd);
	else
		u->socket_count++;
	return err;
}

uint8_t *udp_room(struct udp *u, const struct udp_path *path, size_t *size)
{
	struct slot *slot;

	if (u->out_count == BATCH || (u->out_count && u->out_socket != path->socket))
		udp_flush(u);
	slot = &u->out_slot[u->out_count];
	slot->path = *path;
	*size = REPLY_MAX;
	return u->reply[u->out_count];
}

void udp_send(struct udp *u, size_t len)
{
	struct slot *slot = &u->out_slot[u->out_count];
	const struct udp_socket *s = &u->sockets[slot->path.socket];
	struct msghdr *m = &u->out[u->out_count].msg_hdr;

	slot->iov.iov_len = len;
	m->msg_name = &slot->path.peer;
	m->msg_namelen =
		s->family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	m->msg_control = s->wildcard ? slot->control : NULL;
	m->msg_controllen = 0;
	if (s->wildcard)
		write_local(m, &slot->path, s->family);
	u->out_socket = slot->path.socket;
	u->out_count++;
}

void udp_flush(struct udp *u)
{
	unsigned done = 0;

	while (done < u->out_count) {
		int sent = sendmmsg(u->sockets[u->out_socket].fd, u->out + done,
			u->out_count - done, MSG_DONTWAIT);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			/* A reply that the kernel does not take is lost, as on the wire. */
			counter_add(&u->worker->counters, COUNTER_SEND_FAILED, 1);
			sent = 1;
		}
		done += (unsigned)sent;
	}
	u->out_count = 0;
}
