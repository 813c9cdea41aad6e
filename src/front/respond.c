/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/respond.h"

#include <string.h>

#include "front/worker.h"

/* What a writer of replies needs. */
struct material {
	const struct asker *asker;
	const struct resolution *resolution;
	const struct verdict *verdict;
	const struct conf *conf;
	uint32_t age_s;
	uint8_t *out;
	size_t size;
	struct reply_extra extra; /* as it is sent, for the record */
	bool failed; /* SERVFAIL, whatever was decided */
};

static struct reply_extra blocked(const struct conf *conf, enum ede ede)
{
	return (struct reply_extra){ede, span_text(conf->block.explain)};
}

static size_t write_failure(struct material *m)
{
	m->extra = (struct reply_extra){m->resolution->ede, span_text(m->resolution->why)};
	return reply_error(&m->asker->to, RCODE_SERVFAIL, &m->extra, m->out, m->size);
}

static size_t write_resolved(struct material *m)
{
	const struct reply_asker *to = &m->asker->to;
	bool wants_ad = to->edns.dnssec_ok || (to->flags & FLAG_AD);

	if (!m->resolution->answer)
		return write_failure(m);
	if (m->age_s == REPLY_STALE)
		m->extra.ede = EDE_STALE_ANSWER;
	return reply_answer(to, m->resolution->answer, m->age_s,
		wants_ad && m->resolution->dnssec == DNSSEC_SECURE, &m->extra, m->out, m->size);
}

static size_t write_nodata(struct material *m)
{
	m->extra = blocked(m->conf, EDE_BLOCKED);
	return reply_negative(
		&m->asker->to, RCODE_NOERROR, m->conf->block.ttl_s, &m->extra, m->out, m->size);
}

static size_t write_stripped(struct material *m)
{
	if (!m->verdict->stripped)
		return write_nodata(m);
	m->extra = blocked(m->conf, EDE_BLOCKED);
	return reply_answer(
		&m->asker->to, m->verdict->stripped, m->age_s, false, &m->extra, m->out, m->size);
}

static size_t write_nxdomain(struct material *m)
{
	m->extra = blocked(m->conf, EDE_BLOCKED);
	return reply_negative(
		&m->asker->to, RCODE_NXDOMAIN, m->conf->block.ttl_s, &m->extra, m->out, m->size);
}

static size_t write_sinkhole(struct material *m)
{
	const struct conf_sinkhole *sinkhole = &m->conf->groups[m->asker->group].sinkhole;
	uint16_t type = m->resolution->question.type;

	if (type != RR_A && type != RR_AAAA)
		return write_nodata(m);
	m->extra = blocked(m->conf, EDE_FORGED);
	return reply_address(&m->asker->to, type == RR_A ? &sinkhole->ipv4 : &sinkhole->ipv6,
		m->conf->block.ttl_s, &m->extra, m->out, m->size);
}

static size_t write_refusal(struct material *m)
{
	m->extra = blocked(m->conf, EDE_BLOCKED);
	return reply_error(&m->asker->to, RCODE_REFUSED, &m->extra, m->out, m->size);
}

/* The empty header is for who reads what was written; it is not sent. */
static size_t write_nothing(struct material *m)
{
	memset(m->out, 0, MESSAGE_HEADER_LEN);
	return 0;
}

static size_t (*const writers[ACTION_COUNT])(struct material *m) = {
	[ACTION_ALLOW] = write_resolved,
	[ACTION_LOG] = write_resolved,
	[ACTION_STRIP] = write_stripped,
	[ACTION_SINKHOLE] = write_sinkhole,
	[ACTION_NXDOMAIN] = write_nxdomain,
	[ACTION_NODATA] = write_nodata,
	[ACTION_REFUSE] = write_refusal,
	[ACTION_DROP] = write_nothing,
};

static void record(struct worker *w, const struct asker *a, const struct resolution *r,
	const struct decision *d, enum journal_source source, const struct material *m)
{
	struct journal_record record = {
		.resolution = r,
		.real_ns = a->real_ns,
		.number = journal_number(w->lane),
		.duration_us = (uint32_t)((w->now_ns - a->started_ns) / 1000),
		.client_port = a->client.port,
		.dns_id = a->to.id,
		.query_flags = a->to.flags,
		.group = a->group,
		.rule = d->rule,
		.exception = d->exception,
		.ede = (uint16_t)(a->to.edns.present ? m->extra.ede : EDE_NONE),
		.rcode = m->out[3] & 0x0f,
		.action = m->failed ? ACTION_ALLOW : d->action,
		.would = d->would,
		.source = source,
		.transport = a->transport,
		.alert = d->alert,
		.client_is_v4 = a->client.addr.is_v4,
		.dnssec_ok = a->to.edns.dnssec_ok,
	};

	memcpy(record.client, a->client.addr.octets, sizeof(record.client));
	journal_put(w->lane, &record);
}

static bool passes(enum action action)
{
	return action == ACTION_ALLOW || action == ACTION_LOG;
}

static void count(struct worker *w, const struct decision *d, unsigned rcode)
{
	counter_add(&w->counters, passes(d->action) ? COUNTER_ALLOWED : COUNTER_BLOCKED, 1);
	if (passes(d->action) && !passes(d->would))
		counter_add(&w->counters, COUNTER_WOULD_BLOCK, 1);
	if (d->alert)
		counter_add(&w->counters, COUNTER_ALERTS, 1);
	if (rcode == RCODE_SERVFAIL)
		counter_add(&w->counters, COUNTER_SERVFAIL, 1);
}

void respond(struct worker *w, struct asker *a, const struct resolution *r, const struct verdict *v,
	enum journal_source source, uint32_t age_s)
{
	const struct decision *d = &v->decision;
	struct material m = {
		.asker = a,
		.resolution = r,
		.verdict = v,
		.conf = w->snapshot->conf,
		.age_s = age_s,
		.extra = {.ede = EDE_NONE},
	};
	size_t len;

	m.out = asker_room(w, a, &m.size);
	m.failed = r->dnssec == DNSSEC_BOGUS && !(a->to.flags & FLAG_CD) && policy_fails_bogus(d);
	if (m.failed) {
		counter_add(&w->counters, COUNTER_BOGUS, 1);
		len = write_failure(&m);
	} else {
		len = writers[d->action](&m);
	}
	if (len > 0 && asker_withhold(w, a, m.out, m.size))
		return;
	record(w, a, r, d, source, &m);
	count(w, d, m.out[3] & 0x0f);
	if (len > 0) {
		asker_send(w, a, len);
	} else {
		counter_add(&w->counters, COUNTER_DROPPED, 1);
		asker_drop(w, a);
	}
}
