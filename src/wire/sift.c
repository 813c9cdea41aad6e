/* SPDX-License-Identifier: BSD-3-Clause */

#include "sift.h"

#include <stdlib.h>

#include "octets.h"
#include "wire/answer.h"

#define RRSIG_SIGNER_AT 18
#define ZONES_MAX (ANSWER_CHAIN_MAX + 1)
#define CHAIN_NAMES_MAX (ANSWER_CHAIN_MAX + 1)

/* A record of the upstream's message; each is picked at most once. */
struct candidate {
	struct record record;
	bool is_picked;
};

struct sift {
	const struct message *message;
	const struct question *question;
	struct candidate *candidates;
	size_t candidate_count;
	struct collection *picked;
	struct name chain[CHAIN_NAMES_MAX]; /* from the question's name to where the aliases end */
	size_t chain_len;
	bool is_positive;
};

/* What leads on from a name. */
struct alias {
	const struct candidate *cname;
	const struct candidate *dname;
	struct name target;
};

static const struct name *last_name(const struct sift *s)
{
	return &s->chain[s->chain_len - 1];
}

static bool stands_at(
	const struct candidate *c, enum section section, const struct name *owner, uint16_t type)
{
	const struct record *r = &c->record;

	return r->section == section && (r->type == type || type == RR_ANY) &&
	       name_equal(&r->owner, owner);
}

static uint16_t covered_type(const struct candidate *c)
{
	return get_u16(c->record.rdata.data);
}

static int pick(struct sift *s, struct candidate *c, bool is_dnssec)
{
	if (c->is_picked)
		return 0;
	c->is_picked = true;
	return collection_add(s->picked, s->message, &c->record, c->record.section, is_dnssec);
}

/* All records of a type at a name, then their signatures. */
static int pick_rrset(struct sift *s, enum section section, const struct name *owner, uint16_t type)
{
	uint16_t asked = s->question->type;
	int err = 0;

	for (size_t i = 0; i < s->candidate_count && !err; i++) {
		struct candidate *c = &s->candidates[i];

		if (stands_at(c, section, owner, type))
			err = pick(
				s, c, rr_type_is_dnssec(c->record.type) && c->record.type != asked);
	}
	for (size_t i = 0; i < s->candidate_count && !err; i++) {
		struct candidate *c = &s->candidates[i];

		if (stands_at(c, section, owner, RR_RRSIG) && covered_type(c) == type)
			err = pick(s, c, true);
	}
	return err;
}

static bool is_at_end(const struct sift *s)
{
	for (size_t i = 0; i < s->candidate_count; i++) {
		if (stands_at(&s->candidates[i], SECTION_ANSWER, last_name(s), s->question->type))
			return true;
	}
	return false;
}

static int target_of(const struct sift *s, const struct candidate *c, struct name *out)
{
	return record_name(s->message, &c->record, 0, out);
}

/* ERR_FORMAT when the new one says something else than the one found before. */
static int note_alias(
	const struct sift *s, const struct candidate **known, const struct candidate *c)
{
	struct name a, b;

	if (!*known) {
		*known = c;
		return 0;
	}
	if (target_of(s, *known, &a) != 0 || target_of(s, c, &b) != 0 || !name_equal(&a, &b))
		return ERR_FORMAT;
	return 0;
}

static bool is_dname_above(const struct candidate *c, const struct name *n)
{
	const struct record *r = &c->record;

	return r->section == SECTION_ANSWER && r->type == RR_DNAME && r->owner.labels < n->labels &&
	       name_is_below(n, &r->owner);
}

/* The CNAME at the last name and the closest DNAME above it. */
static int find_records(const struct sift *s, struct alias *a)
{
	const struct name *n = last_name(s);

	for (size_t i = 0; i < s->candidate_count; i++) {
		const struct candidate *c = &s->candidates[i];

		if (stands_at(c, SECTION_ANSWER, n, RR_CNAME) && note_alias(s, &a->cname, c) != 0)
			return ERR_FORMAT;
		if (!is_dname_above(c, n))
			continue;
		if (a->dname && a->dname->record.owner.labels > c->record.owner.labels)
			continue;
		if (a->dname && a->dname->record.owner.labels < c->record.owner.labels)
			a->dname = NULL;
		if (note_alias(s, &a->dname, c) != 0)
			return ERR_FORMAT;
	}
	return 0;
}

