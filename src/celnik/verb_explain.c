/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "base/clock.h"
#include "explain_alone.h"
#include "screen.h"
#include "upstream.h"
#include "when.h"
#include "wire/rr.h"
#include "json/writer.h"

#define REQUEST_MAX CONTROL_REQUEST_MAX
#define LABEL_WIDTH 10

enum { ANSWER = CLI_LONG_ONLY, AT, CLIENT };

struct asked {
	const char *name, *type;
	const char *device; /* NULL: the client was not given by its device's name */
	char client[INET_TEXT_MAX];
	uint64_t at_ns; /* 0: now */
	const char *answer; /* a file; NULL: it is asked for */
	const struct conf_zone *zone; /* NULL: none of the site's own */
};

static void label(const char *text)
{
	printf("%-*s", LABEL_WIDTH, text);
}

static void show_question(const struct json_value *v, const struct asked *q)
{
	const struct json_value *question = json_get(v, "question");
	const char *group = json_get_string(v, "group", NULL);
	char at[CLOCK_TEXT_MAX];

	label("question");
	screen_printf("%s %s, asked by %s", json_get_string(question, "name", q->name),
		json_get_string(question, "type", q->type),
		json_get_string(v, "client", q->client));
	if (q->device)
		screen_printf(" (%s)", q->device);
	if (group)
		screen_printf(" of group '%s'", group);
	screen_printf(", mode %s\n", json_get_string(v, "mode", ""));
	if (!q->at_ns)
		return;
	label("at");
	printf("%s, decided by what holds then\n", clock_format(q->at_ns, at));
}

static void show_records(const struct json_value *records)
{
	for (size_t i = 0; i < json_count(records); i++) {
		const struct json_value *a = json_at(records, i);

		label("");
		screen_printf("%s  %" PRIu64 "  %s  %s\n", json_get_string(a, "name", ""),
			json_get_u64(a, "ttl", 0), json_get_string(a, "type", ""),
			json_get_string(a, "data", ""));
	}
}

static void show_answer(const struct json_value *v)
{
	const char *rcode = json_get_string(v, "rcode", NULL);
	const char *why = json_get_string(v, "why", "");

	label("answer");
	if (!rcode) {
		puts("not asked for: the name alone decides");
		return;
	}
	screen_printf("%s, DNSSEC %s%s%s\n", rcode, json_get_string(v, "dnssec", "unknown"),
		*why ? ": " : "", why);
	show_records(json_get(v, "answers"));
}

/* The internal zone of a name, as configured, or NULL. */
static const struct conf_zone *zone_of(const struct conf *conf, const char *text)
{
	struct name name;

	if (!conf || name_parse(span_text(text), &name) != 0)
		return NULL;
	return upstream_zone(conf, &name);
}

static void show_zone(const struct conf_zone *zone)
{
	char text[NAME_TEXT_MAX];

	if (!zone)
		return;
	label("zone");
	printf("%s is an internal zone: asked at its own servers, and no list is looked into for "
	       "its names\n",
		name_format(&zone->zone, text));
}

static void show_findings(const struct json_value *v)
{
	const struct json_value *findings = json_get(v, "findings");

	if (json_count(findings) == 0) {
		label("found");
		puts("nothing: no list knows a name or an address of it");
	}
	for (size_t i = 0; i < json_count(findings); i++) {
		label(i == 0 ? "found" : "");
		screen_printf("%s\n", json_get_string(json_at(findings, i), "text", ""));
	}
}

static void show_hours(const struct json_value *rule)
{
	const struct json_value *hours = json_get(rule, "hours");

	if (json_count(hours) == 0)
		return;
	label("");
	printf("%11s%s its hours:", "",
		json_get_bool(rule, "open", true) ? "within" : "outside of");
	for (size_t i = 0; i < json_count(hours); i++)
		screen_printf("%s %s", i ? "," : "", json_text(json_at(hours, i), ""));
	putchar('\n');
}

static void show_rule(const struct json_value *rule, bool wins)
{
	const char *finding = json_get_string(rule, "finding", "");
	const char *why = json_get_string(rule, "why", "");

	screen_printf("%s %-7s  %s: %s  (%s)\n", wins ? ">" : " ",
		json_get_string(rule, "truth", ""), json_get_string(rule, "rule", ""),
		json_get_string(rule, "action", ""), json_get_string(rule, "place", ""));
	if (*finding || *why) {
		label("");
		screen_printf("%11s%s\n", "", *finding ? finding : why);
	}
	show_hours(rule);
}

static void show_rules(const struct json_value *v)
{
	const struct json_value *rules = json_get(v, "rules");
	const char *winner = json_get_string(v, "winner", "");

	for (size_t i = 0; i < json_count(rules); i++) {
		const struct json_value *rule = json_at(rules, i);

		label(i == 0 ? "rules" : "");
		show_rule(rule, strcmp(json_get_string(rule, "rule", ""), winner) == 0);
	}
	if (*json_get_string(v, "place", "") == '\0' && *winner) {
		label(json_count(rules) == 0 ? "rules" : "");
		screen_printf("> yes      %s\n", winner);
	}
}

