/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/limits.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "front/asker.h"
#include "front/budget.h"
#include "front/worker.h"
#include "wire/message.h"

#define OFFENDERS_MAX 16 /* named in one report; the others are counted together */
#define REPORT_NS (10 * NS_PER_S)
#define SLIP_EVERY 2
#define V4_NETWORK 24
#define V4_KEY UINT64_C(0xffffffff00000000) /* no IPv6 source: multicast */
#define REASON_MAX 512
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
#define KNOWN_BITS 8

enum limit { LIMIT_QUERIES, LIMIT_RESPONSES, LIMIT_REFUSALS, LIMIT_COUNT };

/* The rates of a client's row and of a network's. */
enum client_rate { RATE_UDP, RATE_TCP };
enum reply_kind { REPLY_DATA, REPLY_NEGATIVE, REPLY_ERROR, REPLY_FOREIGN };

static const struct {
	const char *verb, *what, *whom, *others, *key;
} limit_text[LIMIT_COUNT] = {
	[LIMIT_QUERIES] = {"dropped", "queries of", "client ", "further clients",
		"queries_per_second"},
	[LIMIT_RESPONSES] = {"withheld or truncated", "replies to", "network ", "further networks",
		"responses_per_second"},
	[LIMIT_REFUSALS] = {"withheld", "refusals to", "network ", "further networks",
		"refusals_per_second"},
};

/* The hash of a network, which costs as much as all the rest of the limits. */
struct known_network {
	uint64_t network, hash;
};

/* One whose row has something untold. */
struct offender {
	enum limit limit;
	struct inet_addr addr;
	uint64_t key, hash;
};

struct limits {
	struct hash_key hash_key;
	struct budget *clients, *networks;
	struct conf_limits conf;
	uint64_t query_cost_ns, reply_cost_ns, refusal_cost_ns; /* 0: no limit */
	struct offender offenders[OFFENDERS_MAX];
	unsigned offender_count;
	uint64_t others[LIMIT_COUNT]; /* turned away, and there was no place to name them */
	uint64_t told_ns;
	struct known_network known[1 << KNOWN_BITS]; /* that asked last */
};

int limits_new(const struct hash_key *key, struct limits **out)
{
	struct limits *l = calloc(1, sizeof(*l));
	int err = l ? budget_new(&l->clients) : ERR_MEMORY;

	if (!err)
		err = budget_new(&l->networks);
	if (err) {
		limits_free(l);
		return err;
	}
	l->hash_key = *key;
	*out = l;
	return 0;
}

void limits_free(struct limits *l)
{
	if (!l)
		return;
	budget_free(l->clients);
	budget_free(l->networks);
	free(l);
}

void limits_adopt(struct limits *l, const struct conf_limits *conf)
{
	l->conf = *conf;
	l->query_cost_ns = budget_cost_ns(conf->queries_per_second);
	l->reply_cost_ns = budget_cost_ns(conf->responses_per_second);
	l->refusal_cost_ns = budget_cost_ns(conf->refusals_per_second);
}

/* Clients of one network are spread by the rest of their address: a second hash is not needed, as
 * nobody can choose more of his address than that. */
static uint64_t client_hash(const struct limits_id *id)
{
	return id->hash + (id->client & 0xff) * GOLDEN;
}

static uint64_t network_hash(struct limits *l, uint64_t network)
{
	struct known_network *known = &l->known[network * GOLDEN >> (64 - KNOWN_BITS)];

	if (known->network != network)
		*known = (struct known_network){
			network, hash_keyed(&l->hash_key, &network, sizeof(network))};
	return known->hash;
}

struct limits_id limits_identify(struct limits *l, const struct inet_addr *client)
{
	struct limits_id id;
	uint64_t high;
	uint32_t v4;

	if (client->is_v4) {
		memcpy(&v4, client->octets + 12, sizeof(v4));
		id.client = V4_KEY | be32toh(v4);
		id.network = id.client & ~UINT64_C(0xff);
	} else {
		memcpy(&high, client->octets, sizeof(high));
		high = be64toh(high) & ~UINT64_C(0) << (64 - l->conf.ipv6_network);
		/* Zero is no key; the network after it is no more used than that of ::1 is. */
		id.client = id.network = high ? high : 1;
	}
	id.hash = network_hash(l, id.network);
	return id;
}

static struct budget *table_of(struct limits *l, enum limit limit)
{
	return limit == LIMIT_QUERIES ? l->clients : l->networks;
}

static void turn_away(
	struct limits *l, enum limit limit, const struct asker *a, struct budget_row *row)
{
	row->turned_away++;
	if (!row->untold && l->offender_count == OFFENDERS_MAX) {
		l->others[limit]++;
		return;
	}
	if (!row->untold) {
		bool client = limit == LIMIT_QUERIES;

		l->offenders[l->offender_count++] = (struct offender){limit, a->client.addr,
			client ? a->id.client : a->id.network,
			client ? client_hash(&a->id) : a->id.hash};
	}
	row->untold++;
}

bool limits_take_query(struct worker *w, const struct asker *a)
{
	struct limits *l = w->limits;
	struct budget_row *row;

	if (!l->query_cost_ns)
		return true;
	row = budget_row(l->clients, a->id.client, client_hash(&a->id), w->now_ns);
	if (budget_take(row, a->transport == JOURNAL_UDP ? RATE_UDP : RATE_TCP, l->query_cost_ns,
		    w->now_ns))
		return true;
	counter_add(&w->counters, COUNTER_LIMITED_QUERIES, 1);
	turn_away(l, LIMIT_QUERIES, a, row);
	return false;
}

