/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What one step costs, each as one line `name value unit`: the least of many repetitions, which
 * what else runs on the machine disturbs least. A figure that has a bound stands with it, and the
 * exit code is 1 when one is missed. Arguments: a country database, one more, and a directory for
 * the generation.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "front/cache.h"
#include "journal/record.h"
#include "judge/judge.h"
#include "store/builder.h"

#define NAMES 1000000u
#define RANGES 20000u
#define RULES 50
#define ROUNDS 200
#define PER_ROUND 200
#define CACHED 100000u
#define PATH_LEN 4096

static bool missed;

static void must(int err, const char *what)
{
	if (err == 0)
		return;
	fprintf(stderr, "micro: %s: %s\n", what, err_text(err));
	exit(2);
}

static void say(const char *name, double value, const char *unit, double most)
{
	bool over = most > 0 && value > most;

	printf("%s %.1f %s", name, value, unit);
	if (most > 0)
		printf(" (at most %.0f%s)", most, over ? ": MISSED" : "");
	printf("\n");
	fflush(stdout);
	missed = missed || over;
}

/* The least time that one call took, in nanoseconds. */
static double least_ns(void (*step)(void *arg, unsigned n), void *arg)
{
	double least = INFINITY;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t begin = clock_monotonic_ns();
		double took;

		for (unsigned n = 0; n < PER_ROUND; n++)
			step(arg, round * PER_ROUND + n);
		took = (double)(clock_monotonic_ns() - begin) / PER_ROUND;
		least = took < least ? took : least;
	}
	return least;
}

static struct name name_of(const char *text)
{
	struct name name;

	must(name_parse(span_text(text), &name), text);
	return name;
}

/* Names with vendor, category, source and place, as lists have them. */
static void add_names(struct builder *b)
{
	char text[64], vendor[16];
	uint8_t key[NAME_LEN_MAX];

	for (unsigned i = 0; i < NAMES; i++) {
		struct builder_row row = {.fact = FACT_OPERATED,
			.confidence = CONFIDENCE_HIGH,
			.country = "CN",
			.line = i + 1,
			.file = SPAN_LITERAL("domains/ip-cameras.tsv"),
			.category = SPAN_LITERAL("ip-cameras"),
			.source = SPAN_LITERAL("a list; another list")};
		struct name name;

		snprintf(vendor, sizeof(vendor), "vendor%u", i % 500);
		row.vendor = span_text(vendor);
		snprintf(text, sizeof(text), "h%u.cloud%u.example", i, i % 997);
		name = name_of(text);
		must(builder_name(
			     b, span_of(key, name_to_key(&name, key)), NAME_MATCH_SUFFIX, &row),
			"name");
	}
}

static void add_ranges(struct builder *b)
{
	struct builder_row row = {.fact = FACT_LOCATED,
		.country = "CN",
		.file = SPAN_LITERAL("addresses/located.tsv"),
		.source = SPAN_LITERAL("registry")};

	for (unsigned i = 0; i < RANGES; i++) {
		uint8_t octets[4] = {
			(uint8_t)(20 + i / 8192), (uint8_t)(i / 32), (uint8_t)(i % 32 * 8), 0};
		struct inet_addr first = inet_addr_v4(octets), last;

		octets[2] = (uint8_t)(octets[2] + 3);
		octets[3] = 255;
		last = inet_addr_v4(octets);
		row.line = i + 1;
		must(builder_range(b, &first, &last, &row), "range");
	}
}

static void build(const char *path)
{
	static const uint8_t sources[DIGEST_LEN];
	struct builder *b = NULL;
	const char *problem = "";
	char vendor[16];
	uint32_t list;

	must(builder_new(&b), "builder");
	must(builder_list(b, SPAN_LITERAL("prc"), &list), "list");
	for (unsigned i = 0; i < 500; i++) {
		snprintf(vendor, sizeof(vendor), "vendor%u", i);
		must(builder_vendor(b, span_text(vendor), span_text(vendor), span_of(NULL, 0)),
			"vendor");
	}
	add_names(b);
	add_ranges(b);
	must(builder_write(b, path, sources, 1, &problem), problem);
	builder_free(b);
}