/* Those that cover something; `>` marks the one that made the difference. */
static void show_exceptions(const struct json_value *v)
{
	const struct json_value *exceptions = json_get(v, "exceptions");
	const char *made = json_get_string(v, "exception", "");

	for (size_t i = 0; i < json_count(exceptions); i++) {
		const struct json_value *x = json_at(exceptions, i);
		const char *id = json_get_string(x, "exception", "");

		if (!json_get_bool(x, "covers", false))
			continue;
		label(json_get_bool(x, "waives", false) ? "waived by" : "exception");
		screen_printf("%s %s until %s, owner %s  (%s)\n", strcmp(id, made) == 0 ? ">" : " ",
			id, json_get_string(x, "expires", ""), json_get_string(x, "owner", ""),
			json_get_string(x, "place", ""));
		if (*json_get_string(x, "why", "")) {
			label("");
			screen_printf("  does not hold: %s\n", json_get_string(x, "why", ""));
		}
	}
}

/* What an action means to who asked. */
static const char *effect(const char *action)
{
	static const char *const effects[ACTION_COUNT] = {
		[ACTION_ALLOW] = "the answer as it is",
		[ACTION_LOG] = "the answer as it is, and an event is recorded",
		[ACTION_STRIP] = "the answer without the offending records",
		[ACTION_SINKHOLE] = "the block address instead of the answer",
		[ACTION_NXDOMAIN] = "NXDOMAIN, as if the name did not exist",
		[ACTION_NODATA] = "an empty answer",
		[ACTION_REFUSE] = "REFUSED",
		[ACTION_DROP] = "no answer at all",
	};

	for (size_t i = 0; i < ACTION_COUNT; i++)
		if (strcmp(action, action_text[i]) == 0)
			return effects[i];
	return action;
}

/* What made the winning rule yes, as already shown with the rule; "" for otherwise. */
static const char *winning_finding(const struct json_value *v)
{
	const struct json_value *rules = json_get(v, "rules");
	const char *winner = json_get_string(v, "winner", "");

	for (size_t i = 0; i < json_count(rules); i++)
		if (strcmp(json_get_string(json_at(rules, i), "rule", ""), winner) == 0)
			return json_get_string(json_at(rules, i), "finding", "");
	return "";
}

static void show_result(const struct json_value *v)
{
	const char *action = json_get_string(v, "action", "");
	const char *would = json_get_string(v, "would", action);
	const char *place = json_get_string(v, "place", "");
	const char *reason = json_get_string(v, "reason", "");
	const char *on = json_get_string(v, "decided_on", "");
	const char *suspension = json_get_string(v, "suspension", "");

	label("decides");
	screen_printf("%s%s%s%s\n", json_get_string(v, "winner", "nothing"), *place ? " at " : "",
		place, strcmp(on, "name") == 0 ? ", from the name alone" : "");
	if (*reason && strcmp(reason, winning_finding(v)) != 0) {
		label("because");
		screen_printf("%s\n", reason);
	}
	label("result");
	if (json_get_bool(v, "fails", false)) {
		puts("the client gets SERVFAIL, as the answer does not validate; what the policy "
		     "says goes for who asks with CD");
		return;
	}
	screen_printf("the client gets %s\n", effect(action));
	if (*suspension) {
		label("suspended");
		screen_printf("%s\n", suspension);
	}
	if (strcmp(action, would) != 0) {
		label("");
		screen_printf("%s it would get %s\n",
			*suspension ? "without the suspension" : "in mode enforce", effect(would));
	}
	if (strcmp(would, action_text[ACTION_STRIP]) == 0 && !json_count(json_get(v, "left"))) {
		label("");
		puts("of which nothing is left: an empty answer");
	}
	show_records(json_get(v, "left"));
}

static void show(const struct json_value *v, const struct asked *q)
{
	show_question(v, q);
	show_zone(q->zone);
	show_answer(v);
	show_findings(v);
	if (!json_get_string(v, "group", NULL)) {
		label("result");
		puts("the client gets REFUSED; if it should be served, add its network to "
		     "'clients'");
		return;
	}
	show_rules(v);
	show_exceptions(v);
	show_result(v);
}

/* The client as an address or as a device's name. */
static bool find_client(const struct conf *conf, const char *text, struct asked *q)
{
	struct inet_addr addr;

	if (inet_addr_parse(span_text(text), &addr) == 0) {
		inet_addr_format(&addr, q->client);
		q->device = conf ? conf_device_name(conf, &addr) : NULL;
		return true;
	}
	for (unsigned i = 0; conf && i < conf->device_count; i++) {
		if (strcmp(conf->devices[i].name, text) == 0) {
			inet_addr_format(&conf->devices[i].addr, q->client);
			q->device = conf->devices[i].name;
			return true;
		}
	}
	fprintf(stderr,
		"celnik: '%s' is no address, and no device in the configuration; write one of "
		"them\n",
		text);
	return false;
}

