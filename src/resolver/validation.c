/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/validation.h"

#include <stdlib.h>

#include "base/log.h"
#include "resolver/anchors.h"
#include "resolver/exchange.h"

#define SERVERS_MAX 64
#define TIMEOUT_MS 3000
#define EARLY_MS 900 /* then those who have answered are enough */
#define AGAIN_UNKNOWN_MS 2000
#define AGAIN_MISSING_MS 60000

enum outcome { OUTCOME_NONE, OUTCOME_KEYS, OUTCOME_STRIPPED };

struct asked {
	struct validation *all;
	unsigned anchor;
	struct inet_endpoint server;
	struct exchange *exchange;
	enum outcome outcome;
};

struct validation {
	struct loop *loop;
	validation_told told;
	void *arg;
	enum engine_validation state;
	bool must; /* validate: yes */
	bool first; /* the first round has not ended */
	bool warned_missing, warned_unknown;
	unsigned pending;
	struct watch *timer; /* for the early end of a round, and between rounds */
	bool round; /* one is under way */
	struct name anchors[ANCHORS_MAX];
	unsigned anchor_count;
	unsigned count;
	struct asked asked[SERVERS_MAX];
};

static enum outcome judge_reply(const struct message *reply)
{
	struct record_cursor cursor;
	struct record r;
	bool keys = false, signatures = false;
	unsigned rcode;

	if (reply == NULL)
		return OUTCOME_NONE;
	rcode = message_rcode(reply);
	/* Trouble of its own, which may end. */
	if (rcode == RCODE_SERVFAIL || rcode == RCODE_REFUSED)
		return OUTCOME_NONE;
	cursor = message_records(reply);
	while (record_next(&cursor, &r)) {
		if (r.section != SECTION_ANSWER)
			continue;
		keys = keys || r.type == RR_DNSKEY;
		signatures = signatures || r.type == RR_RRSIG;
	}
	return keys && signatures ? OUTCOME_KEYS : OUTCOME_STRIPPED;
}

static const struct asked *find_stripped(const struct validation *v)
{
	for (unsigned i = 0; i < v->count; i++)
		if (v->asked[i].outcome == OUTCOME_STRIPPED)
			return &v->asked[i];
	return NULL;
}

static bool all_have_keys(const struct validation *v)
{
	bool has[ANCHORS_MAX] = {false};

	for (unsigned i = 0; i < v->count; i++)
		if (v->asked[i].outcome == OUTCOME_KEYS)
			has[v->asked[i].anchor] = true;
	for (unsigned i = 0; i < v->anchor_count; i++)
		if (!has[i])
			return false;
	return true;
}

static void warn(struct validation *v, const struct asked *stripped)
{
	const char *effect =
		v->must ? "answers fail, as they cannot be validated" : "answers are not validated";
	char address[INET_ENDPOINT_TEXT_MAX], anchor[NAME_TEXT_MAX];

	if (stripped == NULL && !v->warned_unknown) {
		v->warned_unknown = true;
		log_warning("%s: no upstream has given the DNSSEC keys of the trust anchors yet; "
			    "they are asked again",
			effect);
	}
	if (stripped == NULL || v->warned_missing)
		return;
	v->warned_missing = true;
	log_warning("%s: upstream '%s' does not give the DNSSEC keys of '%s'; use upstreams that "
		    "pass DNSSEC on, or set 'dnssec: { validate: no }'",
		effect, inet_endpoint_format(&stripped->server, address),
		name_format(&v->anchors[stripped->anchor], anchor));
}

