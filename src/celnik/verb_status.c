/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "screen.h"

#define LABEL_WIDTH 14

struct view {
	const struct json_value *root;
	bool colour;
};

static void label(const char *text)
{
	printf("  %-*s", LABEL_WIDTH, text);
}

/* Text that should catch the eye. */
static void complain(const struct view *v, const char *text)
{
	if (v->colour)
		fputs("\033[1;31m", stdout);
	screen_text(stdout, text);
	if (v->colour)
		fputs("\033[0m", stdout);
}

/* What the resolver told of itself last; a resolver that was just started has told nothing. */
static const struct json_value *told(const struct json_value *resolver)
{
	return json_get(resolver, "status");
}

/* Whether the upstreams of the outside world are known, and none of them answers any resolver. */
static bool is_cut_off(const struct json_value *resolvers)
{
	unsigned known = 0, up = 0;

	for (size_t i = 0; i < json_count(resolvers); i++) {
		const struct json_value *list = json_get(told(json_at(resolvers, i)), "upstreams");

		for (size_t k = 0; k < json_count(list); k++) {
			const struct json_value *u = json_at(list, k);

			if (strcmp(json_get_string(u, "zone", "."), ".") != 0)
				continue;
			known++;
			up += json_get_bool(u, "up", false);
		}
	}
	return known > 0 && up == 0;
}

static void show_state(const struct view *v)
{
	const char *mode = json_get_string(v->root, "mode", "");
	char uptime[SCREEN_DURATION_MAX];

	screen_printf("celnikd %s serves '%s' for %s", json_get_string(v->root, "version", ""),
		json_get_string(v->root, "site", ""),
		screen_duration(json_get_u64(v->root, "uptime_s", 0), uptime));
	if (is_cut_off(json_get(v->root, "resolvers"))) {
		fputs(", ", stdout);
		complain(v, "ONLY FROM ITS CACHE: no upstream answers");
	}
	screen_printf("; mode %s: %s\n", mode,
		strcmp(mode, "observe") == 0 ? "nothing is blocked" : "the policy is applied");
	label("configuration");
	screen_printf("%s  (%.12s)\n", json_get_string(v->root, "config_path", ""),
		json_get_string(v->root, "config", ""));
}

/* Ranges of one list; of all together, the segments that they fall into. */
static void show_counts(const struct json_value *v, const char *ranges)
{
	printf("%" PRIu64 " names, %" PRIu64 " %s, %" PRIu64 " AS numbers",
		json_get_u64(v, "names", 0), json_get_u64(v, "ranges", 0), ranges,
		json_get_u64(v, "asns", 0));
}

static void show_source(const struct json_value *source)
{
	uint64_t skipped = json_get_u64(source, "skipped", 0);
	uint64_t off = json_get_u64(source, "off", 0);

	label("");
	screen_printf("%s: ", json_get_string(source, "name", ""));
	show_counts(source, "ranges");
	if (off)
		screen_printf(", %" PRIu64 " of low confidence off", off);
	if (skipped)
		screen_printf(", %" PRIu64
			      " bad line%s skipped ('celnik lists build --force' shows them)",
			skipped, screen_plural(skipped));
	putchar('\n');
}

static void show_lists(const struct view *v)
{
	const struct json_value *lists = json_get(v->root, "lists");
	const struct json_value *sources = json_get(lists, "sources");
	const char *built = json_get_string(lists, "built", NULL);
	char age[SCREEN_DURATION_MAX];

	label("lists");
	if (!json_get_string(lists, "digest", NULL)) {
		complain(v, "NONE: nothing is matched");
		putchar('\n');
		return;
	}
	show_counts(lists, "address segments");
	if (built)
		screen_printf(", built %s (%s ago)", built,
			screen_duration(json_get_u64(lists, "age_s", 0), age));
	screen_printf("  (%.12s)\n", json_get_string(lists, "digest", ""));
	for (size_t i = 0; i < json_count(sources); i++)
		show_source(json_at(sources, i));
}

static void show_geoip(const struct view *v)
{
	const struct json_value *files = json_get(v->root, "geoip");

	for (size_t i = 0; i < json_count(files); i++) {
		const struct json_value *f = json_at(files, i);

		label(i == 0 ? "geoip" : "");
		screen_printf("%s, built %s\n", json_get_string(f, "file", ""),
			json_get_string(f, "built", "at an unknown time"));
	}
}

