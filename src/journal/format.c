/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/clock.h"
#include "line.h"
#include "remark.h"

#define REASON_MAX 4096

static const char *const source_text[] = {
	[JOURNAL_SOURCE_CACHE] = "cache",
	[JOURNAL_SOURCE_UPSTREAM] = "upstream",
	[JOURNAL_SOURCE_LOCAL] = "local",
	[JOURNAL_SOURCE_STALE] = "stale",
};

static const char *const transport_text[] = {[JOURNAL_UDP] = "udp", [JOURNAL_TCP] = "tcp"};
static const char *const extent_text[] = {[EXTENT_NAME] = "name", [EXTENT_FULL] = "full"};

/* As done: `log` lets the answer through, and event.kind says that it is an event. */
static const char *done_text(unsigned action)
{
	return action_text[action == ACTION_LOG ? ACTION_ALLOW : action];
}

static void put_timestamp(const struct line *l, struct json_writer *w, const char *key)
{
	char text[CLOCK_TEXT_MAX];

	json_put_string(w, key, clock_format(l->record->real_ns, text));
}

static void put_id(const struct line *l, struct json_writer *w, const char *key)
{
	char id[REMARK_ID_MAX];

	json_put_string(w, key, event_id_format(l->boot, l->worker, l->record->number, id));
}

static void put_kind(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, l->record->alert ? "alert" : "query");
}

static void put_action(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, done_text(l->record->action));
}

static void put_reason(const struct line *l, struct json_writer *w, const char *key)
{
	const struct reason reason = {
		.resolution = l->resolution,
		.policy = l->context->policy,
		.query = l->query,
		.rule = l->record->rule,
		.exception = l->record->exception,
		.action = l->record->would,
	};
	char storage[REASON_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	reason_describe(&reason, l->context->conf, &text);
	if (text.len > 0)
		json_put_text(w, key, buf_span(&text));
}

static void put_duration(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_u64(w, key, (uint64_t)l->record->duration_us * 1000);
}

static void put_exception(const struct line *l, struct json_writer *w, const char *key)
{
	const struct conf *conf = l->context->conf;

	if (l->record->exception < conf->exception_count)
		json_put_string(w, key, conf->exceptions[l->record->exception].id);
}

static void put_format(const struct line *l, struct json_writer *w, const char *key)
{
	(void)l;
	json_put_u64(w, key, LINE_FORMAT);
}

static void put_site(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->context->conf->site)
		json_put_string(w, key, l->context->conf->site);
}

static void put_client_ip(const struct line *l, struct json_writer *w, const char *key)
{
	struct inet_addr shown = l->client;
	char text[INET_TEXT_MAX];
	size_t kept = shown.is_v4 ? 15 : 6; /* /24, /48 */

	if (l->clients == CONF_CLIENTS_NONE)
		return;
	if (l->clients == CONF_CLIENTS_TRUNCATED)
		memset(shown.octets + kept, 0, sizeof(shown.octets) - kept);
	json_put_string(w, key, inet_addr_format(&shown, text));
}

static void put_client_port(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->clients == CONF_CLIENTS_FULL)
		json_put_u64(w, key, l->record->client_port);
}

static void put_client_name(const struct line *l, struct json_writer *w, const char *key)
{
	const char *name = NULL;

	if (l->clients == CONF_CLIENTS_FULL)
		name = conf_device_name(l->context->conf, &l->client);
	if (name)
		json_put_string(w, key, name);
}

static void put_transport(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, transport_text[l->record->transport]);
}

static void put_dns_id(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_u64(w, key, l->record->dns_id);
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

	if (l->record->action != ACTION_DROP)
		json_put_string(w, key, rcode_format(l->record->rcode, text));
}

static void put_flags(const struct line *l, struct json_writer *w, const char *key)
{
	static const struct {
		uint16_t flag;
		const char *text;
	} flags[] = {{FLAG_RD, "RD"}, {FLAG_AD, "AD"}, {FLAG_CD, "CD"}};

	if (!(l->record->query_flags & (FLAG_RD | FLAG_AD | FLAG_CD)))
		return;
	json_begin_array(w, key);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (l->record->query_flags & flags[i].flag)
			json_put_string(w, NULL, flags[i].text);
	json_end_array(w);
}

static void put_answers(const struct line *l, struct json_writer *w, const char *key)
{
	(void)key;
	line_put_answers(l, w);
}

static void put_rule(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->record->rule < l->context->conf->rule_count)
		json_put_string(w, key, l->context->conf->rules[l->record->rule].name);
}

