/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/peer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/reply.h"

struct peer {
	struct peers *all;
	struct peer *next;
	uint32_t number;
	struct link *link; /* NULL when it ended; the peer then stays for outstanding questions */
	struct watch *watch;
	unsigned outstanding;
};

struct peers {
	struct loop *loop;
	struct engine *engine; /* NULL before the start */
	struct peer *first;
	unsigned count;
	struct peers_counts counts;
};

int peers_new(struct loop *l, struct peers **out)
{
	struct peers *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return ERR_MEMORY;
	p->loop = l;
	*out = p;
	return 0;
}

static void close_link(struct peer *peer)
{
	watch_free(peer->watch);
	link_free(peer->link);
	peer->watch = NULL;
	peer->link = NULL;
}

static void remove_peer(struct peer *peer)
{
	struct peer **at = &peer->all->first;

	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	peer->all->count--;
	close_link(peer);
	free(peer);
}

static void end_peer(struct peer *peer)
{
	close_link(peer);
	if (peer->outstanding == 0)
		remove_peer(peer);
}

void peers_free(struct peers *p)
{
	if (p == NULL)
		return;
	while (p->first != NULL)
		remove_peer(p->first);
	free(p);
}

/* A full link loses the answer: its worker has a deadline for the question. */
static int reply(struct peer *peer, const struct link_answer *a)
{
	int err = link_reply(peer->link, a);

	if (a->failed)
		peer->all->counts.failed++;
	if (err == ERR_AGAIN || err == ERR_LIMIT)
		peer->all->counts.dropped++;
	return err == ERR_IO ? err : 0;
}

static void on_answer(void *arg, const struct link_answer *a)
{
	struct peer *peer = arg;

	peer->outstanding--;
	if (peer->link != NULL && reply(peer, a) == 0)
		return;
	end_peer(peer);
}

static int ask(struct peer *peer, const struct link_question *q)
{
	const struct link_answer refused = {
		.id = q->id,
		.failed = true,
		.ede = EDE_NOT_READY,
		.why = "too many questions are outstanding",
	};

	peer->all->counts.asked++;
	if (engine_ask(peer->all->engine, q, on_answer, peer) != 0)
		return reply(peer, &refused);
	peer->outstanding++;
	return 0;
}

static void on_readable(void *arg, unsigned io)
{
	struct peer *peer = arg;
	struct link_question q;
	int err;

	(void)io;
	while ((err = link_receive_question(peer->link, &q)) == 0)
		if ((err = ask(peer, &q)) != 0)
			break;
	if (err != ERR_AGAIN)
		end_peer(peer);
}

int peers_start(struct peers *p, struct engine *e)
{
	int err = 0;

	p->engine = e;
	for (struct peer *peer = p->first; err == 0 && peer != NULL; peer = peer->next)
		if (peer->watch != NULL)
			err = watch_fd_change(peer->watch, LOOP_READ);
	return err;
}

static void end_older(struct peers *p, uint32_t number)
{
	for (struct peer *peer = p->first; peer != NULL; peer = peer->next) {
		if (peer->number == number && peer->link != NULL) {
			end_peer(peer);
			return;
		}
	}
}

int peers_link(struct peers *p, uint32_t number, int fd)
{
	struct peer *peer = NULL;
	int err = ERR_LIMIT;

	end_older(p, number);
	if (p->count == PEERS_MAX)
		goto fail;
	err = ERR_MEMORY;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		goto fail;
	if ((err = link_new(fd, &peer->link)) != 0)
		goto fail;
	fd = -1;
	if ((err = watch_fd(p->loop, link_fd(peer->link), p->engine ? LOOP_READ : 0, on_readable,
		     peer, &peer->watch)) != 0)
		goto fail;
	peer->all = p;
	peer->number = number;
	peer->next = p->first;
	p->first = peer;
	p->count++;
	return 0;
fail:
	if (peer != NULL)
		link_free(peer->link);
	free(peer);
	if (fd >= 0)
		close(fd);
	return err;
}

bool peers_are_waiting(const struct peers *p)
{
	for (const struct peer *peer = p->first; peer != NULL; peer = peer->next)
		if (peer->link != NULL && peer->outstanding > 0)
			return true;
	return false;
}

struct peers_counts peers_counts(const struct peers *p)
{
	return p->counts;
}