static const struct json_value *find_upstream(
	const struct json_value *resolver, const char *address, const char *zone)
{
	const struct json_value *list = json_get(told(resolver), "upstreams");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json_value *u = json_at(list, i);

		if (strcmp(json_get_string(u, "address", ""), address) == 0 &&
			strcmp(json_get_string(u, "zone", ""), zone) == 0)
			return u;
	}
	return NULL;
}

/* One upstream as all resolvers see it. */
static void show_upstream(const struct view *v, const struct json_value *upstream)
{
	const struct json_value *resolvers = json_get(v->root, "resolvers");
	const char *address = json_get_string(upstream, "address", "");
	const char *zone = json_get_string(upstream, "zone", ".");
	bool is_root = strcmp(zone, ".") == 0;
	unsigned asked = 0, up = 0;
	char text[64];

	for (size_t i = 0; i < json_count(resolvers); i++) {
		const struct json_value *u = find_upstream(json_at(resolvers, i), address, zone);

		asked += u != NULL;
		up += json_get_bool(u, "up", false);
	}
	screen_printf("%s%s%s: ", address, is_root ? "" : " for ", is_root ? "" : zone);
	snprintf(text, sizeof(text), "DOWN for %u of %u resolvers", asked - up, asked);
	if (up == asked)
		fputs("up", stdout);
	else
		complain(v, up ? text : "DOWN; is it reachable from here?");
	putchar('\n');
}

static void show_upstreams(const struct view *v)
{
	const struct json_value *resolvers = json_get(v->root, "resolvers");
	const struct json_value *longest = NULL;

	for (size_t i = 0; i < json_count(resolvers); i++) {
		const struct json_value *list = json_get(told(json_at(resolvers, i)), "upstreams");

		if (json_count(list) > json_count(longest))
			longest = list;
	}
	for (size_t i = 0; i < json_count(longest); i++) {
		label(i == 0 ? "upstreams" : "");
		show_upstream(v, json_at(longest, i));
	}
}

static void show_validation(const struct view *v, const char *word)
{
	static const struct {
		const char *word, *text;
		bool wrong;
	} texts[] = {
		{"on", "validates DNSSEC", false},
		{"off", "does not validate: switched off", false},
		{"unknown", "does not know yet whether it can validate", false},
		{"missing",
			"CANNOT VALIDATE: the upstreams leave DNSSEC out; take others, or write "
			"'dnssec: { validate: no }'",
			true},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(word, texts[i].word) != 0)
			continue;
		if (texts[i].wrong)
			complain(v, texts[i].text);
		else
			fputs(texts[i].text, stdout);
		return;
	}
	screen_text(stdout, word);
}

static void show_doubt(const struct view *v, const struct json_value *status)
{
	if (!json_get_bool(status, "clock_doubted", false))
		return;
	fputs("; ", stdout);
	complain(v, "signatures have expired or are not valid yet: IS THE CLOCK RIGHT?");
}

static void show_resolver(const struct view *v, const struct json_value *resolver)
{
	const struct json_value *status = told(resolver);
	uint64_t restarts = json_get_u64(resolver, "restarts", 0);

	printf("%" PRIu64, json_get_u64(resolver, "index", 0));
	if (status) {
		printf(", pid %" PRIu64 ": %" PRIu64 " asked, %" PRIu64 " failed, %" PRIu64
		       " outstanding; ",
			json_get_u64(status, "pid", 0), json_get_u64(status, "asked", 0),
			json_get_u64(status, "failed", 0), json_get_u64(status, "outstanding", 0));
		show_validation(v, json_get_string(status, "validation", ""));
		show_doubt(v, status);
	} else {
		fputs(": has told nothing yet", stdout);
	}
	if (restarts)
		printf("; RESTARTED %" PRIu64 " time%s", restarts, screen_plural(restarts));
	putchar('\n');
}

static void show_resolvers(const struct view *v)
{
	const struct json_value *resolvers = json_get(v->root, "resolvers");

	for (size_t i = 0; i < json_count(resolvers); i++) {
		label(i == 0 ? "resolvers" : "");
		show_resolver(v, json_at(resolvers, i));
	}
	label("workers");
	printf("%" PRIu64 "\n", json_get_u64(v->root, "workers", 0));
}

