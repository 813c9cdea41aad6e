/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A query log of any size, the same each time: lines as celnikd writes them, judged by the lists in
 * force and decided by the policy of a configuration.
 *
 *	genlog CONFIG DIRECTORY COUNT DAYS < NAMES
 *
 * NAMES are names that the lists know, one a line. Things (one client of eight) ask for a few of
 *them again and again; people ask for innocent names, the popular ones most (Zipf), and seldom for
 *one of the others. Nights are quiet. The last day ends on 2026-11-24.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "journal/record.h"
#include "judge/judge.h"
#include "store/generations.h"

#define END_S INT64_C(1795478400) /* 2026-11-24T00:00:00Z */
#define CLIENTS 400
#define THINGS 50
#define THING_NAMES 6
#define INNOCENT 60000
#define LISTED_MAX 4000
#define SEGMENT_MAX (64u << 20)
#define BOOT "00c0ffee0001"

struct output {
	const char *directory, *stream;
	FILE *file;
	unsigned number;
	size_t octets;
};

struct world {
	struct conf *conf;
	struct policy *policy;
	struct matcher *matcher;
	struct journal_context context;
	char *listed[LISTED_MAX];
	unsigned listed_count;
	struct resolution *known[INNOCENT + LISTED_MAX][3];
	uint64_t dice;
};

static const uint16_t types[3] = {RR_A, RR_AAAA, RR_HTTPS};

static void die(const char *what)
{
	fprintf(stderr, "genlog: %s\n", what);
	exit(1);
}

/* splitmix64 */
static uint64_t roll(struct world *w)
{
	uint64_t z = w->dice += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned below(struct world *w, unsigned n)
{
	return (unsigned)(roll(w) % n);
}

static void read_world(struct world *w, const char *path)
{
	const struct policy_moment at = {.day = END_S / 86400};
	static struct matcher_sources sources;
	struct report *report = report_new(100);
	struct conf_files *files = NULL;
	char generation[GENERATIONS_PATH_MAX], line[512];

	if (conf_files_read(path, report, &files) != 0 ||
		conf_parse(files, report, &w->conf) != 0) {
		report_print(report, stderr);
		die("the configuration has errors");
	}
	if (generations_current(w->conf->lists_store, generation) != 0 ||
		store_open(generation, &sources.store) != 0)
		die("no lists in force; run celnik lists build");
	if (policy_new(w->conf, &at, &w->policy) != 0 || matcher_new(&sources, &w->matcher) != 0)
		die("no memory");
	w->context = (struct journal_context){.conf = w->conf, .policy = w->policy};
	digest_format(w->conf->digest, w->context.config);
	digest_format(w->conf->lists_digest, w->context.lists);
	while (w->listed_count < LISTED_MAX && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		w->listed[w->listed_count++] = strdup(line);
	}
	if (w->listed_count < THING_NAMES)
		die("too few names on standard input");
	conf_files_free(files);
	report_free(report);
}

static void put_record(struct buf *b, uint16_t type, const void *data, size_t len)
{
	buf_put_u16(b, 0xc00c);
	buf_put_u16(b, type);
	buf_put_u16(b, RR_CLASS_IN);
	buf_put_u32(b, 300);
	buf_put_u16(b, (uint16_t)len);
	buf_put(b, data, len);
}

/* One to three addresses; listed names lead to the PRC every other time; HTTPS has no data. */
static void put_answer(struct buf *b, const struct question *q, unsigned which, bool listed)
{
	unsigned count = q->type == RR_HTTPS ? 0 : 1 + which % 3;
	uint8_t v4[4] = {listed && which % 2 ? 8 : 93, listed && which % 2 ? 129 : 184,
		(uint8_t)(which >> 8), (uint8_t)which};
	uint8_t v6[16] = {0x20, 0x01, 0x04, 0xf8, 0, 0, (uint8_t)(which >> 8), (uint8_t)which};

	buf_put_u16(b, 0);
	buf_put_u16(b, 0x8180);
	buf_put_u16(b, 1);
	buf_put_u16(b, (uint16_t)count);
	buf_put_u32(b, 0);
	buf_put(b, q->name.octets, q->name.len);
	buf_put_u16(b, q->type);
	buf_put_u16(b, RR_CLASS_IN);
	for (unsigned i = 0; i < count; i++) {
		v4[3] += (uint8_t)i;
		v6[15] += (uint8_t)i;
		if (q->type == RR_A)
			put_record(b, RR_A, v4, 4);
		else
			put_record(b, RR_AAAA, v6, 16);
	}
}

static struct resolution *resolve(struct world *w, unsigned which, unsigned type)
{
	bool listed = which >= INNOCENT;
	struct question q = {.type = types[type], .class = RR_CLASS_IN};
	struct evidence *evidence = NULL;
	struct answer *answer = NULL;
	uint8_t packet[1024];
	char text[512];
	struct buf b;

	snprintf(text, sizeof(text), "www%u.site-%u.example", which % 7, which);
	if (name_parse(span_text(listed ? w->listed[which - INNOCENT] : text), &q.name) != 0)
		die("no name on standard input");
	name_to_lower(&q.name);
	buf_init_fixed(&b, packet, sizeof(packet));
	put_answer(&b, &q, which, listed);
	if (answer_read(buf_span(&b), &q, 3600, &answer) != 0 ||
		judge_answer(w->matcher, &q, answer, &evidence) != 0)
		die("cannot make an answer");
	return resolution_new(&q, answer, evidence, DNSSEC_INSECURE);
}

static const struct resolution *find(struct world *w, unsigned which, unsigned type)
{
	struct resolution **r = &w->known[which][type];

	if (!*r && !(*r = resolve(w, which, type)))
		die("no memory");
	return *r;
}

static const struct resolution *choose(struct world *w, unsigned client)
{
	double u = (double)(roll(w) >> 11) / 9007199254740992.0;
	unsigned type = below(w, 10) < 6 ? 0 : below(w, 4) ? 1 : 2;
	unsigned own = client * THING_NAMES % w->listed_count;

	if (client < THINGS)
		return find(w, INNOCENT + (own + below(w, THING_NAMES)) % w->listed_count, type);
	if (below(w, 200) == 0)
		return find(w, INNOCENT + below(w, w->listed_count), type);
	return find(w, (unsigned)(pow(INNOCENT, u)) - 1, type);
}

static void put_line(struct output *o, struct span line, int64_t at_s)
{
	char path[4096], stamp[32];
	time_t when = (time_t)at_s;
	struct tm tm;

	if (o->file && o->octets > SEGMENT_MAX) {
		fclose(o->file);
		o->file = NULL;
	}
	if (!o->file) {
		strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&when, &tm));
		snprintf(path, sizeof(path), "%s/%s-%s-" BOOT "-%06u.jsonl", o->directory,
			o->stream, stamp, ++o->number);
		o->octets = 0;
		o->file = fopen(path, "w");
		if (!o->file)
			die("cannot write into that directory");
	}
	fwrite(line.data, 1, line.len, o->file);
	putc('\n', o->file);
	o->octets += line.len + 1;
}

