/* SPDX-License-Identifier: BSD-3-Clause */

#include "wire/reply.h"

#include <assert.h>
#include <string.h>

#include "edns.h"
#include "octets.h"

#define QUESTION_NAME_AT MESSAGE_HEADER_LEN
#define FLAGS_AT 2
#define COUNTS_AT 4
#define ADDITIONAL_COUNT_AT 10
#define OPCODE_MASK 0x7800
#define RCODE_MASK 0x0f
#define OPT_FIXED_LEN 11
#define EDE_FIXED_LEN 6
#define POINTER_TO_QUESTION (0xc000 | QUESTION_NAME_AT)

void reply_asker_read(const struct message *query, bool tcp, struct reply_asker *out)
{
	size_t limit = EDNS_UDP_SIZE_MIN;

	if (tcp)
		limit = MESSAGE_MAX;
	else if (query->edns.present)
		limit = query->edns.udp_size < EDNS_UDP_SIZE ? query->edns.udp_size : EDNS_UDP_SIZE;
	out->id = query->id;
	out->flags = query->flags;
	out->has_question = query->counts[0] == 1;
	if (out->has_question)
		question_copy(&out->question, &query->question);
	out->edns = query->edns;
	out->limit = limit;
}

/* The part of the text that is sent: whole UTF-8 characters only. */
static struct span ede_text(const struct reply_extra *extra)
{
	size_t len = extra->ede_text.len;

	if (len > EDNS_TEXT_MAX) {
		len = EDNS_TEXT_MAX;
		while (len > 0 && (extra->ede_text.data[len] & 0xc0) == 0x80)
			len--;
	}
	return span_part(extra->ede_text, 0, len);
}

static size_t options_len(const struct reply_extra *extra)
{
	if (!extra || extra->ede == EDE_NONE)
		return 0;
	return EDE_FIXED_LEN + ede_text(extra).len;
}

static size_t opt_len(const struct reply_asker *to, const struct reply_extra *extra)
{
	return to->edns.present ? OPT_FIXED_LEN + options_len(extra) : 0;
}

/* The extended error (RFC 8914 2). */
static void put_options(uint8_t *at, const struct reply_extra *extra)
{
	struct span text;

	if (options_len(extra) == 0)
		return;
	text = ede_text(extra);
	put_u16(at, EDNS_ERROR);
	put_u16(at + 2, (unsigned)text.len + 2);
	put_u16(at + 4, extra->ede);
	if (text.len > 0)
		memcpy(at + EDE_FIXED_LEN, text.data, text.len);
}

/* Our OPT behind len octets of a message; returns the new length. DO is echoed (RFC 4035 3.2.1). */
static size_t put_opt(const struct reply_asker *to, uint16_t rcode, const struct reply_extra *extra,
	uint8_t *out, size_t len)
{
	uint8_t *at = out + len;

	if (!to->edns.present)
		return len;
	at[0] = 0;
	put_u16(at + 1, RR_OPT);
	put_u16(at + 3, EDNS_UDP_SIZE);
	at[5] = (uint8_t)(rcode >> 4);
	at[6] = 0;
	put_u16(at + 7, to->edns.dnssec_ok ? EDNS_FLAG_DO : 0);
	put_u16(at + 9, (unsigned)options_len(extra));
	put_options(at + OPT_FIXED_LEN, extra);
	put_u16(out + ADDITIONAL_COUNT_AT, 1);
	return len + opt_len(to, extra);
}

static void put_flags(const struct reply_asker *to, uint16_t rcode, unsigned more, uint8_t *out)
{
	unsigned flags = FLAG_QR | FLAG_RA | more;

	flags |= to->flags & (OPCODE_MASK | FLAG_RD | FLAG_CD);
	put_u16(out, to->id);
	put_u16(out + FLAGS_AT, flags | (rcode & RCODE_MASK));
}

static size_t question_len(const struct reply_asker *to)
{
	return to->has_question ? to->question.name.len + 4u : 0;
}

static size_t room_of(const struct reply_asker *to, size_t size)
{
	return to->limit < size ? to->limit : size;
}

/* Header and question without any count but the question's; returns their length. */
static size_t put_head(const struct reply_asker *to, uint16_t rcode, unsigned more, uint8_t *out)
{
	uint8_t *at = out + MESSAGE_HEADER_LEN;

	memset(out, 0, MESSAGE_HEADER_LEN);
	put_flags(to, rcode, more, out);
	if (!to->has_question)
		return MESSAGE_HEADER_LEN;
	put_u16(out + COUNTS_AT, 1);
	memcpy(at, to->question.name.octets, to->question.name.len);
	at += to->question.name.len;
	put_u16(at, to->question.type);
	put_u16(at + 2, to->question.class);
	return MESSAGE_HEADER_LEN + question_len(to);
}

/* Header, question and OPT: always below 512 octets. 0 when even that has no room. */
static size_t put_bare(const struct reply_asker *to, uint16_t rcode, unsigned more,
	const struct reply_extra *extra, uint8_t *out, size_t size)
{
	size_t need = MESSAGE_HEADER_LEN + question_len(to) + opt_len(to, extra);

	if (need > room_of(to, size))
		return 0;
	return put_opt(to, rcode, extra, out, put_head(to, rcode, more, out));
}

