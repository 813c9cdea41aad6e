/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "resolver/exchange.h"

#define TICK_MS 1000
#define IDLE_TICKS 5 /* between two questions to a server that answers */
#define TIMEOUT_MS 5000
#define EARLY_MS 300 /* what has not answered by then is lost or slow */
#define FIRST_MS 900 /* the first word on a server */
#define FLIGHTS_MAX (TIMEOUT_MS / TICK_MS + 1)

struct flight {
	struct server *server;
	struct exchange *exchange; /* NULL: free */
	uint64_t sent_ns;
};

struct server {
	struct probes *all;
	struct inet_endpoint endpoint;
	struct question question;
	struct watch *timer;
	struct flight flights[FLIGHTS_MAX];
	bool known, up;
	unsigned ticks; /* since it was asked */
	uint64_t silent_since_ns; /* when the first question without an answer was sent; or 0 */
	uint32_t rtt_ms; /* of the last answer */
};

struct probes {
	struct loop *loop;
	bool speaks;
	bool heard; /* an answer, of whichever server */
	probes_told told;
	void *arg;
	struct watch *early;
	unsigned count;
	struct server servers[];
};

static void tell(const struct server *s)
{
	char address[INET_ENDPOINT_TEXT_MAX], zone[NAME_TEXT_MAX];

	if (!s->all->speaks)
		return;
	inet_endpoint_format(&s->endpoint, address);
	name_format(&s->question.name, zone);
	if (s->up)
		log_info("upstream '%s' for '%s' answers again", address, zone);
	else
		log_warning("upstream '%s' for '%s' does not answer", address, zone);
}

static bool is_same_zone(const struct server *a, const struct server *b)
{
	return a->question.type == b->question.type &&
	       name_equal(&a->question.name, &b->question.name);
}

/* The quickest server of its zone, NULL when all are down. */
static const struct server *best_of_zone(const struct server *of)
{
	const struct probes *p = of->all;
	const struct server *best = NULL;

	for (unsigned i = 0; i < p->count; i++) {
		const struct server *s = &p->servers[i];

		if (s->up && is_same_zone(s, of) && (best == NULL || s->rtt_ms < best->rtt_ms))
			best = s;
	}
	return best;
}

static void set_up(struct server *s, bool up)
{
	bool changed = s->known ? up != s->up : !up;

	s->known = true;
	s->up = up;
	if (changed)
		tell(s);
}

static uint64_t ms_since(uint64_t then_ns)
{
	return (clock_monotonic_ns() - then_ns) / NS_PER_MS;
}

static void on_done(void *arg, const struct message *reply)
{
	struct flight *f = arg;
	struct server *s = f->server;
	bool recovered;

	f->exchange = NULL;
	if (reply == NULL)
		return;
	/* Within that time libunbound has not given up either. */
	recovered = s->known && s->silent_since_ns != 0 &&
		    ms_since(s->silent_since_ns) >= TIMEOUT_MS && best_of_zone(s) == NULL;
	s->silent_since_ns = 0;
	s->rtt_ms = (uint32_t)ms_since(f->sent_ns);
	s->all->heard = true;
	set_up(s, true);
	s->all->told(s->all->arg, recovered);
}

static void send_probe(struct server *s)
{
	struct flight *f = s->flights;

	while (f < s->flights + FLIGHTS_MAX && f->exchange != NULL)
		f++;
	if (f == s->flights + FLIGHTS_MAX)
		return;
	f->server = s;
	f->sent_ns = clock_monotonic_ns();
	s->ticks = 0;
	if (s->silent_since_ns == 0)
		s->silent_since_ns = f->sent_ns;
	if (exchange_start(s->all->loop, &s->endpoint, &s->question, false, TIMEOUT_MS, on_done, f,
		    &f->exchange) != 0)
		f->exchange = NULL;
}

/* Once it was seen, it may be slow, or a packet lost. */
static void on_tick(void *arg)
{
	struct server *s = arg;
	uint64_t silent_ms = s->silent_since_ns ? ms_since(s->silent_since_ns) : 0;

	if (silent_ms >= (s->known ? TIMEOUT_MS : FIRST_MS))
		set_up(s, false);
	if (++s->ticks >= IDLE_TICKS || s->silent_since_ns != 0)
		send_probe(s);
	(void)!watch_timer_set(s->timer, TICK_MS);
}