/*
 * Where the last name leads. A CNAME beside a DNAME must be the one that the DNAME makes (RFC 6672
 * 3.1). ERR_MISSING when there is no alias.
 */
static int find_alias(const struct sift *s, struct alias *out)
{
	struct alias a = {0};
	struct name target;

	if (find_records(s, &a) != 0)
		return ERR_FORMAT;
	if (!a.cname && !a.dname)
		return ERR_MISSING;
	if (a.cname && target_of(s, a.cname, &a.target) != 0)
		return ERR_FORMAT;
	if (a.dname) {
		if (target_of(s, a.dname, &target) != 0 ||
			name_substitute(last_name(s), &a.dname->record.owner, &target, &target) !=
				0)
			return ERR_FORMAT;
		if (a.cname && !name_equal(&a.target, &target))
			return ERR_FORMAT;
		if (!a.cname)
			a.target = target;
	}
	*out = a;
	return 0;
}

static int pick_dname(struct sift *s, const struct alias *a)
{
	return a->dname ? pick_rrset(s, SECTION_ANSWER, &a->dname->record.owner, RR_DNAME) : 0;
}

/* The records of one step; a CNAME that upstream did not make of its DNAME is made here. */
static int pick_alias(struct sift *s, const struct alias *a)
{
	int err = pick_dname(s, a);

	if (err)
		return err;
	if (a->cname)
		return pick_rrset(s, SECTION_ANSWER, last_name(s), RR_CNAME);
	return collection_add_alias(s->picked, last_name(s), &a->target, a->dname->record.ttl);
}

static int chain_extend(struct sift *s, const struct name *target)
{
	if (s->chain_len == CHAIN_NAMES_MAX)
		return ERR_FORMAT;
	for (size_t i = 0; i < s->chain_len; i++) {
		if (name_equal(&s->chain[i], target))
			return ERR_FORMAT;
	}
	s->chain[s->chain_len++] = *target;
	return 0;
}

/* When aliases themselves are asked for, the DNAME that made one belongs to it. */
static int pick_final(struct sift *s)
{
	struct alias a = {0};
	int err = 0;

	s->is_positive = true;
	if (s->question->type == RR_CNAME || s->question->type == RR_ANY) {
		err = find_alias(s, &a);
		if (err == 0)
			err = pick_dname(s, &a);
		else if (err == ERR_MISSING)
			err = 0;
	}
	return err ? err : pick_rrset(s, SECTION_ANSWER, last_name(s), s->question->type);
}

/* Records of the asked type end the chain, whatever else stands beside them. */
static int pick_chain(struct sift *s)
{
	int err = 0;

	s->chain[0] = s->question->name;
	s->chain_len = 1;
	while (!is_at_end(s)) {
		struct alias a;

		err = find_alias(s, &a);
		if (err)
			return err == ERR_MISSING ? 0 : err;
		err = pick_alias(s, &a);
		if (!err)
			err = chain_extend(s, &a.target);
		if (err)
			return err;
	}
	return pick_final(s);
}

/* The closest SOA at or above the last name. */
static const struct candidate *find_soa(const struct sift *s)
{
	const struct candidate *soa = NULL;

	for (size_t i = 0; i < s->candidate_count; i++) {
		const struct candidate *c = &s->candidates[i];
		const struct record *r = &c->record;

		if (r->section != SECTION_AUTHORITY || r->type != RR_SOA ||
			!name_is_below(last_name(s), &r->owner))
			continue;
		if (!soa || soa->record.owner.labels < r->owner.labels)
			soa = c;
	}
	return soa;
}

static bool is_proof(const struct candidate *c)
{
	uint16_t type = c->record.type;

	if (type == RR_RRSIG)
		type = covered_type(c);
	return c->record.section == SECTION_AUTHORITY && (type == RR_NSEC || type == RR_NSEC3);
}

static bool is_below_any(const struct name *n, const struct name *zones, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (name_is_below(n, &zones[i]))
			return true;
	}
	return false;
}

static bool encloses_chain(const struct sift *s, const struct name *zone)
{
	for (size_t i = 0; i < s->chain_len; i++) {
		if (name_is_below(&s->chain[i], zone))
			return true;
	}
	return false;
}

