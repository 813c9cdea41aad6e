/* SPDX-License-Identifier: BSD-3-Clause */

#include "upstream.h"

#include "resolver/exchange.h"
#include "resolver/upstreams.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define SYSTEM_MAX 8
#define TIMEOUT_MS 2000
#define ROUNDS 2 /* over all servers */

struct asking {
	struct loop *loop;
	struct buf *packet;
	bool answered;
};

const struct conf_zone *upstream_zone(const struct conf *conf, const struct name *name)
{
	const struct conf_zone *zone = NULL;

	for (unsigned i = 0; i < conf->zone_count; i++) {
		const struct conf_zone *z = &conf->zones[i];

		if (name_is_below(name, &z->zone) && (!zone || z->zone.len > zone->zone.len))
			zone = z;
	}
	return zone;
}

static void on_reply(void *arg, const struct message *reply)
{
	struct asking *a = arg;
	unsigned rcode = reply ? message_rcode(reply) : RCODE_SERVFAIL;

	if (rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN) {
		buf_put_span(a->packet, reply->octets);
		a->answered = true;
	}
	loop_stop(a->loop);
}

static int ask(struct asking *a, const struct inet_endpoint *server, const struct question *q)
{
	struct exchange *x = NULL;
	int err = exchange_start(a->loop, server, q, true, TIMEOUT_MS, on_reply, a, &x);

	return err ? err : loop_run(a->loop);
}

/* One that cannot be asked does not keep the others from being asked. */
static int ask_all(struct asking *a, const struct inet_endpoint *servers, unsigned count,
	const struct question *q, struct inet_endpoint *from)
{
	for (unsigned i = 0; i < ROUNDS * count; i++) {
		int err = ask(a, &servers[i % count], q);

		if (err == ERR_MEMORY)
			return err;
		if (a->answered) {
			*from = servers[i % count];
			return a->packet->overflow ? ERR_MEMORY : 0;
		}
	}
	return ERR_MISSING;
}

int upstream_ask(const struct conf *conf, const struct question *q, struct buf *packet,
	struct inet_endpoint *from)
{
	const struct conf_zone *zone = upstream_zone(conf, &q->name);
	const struct inet_endpoint *servers = zone ? zone->servers : conf->upstreams;
	unsigned count = zone ? zone->server_count : conf->upstream_count;
	struct inet_endpoint system[SYSTEM_MAX];
	struct asking a = {.packet = packet};
	int err = 0;

	if (!zone && conf->upstreams_system) {
		servers = system;
		err = upstreams_of_system(
			RESOLV_CONF, conf->listen, conf->listen_count, system, SYSTEM_MAX, &count);
	}
	if (!err)
		err = loop_new(&a.loop);
	if (!err)
		err = ask_all(&a, servers, count, q, from);
	loop_free(a.loop);
	return err;
}
