/* SPDX-License-Identifier: BSD-3-Clause */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "front/main.h"
#include "json/writer.h"

static void put_sources(struct json_writer *w, const struct store *store, uint32_t count)
{
	struct store_list_info list;

	json_begin_array(w, "sources");
	for (uint32_t i = 0; i < count; i++) {
		store_list_info_read(store, i, &list);
		json_begin_object(w, NULL);
		json_put_text(w, "name", list.name);
		json_put_u64(w, "names", list.names);
		json_put_u64(w, "ranges", list.ranges);
		json_put_u64(w, "asns", list.asns);
		json_put_u64(w, "skipped", list.skipped);
		json_put_u64(w, "off", list.off);
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_lists(struct json_writer *w, const struct snapshot *s)
{
	char built[CLOCK_TEXT_MAX];
	struct store_info info;
	uint64_t now_ns = clock_real_ns();

	if (!s->sources.store) {
		json_put_raw(w, "lists", SPAN_LITERAL("null"));
		return;
	}
	store_info_read(s->sources.store, &info);
	json_begin_object(w, "lists");
	json_put_string(w, "digest", s->context.lists);
	json_put_string(w, "built", clock_format(info.built_ns, built));
	json_put_u64(w, "age_s", now_ns > info.built_ns ? (now_ns - info.built_ns) / NS_PER_S : 0);
	json_put_u64(w, "names", info.names);
	json_put_u64(w, "ranges", info.ranges);
	json_put_u64(w, "asns", info.asns);
	put_sources(w, s->sources.store, info.list_count);
	json_end_object(w);
}

static void put_database(struct json_writer *w, const struct mmdb *m)
{
	char built[CLOCK_TEXT_MAX];

	json_begin_object(w, NULL);
	json_put_string(w, "file", mmdb_name(m));
	json_put_string(w, "built", clock_format(mmdb_built_s(m) * NS_PER_S, built));
	json_end_object(w);
}

static void put_databases(struct json_writer *w, const struct matcher_sources *sources)
{
	json_begin_array(w, "geoip");
	for (unsigned i = 0; i < sources->country_count; i++)
		put_database(w, sources->country[i]);
	if (sources->asn)
		put_database(w, sources->asn);
	json_end_array(w);
}

static void put_resolvers(struct json_writer *w, const struct front *f)
{
	json_begin_array(w, "resolvers");
	for (unsigned i = 0; i < f->resolver_count; i++) {
		json_begin_object(w, NULL);
		json_put_u64(w, "index", i);
		json_put_u64(w, "restarts", f->resolver_restarts[i]);
		if (f->resolver_status[i])
			json_put_raw(w, "status", span_text(f->resolver_status[i]));
		json_end_object(w);
	}
	json_end_array(w);
}

static void put_journal(struct json_writer *w, const struct front *f)
{
	struct journal_stats stats;

	journal_stats_read(f->journal, &stats);
	json_begin_object(w, "journal");
	json_put_string(w, "directory", f->snapshot->conf->journal_directory);
	json_put_u64(w, "written", stats.written);
	json_put_u64(w, "lost_queries", stats.lost_queries);
	json_put_u64(w, "lost_events", stats.lost_events);
	json_put_bool(w, "failing", stats.failing);
	json_put_bool(w, "stuck", stats.stuck);
	json_put_string(w, "error", stats.failing ? strerror(stats.failing_errno) : "");
	json_put_string(w, "last_event", stats.last_event);
	json_put_u64(w, "links", stats.links);
	json_put_string(w, "head", stats.head);
	json_end_object(w);
}

static uint64_t sum(const struct front *f, enum counter which)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < f->worker_count; i++)
		total += counter_read(&f->workers[i]->counters, which);
	return total;
}

static void put_limits(struct json_writer *w, const struct front *f)
{
	json_begin_object(w, "limits");
	json_put_u64(w, "queries_dropped", sum(f, COUNTER_LIMITED_QUERIES));
	json_put_u64(w, "misses_failed", sum(f, COUNTER_LIMITED_MISSES));
	json_put_u64(w, "replies_withheld",
		sum(f, COUNTER_LIMITED_REPLIES) + sum(f, COUNTER_LIMITED_TRUNCATED));
	json_end_object(w);
}