static void on_early(void *arg)
{
	struct probes *p = arg;

	if (!p->heard)
		p->told(p->arg, false);
}

static int add_servers(struct probes *p, const struct name *zone, uint16_t type,
	const struct inet_endpoint *endpoints, unsigned count)
{
	int err = 0;

	for (unsigned i = 0; err == 0 && i < count && p->count < PROBES_MAX; i++) {
		struct server *s = &p->servers[p->count];

		s->all = p;
		s->endpoint = endpoints[i];
		s->question = (struct question){*zone, type, RR_CLASS_IN};
		s->ticks = IDLE_TICKS; /* at once */
		if ((err = watch_timer(p->loop, on_tick, s, &s->timer)) != 0)
			break;
		p->count++;
		err = watch_timer_set(s->timer, 0);
	}
	return err;
}

int probes_new(struct loop *l, const struct conf *conf, const struct inet_endpoint *upstreams,
	unsigned count, bool speaks, probes_told told, void *arg, struct probes **out)
{
	const struct name root = {.len = 1};
	struct probes *p = calloc(1, sizeof(*p) + PROBES_MAX * sizeof(struct server));
	int err;

	if (p == NULL)
		return ERR_MEMORY;
	p->loop = l;
	p->speaks = speaks;
	p->told = told;
	p->arg = arg;
	err = add_servers(p, &root, RR_NS, upstreams, count);
	for (unsigned i = 0; err == 0 && i < conf->zone_count; i++)
		err = add_servers(p, &conf->zones[i].zone, RR_SOA, conf->zones[i].servers,
			conf->zones[i].server_count);
	if (err == 0 && (err = watch_timer(l, on_early, p, &p->early)) == 0)
		err = watch_timer_set(p->early, EARLY_MS);
	if (err != 0) {
		probes_free(p);
		return err;
	}
	*out = p;
	return 0;
}

void probes_free(struct probes *p)
{
	if (p == NULL)
		return;
	for (unsigned i = 0; i < p->count; i++) {
		for (unsigned k = 0; k < FLIGHTS_MAX; k++)
			exchange_free(p->servers[i].flights[k].exchange);
		watch_free(p->servers[i].timer);
	}
	watch_free(p->early);
	free(p);
}

bool probes_rtt(const struct probes *p, uint32_t *ms)
{
	bool measured = false;

	for (unsigned i = 0; i < p->count; i++) {
		const struct server *best = best_of_zone(&p->servers[i]);

		if (best == NULL || (measured && best->rtt_ms < *ms))
			continue;
		*ms = best->rtt_ms;
		measured = true;
	}
	return measured;
}

bool probes_root_is_up(const struct probes *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (p->servers[i].up && p->servers[i].question.name.len == 1)
			return true;
	return false;
}

bool probes_are_known(const struct probes *p)
{
	for (unsigned i = 0; i < p->count; i++)
		if (!p->servers[i].known)
			return false;
	return true;
}

/* name_format leaves nothing but backslashes and quotation marks to escape. */
static void put_json_name(const struct name *n, struct buf *out)
{
	char text[NAME_TEXT_MAX];

	name_format(n, text);
	for (const char *c = text; *c; c++) {
		if (*c == '\\' || *c == '"')
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*c);
	}
}

void probes_write(const struct probes *p, struct buf *out)
{
	char address[INET_ENDPOINT_TEXT_MAX];

	buf_put_text(out, "[");
	for (unsigned i = 0; i < p->count; i++) {
		const struct server *s = &p->servers[i];

		buf_printf(out, "%s{\"address\": \"%s\", \"zone\": \"", i > 0 ? ", " : "",
			inet_endpoint_format(&s->endpoint, address));
		put_json_name(&s->question.name, out);
		buf_printf(out, "\", \"up\": %s}", s->up ? "true" : "false");
	}
	buf_put_text(out, "]");
}
