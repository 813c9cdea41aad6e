/* SPDX-License-Identifier: BSD-3-Clause */

#include "judge/judge.h"

#define SVCB_KEY_IPV4HINT 4 /* RFC 9460 14.3.2 */
#define SVCB_KEY_IPV6HINT 6

struct judging {
	struct matcher *matcher;
	struct evidence_draft *draft;
	const struct message *message;
	struct store_row rows[STORE_ROWS_MAX];
};

static void see_name(struct judging *j, enum on on, const struct name *name)
{
	size_t found = matcher_name(j->matcher, name, j->rows, STORE_ROWS_MAX);

	evidence_draft_name(j->draft, on, name, j->rows, found);
}

static void see_address(struct judging *j, enum on on, const struct inet_addr *addr)
{
	size_t found = matcher_address(j->matcher, addr, j->rows, STORE_ROWS_MAX);
	struct inet_addr inner;
	const char *kind;

	evidence_draft_address(j->draft, on, addr, j->rows, found);
	if (embedded_v4(addr, &inner, &kind) == 0) {
		found = matcher_address(j->matcher, &inner, j->rows, STORE_ROWS_MAX);
		evidence_draft_address(j->draft, ON_EMBEDDED, &inner, j->rows, found);
	}
}

static void see_v4(struct judging *j, enum on on, struct span octets)
{
	struct inet_addr addr;

	for (size_t at = 0; at + 4 <= octets.len; at += 4) {
		addr = inet_addr_v4(octets.data + at);
		see_address(j, on, &addr);
	}
}

static void see_v6(struct judging *j, enum on on, struct span octets)
{
	struct inet_addr addr;

	for (size_t at = 0; at + 16 <= octets.len; at += 16) {
		addr = inet_addr_v6(octets.data + at);
		see_address(j, on, &addr);
	}
}

static void see_alias(struct judging *j, const struct record *r)
{
	struct name target;

	if (record_name(j->message, r, 0, &target) == 0)
		see_name(j, ON_CNAME, &target);
}

static void see_service(struct judging *j, const struct record *r)
{
	struct name target;
	struct span value;
	uint16_t key;
	size_t pos = 0;

	/* "." means the owner's name itself, or that there is no service (RFC 9460 2.5). */
	if (record_name(j->message, r, 2, &target) == 0 && target.labels > 0)
		see_name(j, ON_TARGET, &target);
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
		evidence_draft_overflow(j->draft);
		return;
	}
	j->message = &message;
	cursor = message_records(&message);
	while (record_next(&cursor, &record))
		if (record.section == SECTION_ANSWER)
			see_record(j, &record);
}

static int judge(
	struct matcher *m, const struct question *q, const struct answer *a, struct evidence **out)
{
	struct judging j = {.matcher = m, .draft = evidence_draft_new()};
	struct evidence *e = NULL;

	if (!j.draft)
		return ERR_MEMORY;
	see_name(&j, ON_QNAME, &q->name);
	if (a)
		see_answer(&j, a->plain.octets);
	e = evidence_keep(j.draft, a ? EXTENT_FULL : EXTENT_NAME);
	evidence_draft_free(j.draft);
	if (!e)
		return ERR_MEMORY;
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
