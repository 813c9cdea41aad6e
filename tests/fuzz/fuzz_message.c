/* SPDX-License-Identifier: BSD-3-Clause */

/* A message from the network: read, shown, rebuilt and answered from. */

#include <stdlib.h>

#include "base/buf.h"
#include "wire/answer.h"
#include "wire/message.h"
#include "wire/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void walk_record(const struct message *m, const struct record *r)
{
	char owner[NAME_TEXT_MAX];
	struct span value;
	struct name name;
	struct buf text;
	uint16_t key;
	size_t pos = 0;

	name_format(&r->owner, owner);
	for (size_t at = 0; at <= r->rdata.len && at < 20; at++) {
		if (record_name(m, r, at, &name) == 0)
			name_to_parent(&name);
	}
	while (svcb_next(m, r, &pos, &key, &value))
		must(value.len <= r->rdata.len);
	buf_init_heap(&text, 1 << 19);
	rdata_format(m, r, &text);
	must(!text.overflow);
	buf_release(&text);
}

static void check_reply(const struct message *query, const struct answer *a, bool tcp)
{
	static uint8_t out[MESSAGE_MAX];
	struct reply_extra extra = {EDE_STALE_ANSWER, SPAN_LITERAL("old")};
	struct reply_asker to;
	struct message reply;
	size_t len;

	reply_asker_read(query, tcp, &to);
	len = reply_answer(&to, a, 30, true, &extra, out, sizeof(out));
	must(len >= MESSAGE_HEADER_LEN && len <= to.limit);
	must(message_read(span_of(out, len), &reply) == 0);
	must(name_equal(&reply.question.name, &query->question.name));
	must(message_rcode(&reply) == a->rcode);
}

/* What was rebuilt must read again as the same. */
static void rebuild(const struct message *m)
{
	struct answer *a = NULL, *again = NULL;

	if (answer_read(m->octets, &m->question, 86400, &a) != 0)
		return;
	must(answer_read(a->full.octets, &m->question, 86400, &again) == 0);
	must(span_equal(a->full.octets, again->full.octets));
	must(span_equal(a->plain.octets, again->plain.octets));
	check_reply(m, a, false);
	check_reply(m, a, true);
	free(again);
	free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m;
	struct record_cursor c;
	struct record r;

	if (message_read(span_of(data, size), &m) != 0)
		return 0;
	c = message_records(&m);
	while (record_next(&c, &r))
		walk_record(&m, &r);
	if (m.counts[0] == 1)
		rebuild(&m);
	return 0;
}
