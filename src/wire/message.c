/* SPDX-License-Identifier: BSD-3-Clause */

#include "wire/message.h"

#include "edns.h"
#include "form.h"
#include "octets.h"
#include "svcparam.h"

#define QUESTION_FIXED_LEN 4 /* type, class */
#define RECORD_FIXED_LEN 10 /* type, class, TTL, RDLENGTH */

void question_copy(struct question *to, const struct question *from)
{
	name_copy(&to->name, &from->name);
	to->type = from->type;
	to->class = from->class;
}

static int read_question(struct span octets, size_t *pos, struct question *out)
{
	size_t at = *pos;

	if (name_read(octets, &at, &out->name) != 0 || octets.len - at < QUESTION_FIXED_LEN)
		return ERR_FORMAT;
	out->type = get_u16(octets.data + at);
	out->class = get_u16(octets.data + at + 2);
	*pos = at + QUESTION_FIXED_LEN;
	return 0;
}

static int read_record(struct span octets, size_t *pos, struct record *out)
{
	size_t at = *pos;
	const uint8_t *fixed;

	if (name_read(octets, &at, &out->owner) != 0 || octets.len - at < RECORD_FIXED_LEN)
		return ERR_FORMAT;
	fixed = octets.data + at;
	out->type = get_u16(fixed);
	out->class = get_u16(fixed + 2);
	out->ttl = get_u32(fixed + 4);
	out->ttl_at = at + 4;
	out->rdata_at = at + RECORD_FIXED_LEN;
	out->rdata = span_of(octets.data + out->rdata_at, get_u16(fixed + 8));
	if (octets.len - out->rdata_at < out->rdata.len)
		return ERR_FORMAT;
	*pos = out->rdata_at + out->rdata.len;
	return 0;
}

/* The index counts over all three sections. */
static enum section section_of(const struct message *m, unsigned index)
{
	if (index < m->counts[1])
		return SECTION_ANSWER;
	return index < (unsigned)m->counts[1] + m->counts[2] ? SECTION_AUTHORITY
							     : SECTION_ADDITIONAL;
}

static unsigned record_count(const struct message *m)
{
	return (unsigned)m->counts[1] + m->counts[2] + m->counts[3];
}

static int read_opt(const struct record *r, struct edns *out)
{
	if (out->present || r->section != SECTION_ADDITIONAL || r->owner.labels != 0)
		return ERR_FORMAT;
	return edns_read(r->class, r->ttl, r->rdata, out);
}

static int read_records(struct message *m, size_t pos)
{
	struct record r;

	for (unsigned i = 0; i < record_count(m); i++) {
		if (read_record(m->octets, &pos, &r) != 0)
			return ERR_FORMAT;
		r.section = section_of(m, i);
		if (r.type == RR_OPT && read_opt(&r, &m->edns) != 0)
			return ERR_FORMAT;
		if (form_check(r.type, m->octets, r.rdata_at, r.rdata.len) != 0)
			return ERR_FORMAT;
	}
	return pos == m->octets.len ? 0 : ERR_FORMAT;
}

static int read_body(struct message *m)
{
	size_t pos = MESSAGE_HEADER_LEN;

	for (unsigned i = 0; i < m->counts[0]; i++) {
		if (read_question(m->octets, &pos, &m->question) != 0)
			return ERR_FORMAT;
	}
	if (m->counts[0] != 1)
		return 0;
	m->records_at = pos;
	return read_records(m, pos);
}

/* In place: zeroing and assigning a whole message would cost most of what reading a query costs. */
int message_read(struct span octets, struct message *out)
{
	if (octets.len < MESSAGE_HEADER_LEN || octets.len > MESSAGE_MAX)
		return ERR_FORMAT;
	out->octets = octets;
	out->records_at = 0;
	out->edns = (struct edns){0};
	out->id = get_u16(octets.data);
	out->flags = get_u16(octets.data + 2);
	for (int i = 0; i < 4; i++)
		out->counts[i] = get_u16(octets.data + 4 + 2 * i);
	return read_body(out);
}

unsigned message_opcode(const struct message *m)
{
	return m->flags >> 11 & 0x0f;
}

unsigned message_rcode(const struct message *m)
{
	return (m->flags & 0x0f) | m->edns.rcode_high;
}

struct record_cursor message_records(const struct message *m)
{
	return (struct record_cursor){.message = m, .pos = m->records_at};
}

bool record_next(struct record_cursor *c, struct record *out)
{
	if (c->pos == 0)
		return false;
	while (c->index < record_count(c->message)) {
		if (read_record(c->message->octets, &c->pos, out) != 0)
			return false;
		out->section = section_of(c->message, c->index++);
		if (out->type != RR_OPT)
			return true;
	}
	return false;
}

int record_name(const struct message *m, const struct record *r, size_t offset, struct name *out)
{
	size_t at = r->rdata_at + offset;
	struct name n;

	if (offset >= r->rdata.len || name_read(m->octets, &at, &n) != 0 ||
		at > r->rdata_at + r->rdata.len)
		return ERR_FORMAT;
	*out = n;
	return 0;
}

/* *pos is where the next parameter starts in the RDATA; 0 stands for the first. */
bool svcb_next(const struct message *m, const struct record *r, size_t *pos, uint16_t *key,
	struct span *value)
{
	size_t at = *pos;

	if (at == 0) {
		size_t behind = r->rdata_at + 2;
		struct name target;

		if (r->rdata.len < 3 || name_read(m->octets, &behind, &target) != 0)
			return false;
		at = behind - r->rdata_at;
	}
	if (!svcparam_next(r->rdata, &at, key, value))
		return false;
	*pos = at;
	return true;
}