/* The zones that hold a name of the chain, from the signers of the proofs. */
static size_t find_zones(const struct sift *s, struct name zones[ZONES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < s->candidate_count && count < ZONES_MAX; i++) {
		const struct candidate *c = &s->candidates[i];
		struct name signer;

		if (!is_proof(c) || c->record.type != RR_RRSIG ||
			record_name(s->message, &c->record, RRSIG_SIGNER_AT, &signer) != 0)
			continue;
		if (name_is_below(&c->record.owner, &signer) && encloses_chain(s, &signer) &&
			!is_below_any(&signer, zones, count))
			zones[count++] = signer;
	}
	return count;
}

/*
 * NSEC and NSEC3 with their signatures: of a negative answer, and of a positive one that a wildcard
 * made (RFC 4035 3.1.3.3), here or at an alias. Nobody can use one that no zone of the chain
 * signed.
 */
static int pick_proofs(struct sift *s)
{
	struct name zones[ZONES_MAX];
	size_t count = find_zones(s, zones);
	int err = 0;

	for (size_t i = 0; i < s->candidate_count && !err; i++) {
		struct candidate *c = &s->candidates[i];

		if (is_proof(c) && is_below_any(&c->record.owner, zones, count))
			err = pick(s, c, true);
	}
	return err;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* No record of a negative answer lives longer than the answer (RFC 2308 5, RFC 9077 3). */
static void clip_authority(struct sift *s, uint32_t ttl_max_s)
{
	for (size_t i = 0; i < s->picked->count; i++) {
		struct item *item = &s->picked->items[i];

		if (item->section == SECTION_AUTHORITY)
			item->ttl = lower(item->ttl, ttl_max_s);
	}
}

static uint32_t smallest_ttl(const struct collection *c)
{
	uint32_t ttl_s = c->count > 0 ? UINT32_MAX : 0;

	for (size_t i = 0; i < c->count; i++)
		ttl_s = lower(ttl_s, c->items[i].ttl);
	return ttl_s;
}

/* Without an SOA, a negative answer is not to be kept (RFC 2308 5). */
static int pick_authority(struct sift *s, uint32_t *ttl_s)
{
	const struct candidate *soa = s->is_positive ? NULL : find_soa(s);
	int err = 0;

	if (soa)
		err = pick_rrset(s, SECTION_AUTHORITY, &soa->record.owner, RR_SOA);
	if (!err)
		err = pick_proofs(s);
	if (err)
		return err;
	if (soa) {
		const struct span rdata = soa->record.rdata;

		clip_authority(s, lower(soa->record.ttl, get_u32(rdata.data + rdata.len - 4)));
	}
	*ttl_s = s->is_positive || soa ? smallest_ttl(s->picked) : 0;
	return 0;
}

/* The additional section says nothing about the question. */
static int read_candidates(struct sift *s, size_t max, uint32_t ttl_max_s)
{
	struct record_cursor cursor = message_records(s->message);
	struct record r;

	s->candidates = calloc(max ? max : 1, sizeof(*s->candidates));
	if (!s->candidates)
		return ERR_MEMORY;
	while (s->candidate_count < max && record_next(&cursor, &r)) {
		if (r.section == SECTION_ADDITIONAL || r.class != s->question->class)
			continue;
		r.ttl = lower(r.ttl, ttl_max_s);
		s->candidates[s->candidate_count++].record = r;
	}
	return collection_init(s->picked, s->candidate_count + CHAIN_NAMES_MAX);
}

static int sift_all(struct sift *s, uint32_t *ttl_s)
{
	int err = pick_chain(s);

	if (!err && s->is_positive && message_rcode(s->message) != RCODE_NOERROR)
		err = ERR_FORMAT;
	return err ? err : pick_authority(s, ttl_s);
}

int sift_records(
	const struct message *m, const struct question *q, uint32_t ttl_max_s, struct sifted *out)
{
	struct sift s = {.message = m, .question = q, .picked = &out->records};
	size_t count = (size_t)m->counts[1] + m->counts[2] + m->counts[3];
	int err;

	*out = (struct sifted){0};
	if (count > ANSWER_RECORDS_MAX)
		return ERR_LIMIT;
	err = read_candidates(&s, count, ttl_max_s);
	if (!err)
		err = sift_all(&s, &out->ttl_s);
	if (!err)
		err = collection_mark_repeated(&out->records);
	out->is_positive = s.is_positive;
	if (err)
		collection_release(&out->records);
	free(s.candidates);
	return err;
}
