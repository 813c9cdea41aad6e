/* SPDX-License-Identifier: BSD-3-Clause */

/* Our view of a message against that of ldns: whole messages and mutated ones, with fixed seeds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "oracle.h"
#include "packet.h"
#include "wire/message.h"

static struct packet packet;

static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static bool is_opaque_to_us(uint16_t type)
{
	static const uint16_t known[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 21,
		24, 26, 28, 33, 35, 36, 39, 43, 44, 46, 47, 48, 50, 51, 52, 53, 59, 60, 64, 65, 99,
		107, 256, 257};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i] == type)
			return false;
	}
	return true;
}

/* Where ldns has a form and we have none, it may refuse what we take; TSIG it takes out. */
static bool has_record_for_ldns_alone(const struct message *m)
{
	struct record_cursor c = message_records(m);
	struct record r;

	while (record_next(&c, &r)) {
		if (r.type == RR_TSIG || (is_opaque_to_us(r.type) && oracle_knows_type(r.type)))
			return true;
	}
	return false;
}

static void compare_record(
	const struct oracle *o, const struct message *m, const struct record *r, unsigned index)
{
	char owner[NAME_TEXT_MAX];
	struct buf rdata;
	const char *why;
	struct oracle_record theirs = {
		.section = (int)r->section,
		.index = index,
		.owner = name_span(&r->owner),
		.type = r->type,
		.class = r->class,
		.ttl = r->ttl,
	};

	/* The text is compared where both have a form for the type, or neither has. */
	buf_init_heap(&rdata, 4 * PACKET_MAX);
	rdata_format(m, r, &rdata);
	if (is_opaque_to_us(r->type) != oracle_knows_type(r->type))
		theirs.rdata_text = buf_text(&rdata);
	if (!oracle_agrees(o, &theirs, &why))
		fail_msg("%s: %s type %u: %s", why, name_format(&r->owner, owner), r->type,
			buf_text(&rdata));
	buf_release(&rdata);
}

/* What we read, ldns reads the same. */
static void compare(const struct message *m)
{
	struct oracle *o = oracle_read(m->octets);
	struct record_cursor c = message_records(m);
	unsigned index[3] = {0};
	struct record r;

	if (has_record_for_ldns_alone(m)) {
		oracle_free(o);
		return;
	}
	assert_non_null(o);
	while (record_next(&c, &r)) {
		compare_record(o, m, &r, index[r.section]++);
	}
	for (int i = 0; i < 3; i++)
		assert_int_equal(oracle_count(o, i), index[i]);
	oracle_free(o);
}

static void test_oracle(void **state)
{
	(void)state;
	for (const char *const *text = packet_texts; *text; text++) {
		struct message m;

		packet_make(*text, &packet);
		if (message_read(packet_span(&packet), &m) != 0)
			fail_msg("refused: %s", *text);
		compare(&m);
	}
}

/* A reader that only looks for what we refuse on purpose. */
struct walk {
	struct span octets;
	size_t at;
	const char *strictness; /* the first one found */
};

static void blame(struct walk *w, const char *strictness)
{
	if (!w->strictness)
		w->strictness = strictness;
}

static uint8_t octet_at(const struct walk *w, size_t at)
{
	return at < w->octets.len ? w->octets.data[at] : 0;
}

static unsigned number_at(const struct walk *w, size_t at)
{
	return (unsigned)octet_at(w, at) << 8 | octet_at(w, at + 1);
}

/* Returns the offset behind a name, and blames pointers that do not lead back. */
static size_t walk_name(struct walk *w, size_t at)
{
	size_t piece = at, behind = 0;

	for (int steps = 0; steps < 600; steps++) {
		uint8_t octet = octet_at(w, at);

		if (octet == 0)
			return behind ? behind : at + 1;
		if ((octet & 0xc0) != 0xc0) {
			at += 1u + octet;
			continue;
		}
		behind = behind ? behind : at + 2;
		at = number_at(w, at) & 0x3fff;
		if (at >= piece || at < 12)
			blame(w, "pointer");
		piece = at;
	}
	blame(w, "pointer");
	return behind;
}

static void walk_opt(struct walk *w, unsigned *opts, bool is_root, bool additional, size_t len)
{
	size_t end = w->at + len, at = w->at;

	if (++*opts > 1 || !is_root || !additional)
		blame(w, "OPT");
	while (at < end) {
		unsigned code = number_at(w, at);

		at += 4 + number_at(w, at + 2);
		/* Those whose form is checked have their own table of cases. */
		if (at > end || code == 8 || code == 9 || code == 10 || code == 11 || code == 15)
			blame(w, "option");
	}
}

static bool is_refused_alone(uint16_t type, struct span rdata)
{
	static struct packet alone;
	struct message m;
	struct buf b;

	buf_init_fixed(&b, alone.octets, sizeof(alone.octets));
	buf_put(&b, "\0\0\x80\0\0\1\0\1\0\0\0\0\0\0\1\0\1\0", 18);
	buf_put_u16(&b, type);
	buf_put(&b, "\0\1\0\0\0\0", 6);
	buf_put_u16(&b, (uint16_t)rdata.len);
	buf_put_span(&b, rdata);
	return message_read(buf_span(&b), &m) != 0;
}

