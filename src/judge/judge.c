/* SPDX-License-Identifier: BSD-3-Clause */

#include "judge/judge.h"

#include <string.h>

#include "draft.h"

#define SVCB_KEY_IPV4HINT 4 /* RFC 9460 14.3.2 */
#define SVCB_KEY_IPV6HINT 6

struct judging {
	struct matcher *matcher;
	struct evidence_draft draft;
	bool own; /* the question is of the inside: so is what it leads to */
	const struct message *message;
	uint16_t finals; /* records that are no aliases */
	struct store_row rows[STORE_ROWS_MAX];
};

static void see_name(struct judging *j, enum on on, const struct name *name)
{
	size_t found = matcher_name(j->matcher, name, j->rows, STORE_ROWS_MAX);

	evidence_draft_name(&j->draft, on, name, j->rows, found);
}

static size_t without_unknown(struct store_row *rows, size_t found)
{
	size_t kept = 0;

	if (found > STORE_ROWS_MAX)
		return found;
	for (size_t i = 0; i < found; i++)
		if (rows[i].fact != FACT_LOCATED || strcmp(rows[i].country, "--") != 0)
			rows[kept++] = rows[i];
	return kept;
}

/* What is known of an address, and that it is a near one where an outside name leads to it. */
static size_t find_address(struct judging *j, const struct inet_addr *addr)
{
	size_t found = matcher_address(j->matcher, addr, j->rows, STORE_ROWS_MAX);
	struct store_row near;

	if (!j->own && matcher_rebinding(j->matcher, addr, &near)) {
		if (found < STORE_ROWS_MAX)
			j->rows[found] = near;
		found++;
	}
	return found;
}

static void see_address(struct judging *j, enum on on, const struct inet_addr *addr)
{
	const struct matcher_sources *sources = matcher_sources(j->matcher);
	size_t found = find_address(j, addr);
	struct embedded inner[EMBEDDED_MAX];
	unsigned count = embedded_v4(addr, sources->nat64, sources->nat64_count, inner);

	/* Where the inner address is, is known of that one. */
	if (count > 0)
		found = without_unknown(j->rows, found);
	evidence_draft_address(&j->draft, on, addr, j->rows, found);
	for (unsigned i = 0; i < count; i++) {
		found = find_address(j, &inner[i].addr);
		evidence_draft_embedded(&j->draft, &inner[i].addr, inner[i].kind, j->rows, found);
	}
}

static void see_v4(struct judging *j, enum on on, struct span octets)
{
	struct inet_addr addr;

	for (size_t at = 0; at + 4 <= octets.len && !evidence_draft_is_over(&j->draft); at += 4) {
		addr = inet_addr_v4(octets.data + at);
		see_address(j, on, &addr);
	}
}

static void see_v6(struct judging *j, enum on on, struct span octets)
{
	struct inet_addr addr;

	for (size_t at = 0; at + 16 <= octets.len && !evidence_draft_is_over(&j->draft); at += 16) {
		addr = inet_addr_v6(octets.data + at);
		see_address(j, on, &addr);
	}
}

static void see_name_at(struct judging *j, enum on on, const struct record *r, size_t offset)
{
	struct name name;

	/* "." is no name that could be meant. */
	if (record_name(j->message, r, offset, &name) == 0 && name.labels > 0)
		see_name(j, on, &name);
}

static void see_alias(struct judging *j, const struct record *r)
{
	see_name_at(j, ON_CNAME, r, 0);
}

/* NS, PTR, SOA */
static void see_mention(struct judging *j, const struct record *r)
{
	see_name_at(j, ON_MENTION, r, 0);
}

static void see_mx(struct judging *j, const struct record *r)
{
	see_name_at(j, ON_MENTION, r, 2);
}

static void see_srv(struct judging *j, const struct record *r)
{
	see_name_at(j, ON_MENTION, r, 6);
}

/* Behind order, preference and three character strings (RFC 3403 4.1). */
static void see_naptr(struct judging *j, const struct record *r)
{
	size_t at = 4;

	for (int i = 0; i < 3 && at < r->rdata.len; i++)
		at += 1u + r->rdata.data[at];
	see_name_at(j, ON_MENTION, r, at);
}

static void see_service(struct judging *j, const struct record *r)
{
	struct span value;
	uint16_t key;
	size_t pos = 0;

	/* "." means the owner's name itself, or that there is no service (RFC 9460 2.5). */
	see_name_at(j, ON_TARGET, r, 2);
	while (svcb_next(j->message, r, &pos, &key, &value)) {
		if (key == SVCB_KEY_IPV4HINT)
			see_v4(j, ON_HINT, value);
		else if (key == SVCB_KEY_IPV6HINT)
			see_v6(j, ON_HINT, value);
	}
}

static void see_a(struct judging *j, const struct record *r)
{
	see_v4(j, ON_ADDRESS, r->rdata);
}

static void see_aaaa(struct judging *j, const struct record *r)
{
	see_v6(j, ON_ADDRESS, r->rdata);
}

/* One address that begins at an offset, when it is there in full. */
static void see_v4_at(struct judging *j, const struct record *r, size_t offset)
{
	see_v4(j, ON_ADDRESS, span_part(r->rdata, offset, 4));
}

static void see_v6_at(struct judging *j, const struct record *r, size_t offset)
{
	see_v6(j, ON_ADDRESS, span_part(r->rdata, offset, 16));
}