bool limits_begin_wait(struct worker *w, struct asker *a)
{
	struct limits *l = w->limits;
	struct budget_row *row;

	if (!l->conf.outstanding_misses)
		return true;
	row = budget_row(l->clients, a->id.client, client_hash(&a->id), w->now_ns);
	if (row->outstanding >= l->conf.outstanding_misses) {
		counter_add(&w->counters, COUNTER_LIMITED_MISSES, 1);
		return false;
	}
	row->outstanding++;
	a->waits = true;
	return true;
}

void limits_end_wait(struct worker *w, struct asker *a)
{
	struct budget_row *row;

	if (!a->waits)
		return;
	a->waits = false;
	row = budget_find(w->limits->clients, a->id.client, client_hash(&a->id));
	if (row && row->outstanding)
		row->outstanding--;
}

static enum reply_kind kind_of(const struct asker *a, const uint8_t *message)
{
	unsigned rcode = message[3] & 0x0f;
	bool has_answer = message[6] || message[7];

	if (a->group == POLICY_GROUP_NONE)
		return REPLY_FOREIGN;
	if (rcode == RCODE_NXDOMAIN || (rcode == RCODE_NOERROR && !has_answer))
		return REPLY_NEGATIVE;
	return rcode == RCODE_NOERROR ? REPLY_DATA : REPLY_ERROR;
}

enum limits_reply limits_take_reply(struct worker *w, const struct asker *a, const uint8_t *message)
{
	struct limits *l = w->limits;
	bool foreign = a->group == POLICY_GROUP_NONE;
	uint64_t cost_ns = foreign ? l->refusal_cost_ns : l->reply_cost_ns;
	struct budget_row *row;

	if (!cost_ns)
		return LIMITS_SEND;
	row = budget_row(l->networks, a->id.network, a->id.hash, w->now_ns);
	if (budget_take(row, kind_of(a, message), cost_ns, w->now_ns))
		return LIMITS_SEND;
	turn_away(l, foreign ? LIMIT_REFUSALS : LIMIT_RESPONSES, a, row);
	/* Who is in no group gets nothing by TCP either. */
	if (!foreign && row->turned_away % SLIP_EVERY == 0) {
		counter_add(&w->counters, COUNTER_LIMITED_TRUNCATED, 1);
		return LIMITS_SLIP;
	}
	counter_add(&w->counters, COUNTER_LIMITED_REPLIES, 1);
	return LIMITS_WITHHOLD;
}

/* What both streams may show, as an event stands in both. */
static enum conf_clients shown(const struct worker *w, const struct inet_addr *addr)
{
	const struct conf *conf = w->snapshot->conf;
	uint16_t group = policy_group(w->snapshot->policy, addr);

	if (group < conf->group_count && conf->groups[group].journal == CONF_JOURNAL_NONE)
		return CONF_CLIENTS_NONE;
	return conf->events.clients > conf->queries.clients ? conf->events.clients
							    : conf->queries.clients;
}

static unsigned shown_bits(const struct limits *l, const struct offender *o, bool full)
{
	if (o->addr.is_v4)
		return 96 + (full && o->limit == LIMIT_QUERIES ? 32 : V4_NETWORK);
	return full || l->conf.ipv6_network < 48 ? l->conf.ipv6_network : 48;
}

static void put_offender(const struct worker *w, const struct offender *o, struct buf *out)
{
	enum conf_clients clients = shown(w, &o->addr);
	bool full = clients == CONF_CLIENTS_FULL;
	unsigned bits = shown_bits(w->limits, o, full);
	struct inet_prefix prefix = {o->addr, (uint8_t)bits};
	const char *device = conf_device_name(w->snapshot->conf, &o->addr);
	char text[INET_PREFIX_TEXT_MAX];

	if (clients == CONF_CLIENTS_NONE) {
		buf_put_text(out, "one that is not to be named");
		return;
	}
	buf_put_text(out, limit_text[o->limit].whom);
	memset(prefix.addr.octets + bits / 8, 0, sizeof(prefix.addr.octets) - bits / 8);
	if (bits % 8)
		prefix.addr.octets[bits / 8] =
			(uint8_t)(o->addr.octets[bits / 8] & 0xff << (8 - bits % 8));
	if (bits == 128)
		buf_put_text(out, inet_addr_format(&prefix.addr, text));
	else
		buf_put_text(out, inet_prefix_format(&prefix, text));
	if (bits == 128 && device)
		buf_printf(out, " (%s)", device);
}

/* o is NULL for those that were not named. */
static void tell(struct worker *w, enum limit limit, uint64_t count, const struct offender *o)
{
	char storage[REASON_MAX];
	struct buf text;

	if (!count)
		return;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "%s %llu %s ", limit_text[limit].verb, (unsigned long long)count,
		limit_text[limit].what);
	if (o)
		put_offender(w, o, &text);
	else
		buf_put_text(&text, limit_text[limit].others);
	buf_printf(&text, ": over limits.%s", limit_text[limit].key);
	journal_loss(w->lane, buf_text(&text));
}

void limits_tell(struct worker *w, bool now)
{
	struct limits *l = w->limits;

	if (!now && l->told_ns && w->now_ns - l->told_ns < REPORT_NS)
		return;
	for (unsigned i = 0; i < l->offender_count; i++) {
		const struct offender *o = &l->offenders[i];
		struct budget_row *row = budget_find(table_of(l, o->limit), o->key, o->hash);

		tell(w, o->limit, row ? row->untold : 0, o);
		if (row)
			row->untold = 0;
		l->told_ns = w->now_ns;
	}
	l->offender_count = 0;
	l->others[LIMIT_QUERIES] += budget_take_forgotten(l->clients);
	l->others[LIMIT_RESPONSES] += budget_take_forgotten(l->networks);
	for (enum limit i = 0; i < LIMIT_COUNT; i++) {
		tell(w, i, l->others[i], NULL);
		l->others[i] = 0;
	}
}
