/* SPDX-License-Identifier: BSD-3-Clause */

#include "journal/explain.h"

#include <stdlib.h>

#include "conf/value.h"
#include "line.h"
#include "json/writer.h"

#define TEXT_MAX 4096
#define PLACE_MAX 1024

/* A sentence in a bounded buffer, written under a key when it is not empty. */
struct sentence {
	struct buf text;
	char storage[TEXT_MAX];
};

static struct buf *sentence_begin(struct sentence *s)
{
	buf_init_fixed(&s->text, s->storage, sizeof(s->storage));
	return &s->text;
}

static void sentence_put(const struct sentence *s, struct json_writer *w, const char *key)
{
	json_put_text(w, key, buf_span(&s->text));
}

static void put_question(const struct explain_request *q, struct json_writer *w)
{
	const struct question *question = &q->resolution->question;
	char name[NAME_TEXT_MAX], type[RR_TEXT_MAX], client[INET_TEXT_MAX];

	json_begin_object(w, "question");
	json_put_string(w, "name", name_format(&question->name, name));
	json_put_string(w, "type", rr_type_format(question->type, type));
	json_end_object(w);
	json_put_string(w, "client", inet_addr_format(q->client, client));
	if (q->group < q->conf->group_count)
		json_put_string(w, "group", q->conf->groups[q->group].name);
	else
		json_put_raw(w, "group", SPAN_LITERAL("null"));
	json_put_string(w, "mode", mode_text[q->conf->mode]);
}

static void put_record(const struct message *m, const struct record *r, struct json_writer *w)
{
	char name[NAME_TEXT_MAX], type[RR_TEXT_MAX];
	struct buf data;

	buf_init_heap(&data, (size_t)MESSAGE_MAX * 4);
	rdata_format(m, r, &data);
	json_begin_object(w, NULL);
	json_put_string(w, "name", name_format(&r->owner, name));
	json_put_string(w, "type", rr_type_format(r->type, type));
	json_put_u64(w, "ttl", r->ttl);
	json_put_text(w, "data", buf_span(&data));
	json_end_object(w);
	buf_release(&data);
}

static void put_answers(const struct answer *a, const char *key, struct json_writer *w)
{
	struct record_cursor cursor;
	struct message message;
	struct record record;

	json_begin_array(w, key);
	if (a && message_read(a->plain.octets, &message) == 0) {
		cursor = message_records(&message);
		while (record_next(&cursor, &record))
			if (record.section == SECTION_ANSWER)
				put_record(&message, &record, w);
	}
	json_end_array(w);
}

static void put_resolution(const struct resolution *r, struct json_writer *w)
{
	char rcode[RR_TEXT_MAX];

	json_put_string(w, "dnssec", dnssec_text[r->dnssec]);
	if (r->evidence->extent == EXTENT_NAME)
		json_put_raw(w, "rcode", SPAN_LITERAL("null"));
	else
		json_put_string(w, "rcode", rcode_format(r->rcode, rcode));
	if (r->ede == EDE_NONE)
		json_put_raw(w, "ede", SPAN_LITERAL("null"));
	else
		json_put_u64(w, "ede", (uint64_t)r->ede);
	json_put_string(w, "why", r->why);
	put_answers(r->answer, "answers", w);
}

static void put_finding(const struct finding *f, struct json_writer *w)
{
	const struct store_row *row = f->row;
	char value[NAME_TEXT_MAX];
	struct sentence text;

	finding_describe(f, sentence_begin(&text));
	json_begin_object(w, NULL);
	json_put_string(w, "on", on_text[f->place->on]);
	json_put_string(w, "value", place_format(f->place, value));
	json_put_string(w, "fact", fact_text[row->fact]);
	json_put_string(w, "country", row->country);
	json_put_u64(w, "asn", row->asn);
	json_put_text(w, "vendor", row->vendor_count ? row->vendors[0] : span_of(NULL, 0));
	json_put_text(w, "category", row->category);
	json_put_text(w, "list", row->list);
	json_put_text(w, "file", row->file);
	json_put_u64(w, "line", row->line);
	json_put_text(w, "source", row->source);
	sentence_put(&text, w, "text");
	json_end_object(w);
}