/* Where the names of a type stand: octets before them, strings, names, octets behind them. */
static const struct {
	uint16_t type, before, texts, names, behind;
} layouts[] = {
	{2, 0, 0, 1, 0},
	{3, 0, 0, 1, 0},
	{4, 0, 0, 1, 0},
	{5, 0, 0, 1, 0},
	{6, 0, 0, 2, 20},
	{7, 0, 0, 1, 0},
	{8, 0, 0, 1, 0},
	{9, 0, 0, 1, 0},
	{12, 0, 0, 1, 0},
	{14, 0, 0, 2, 0},
	{15, 2, 0, 1, 0},
	{17, 0, 0, 2, 0},
	{18, 2, 0, 1, 0},
	{21, 2, 0, 1, 0},
	{26, 2, 0, 2, 0},
	{33, 6, 0, 1, 0},
	{35, 4, 3, 1, 0},
	{36, 2, 0, 1, 0},
	{39, 0, 0, 1, 0},
	{107, 2, 0, 1, 0},
};

static void walk_names(struct walk *w, uint16_t type, size_t len)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		size_t at = w->at + layouts[i].before;

		if (layouts[i].type != type)
			continue;
		for (unsigned n = layouts[i].texts; n > 0; n--)
			at += 1u + octet_at(w, at);
		for (unsigned n = layouts[i].names; n > 0; n--)
			at = walk_name(w, at);
		if (at + layouts[i].behind != w->at + len)
			blame(w, "RDLENGTH");
	}
}

/* The RDATA that ldns has made of it is refused too: a form that ldns does not look at. */
static void walk_rdata(struct walk *w, const struct oracle *o, int section, unsigned index,
	uint16_t type, size_t len)
{
	uint8_t rdata[512];
	size_t read_len = oracle_rdata(o, section, index, rdata, sizeof(rdata));

	if (read_len < len && read_len < sizeof(rdata))
		blame(w, "RDLENGTH");
	if (is_refused_alone(type, span_of(rdata, read_len)))
		blame(w, "form");
	walk_names(w, type, len);
	/* Of those with a name between other fields only the pointer itself is looked at. */
	for (size_t at = w->at; at + 1 < w->at + len; at++) {
		size_t target = number_at(w, at) & 0x3fff;
		bool has_name = type == RR_RRSIG || type == RR_NSEC || type == 24;

		if (has_name && octet_at(w, at) >= 0xc0 && (target >= w->at || target < 12))
			blame(w, "pointer in RDATA");
	}
}

static void walk_records(struct walk *w, const struct oracle *o)
{
	unsigned opts = 0;

	for (int section = 0; section < 3; section++) {
		unsigned index = 0;

		for (unsigned n = number_at(w, 6 + 2 * (size_t)section); n > 0; n--) {
			bool is_root = octet_at(w, w->at) == 0;
			size_t fixed = walk_name(w, w->at);
			uint16_t type = (uint16_t)number_at(w, fixed);
			size_t len = number_at(w, fixed + 8);

			w->at = fixed + 10;
			if (type == RR_OPT)
				walk_opt(w, &opts, is_root, section == 2, len);
			else if (type != RR_TSIG)
				walk_rdata(w, o, section, index++, type, len);
			w->at += len;
		}
	}
}

/* What only ldns takes must be something that we refuse on purpose. */
static void explain_refusal(struct span octets)
{
	struct oracle *o = oracle_read(octets);
	struct walk w = {.octets = octets, .at = 12};

	if (!o)
		return;
	for (unsigned n = number_at(&w, 4); n > 0; n--)
		w.at = walk_name(&w, w.at) + 4;
	if (number_at(&w, 4) == 1)
		walk_records(&w, o);
	if (w.at != octets.len)
		blame(&w, "octets behind the end");
	oracle_free(o);
	if (!w.strictness) {
		for (size_t i = 0; i < octets.len; i++)
			fprintf(stderr, "%02x", octets.data[i]);
		fail_msg("refused without a reason that is known");
	}
}

/* Changes one to four octets, or cuts, or writes a pointer. */
static void mutate(struct packet *p, uint32_t *seed)
{
	for (unsigned times = 1 + draw(seed) % 4; times > 0; times--) {
		size_t at = 2 + draw(seed) % (p->len - 2);

		switch (draw(seed) % 8) {
		case 0:
			p->octets[at] ^= (uint8_t)(1u << draw(seed) % 8);
			break;
		case 1:
			p->octets[at] = 0xc0;
			p->octets[at + 1 < p->len ? at + 1 : at] = (uint8_t)draw(seed);
			break;
		case 2:
			p->len = at > 13 ? at : p->len;
			break;
		case 3:
			p->octets[at]++;
			break;
		case 4:
			p->octets[at]--;
			break;
		case 5:
			memmove(p->octets + at + 1, p->octets + at, p->len - at);
			p->len++;
			break;
		default:
			p->octets[at] = (uint8_t)draw(seed);
		}
	}
}

static void test_mutations(void **state)
{
	static struct packet mutant;
	uint32_t seed = 4711;
	unsigned accepted = 0, refused = 0;

	(void)state;
	for (const char *const *text = packet_texts; *text; text++) {
		packet_make(*text, &packet);
		for (int i = 0; i < 1500; i++) {
			struct message m;

			packet_copy(&mutant, packet.octets, packet.len);
			mutate(&mutant, &seed);
			if (message_read(packet_span(&mutant), &m) != 0) {
				refused++;
				explain_refusal(packet_span(&mutant));
				continue;
			}
			accepted++;
			if (m.counts[0] == 1)
				compare(&m);
		}
	}
	assert_true(accepted > 1000 && refused > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
