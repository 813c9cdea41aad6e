/* SPDX-License-Identifier: BSD-3-Clause */

#include "render.h"

#include <string.h>

#include "form.h"

#define POINTER 0xc000
#define POINTER_REACH 0x4000
#define SLOTS 1024 /* a power of two */
#define SLOTS_USED_MAX 768
#define PROBES_MAX 8
#define AT_ROOT 0 /* no label is written at offset 0 */

/*
 * The labels written so far as a tree: each knows the place of the label behind it. A name is
 * looked up from its last label to its first, so that its cost is its length, whatever was written
 * before; the table's size and the probes are bounded (the compression of hostile names has stopped
 * resolvers: CVE-2024-8508).
 */
struct written {
	uint16_t at; /* 0: a free slot */
	uint16_t parent_at;
	uint32_t hash;
};

struct renderer {
	struct buf *out;
	size_t used;
	struct written slots[SLOTS];
};

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

/* FNV-1a over the label with its length, and where its parent stands. */
static uint32_t hash_label(const uint8_t *label, uint16_t parent_at)
{
	uint32_t hash = 2166136261u ^ parent_at;

	for (size_t i = 0; i <= label[0]; i++)
		hash = (hash ^ fold(label[i])) * 16777619u;
	return hash ^ hash >> 15;
}

static bool labels_equal(const uint8_t *a, const uint8_t *b)
{
	for (size_t i = 0; i <= a[0]; i++) {
		if (fold(a[i]) != fold(b[i]))
			return false;
	}
	return true;
}

/* Where the label stands in front of that parent; 0 when it does not. */
static uint16_t find_label(const struct renderer *r, const uint8_t *label, uint16_t parent_at)
{
	uint32_t hash = hash_label(label, parent_at);

	for (unsigned i = 0; i < PROBES_MAX; i++) {
		const struct written *w = &r->slots[(hash + i) % SLOTS];

		if (w->at == 0)
			return 0;
		if (w->hash == hash && w->parent_at == parent_at &&
			labels_equal(label, r->out->data + w->at))
			return w->at;
	}
	return 0;
}

static void note_label(struct renderer *r, size_t at, uint16_t parent_at)
{
	uint32_t hash = hash_label(r->out->data + at, parent_at);

	if (at >= POINTER_REACH || r->used == SLOTS_USED_MAX)
		return;
	for (unsigned i = 0; i < PROBES_MAX; i++) {
		struct written *w = &r->slots[(hash + i) % SLOTS];

		if (w->at != 0)
			continue;
		*w = (struct written){(uint16_t)at, parent_at, hash};
		r->used++;
		return;
	}
}

static unsigned label_offsets(const struct name *n, uint8_t offsets[NAME_LABELS_MAX])
{
	unsigned count = 0;

	for (unsigned at = 0; n->octets[at] != 0; at += 1u + n->octets[at])
		offsets[count++] = (uint8_t)at;
	return count;
}

/* The longest part at the name's end that was written before becomes a pointer. */
static void put_name(struct renderer *r, const struct name *n)
{
	uint8_t offsets[NAME_LABELS_MAX];
	unsigned left = label_offsets(n, offsets);
	uint16_t known_at = AT_ROOT;
	size_t start = r->out->len;
	uint16_t at;

	while (left > 0 && (at = find_label(r, n->octets + offsets[left - 1], known_at)) != 0) {
		known_at = at;
		left--;
	}
	if (known_at == AT_ROOT) {
		buf_put_span(r->out, name_span(n));
	} else {
		buf_put(r->out, n->octets,
			left > 0 ? offsets[left - 1] + 1u + n->octets[offsets[left - 1]] : 0);
		buf_put_u16(r->out, POINTER | known_at);
	}
	/* A child is found by its parent's place, so the parents are noted first. */
	while (left-- > 0 && !r->out->overflow && start + offsets[left] < POINTER_REACH) {
		note_label(r, start + offsets[left], known_at);
		known_at = (uint16_t)(start + offsets[left]);
	}
}

static void put_rdata(struct renderer *r, const struct collection *c, const struct item *item)
{
	struct span octets = buf_span(&c->octets);
	const uint8_t *field = form_of(item->type);
	size_t end = item->rdata_at + item->rdata_len;
	size_t pos = item->rdata_at;

	for (; field && *field != FIELD_END; field++) {
		size_t at = pos;
		struct name n;

		if (field_skip(*field, octets, end, &pos) != 0)
			break;
		if (*field == FIELD_NAME_SHORT && name_read(octets, &at, &n) == 0)
			put_name(r, &n);
		else
			buf_put(r->out, octets.data + at, pos - at);
	}
	buf_put(r->out, octets.data + pos, end - pos);
}

static size_t put_record(struct renderer *r, const struct collection *c, const struct item *item)
{
	size_t owner_at = item->owner_at;
	size_t ttl_at, rdlength_at;
	struct name owner;

	if (name_read(buf_span(&c->octets), &owner_at, &owner) == 0)
		put_name(r, &owner);
	buf_put_u16(r->out, item->type);
	buf_put_u16(r->out, RR_CLASS_IN);
	ttl_at = r->out->len;
	buf_put_u32(r->out, item->ttl);
	rdlength_at = r->out->len;
	buf_put_u16(r->out, 0);
	put_rdata(r, c, item);
	if (!r->out->overflow)
		buf_patch_u16(r->out, rdlength_at, (uint16_t)(r->out->len - rdlength_at - 2));
	return ttl_at;
}

static void put_head(struct renderer *r, const struct question *q, uint16_t rcode)
{
	struct name lower = q->name;

	buf_put_u16(r->out, 0);
	buf_put_u16(r->out, FLAG_QR | FLAG_RD | FLAG_RA | rcode);
	buf_put_u16(r->out, 1);
	for (int i = 0; i < 3; i++)
		buf_put_u16(r->out, 0);
	name_to_lower(&lower);
	put_name(r, &lower);
	buf_put_u16(r->out, q->type);
	buf_put_u16(r->out, q->class);
}

int render(const struct collection *c, const struct question *q, uint16_t rcode, bool with_dnssec,
	struct buf *out, uint16_t *ttl_at, uint16_t *ttl_count)
{
	struct renderer r = {.out = out};
	uint16_t counts[2] = {0, 0};
	uint16_t count = 0;

	put_head(&r, q, rcode);
	for (size_t i = 0; i < c->count && !out->overflow; i++) {
		const struct item *item = &c->items[i];

		if (item->is_repeated || (item->is_dnssec && !with_dnssec))
			continue;
		ttl_at[count++] = (uint16_t)put_record(&r, c, item);
		counts[item->section == SECTION_AUTHORITY]++;
	}
	if (out->overflow)
		return ERR_LIMIT;
	buf_patch_u16(out, 6, counts[0]);
	buf_patch_u16(out, 8, counts[1]);
	*ttl_count = count;
	return 0;
}