static void put_findings(const struct evidence *e, struct json_writer *w)
{
	json_begin_array(w, "findings");
	for (unsigned i = 0; i < e->count; i++)
		put_finding(&e->findings[i], w);
	json_end_array(w);
}

static void put_place(const struct conf_place *place, struct json_writer *w)
{
	char storage[PLACE_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "%s:%u", place->file ? place->file : "", (unsigned)place->line);
	json_put_text(w, "place", buf_span(&text));
}

static void put_reason(const struct explain_request *q, const struct policy_query *query,
	uint16_t rule, uint16_t exception, enum action action, const char *key,
	struct json_writer *w)
{
	const struct reason reason = {q->resolution, q->policy, *query, rule, exception, action};
	struct sentence text;

	reason_describe(&reason, q->conf, sentence_begin(&text));
	sentence_put(&text, w, key);
}

static void put_hours(const struct explain_request *q, uint16_t index, struct json_writer *w)
{
	const struct conf_rule *rule = &q->conf->rules[index];

	json_begin_array(w, "hours");
	for (unsigned i = 0; i < rule->hours_count; i++)
		json_put_string(w, NULL, rule->hours[i].text);
	json_end_array(w);
	json_put_bool(w, "open", policy_rule_holds(q->policy, index));
}

static void put_suspension(const struct explain_request *q, struct json_writer *w)
{
	const struct suspension *s = policy_suspension(q->policy, q->group);
	char text[SUSPENSION_TEXT_MAX * 2];

	json_put_string(w, "suspension", s ? suspension_describe(s, text) : "");
}

static bool asks_other_types(const struct conf_rule *rule, uint16_t type)
{
	for (unsigned i = 0; i < rule->match_count; i++) {
		const struct conf_match *m = &rule->matches[i];
		bool asks = m->qtype_count == 0;

		for (unsigned k = 0; k < m->qtype_count; k++)
			asks = asks || m->qtypes[k] == type;
		if (asks)
			return false;
	}
	return rule->match_count > 0;
}

/* Why a rule is not yes. */
static const char *why_not(const struct explain_request *q, uint16_t index, enum truth truth)
{
	const struct conf_rule *rule = &q->conf->rules[index];

	if (truth == TRUTH_YES)
		return "";
	if (truth == TRUTH_NOT_YET)
		return "the answer is not known, and could make it yes";
	if (q->group < CONF_GROUPS_MAX && !(rule->groups >> q->group & 1))
		return "it is of other groups";
	if (!policy_rule_holds(q->policy, index))
		return "it is outside of its hours";
	if (asks_other_types(rule, q->resolution->question.type))
		return "it asks for other types";
	return "nothing was found that meets it";
}

static void put_rule(const struct explain_request *q, const struct policy_query *query,
	uint16_t index, struct json_writer *w)
{
	static const char *const truth_text[] = {
		[TRUTH_NO] = "no", [TRUTH_NOT_YET] = "not yet", [TRUTH_YES] = "yes"};
	const struct conf_rule *rule = &q->conf->rules[index];
	const struct evidence *e = q->resolution->evidence;
	struct cause cause;
	enum truth truth = policy_rule_truth(q->policy, index, query, e, &cause);

	json_begin_object(w, NULL);
	json_put_string(w, "rule", rule->name);
	put_place(&rule->place, w);
	json_put_string(w, "truth", truth_text[truth]);
	json_put_string(w, "action", action_text[rule->action]);
	json_put_string(w, "on", truth == TRUTH_YES ? cause_on(e, &cause) : "");
	if (truth == TRUTH_YES)
		put_reason(q, query, index, POLICY_EXCEPTION_NONE, rule->action, "finding", w);
	else
		json_put_string(w, "finding", "");
	json_put_string(w, "why", why_not(q, index, truth));
	put_hours(q, index, w);
	json_end_object(w);
}