static void put_alarms(struct json_writer *w, const struct front *f)
{
	struct journal_stats stats;
	char text[128];
	unsigned quarantined = quarantine_count(f->quarantine, clock_monotonic_ns() / NS_PER_MS);

	journal_stats_read(f->journal, &stats);
	json_begin_array(w, "alarms");
	if (quarantined) {
		snprintf(text, sizeof(text),
			"%u questions are not asked, as resolvers have ended of them; see "
			"'celnik log'",
			quarantined);
		json_put_string(w, NULL, text);
	}
	if (!f->snapshot->sources.store)
		json_put_string(w, NULL,
			"no lists are loaded: names and addresses are not matched; run 'celnik "
			"reload'");
	else if (*f->lists_alarm)
		json_put_string(w, NULL, f->lists_alarm);
	if (f->suspender.problem[0])
		json_put_string(w, NULL, f->suspender.problem);
	if (stats.failing)
		json_put_string(w, NULL,
			"the query log cannot be written: make room or mend the directory");
	if (stats.stuck)
		json_put_string(w, NULL,
			"the query log hangs: a write to its directory does not come back; see to "
			"its disk");
	if (stats.sealing_errno)
		json_put_string(w, NULL,
			"closed files of the query log cannot be sealed; see the messages of "
			"celnikd");
	if (stats.config_errno)
		json_put_string(w, NULL,
			"the configuration's text cannot be kept beside the query log; see the "
			"messages of celnikd");
	if (stats.events_over)
		json_put_string(w, NULL,
			"the events of the query log are larger than their max_size, and kept: "
			"raise max_size, or shorten keep");
	json_end_array(w);
}

/* What somebody should look at before it is something wrong. */
static void put_warnings(struct json_writer *w, const struct front *f)
{
	json_begin_array(w, "warnings");
	suspend_warn(f->snapshot, w);
	expiry_put(f->snapshot, w);
	json_end_array(w);
}

static void answer(struct control_request *request, struct buf *out)
{
	if (out->overflow)
		control_refuse(request, "the answer is too long");
	else
		control_answer(request, buf_span(out));
	buf_release(out);
}

static void verb_status(void *arg, struct control_request *request, const struct json_value *body)
{
	const struct front *f = arg;
	const struct snapshot *s = f->snapshot;
	struct json_writer w;
	struct buf out;

	(void)body;
	buf_init_heap(&out, CONTROL_REPLY_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", true);
	json_put_string(&w, "version", PACKAGE_VERSION);
	json_put_string(&w, "site", s->conf->site);
	json_put_string(&w, "mode", mode_text[s->conf->mode]);
	json_put_u64(&w, "uptime_s", (clock_monotonic_ns() - f->started_ns) / NS_PER_S);
	json_put_string(&w, "config", s->context.config);
	json_put_string(&w, "config_path", s->conf->path);
	put_lists(&w, s);
	put_databases(&w, &s->sources);
	json_put_u64(&w, "workers", f->worker_count);
	put_resolvers(&w, f);
	put_journal(&w, f);
	put_limits(&w, f);
	put_alarms(&w, f);
	suspend_put(s, &w);
	put_warnings(&w, f);
	json_end_object(&w);
	answer(request, &out);
}

static void put_gauges(struct json_writer *w, const struct front *f)
{
	uint64_t cache = 0, flights = 0, connections = 0;

	for (unsigned i = 0; i < f->worker_count; i++) {
		cache += atomic_load(&f->workers[i]->cache_octets);
		flights += atomic_load(&f->workers[i]->flight_count);
		connections += atomic_load(&f->workers[i]->connection_count);
	}
	json_put_u64(w, "cache.octets", cache);
	json_put_u64(w, "resolver.in_flight", flights);
	json_put_u64(w, "tcp.connections", connections);
}

static void verb_stats(void *arg, struct control_request *request, const struct json_value *body)
{
	const struct front *f = arg;
	struct journal_stats stats;
	struct json_writer w;
	struct buf out;

	(void)body;
	journal_stats_read(f->journal, &stats);
	buf_init_heap(&out, CONTROL_REPLY_MAX);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", true);
	json_begin_object(&w, "counters");
	for (enum counter c = 0; c < COUNTER_COUNT; c++)
		json_put_u64(&w, counter_text[c], sum(f, c));
	put_gauges(&w, f);
	json_put_u64(&w, "journal.written", stats.written);
	json_put_u64(&w, "journal.lost_queries", stats.lost_queries);
	json_put_u64(&w, "journal.lost_events", stats.lost_events);
	json_put_u64(&w, "journal.segments_deleted", stats.segments_deleted);
	json_end_object(&w);
	json_end_object(&w);
	answer(request, &out);
}

static void verb_reload(void *arg, struct control_request *request, const struct json_value *body)
{
	struct front *f = arg;
	const struct channel_message m = {
		.type = CHANNEL_RELOAD, .text = span_text(control_who(request)), .fd = -1};

	(void)body;
	if (f->reload || swap_is_reload(f))
		control_refuse(request, "another reload is under way; try again");
	else if (channel_send(f->channel, &m) != 0)
		control_refuse(request, "the supervisor does not answer; try again");
	else
		f->reload = request;
}

static void verb_explain(void *arg, struct control_request *request, const struct json_value *body)
{
	struct front *f = arg;

	explainer_ask(f->explainer, request, body);
}

const struct control_verb front_verbs[] = {
	{"status", false, verb_status},
	{"stats", false, verb_stats},
	{"explain", false, verb_explain},
	{"reload", true, verb_reload},
	{"suspend", true, suspend_verb},
	{NULL, false, NULL},
};