static void see_wks(struct judging *j, const struct record *r)
{
	see_v4_at(j, r, 0);
}

/* The locator is the routing prefix of where the host is (RFC 6742 2.2). */
static void see_l32(struct judging *j, const struct record *r)
{
	see_v4_at(j, r, 2);
}

/* A prefix length of zero leaves a whole address (RFC 2874 3.1). */
static void see_a6(struct judging *j, const struct record *r)
{
	if (r->rdata.len > 0 && r->rdata.data[0] == 0)
		see_v6_at(j, r, 1);
}

/* Family, prefix length, octets given (RFC 3123 4); those cut off are zero. */
static void see_apl(struct judging *j, const struct record *r)
{
	size_t at = 0;

	while (at + 4 <= r->rdata.len) {
		const uint8_t *item = r->rdata.data + at;
		size_t given = item[3] & 0x7f;
		size_t size = item[1] == 1 ? 4 : 16;
		uint8_t octets[16] = {0};

		if (item[0] != 0 || item[1] < 1 || item[1] > 2 || given > size ||
			given > r->rdata.len - at - 4)
			return;
		memcpy(octets, item + 4, given);
		(size == 4 ? see_v4 : see_v6)(j, ON_ADDRESS, span_of(octets, size));
		at += 4 + given;
	}
}

/* A gateway or relay: none, IPv4, IPv6 or a name, by the type's number. */
static void see_gateway(struct judging *j, const struct record *r, unsigned type, size_t offset)
{
	size_t at = offset;
	struct name name;

	if (type == 1)
		see_v4_at(j, r, offset);
	else if (type == 2)
		see_v6_at(j, r, offset);
	else if (type == 3 && name_read(r->rdata, &at, &name) == 0 && name.labels > 0)
		see_name(j, ON_TARGET, &name);
}

/* RFC 4025 2.1 */
static void see_ipseckey(struct judging *j, const struct record *r)
{
	if (r->rdata.len >= 3)
		see_gateway(j, r, r->rdata.data[1], 3);
}

/* RFC 8777 4.2 */
static void see_amtrelay(struct judging *j, const struct record *r)
{
	if (r->rdata.len >= 2)
		see_gateway(j, r, r->rdata.data[1] & 0x7f, 2);
}

/* What the types of records show. */
static const struct seer {
	uint16_t type;
	void (*see)(struct judging *j, const struct record *r);
} seers[] = {
	{RR_A, see_a},
	{RR_AAAA, see_aaaa},
	{RR_CNAME, see_alias},
	{RR_DNAME, see_alias},
	{RR_SVCB, see_service},
	{RR_HTTPS, see_service},
	{RR_NS, see_mention},
	{RR_SOA, see_mention},
	{RR_PTR, see_mention},
	{RR_MX, see_mx},
	{RR_SRV, see_srv},
	{RR_NAPTR, see_naptr},
	{RR_WKS, see_wks},
	{RR_A6, see_a6},
	{RR_APL, see_apl},
	{RR_IPSECKEY, see_ipseckey},
	{RR_L32, see_l32},
	{RR_AMTRELAY, see_amtrelay},
};

static void see_record(struct judging *j, const struct record *r)
{
	for (size_t i = 0; i < sizeof(seers) / sizeof(seers[0]); i++)
		if (seers[i].type == r->type)
			seers[i].see(j, r);
}

static void see_answer(struct judging *j, struct span octets)
{
	struct record_cursor cursor;
	struct message message;
	struct record record;

	/* An answer is rendered by us; one that cannot be read is not passed. */
	if (message_read(octets, &message) != 0) {
		evidence_draft_overflow(&j->draft);
		return;
	}
	j->message = &message;
	cursor = message_records(&message);
	while (!evidence_draft_is_over(&j->draft) && record_next(&cursor, &record)) {
		evidence_draft_record(&j->draft, cursor.index - 1);
		if (record.section != SECTION_ANSWER)
			continue;
		j->finals += record.type != RR_CNAME && record.type != RR_DNAME;
		see_record(j, &record);
	}
}

/* The site's own, and this host, whose names are answered here (RFC 6761 6.3). */
static bool is_inside(const struct matcher *m, const struct name *name)
{
	static const struct name localhost = {.len = 11, .labels = 1, .octets = "\11localhost"};

	return matcher_is_own(m, name) || name_is_below(name, &localhost);
}

static int judge(
	struct matcher *m, const struct question *q, const struct answer *a, struct evidence **out)
{
	/* The rows are not zeroed: that would be half of what the front spends on a miss. */
	struct judging j;
	struct evidence *e;

	j.matcher = m;
	j.own = is_inside(m, &q->name);
	j.finals = 0;
	evidence_draft_init(&j.draft);
	see_name(&j, ON_QNAME, &q->name);
	if (a)
		see_answer(&j, a->plain.octets);
	e = evidence_keep(&j.draft, a ? EXTENT_FULL : EXTENT_NAME);
	evidence_draft_release(&j.draft);
	if (!e)
		return ERR_MEMORY;
	e->removable = a && !a->has_dnssec ? j.finals : 0;
	*out = e;
	return 0;
}

int judge_name(struct matcher *m, const struct question *q, struct evidence **out)
{
	return judge(m, q, NULL, out);
}

int judge_answer(
	struct matcher *m, const struct question *q, const struct answer *a, struct evidence **out)
{
	return judge(m, q, a, out);
}