static bool check_question(const struct asked *q)
{
	struct name name;
	uint16_t type;

	if (!cli_name_parse(q->name, &name))
		return false;
	if (rr_type_parse(span_text(q->type), &type) != 0) {
		fprintf(stderr,
			"celnik: unknown record type '%s'; write one like A, AAAA, HTTPS or "
			"TYPE65\n",
			q->type);
		return false;
	}
	return true;
}

/* Without a zone the time is that of the site. */
static bool take_time(const struct conf *conf, const char *at, struct asked *q)
{
	if (!at)
		return true;
	if (conf) {
		setenv("TZ", conf->timezone, 1);
		tzset();
	}
	if (when_parse(at, clock_real_ns(), &q->at_ns) == 0 && q->at_ns)
		return true;
	fprintf(stderr,
		"celnik: '%s' is no time; write one such as 2026-11-23T10:14, which is in the "
		"timezone of the configuration, or 2026-11-23T10:14+01:00\n",
		at);
	return false;
}

static int show_reply(enum cli_output output, const struct json_value *v, const struct asked *q)
{
	char *text;

	if (output == CLI_JSON) {
		text = json_dump(v);
		puts(text ? text : "null");
		free(text);
	} else {
		show(v, q);
	}
	return CLI_OK;
}

/* *none: no daemon answers. */
static int ask(const char *socket, enum cli_output output, const struct asked *q, bool *none)
{
	char storage[REQUEST_MAX];
	struct ask_reply reply = {0};
	struct json_writer w;
	struct buf request;
	int code;

	buf_init_fixed(&request, storage, sizeof(storage));
	json_writer_init(&w, &request);
	json_begin_object(&w, NULL);
	json_put_string(&w, "verb", "explain");
	json_put_string(&w, "name", q->name);
	json_put_string(&w, "type", q->type);
	json_put_string(&w, "client", q->client);
	if (q->at_ns)
		json_put_u64(&w, "at_ns", q->at_ns);
	json_end_object(&w);
	code = ask_daemon_if_any(socket, buf_text(&request), ASK_TIME_MS, &reply, none);
	if (code == CLI_OK)
		code = show_reply(output, json_get(reply.root, "explain"), q);
	ask_release(&reply);
	return code;
}

static int explain_here(const struct conf *conf, enum cli_output output, const struct asked *q)
{
	struct explain_alone alone = {.conf = conf, .answer = q->answer, .at_ns = q->at_ns};
	struct json_document *document = NULL;
	struct buf text;
	int code = CLI_IO;

	alone.question.class = RR_CLASS_IN;
	if (name_parse(span_text(q->name), &alone.question.name) != 0 ||
		rr_type_parse(span_text(q->type), &alone.question.type) != 0 ||
		inet_addr_parse(span_text(q->client), &alone.client) != 0)
		return CLI_USAGE;
	name_to_lower(&alone.question.name);
	buf_init_heap(&text, CONTROL_REPLY_MAX);
	code = explain_alone(&alone, &text);
	if (code == CLI_OK && json_parse(buf_span(&text), &document) != 0)
		code = CLI_IO;
	if (code == CLI_OK)
		code = show_reply(output, json_root(document), q);
	json_document_free(document);
	buf_release(&text);
	return code;
}

/* The daemon knows; without one, or with a given answer, it is done here. */
static int explain(const struct conf *conf, enum cli_output output, const struct asked *q)
{
	bool none = q->answer != NULL;
	int code = CLI_IO;

	if (!q->answer) {
		const char *socket = ask_socket(conf);

		code = ask(socket, output, q, &none);
		if (none)
			fprintf(stderr, "celnik: no daemon answers at the control socket '%s'\n",
				socket);
	}
	return none && conf ? explain_here(conf, output, q) : code;
}

int verb_explain(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"answer", required_argument, NULL, ANSWER},
		{"at", required_argument, NULL, AT},
		{"client", required_argument, NULL, CLIENT},
		{"type", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct asked q = {.type = "A"};
	const char *client = "127.0.0.1", *at = NULL;
	struct conf *conf = NULL;
	int option, code = CLI_USAGE;

	while ((option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == ANSWER)
			q.answer = optarg;
		else if (option == CLIENT)
			client = optarg;
		else if (option == AT)
			at = optarg;
		else if (option == 't')
			q.type = optarg;
		else
			return cli_usage(argv[0]);
	}
	if (cli->output == CLI_CSV)
		fputs("celnik: explain has no csv output; write human or json\n", stderr);
	if (optind + 1 != argc || cli->output == CLI_CSV)
		return cli_usage(argv[0]);
	q.name = argv[optind];
	if (!check_question(&q))
		return CLI_USAGE;
	cli_conf(cli, &conf);
	q.zone = zone_of(conf, q.name);
	if (take_time(conf, at, &q) && find_client(conf, client, &q))
		code = explain(conf, cli->output, &q);
	conf_free(conf);
	return code;
}