static void measure_build(const char *path, struct store **store)
{
	double least = INFINITY;
	struct store_info info;

	for (int i = 0; i < 3; i++) {
		uint64_t begin = clock_monotonic_ns();
		double took;

		build(path);
		took = (double)(clock_monotonic_ns() - begin) / NS_PER_MS;
		least = took < least ? took : least;
	}
	must(store_open(path, store), path);
	store_info_read(*store, &info);
	say("lists_build_million_names", least, "ms", 2000);
	say("lists_million_names_size", (double)info.size / (1 << 20), "MiB", 48);
}

/* Appends an uncompressed record. */
static void put_record(struct buf *b, const char *owner, uint16_t type, struct span rdata)
{
	struct name name = name_of(owner);

	buf_put_span(b, name_span(&name));
	buf_put_u16(b, type);
	buf_put_u16(b, RR_CLASS_IN);
	buf_put_u32(b, 300);
	buf_put_u16(b, (uint16_t)rdata.len);
	buf_put_span(b, rdata);
}

static void make_packet(const struct question *q, struct buf *b)
{
	static const uint8_t header[12] = {0, 0, 0x81, 0x80, 0, 1, 0, 5};
	struct name target = name_of("edge.cdn.example");

	buf_put(b, header, sizeof(header));
	buf_put_span(b, name_span(&q->name));
	buf_put_u16(b, q->type);
	buf_put_u16(b, RR_CLASS_IN);
	put_record(b, "www.innocent.example", RR_CNAME, name_span(&target));
	for (uint8_t i = 0; i < 4; i++) {
		const uint8_t octets[4] = {(uint8_t)(20 + i), (uint8_t)(60 * i), 5, 1};

		put_record(b, "edge.cdn.example", RR_A, span_of(octets, 4));
	}
}

struct subject {
	struct question question;
	struct span packet;
	struct answer *answer;
	struct matcher *matcher;
	struct evidence *evidence;
	struct policy *policy;
	struct resolution *resolution;
	struct journal_record record;
	struct journal_context context;
	struct cache *cache;
	struct question *cached;
};

static void step_parse(void *arg, unsigned n)
{
	struct subject *s = arg;
	struct answer *a = NULL;

	(void)n;
	must(answer_read(s->packet, &s->question, 3600, &a), "answer");
	free(a);
}

static void step_query(void *arg, unsigned n)
{
	struct subject *s = arg;
	struct record_cursor cursor;
	struct message m;
	struct record r;

	(void)n;
	must(message_read(s->packet, &m), "message");
	cursor = message_records(&m);
	while (record_next(&cursor, &r))
		;
}

static void step_judge(void *arg, unsigned n)
{
	struct subject *s = arg;
	struct evidence *e = NULL;

	(void)n;
	must(judge_answer(s->matcher, &s->question, s->answer, &e), "judge");
	free(e);
}

static void step_decide(void *arg, unsigned n)
{
	struct subject *s = arg;
	const struct policy_query q = {0, RR_A};
	struct decision d;

	(void)n;
	policy_decide(s->policy, &q, s->evidence, &d);
}

static void step_line(void *arg, unsigned n)
{
	static char storage[65536];
	struct subject *s = arg;
	struct buf b;

	(void)n;
	buf_init_fixed(&b, storage, sizeof(storage));
	journal_format(&s->record, &s->context, "boot", 0, CONF_CLIENTS_FULL, &b);
}

static void step_cache(void *arg, unsigned n)
{
	struct subject *s = arg;

	if (!cache_find(s->cache, &s->cached[n * 7919u % CACHED]))
		must(ERR_MISSING, "cache");
}

/* Rules of all sorts that do not hold. */
static void make_policy(struct subject *s)
{
	static const char *const lists[] = {"site"}, *const vendors[] = {"hikvision", "dahua"},
				 *const categories[] = {"medical"}, *const countries[] = {"MO"};
	static const struct conf_match matches[] = {
		{.lists = lists, .list_count = 1},
		{.vendors = vendors, .vendor_count = 2},
		{.categories = categories, .category_count = 1},
		{.operated = countries, .operated_count = 1},
		{.located = countries, .located_count = 1},
	};
	static struct conf_rule rules[RULES];
	static struct conf_group group = {.name = "local"};
	static struct conf conf = {.site = "site",
		.mode = MODE_ENFORCE,
		.groups = &group,
		.group_count = 1,
		.rules = rules,
		.rule_count = RULES};
	const struct policy_moment at = {.day = 20781};

	for (unsigned i = 0; i < RULES; i++)
		rules[i] = (struct conf_rule){.name = "rule",
			.groups = UINT64_MAX,
			.matches = &matches[i % 5],
			.match_count = 1,
			.action = ACTION_NXDOMAIN};
	must(policy_new(&conf, &at, &s->policy), "policy");
	s->context = (struct journal_context){
		.conf = &conf, .policy = s->policy, .lists = "aa", .config = "bb"};
}

