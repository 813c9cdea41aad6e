/* SPDX-License-Identifier: BSD-3-Clause */

#include "replay_line.h"

#include <string.h>

#include "when.h"

#define FORMAT 1 /* celnik.format */
#define ANSWERS_TEXT_MAX (1u << 20)

static const char *text_of(const struct json_value *record, const char *key)
{
	return json_get_string(record, key, "");
}

/* What would begin another line of a zone file is none of ours. */
static bool is_one_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool put_answer(const struct json_value *name, const struct json_value *type,
	const struct json_value *ttl, const struct json_value *data, struct buf *out)
{
	const char *owner = json_text(name, ""), *rdata = json_text(data, "");
	uint16_t number;

	if (!*owner || !is_one_line(owner) || !is_one_line(rdata) ||
		rr_type_parse(span_text(json_text(type, "")), &number) != 0)
		return false;
	/* Some types have no name outside. */
	buf_printf(out, "%s %u IN TYPE%u %s\n", owner, (unsigned)json_u64(ttl, 0), number, rdata);
	return !out->overflow;
}

/* The parallel arrays as text of a zone file. */
static bool put_answers(const struct json_value *record, struct buf *out)
{
	const struct json_value *names = json_get(record, "dns.answers.name"),
				*types = json_get(record, "dns.answers.type"),
				*ttls = json_get(record, "dns.answers.ttl"),
				*data = json_get(record, "dns.answers.data");
	size_t count = json_count(names);

	if (json_count(types) != count || json_count(ttls) != count || json_count(data) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!put_answer(json_at(names, i), json_at(types, i), json_at(ttls, i),
			    json_at(data, i), out))
			return false;
	return true;
}

static bool read_answer(const struct json_value *record, struct replay_line *line)
{
	struct presentation *p = &line->answer;
	struct buf text;
	bool good;

	buf_init_heap(&text, ANSWERS_TEXT_MAX);
	good = put_answers(record, &text);
	if (good && text.len > 0) {
		good = presentation_add(p, SECTION_ANSWER, buf_span(&text)) == 0;
		line->query.answer = presentation_message(p, RCODE_NOERROR);
	}
	buf_release(&text);
	return good;
}

/* A whole address has its port beside it. */
static bool read_client(const struct json_value *record, struct replay_query *q)
{
	q->has_client = json_get(record, "client.port") != NULL;
	q->group = text_of(record, "celnik.group");
	return !q->has_client ||
	       inet_addr_parse(span_text(text_of(record, "client.ip")), &q->client) == 0;
}

static bool read_query(const struct json_value *record, struct replay_query *q)
{
	const char *evidence = text_of(record, "celnik.evidence");

	q->question.class = RR_CLASS_IN;
	q->is_by_name = strcmp(evidence, "name") == 0;
	q->is_bogus = strcmp(text_of(record, "celnik.dnssec"), "bogus") == 0 &&
		      !json_get_bool(record, "celnik.cd", false);
	q->is_suspended = json_get(record, "celnik.suspension") != NULL;
	if (!q->is_by_name && strcmp(evidence, "full") != 0)
		return false;
	if (name_parse(span_text(text_of(record, "dns.question.name")), &q->question.name) != 0 ||
		rr_type_parse(span_text(text_of(record, "dns.question.type")), &q->question.type))
		return false;
	name_to_lower(&q->question.name);
	return when_parse(text_of(record, "@timestamp"), 0, &q->real_ns) == 0 &&
	       read_client(record, q);
}

static void read_outcome(const struct json_value *record, struct replay_outcome *was)
{
	was->action = text_of(record, "event.action");
	was->would = json_get_string(record, "celnik.would_action", was->action);
	was->rule = text_of(record, "rule.name");
	was->exception = text_of(record, "celnik.exception");
	was->alert = strcmp(text_of(record, "event.kind"), "alert") == 0;
}

enum replay_line_kind replay_line_read(const struct json_value *record, struct replay_line *line)
{
	struct replay_line l = {0};

	if (!json_get(record, "dns.question.name"))
		return REPLAY_LINE_OTHER;
	if (json_get(record, "celnik.cut"))
		return REPLAY_LINE_CUT;
	if (json_get_u64(record, "celnik.format", 0) != FORMAT || !read_query(record, &l.query))
		return REPLAY_LINE_UNREADABLE;
	presentation_init(&l.answer, &l.query.question);
	if (!read_answer(record, &l)) {
		presentation_release(&l.answer);
		return REPLAY_LINE_UNREADABLE;
	}
	read_outcome(record, &l.was);
	*line = l;
	return REPLAY_LINE_QUERY;
}

void replay_line_release(struct replay_line *line)
{
	presentation_release(&line->answer);
}
