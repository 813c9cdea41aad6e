/* SPDX-License-Identifier: BSD-3-Clause */

/* What a line says of an answer and of what was decided: the same for each query that gets it. */

#include <string.h>

#include "line.h"

#define REASON_MAX 4096

static const char *const extent_text[] = {[EXTENT_NAME] = "name", [EXTENT_FULL] = "full"};

/* As done: `log` lets the answer through, and event.kind says that it is an event. */
static const char *done_text(unsigned action)
{
	return action_text[action == ACTION_LOG ? ACTION_ALLOW : action];
}

static void put_kind(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, l->key->alert ? "alert" : "query");
}

static void put_action(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, done_text(l->key->action));
}

static void put_reason(const struct line *l, struct json_writer *w, const char *key)
{
	const struct reason reason = {
		.resolution = l->resolution,
		.policy = l->key->context->policy,
		.query = l->query,
		.rule = l->key->rule,
		.exception = l->key->exception,
		.action = l->key->would,
	};
	char storage[REASON_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	reason_describe(&reason, l->key->context->conf, &text);
	if (text.len > 0)
		json_put_text(w, key, buf_span(&text));
}

static void put_exception(const struct line *l, struct json_writer *w, const char *key)
{
	const struct conf *conf = l->key->context->conf;

	if (l->key->exception < conf->exception_count)
		json_put_string(w, key, conf->exceptions[l->key->exception].id);
}

static void put_format(const struct line *l, struct json_writer *w, const char *key)
{
	(void)l;
	json_put_u64(w, key, LINE_FORMAT);
}

static void put_site(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->context->conf->site)
		json_put_string(w, key, l->key->context->conf->site);
}

static void put_question_name(const struct line *l, struct json_writer *w, const char *key)
{
	char text[NAME_TEXT_MAX];

	json_put_string(w, key, name_format(&l->resolution->question.name, text));
}

static void put_question_type(const struct line *l, struct json_writer *w, const char *key)
{
	char text[RR_TEXT_MAX];

	json_put_string(w, key, rr_type_format(l->resolution->question.type, text));
}

static void put_question_class(const struct line *l, struct json_writer *w, const char *key)
{
	char text[RR_TEXT_MAX];

	json_put_string(w, key, rr_class_format(l->resolution->question.class, text));
}

static void put_rcode(const struct line *l, struct json_writer *w, const char *key)
{
	char text[RR_TEXT_MAX];

	if (l->key->action != ACTION_DROP)
		json_put_string(w, key, rcode_format(l->key->rcode, text));
}

static void put_answers(const struct line *l, struct json_writer *w, const char *key)
{
	(void)key;
	line_put_answers(l, w);
}

static void put_rule(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->rule < l->key->context->conf->rule_count)
		json_put_string(w, key, l->key->context->conf->rules[l->key->rule].name);
}

static void put_rules(const struct line *l, struct json_writer *w, const char *key)
{
	const struct conf *conf = l->key->context->conf;
	bool any = false;

	for (unsigned i = 0; i < conf->rule_count; i++) {
		if (policy_rule_truth(l->key->context->policy, (uint16_t)i, &l->query, l->evidence,
			    NULL) != TRUTH_YES)
			continue;
		if (!any)
			json_begin_array(w, key);
		any = true;
		json_put_string(w, NULL, conf->rules[i].name);
	}
	if (any)
		json_end_array(w);
}

static void put_group(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->group < l->key->context->conf->group_count)
		json_put_string(w, key, l->key->context->conf->groups[l->key->group].name);
}

static void put_mode(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, mode_text[l->key->context->conf->mode]);
}

static void put_suspension(const struct line *l, struct json_writer *w, const char *key)
{
	const struct suspension *s = policy_suspension(l->key->context->policy, l->key->group);
	char text[SUSPENSION_TEXT_MAX * 2];

	if (s)
		json_put_string(w, key, suspension_describe(s, text));
}