static void retire(void *arg, struct resolution *r)
{
	(void)arg;
	resolution_free(r);
}

static void fill_cache(struct subject *s)
{
	struct hash_key key;
	char text[64];

	must(hash_key_draw(&key), "random");
	must(cache_new((size_t)1 << 30, &key, retire, NULL, &s->cache), "cache");
	s->cached = calloc(CACHED, sizeof(*s->cached));
	must(s->cached ? 0 : ERR_MEMORY, "cache");
	for (unsigned i = 0; i < CACHED; i++) {
		struct evidence *e = NULL;
		struct resolution *r;

		snprintf(text, sizeof(text), "host%u.cached.example", i);
		s->cached[i] = (struct question){name_of(text), RR_A, RR_CLASS_IN};
		must(judge_name(s->matcher, &s->cached[i], &e), "judge");
		r = resolution_new(&s->cached[i], NULL, e, DNSSEC_UNCHECKED);
		must(r && cache_put(s->cache, r, 1) ? 0 : ERR_MEMORY, "cache");
	}
}

static void measure(struct subject *s)
{
	say("cache_lookup", least_ns(step_cache, s), "ns", 0);
	say("parse_message", least_ns(step_query, s), "ns", 0);
	say("parse_answer", least_ns(step_parse, s), "ns", 0);
	say("judge_answer", least_ns(step_judge, s), "ns", 5000);
	say("decide_50_rules", least_ns(step_decide, s), "ns", 1000);
	say("log_line", least_ns(step_line, s), "ns", 0);
}

static void prepare(struct subject *s)
{
	struct evidence *e = NULL;

	must(answer_read(s->packet, &s->question, 3600, &s->answer), "answer");
	must(judge_answer(s->matcher, &s->question, s->answer, &s->evidence), "judge");
	make_policy(s);
	must(judge_answer(s->matcher, &s->question, s->answer, &e), "judge");
	s->resolution = resolution_new(&s->question, s->answer, e, DNSSEC_INSECURE);
	must(s->resolution ? 0 : ERR_MEMORY, "resolution");
	s->record = (struct journal_record){.resolution = s->resolution,
		.real_ns = clock_real_ns(),
		.rule = POLICY_RULE_NONE,
		.exception = POLICY_EXCEPTION_NONE,
		.ede = (uint16_t)EDE_NONE,
		.client = {[10] = 0xff, 0xff, 10, 20, 8, 11},
		.client_is_v4 = 1};
	fill_cache(s);
}

static void release(struct subject *s)
{
	cache_free(s->cache);
	free(s->cached);
	resolution_free(s->resolution);
	free(s->evidence);
	policy_free(s->policy);
}

int main(int argc, char **argv)
{
	struct subject s = {.question = {name_of("www.innocent.example"), RR_A, RR_CLASS_IN}};
	struct matcher_sources sources = {.country_count = 2};
	struct buf packet;
	char path[PATH_LEN];

	if (argc != 4) {
		fputs("usage: micro COUNTRY.mmdb OTHER.mmdb DIRECTORY\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/micro-%d.lmdb", argv[3], (int)getpid());
	measure_build(path, &sources.store);
	must(mmdb_open(argv[1], &sources.country[0]), argv[1]);
	must(mmdb_open(argv[2], &sources.country[1]), argv[2]);
	must(matcher_new(&sources, &s.matcher), "matcher");
	buf_init_heap(&packet, 65536);
	make_packet(&s.question, &packet);
	s.packet = buf_span(&packet);
	prepare(&s);
	measure(&s);
	release(&s);
	buf_release(&packet);
	matcher_free(s.matcher);
	mmdb_close(sources.country[0]);
	mmdb_close(sources.country[1]);
	store_close(sources.store);
	unlink(path);
	return missed;
}
