/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "resolver/exchange.h"

#define IDLE_MS 5000
#define DOWN_MS 1000
#define TIMEOUT_MS 1000
#define MISSES_MAX 2 /* one lost packet is no news */

struct server {
	struct probes *all;
	struct inet_endpoint endpoint;
	struct question question;
	struct watch *timer;
	struct exchange *exchange;
	bool known, up;
	unsigned misses;
	uint64_t asked_ns;
};

struct probes {
	struct loop *loop;
	bool speaks;
	probes_recovered recovered;
	void *arg;
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

static bool zone_is_up(const struct server *of)
{
	const struct probes *p = of->all;

	for (unsigned i = 0; i < p->count; i++)
		if (p->servers[i].up && p->servers[i].question.type == of->question.type &&
			name_equal(&p->servers[i].question.name, &of->question.name))
			return true;
	return false;
}

static void set_up(struct server *s, bool up)
{
	bool changed = s->known ? up != s->up : !up;
	bool recovered = s->known && up && !zone_is_up(s);

	s->known = true;
	s->up = up;
	if (changed)
		tell(s);
	if (recovered)
		s->all->recovered(s->all->arg);
}

static void plan_next(struct server *s)
{
	uint64_t spent_ms = (clock_monotonic_ns() - s->asked_ns) / NS_PER_MS;
	uint32_t period_ms = s->misses > 0 ? DOWN_MS : IDLE_MS;

	(void)!watch_timer_set(s->timer, spent_ms < period_ms ? period_ms - (uint32_t)spent_ms : 0);
}

static void on_done(void *arg, const struct message *reply)
{
	struct server *s = arg;

	s->exchange = NULL;
	s->misses = reply ? 0 : s->misses + 1;
	if (reply)
		set_up(s, true);
	else if (!s->known || s->misses >= MISSES_MAX)
		set_up(s, false);
	plan_next(s);
}

static void on_timer(void *arg)
{
	struct server *s = arg;

	s->asked_ns = clock_monotonic_ns();
	if (exchange_start(s->all->loop, &s->endpoint, &s->question, false, TIMEOUT_MS, on_done, s,
		    &s->exchange) != 0)
		on_done(s, NULL);
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
		if ((err = watch_timer(p->loop, on_timer, s, &s->timer)) != 0)
			break;
		p->count++;
		err = watch_timer_set(s->timer, 0);
	}
	return err;
}

int probes_new(struct loop *l, const struct conf *conf, const struct inet_endpoint *upstreams,
	unsigned count, bool speaks, probes_recovered recovered, void *arg, struct probes **out)
{
	const struct name root = {.len = 1};
	struct probes *p = calloc(1, sizeof(*p) + PROBES_MAX * sizeof(struct server));
	int err;

	if (p == NULL)
		return ERR_MEMORY;
	p->loop = l;
	p->speaks = speaks;
	p->recovered = recovered;
	p->arg = arg;
	err = add_servers(p, &root, RR_NS, upstreams, count);
	for (unsigned i = 0; err == 0 && i < conf->zone_count; i++)
		err = add_servers(p, &conf->zones[i].zone, RR_SOA, conf->zones[i].servers,
			conf->zones[i].server_count);
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
		exchange_free(p->servers[i].exchange);
		watch_free(p->servers[i].timer);
	}
	free(p);
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