static void make(struct world *w, uint64_t number, uint64_t at_ns, struct output out[2])
{
	unsigned client = below(w, CLIENTS) < CLIENTS / 10 ? below(w, THINGS) : below(w, CLIENTS);
	uint8_t v4[4] = {10, 20, client < THINGS ? 8 : 30, (uint8_t)client};
	struct inet_addr addr = inet_addr_v4(v4);
	const struct resolution *r = choose(w, client);
	struct policy_query q = {policy_group(w->policy, &addr), r->question.type};
	struct journal_record record = {.resolution = r,
		.real_ns = at_ns,
		.number = number,
		.duration_us = 5 + below(w, 90),
		.client_port = (uint16_t)(1024 + below(w, 60000)),
		.dns_id = (uint16_t)roll(w),
		.query_flags = FLAG_RD,
		.group = q.group,
		.ede = (uint16_t)EDE_NONE,
		.source = below(w, 8) ? JOURNAL_SOURCE_CACHE : JOURNAL_SOURCE_UPSTREAM,
		.client_is_v4 = 1};
	struct decision d;
	struct buf line;
	static uint8_t text[1 << 16];

	if (q.group == POLICY_GROUP_NONE)
		die("10.20.8.0/24 and 10.20.30.0/24 must be clients");
	memcpy(record.client, addr.octets, 16);
	policy_decide(w->policy, &q, r->evidence, &d);
	record.rule = d.rule;
	record.exception = d.exception;
	record.action = d.action;
	record.would = d.would;
	record.alert = d.alert;
	buf_init_fixed(&line, text, sizeof(text));
	journal_format(&record, &w->context, BOOT, 0, CONF_CLIENTS_FULL, &line);
	put_line(&out[0], buf_span(&line), (int64_t)(at_ns / NS_PER_S));
	if (record.alert)
		put_line(&out[1], buf_span(&line), (int64_t)(at_ns / NS_PER_S));
}

/* How busy an hour of the day is, the mean being 1. */
static double busy(int64_t second)
{
	return 1 - 0.8 * cos((double)(second % 86400) / 86400 * 2 * 3.14159265358979);
}

int main(int argc, char **argv)
{
	static struct world w = {.dice = 1};
	struct output out[2] = {{.stream = "queries"}, {.stream = "events"}};
	uint64_t count;
	double at, step;

	if (argc != 5)
		die("usage: genlog CONFIG DIRECTORY COUNT DAYS < NAMES");
	count = strtoull(argv[3], NULL, 10);
	read_world(&w, argv[1]);
	out[0].directory = out[1].directory = argv[2];
	step = strtod(argv[4], NULL) * 86400 / (double)count;
	at = (double)END_S - strtod(argv[4], NULL) * 86400;
	for (uint64_t i = 0; i < count; i++) {
		make(&w, i, (uint64_t)(at * 1000) * NS_PER_MS, out);
		at += step / busy((int64_t)at);
	}
	for (size_t i = 0; i < 2; i++)
		if (out[i].file && fclose(out[i].file) != 0)
			die("cannot write");
	return 0;
}
