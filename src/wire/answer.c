/* SPDX-License-Identifier: BSD-3-Clause */

#include "wire/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "edns.h"
#include "render.h"
#include "sift.h"

const char *const dnssec_text[DNSSEC_COUNT] = {
	[DNSSEC_UNCHECKED] = "unchecked",
	[DNSSEC_INSECURE] = "insecure",
	[DNSSEC_SECURE] = "secure",
	[DNSSEC_BOGUS] = "bogus",
};

static bool has_dnssec(const struct collection *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (c->items[i].is_dnssec)
			return true;
	}
	return false;
}

/* Two messages on their way into the block. */
struct rendering {
	struct buf octets;
	uint16_t *ttl_at;
	uint16_t ttl_count;
};

static int rendering_make(struct rendering *r, const struct sifted *s, const struct question *q,
	uint16_t rcode, bool with_dnssec)
{
	buf_init_heap(&r->octets, MESSAGE_MAX - EDNS_RECORD_MAX);
	r->ttl_at = calloc(s->records.count + 1, sizeof(*r->ttl_at));
	if (!r->ttl_at)
		return ERR_MEMORY;
	return render(&s->records, q, rcode, with_dnssec, &r->octets, r->ttl_at, &r->ttl_count);
}

static void rendering_release(struct rendering *r)
{
	free(r->ttl_at);
	buf_release(&r->octets);
}

static size_t rendering_size(const struct rendering *r)
{
	size_t size = r->octets.len + r->ttl_count * sizeof(*r->ttl_at);

	return (size + 1) & ~(size_t)1; /* the next one's offsets stay aligned */
}

/* Copies offsets and octets to *at and moves it on. */
static struct rendered rendering_place(const struct rendering *r, uint8_t **at)
{
	size_t ttls_size = r->ttl_count * sizeof(*r->ttl_at);
	uint8_t *octets = *at + ttls_size;
	struct rendered placed = {
		.octets = span_of(octets, r->octets.len),
		.ttl_at = (const uint16_t *)(const void *)*at,
		.ttl_count = r->ttl_count,
	};

	memcpy(*at, r->ttl_at, ttls_size);
	memcpy(octets, r->octets.data, r->octets.len);
	*at += rendering_size(r);
	return placed;
}

static int answer_build(
	const struct sifted *s, const struct question *q, uint16_t rcode, struct answer **out)
{
	bool differs = has_dnssec(&s->records);
	struct rendering plain = {0}, full = {0};
	struct answer *a = NULL;
	uint8_t *at;
	size_t size;
	int err = rendering_make(&plain, s, q, rcode, false);

	if (!err && differs)
		err = rendering_make(&full, s, q, rcode, true);
	if (err)
		goto out;
	size = sizeof(*a) + rendering_size(&plain) + rendering_size(&full);
	a = malloc(size);
	if (!a) {
		err = ERR_MEMORY;
		goto out;
	}
	*a = (struct answer){
		.rcode = rcode,
		.ttl_s = s->ttl_s,
		.negative = !s->is_positive,
		.has_dnssec = differs,
		.size = size,
	};
	at = (uint8_t *)(a + 1);
	a->plain = rendering_place(&plain, &at);
	a->full = differs ? rendering_place(&full, &at) : a->plain;
	*out = a;
out:
	rendering_release(&full);
	rendering_release(&plain);
	return err;
}

unsigned answer_records_count(const struct answer_records *records)
{
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(records->bits) / sizeof(records->bits[0]); i++)
		count += (unsigned)__builtin_popcountll(records->bits[i]);
	return count;
}

static int collect_rest(
	const struct message *m, const struct answer_records *dropped, struct collection *rest)
{
	struct record_cursor cursor = message_records(m);
	struct record r;
	int err = 0;

	while (!err && record_next(&cursor, &r))
		if (!answer_records_have(dropped, cursor.index - 1))
			err = collection_add(rest, m, &r, r.section, false);
	return err;
}

int answer_without(const struct answer *a, const struct question *q,
	const struct answer_records *dropped, struct answer **out)
{
	struct sifted rest = {.ttl_s = a->ttl_s, .is_positive = true};
	struct message m;
	int err = message_read(a->plain.octets, &m);

	assert(!a->has_dnssec && !err);
	err = collection_init(&rest.records, a->plain.ttl_count);
	if (!err)
		err = collect_rest(&m, dropped, &rest.records);
	if (!err)
		err = answer_build(&rest, q, a->rcode, out);
	collection_release(&rest.records);
	return err;
}

/* A whole response to q, with an rcode that may come with records. */
static bool is_response_to(const struct message *m, const struct question *q)
{
	unsigned rcode = message_rcode(m);

	return (m->flags & FLAG_QR) && !(m->flags & FLAG_TC) && message_opcode(m) == 0 &&
	       m->counts[0] == 1 && q->class == RR_CLASS_IN && m->question.class == q->class &&
	       m->question.type == q->type && name_equal(&m->question.name, &q->name) &&
	       (rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN);
}

int answer_read(
	struct span packet, const struct question *q, uint32_t max_ttl_s, struct answer **out)
{
	struct sifted sifted;
	struct message m;
	int err;

	if (message_read(packet, &m) != 0 || !is_response_to(&m, q))
		return ERR_FORMAT;
	err = sift_records(&m, q, max_ttl_s, &sifted);
	if (err)
		return err;
	err = answer_build(&sifted, q, (uint16_t)message_rcode(&m), out);
	collection_release(&sifted.records);
	return err;
}