static void put_exception(const struct explain_request *q, const struct policy_query *query,
	uint16_t index, struct json_writer *w)
{
	static const char *const whys[] = {
		[POLICY_EXCEPTION_WAIVES] = "",
		[POLICY_EXCEPTION_EXPIRED] = "its last day is over",
		[POLICY_EXCEPTION_OF_OTHERS] = "it is of other groups",
		[POLICY_EXCEPTION_IDLE] = "nothing was found that it covers",
	};
	const struct conf_exception *x = &q->conf->exceptions[index];
	enum policy_exception state =
		policy_exception(q->policy, index, query, q->resolution->evidence);
	char date[VALUE_DATE_TEXT_MAX];

	json_begin_object(w, NULL);
	json_put_string(w, "exception", x->id);
	put_place(&x->place, w);
	json_put_bool(w, "waives", state == POLICY_EXCEPTION_WAIVES);
	json_put_bool(w, "covers", state != POLICY_EXCEPTION_IDLE);
	json_put_string(w, "why", whys[state]);
	json_put_string(w, "expires", value_date_format(x->expires, date));
	json_put_string(w, "owner", x->owner);
	json_put_string(w, "reason", x->reason);
	json_end_object(w);
}

/* The records that strip leaves. */
static void put_left(const struct explain_request *q, const struct policy_query *query,
	const struct decision *d, struct json_writer *w)
{
	struct answer *left;

	if (d->would != ACTION_STRIP || d->resolve_first)
		return;
	left = policy_stripped(q->policy, d->rule, query, q->resolution);
	put_answers(left, "left", w);
	free(left);
}

static void put_decision(
	const struct explain_request *q, const struct policy_query *query, struct json_writer *w)
{
	const struct evidence *e = q->resolution->evidence;
	struct decision d;
	struct cause cause;
	bool fails;

	policy_decide(q->policy, query, e, &d);
	fails = q->resolution->dnssec == DNSSEC_BOGUS && policy_fails_bogus(&d);
	json_put_string(w, "decided_on", e->extent == EXTENT_NAME ? "name" : "full");
	if (d.rule < q->conf->rule_count) {
		json_put_string(w, "winner", q->conf->rules[d.rule].name);
		put_place(&q->conf->rules[d.rule].place, w);
	} else {
		bool builtin =
			d.would == ACTION_LOG && policy_builtin_logs(q->policy, query, e, &cause);

		json_put_string(w, "winner", builtin ? "built-in lists" : "otherwise");
		json_put_string(w, "place", "");
	}
	json_put_string(w, "exception",
		d.exception < q->conf->exception_count ? q->conf->exceptions[d.exception].id : "");
	json_put_string(w, "action", action_text[fails ? ACTION_ALLOW : d.action]);
	json_put_bool(w, "fails", fails);
	json_put_string(w, "would", action_text[d.would]);
	put_left(q, query, &d, w);
	put_reason(q, query, d.rule, d.exception, d.would, "reason", w);
}

void explain_format(const struct explain_request *request, struct buf *out)
{
	const struct explain_request *q = request;
	const struct policy_query query = {q->group, q->resolution->question.type};
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	put_question(q, &w);
	put_resolution(q->resolution, &w);
	put_findings(q->resolution->evidence, &w);
	put_suspension(q, &w);
	json_begin_array(&w, "rules");
	for (unsigned i = 0; i < policy_rule_count(q->policy); i++)
		put_rule(q, &query, (uint16_t)i, &w);
	json_end_array(&w);
	json_begin_array(&w, "exceptions");
	for (unsigned i = 0; i < q->conf->exception_count; i++)
		put_exception(q, &query, (uint16_t)i, &w);
	json_end_array(&w);
	if (q->group != POLICY_GROUP_NONE)
		put_decision(q, &query, &w);
	json_end_object(&w);
}