static void put_would(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->context->conf->mode == MODE_OBSERVE ||
		policy_suspension(l->key->context->policy, l->key->group) ||
		strcmp(done_text(l->key->would), done_text(l->key->action)) != 0)
		json_put_string(w, key, done_text(l->key->would));
}

static void put_extent(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, extent_text[l->evidence->extent]);
}

static void put_dnssec(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->resolution->dnssec != DNSSEC_UNCHECKED)
		json_put_string(w, key, dnssec_text[l->resolution->dnssec]);
}

static void put_matches(const struct line *l, struct json_writer *w, const char *key)
{
	(void)key;
	line_put_matches(l, w);
}

static void put_cut(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->cut > 0)
		json_put_u64(w, key, l->cut);
}

static void put_lists(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->context->lists[0])
		json_put_string(w, key, l->key->context->lists);
}

static void put_config(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->key->context->config[0])
		json_put_string(w, key, l->key->context->config);
}

static const struct field {
	enum line_run run;
	const char *key; /* NULL: the handler puts several */
	void (*put)(const struct line *l, struct json_writer *w, const char *key);
} fields[] = {
	{RUN_EVENT, "event.kind", put_kind},
	{RUN_EVENT, "event.action", put_action},
	{RUN_EVENT, "event.reason", put_reason},
	{RUN_SITE, "celnik.format", put_format},
	{RUN_SITE, "observer.name", put_site},
	{RUN_QUESTION, "dns.question.name", put_question_name},
	{RUN_QUESTION, "dns.question.type", put_question_type},
	{RUN_QUESTION, "dns.question.class", put_question_class},
	{RUN_QUESTION, "dns.response_code", put_rcode},
	{RUN_ANSWER, NULL, put_answers},
	{RUN_ANSWER, "rule.name", put_rule},
	{RUN_ANSWER, "celnik.rules", put_rules},
	{RUN_ANSWER, "celnik.group", put_group},
	{RUN_ANSWER, "celnik.mode", put_mode},
	{RUN_ANSWER, "celnik.would_action", put_would},
	{RUN_ANSWER, "celnik.evidence", put_extent},
	{RUN_ANSWER, "celnik.exception", put_exception},
	{RUN_ANSWER, "celnik.suspension", put_suspension},
	{RUN_DNSSEC, "celnik.dnssec", put_dnssec},
	{RUN_MATCHES, NULL, put_matches},
	{RUN_MATCHES, "celnik.cut", put_cut},
	{RUN_MATCHES, "celnik.lists", put_lists},
	{RUN_MATCHES, "celnik.config", put_config},
};

/* The fields stand in the order of their runs. */
static void put_runs(const struct line *l, struct buf *out, uint32_t ends[RUN_COUNT])
{
	const size_t count = sizeof(fields) / sizeof(fields[0]);
	struct json_writer w;
	size_t at = 0;

	json_writer_resume(&w, out);
	for (int run = 0; run < RUN_COUNT; run++) {
		for (; at < count && (int)fields[at].run == run; at++)
			fields[at].put(l, &w, fields[at].key);
		ends[run] = (uint32_t)out->len;
	}
}

static bool is_by_client(const struct line *l)
{
	const struct line_key *k = l->key;
	struct cause cause;

	return k->rule < k->context->conf->rule_count &&
	       policy_rule_truth(k->context->policy, k->rule, &l->query, l->evidence, &cause) ==
		       TRUTH_YES &&
	       cause.finding >= l->evidence->count && cause.place >= l->evidence->place_count;
}

void line_prepare(const struct line_key *key, const struct resolution *r, struct buf *scratch,
	struct line_text *out)
{
	struct line line = {
		.key = key,
		.resolution = r,
		.evidence = r->evidence,
		.query = {key->group, r->question.type},
	};

	line_measure_answers(&line);
	line.matches = line.evidence->count;
	if (line.matches > LINE_MATCHES_MAX)
		line.matches = LINE_MATCHES_MAX;
	line.cut += line.evidence->count - line.matches;
	line.by_client = is_by_client(&line);
	buf_clear(scratch);
	put_runs(&line, scratch, out->ends);
	out->octets = scratch->data;
}