static void end_round(struct validation *v)
{
	const struct asked *stripped = find_stripped(v);
	enum engine_validation state = stripped           ? ENGINE_VALIDATION_MISSING
				       : all_have_keys(v) ? ENGINE_VALIDATION_ON
							  : ENGINE_VALIDATION_UNKNOWN;
	bool changed = v->first || state != v->state;

	for (unsigned i = 0; i < v->count; i++) {
		exchange_free(v->asked[i].exchange);
		v->asked[i].exchange = NULL;
	}
	v->round = v->first = false;
	v->state = state;
	if (state != ENGINE_VALIDATION_ON) {
		warn(v, stripped);
		(void)!watch_timer_set(v->timer,
			state == ENGINE_VALIDATION_MISSING ? AGAIN_MISSING_MS : AGAIN_UNKNOWN_MS);
	} else {
		watch_timer_clear(v->timer);
		if (v->warned_missing || v->warned_unknown)
			log_info("the upstreams give DNSSEC keys; answers are validated from now "
				 "on");
	}
	if (changed)
		v->told(v->arg, state);
}

static void on_reply(void *arg, const struct message *reply)
{
	struct asked *a = arg;

	a->exchange = NULL;
	a->outcome = judge_reply(reply);
	if (--a->all->pending == 0)
		end_round(a->all);
}

static void start_round(struct validation *v)
{
	v->round = true;
	v->pending = 0;
	for (unsigned i = 0; i < v->count; i++) {
		struct asked *a = &v->asked[i];
		const struct question q = {v->anchors[a->anchor], RR_DNSKEY, RR_CLASS_IN};

		a->outcome = OUTCOME_NONE;
		if (exchange_start(v->loop, &a->server, &q, true, TIMEOUT_MS, on_reply, a,
			    &a->exchange) == 0)
			v->pending++;
	}
	(void)!watch_timer_set(v->timer, v->pending > 0 ? EARLY_MS : 0);
}

static void on_timer(void *arg)
{
	struct validation *v = arg;

	if (!v->round)
		start_round(v);
	else if (v->pending == 0 || find_stripped(v) != NULL || all_have_keys(v))
		end_round(v);
}

/* Who is asked for a name: the servers of the closest zone, or the upstreams. */
static const struct inet_endpoint *servers_for(const struct conf *conf, const struct name *n,
	const struct inet_endpoint *upstreams, unsigned *count)
{
	const struct conf_zone *closest = NULL;

	for (unsigned i = 0; i < conf->zone_count; i++)
		if (name_is_below(n, &conf->zones[i].zone) &&
			(closest == NULL || conf->zones[i].zone.labels > closest->zone.labels))
			closest = &conf->zones[i];
	if (closest == NULL)
		return upstreams;
	*count = closest->server_count;
	return closest->servers;
}

int validation_new(struct loop *l, const struct engine_options *o, validation_told told, void *arg,
	struct validation **out)
{
	struct validation *v = calloc(1, sizeof(*v));
	int err;

	if (v == NULL)
		return ERR_MEMORY;
	v->loop = l;
	v->told = told;
	v->arg = arg;
	v->must = o->conf->validate == CONF_VALIDATE_YES;
	v->first = true;
	v->state = ENGINE_VALIDATION_UNKNOWN;
	if ((err = anchors_read(o->anchors, v->anchors, ANCHORS_MAX, &v->anchor_count)) != 0 ||
		(err = watch_timer(l, on_timer, v, &v->timer)) != 0)
		goto fail;
	for (unsigned i = 0; i < v->anchor_count; i++) {
		unsigned server_count = o->upstream_count;
		const struct inet_endpoint *servers =
			servers_for(o->conf, &v->anchors[i], o->upstreams, &server_count);

		for (unsigned s = 0; s < server_count && v->count < SERVERS_MAX; s++)
			v->asked[v->count++] =
				(struct asked){.all = v, .anchor = i, .server = servers[s]};
	}
	if ((err = watch_timer_set(v->timer, 0)) != 0)
		goto fail;
	*out = v;
	return 0;
fail:
	validation_free(v);
	return err;
}

void validation_free(struct validation *v)
{
	if (v == NULL)
		return;
	for (unsigned i = 0; i < v->count; i++)
		exchange_free(v->asked[i].exchange);
	watch_free(v->timer);
	free(v);
}