static void show_journal(const struct view *v)
{
	const struct json_value *journal = json_get(v->root, "journal");
	uint64_t queries = json_get_u64(journal, "lost_queries", 0);
	uint64_t events = json_get_u64(journal, "lost_events", 0);
	const char *last = json_get_string(journal, "last_event", "");
	const char *head = json_get_string(journal, "head", "");

	label("query log");
	screen_printf("%s: %" PRIu64 " lines written, ", json_get_string(journal, "directory", ""),
		json_get_u64(journal, "written", 0));
	if (queries || events)
		screen_printf("LOST %" PRIu64 " queries and %" PRIu64 " events", queries, events);
	else
		fputs("nothing lost", stdout);
	screen_printf("%s%s\n", *last ? ", last event on the disk " : "", last);
	if (json_get_u64(journal, "links", 0)) {
		label("");
		screen_printf("%" PRIu64 " link%s in its chain, head %s\n",
			json_get_u64(journal, "links", 0),
			screen_plural(json_get_u64(journal, "links", 0)), head);
	}
	if (!json_get_bool(journal, "failing", false))
		return;
	label("");
	complain(v, "CANNOT BE WRITTEN: ");
	complain(v, json_get_string(journal, "error", "unknown error"));
	putchar('\n');
}

/* Nothing as long as nobody was turned away: then there is nothing to look at. */
static void show_limits(const struct view *v)
{
	const struct json_value *limits = json_get(v->root, "limits");
	uint64_t dropped = json_get_u64(limits, "queries_dropped", 0);
	uint64_t failed = json_get_u64(limits, "misses_failed", 0);
	uint64_t withheld = json_get_u64(limits, "replies_withheld", 0);

	if (!dropped && !failed && !withheld)
		return;
	label("limits");
	printf("dropped %" PRIu64 " queries, failed %" PRIu64 ", withheld %" PRIu64
	       " replies; the query log tells whose\n",
		dropped, failed, withheld);
}

static void show_alarms(const struct view *v)
{
	const struct json_value *alarms = json_get(v->root, "alarms");

	for (size_t i = 0; i < json_count(alarms); i++) {
		complain(v, "ALARM");
		screen_printf("  %s\n", json_text(json_at(alarms, i), ""));
	}
}

/* Nothing is wrong yet: in no colour, and no reason for another exit code. */
static void show_warnings(const struct view *v)
{
	const struct json_value *warnings = json_get(v->root, "warnings");

	for (size_t i = 0; i < json_count(warnings); i++)
		screen_printf("  warning: %s\n", json_text(json_at(warnings, i), ""));
}

static bool resolver_is_wrong(const struct json_value *resolver)
{
	const struct json_value *status = told(resolver);
	const struct json_value *upstreams = json_get(status, "upstreams");

	for (size_t i = 0; i < json_count(upstreams); i++)
		if (!json_get_bool(json_at(upstreams, i), "up", false))
			return true;
	return strcmp(json_get_string(status, "validation", ""), "missing") == 0 ||
	       json_get_bool(status, "clock_doubted", false);
}

/* What makes the exit code 1, whatever the output: all that is complained about above. */
static bool is_wrong(const struct json_value *root)
{
	const struct json_value *resolvers = json_get(root, "resolvers");

	for (size_t i = 0; i < json_count(resolvers); i++)
		if (resolver_is_wrong(json_at(resolvers, i)))
			return true;
	return json_count(json_get(root, "alarms")) > 0 ||
	       !json_get_string(json_get(root, "lists"), "digest", NULL) ||
	       json_get_bool(json_get(root, "journal"), "failing", false);
}

static void show(const struct cli *cli, const struct json_value *root)
{
	static void (*const parts[])(const struct view *) = {show_state, show_lists, show_geoip,
		show_upstreams, show_resolvers, show_journal, show_limits, show_alarms,
		show_warnings};
	const struct view v = {.root = root, .colour = cli->colour};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		parts[i](&v);
}

int verb_status(struct cli *cli, int argc, char **argv)
{
	struct ask_reply reply = {0};
	struct conf *conf = NULL;
	int code;

	if (!cli_has_no_more(cli, argc, argv))
		return cli_usage(argv[0]);
	if (cli->output == CLI_CSV) {
		fputs("celnik: status has no csv output; write human or json\n", stderr);
		return CLI_USAGE;
	}
	cli_conf(cli, &conf);
	code = ask_daemon(ask_socket(conf), "{\"verb\":\"status\"}", ASK_TIME_MS, &reply);
	if (code == CLI_OK && cli->output == CLI_JSON)
		puts(reply.line);
	else if (code == CLI_OK)
		show(cli, reply.root);
	if (code == CLI_OK && is_wrong(reply.root))
		code = CLI_NONE;
	ask_release(&reply);
	conf_free(conf);
	return code;
}