static void patch_ttls(const struct rendered *r, uint32_t age_s, uint8_t *out)
{
	for (size_t i = 0; i < r->ttl_count; i++) {
		uint8_t *at = out + r->ttl_at[i];
		uint32_t ttl = get_u32(at);

		if (age_s == REPLY_STALE)
			put_u32(at, REPLY_STALE_TTL_S);
		else
			put_u32(at, ttl > age_s ? ttl - age_s : 0);
	}
}

size_t reply_answer(const struct reply_asker *to, const struct answer *a, uint32_t age_s, bool ad,
	const struct reply_extra *extra, uint8_t *out, size_t size)
{
	const struct rendered *r = to->edns.dnssec_ok ? &a->full : &a->plain;
	size_t len = r->octets.len;

	assert(to->has_question && MESSAGE_HEADER_LEN + question_len(to) <= len);
	if (len + opt_len(to, extra) > room_of(to, size))
		return put_bare(to, a->rcode, FLAG_TC, extra, out, size);
	memcpy(out, r->octets.data, len);
	put_flags(to, a->rcode, ad ? FLAG_AD : 0, out);
	memcpy(out + QUESTION_NAME_AT, to->question.name.octets, to->question.name.len);
	if (age_s > 0)
		patch_ttls(r, age_s, out);
	return put_opt(to, a->rcode, extra, out, len);
}

size_t reply_error(const struct reply_asker *to, uint16_t rcode, const struct reply_extra *extra,
	uint8_t *out, size_t size)
{
	/* Without an OPT there is no place for the upper bits. */
	if (rcode > RCODE_MASK && !to->edns.present)
		rcode = RCODE_SERVFAIL;
	return put_bare(to, rcode, 0, extra, out, size);
}

size_t reply_truncated(const struct reply_asker *to, uint8_t *out, size_t size)
{
	return put_bare(to, RCODE_NOERROR, FLAG_TC, NULL, out, size);
}

/* Type, class, TTL and RDLENGTH of a record at the question's name. */
static uint8_t *put_fixed(uint8_t *at, uint16_t type, uint32_t ttl_s, size_t rdata_len)
{
	put_u16(at, POINTER_TO_QUESTION);
	put_u16(at + 2, type);
	put_u16(at + 4, RR_CLASS_IN);
	put_u32(at + 6, ttl_s);
	put_u16(at + 10, (unsigned)rdata_len);
	return at + 12;
}

/* One record, in the section whose count is at count_at. */
static size_t put_single(const struct reply_asker *to, uint16_t rcode, size_t count_at,
	uint16_t type, uint32_t ttl_s, struct span rdata, const struct reply_extra *extra,
	uint8_t *out, size_t size)
{
	size_t len = MESSAGE_HEADER_LEN + question_len(to) + 12 + rdata.len;
	uint8_t *at;

	assert(to->has_question);
	if (len + opt_len(to, extra) > room_of(to, size))
		return put_bare(to, rcode, FLAG_TC, extra, out, size);
	at = out + put_head(to, rcode, 0, out);
	memcpy(put_fixed(at, type, ttl_s, rdata.len), rdata.data, rdata.len);
	put_u16(out + count_at, 1);
	return put_opt(to, rcode, extra, out, len);
}

size_t reply_address(const struct reply_asker *to, const struct inet_addr *addr, uint32_t ttl_s,
	const struct reply_extra *extra, uint8_t *out, size_t size)
{
	struct span rdata = span_of(addr->octets, sizeof(addr->octets));

	if (to->question.type == RR_A)
		rdata = span_part(rdata, 12, 4);
	return put_single(to, RCODE_NOERROR, COUNTS_AT + 2, to->question.type, ttl_s, rdata, extra,
		out, size);
}

size_t reply_negative(const struct reply_asker *to, uint16_t rcode, uint32_t ttl_s,
	const struct reply_extra *extra, uint8_t *out, size_t size)
{
	/* MNAME is the question's name; serial 1, refresh 3600, retry 1200, expire 604800 (RFC 6303
	 * 3). */
	uint8_t rdata[] = "\xc0\x0c"
			  "\6nobody\7invalid\0"
			  "\0\0\0\1"
			  "\0\0\x0e\x10"
			  "\0\0\x04\xb0"
			  "\0\x09\x3a\x80"
			  "\0\0\0";

	put_u32(rdata + sizeof(rdata) - 4, ttl_s);
	return put_single(to, rcode, COUNTS_AT + 4, RR_SOA, ttl_s, span_of(rdata, sizeof(rdata)),
		extra, out, size);
}

size_t query_write(uint16_t id, const struct question *q, bool dnssec_ok, uint8_t *out, size_t size)
{
	const struct reply_asker like = {
		.id = id,
		.has_question = true,
		.question = *q,
		.edns = {.present = dnssec_ok, .dnssec_ok = dnssec_ok},
		.limit = MESSAGE_MAX,
	};
	size_t len = put_bare(&like, RCODE_NOERROR, 0, NULL, out, size);

	if (len > 0)
		put_u16(out + FLAGS_AT, FLAG_RD);
	return len;
}