static void put_rules(const struct line *l, struct json_writer *w, const char *key)
{
	const struct conf *conf = l->context->conf;
	bool any = false;

	for (unsigned i = 0; i < conf->rule_count; i++) {
		if (policy_rule_truth(l->context->policy, (uint16_t)i, &l->query, l->evidence,
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
	if (l->record->group < l->context->conf->group_count)
		json_put_string(w, key, l->context->conf->groups[l->record->group].name);
}

static void put_mode(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, mode_text[l->context->conf->mode]);
}

static void put_suspension(const struct line *l, struct json_writer *w, const char *key)
{
	const struct suspension *s = policy_suspension(l->context->policy, l->record->group);
	char text[SUSPENSION_TEXT_MAX * 2];

	if (s)
		json_put_string(w, key, suspension_describe(s, text));
}

static void put_would(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->context->conf->mode == MODE_OBSERVE ||
		policy_suspension(l->context->policy, l->record->group) ||
		strcmp(done_text(l->record->would), done_text(l->record->action)) != 0)
		json_put_string(w, key, done_text(l->record->would));
}

static void put_extent(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, extent_text[l->evidence->extent]);
}

static void put_source(const struct line *l, struct json_writer *w, const char *key)
{
	json_put_string(w, key, source_text[l->record->source]);
}

static void put_dnssec(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->resolution->dnssec != DNSSEC_UNCHECKED)
		json_put_string(w, key, dnssec_text[l->resolution->dnssec]);
}

static void put_ede(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->record->ede != EDE_NONE)
		json_put_u64(w, key, l->record->ede);
}

static void put_do(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->record->dnssec_ok)
		json_put_bool(w, key, true);
}

static void put_cd(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->record->query_flags & FLAG_CD)
		json_put_bool(w, key, true);
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
	if (l->context->lists[0])
		json_put_string(w, key, l->context->lists);
}

static void put_config(const struct line *l, struct json_writer *w, const char *key)
{
	if (l->context->config[0])
		json_put_string(w, key, l->context->config);
}

static const struct field {
	const char *key; /* NULL: the handler puts several */
	void (*put)(const struct line *l, struct json_writer *w, const char *key);
} fields[] = {
	{"@timestamp", put_timestamp},
	{"event.id", put_id},
	{"event.kind", put_kind},
	{"event.action", put_action},
	{"event.reason", put_reason},
	{"event.duration", put_duration},
	{"celnik.format", put_format},
	{"observer.name", put_site},
	{"client.ip", put_client_ip},
	{"client.port", put_client_port},
	{"client.name", put_client_name},
	{"network.transport", put_transport},
	{"dns.id", put_dns_id},
	{"dns.question.name", put_question_name},
	{"dns.question.type", put_question_type},
	{"dns.question.class", put_question_class},
	{"dns.response_code", put_rcode},
	{"dns.header_flags", put_flags},
	{NULL, put_answers},
	{"rule.name", put_rule},
	{"celnik.rules", put_rules},
	{"celnik.group", put_group},
	{"celnik.mode", put_mode},
	{"celnik.would_action", put_would},
	{"celnik.evidence", put_extent},
	{"celnik.exception", put_exception},
	{"celnik.suspension", put_suspension},
	{"celnik.source", put_source},
	{"celnik.dnssec", put_dnssec},
	{"celnik.ede", put_ede},
	{"celnik.do", put_do},
	{"celnik.cd", put_cd},
	{NULL, put_matches},
	{"celnik.cut", put_cut},
	{"celnik.lists", put_lists},
	{"celnik.config", put_config},
};

static struct inet_addr record_client(const struct journal_record *r)
{
	return r->client_is_v4 ? inet_addr_v4(r->client + 12) : inet_addr_v6(r->client);
}

static bool is_by_client(const struct line *l)
{
	const struct journal_record *r = l->record;
	struct cause cause;

	return r->rule < l->context->conf->rule_count &&
	       policy_rule_truth(l->context->policy, r->rule, &l->query, l->evidence, &cause) ==
		       TRUTH_YES &&
	       cause.finding >= l->evidence->count && cause.place >= l->evidence->place_count;
}

void journal_format(const struct journal_record *r, const struct journal_context *c,
	const char *boot, unsigned worker, enum conf_clients clients, struct buf *out)
{
	struct line line = {
		.record = r,
		.context = c,
		.resolution = r->resolution,
		.evidence = r->resolution->evidence,
		.boot = boot,
		.worker = worker,
		.clients = clients,
		.client = record_client(r),
		.query = {r->group, r->resolution->question.type},
	};
	struct json_writer w;

	line_measure_answers(&line);
	line.matches = line.evidence->count;
	if (line.matches > LINE_MATCHES_MAX)
		line.matches = LINE_MATCHES_MAX;
	line.cut += line.evidence->count - line.matches;
	line.by_client = is_by_client(&line);
	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		fields[i].put(&line, &w, fields[i].key);
	json_end_object(&w);
}
