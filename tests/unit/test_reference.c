/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Random lists, policies and answers: what matcher, judge and policy make of them, from the text of
 * the configuration and the octets of the answer on, equals what the reference says. A run is
 * repeated with its seed in REFERENCE_SEED.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "judge/judge.h"
#include "policy/policy.h"
#include "reference.h"
#include "sample.h"
#include "store/builder.h"

#define WORLDS 100
#define POLICIES 40 /* in each world */
#define QUESTIONS 12 /* under each policy */
#define DAY 20781 /* 2026-11-24 */
#define TEXT_MAX 16384

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DRAW(array) ((array)[draw(COUNT(array))])

static const char *const names[] = {"hik.test", "www.hik.test", "a.www.hik.test", "ezviz.test",
	"x.y.ezviz.test", "y.ezviz.test", "www.example", "cdn.example", "shop.cdn.example",
	"in.corp.test", "other.example"};
static const char *const listed[] = {"hik.test", "www.hik.test", "ezviz.test", "y.ezviz.test",
	"cdn.example", "www.example", "corp.test", "in.corp.test"};
static const char *const patterns[] = {"hik.test", "*.hik.test", ".hik.test", ".ezviz.test",
	"*.y.ezviz.test", "www.example", "*.example", ".cdn.example", ".corp.test"};
static const char *const v4[] = {"8.129.0.1", "8.129.1.1", "8.130.0.1", "8.131.0.1", "8.133.0.1",
	"11.0.0.1", "10.0.0.1", "47.91.1.1"};
static const char *const v6[] = {"2001:da8::1", "2001:da8:1::1", "2a00:1450::1", "fd00::1",
	"2002:881:1::1", "64:ff9b::8.131.0.1", "64:ff9b::10.0.0.1"};
static const char *const networks[] = {"8.129.0.0/16", "8.129.0.0/24", "8.0.0.0/8", "8.131.0.0/16",
	"11.0.0.0/8", "10.0.0.0/8", "2001:da8::/32", "2001:da8:1::/48", "fd00::/16"};
static const char *const countries[] = {"CN", "HK", "US", "TW"};
static const char *const places[] = {
	"qname", "cname", "target", "address", "hint", "embedded", "mention", "client"};
static const char *const vendors[] = {"hikvision", "ezviz", "hiklook", "dahua"};
static const char *const parents[][2] = {
	{"ezviz", "hikvision"}, {"hiklook", "ezviz"}, {NULL, NULL}};
static const char *const lists[] = {"one", "two", "three"};
static const char *const categories[] = {"ip-cameras", "clouds"};
static const char *const groups[] = {"g0", "g1", "g2"};
static const char *const types[] = {"A", "AAAA", "HTTPS", "MX", "TXT"};
static const char *const rule_names[REF_RULES] = {"r0", "r1", "r2", "r3", "r4"};
static const char *const exception_ids[REF_EXCEPTIONS] = {"x0", "x1"};

/* What stands in the databases of tests/unit/data. */
static const struct ref_row databases[] = {
	{"geoip", "located", "CN", "", "", "country.mmdb", .network = "8.129.0.0/16"},
	{"geoip", "located", "HK", "", "", "country.mmdb", .network = "8.131.0.0/16"},
	{"geoip", "located", "CN", "", "", "country.mmdb", .network = "2001:da8::/32"},
	{"geoip", "located", "SG", "", "", "flat.mmdb", .network = "8.129.0.0/16"},
	{"geoip", "located", "TW", "", "", "flat.mmdb", .network = "8.133.0.0/16"},
	{"geoip", "listed", "", "", "", "", .network = "8.129.0.0/16", .asn = 64500},
	{"geoip", "listed", "", "", "", "", .network = "8.130.0.0/16", .asn = 64501},
	{"geoip", "listed", "", "", "", "", .network = "2001:da8::/32", .asn = 64502},
};

static uint64_t seed, state_of_draw;
static struct mmdb *country, *flat, *asn;
static struct name zone;

static unsigned draw(size_t below)
{
	/* splitmix64 */
	uint64_t z = state_of_draw += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % below);
}

static void draw_words(ref_words out, const char *const *from, size_t count)
{
	unsigned wanted = 1 + draw(2), have = 0;

	for (unsigned i = 0; i < wanted; i++) {
		const char *word = from[draw(count)];

		if (have == 0 || strcmp(out[have - 1], word) != 0)
			out[have++] = word;
	}
	out[have] = NULL;
}

#define DRAW_WORDS(out, from) draw_words(out, from, COUNT(from))

/* Lists. */

static void draw_row(struct ref_row *row)
{
	static const char *const name_facts[] = {"listed", "operated", "owned"};
	static const char *const range_facts[] = {"listed", "located", "located"};
	static const char *const sources[] = {"", "rir", "ripe", "country.mmdb"};
	unsigned kind = draw(5);

	*row = (struct ref_row){DRAW(lists), DRAW(name_facts), DRAW(countries), "", "", ""};
	if (kind < 2) {
		row->name = DRAW(listed);
		row->below = draw(3) > 0;
	} else if (kind < 4) {
		row->network = DRAW(networks);
		row->fact = DRAW(range_facts);
	} else {
		row->asn = 64500 + draw(2);
	}
	if (strcmp(row->fact, "listed") == 0)
		row->country = "";
	if (draw(2))
		row->vendor = DRAW(vendors);
	if (draw(2))
		row->category = DRAW(categories);
	row->source = DRAW(sources);
}

static enum fact fact_of(const char *text)
{
	for (enum fact f = 0; f < FACT_COUNT; f++)
		if (strcmp(fact_text[f], text) == 0)
			return f;
	abort();
}

/* False for a row that the store does not take twice. */
static bool add_row(struct builder *b, const struct ref_row *from)
{
	struct builder_row row = {.fact = fact_of(from->fact),
		.confidence = CONFIDENCE_MEDIUM,
		.vendor = span_text(from->vendor),
		.category = span_text(from->category),
		.source = span_text(from->source)};
	uint8_t key[NAME_LEN_MAX];
	struct inet_prefix range;
	struct inet_addr last;

	snprintf(row.country, sizeof(row.country), "%s", from->country);
	while (strcmp(lists[row.list], from->list) != 0)
		row.list++;
	if (from->name)
		return builder_name(b, sample_key(from->name, key),
			       from->below ? NAME_MATCH_SUFFIX : NAME_MATCH_EXACT, &row) == 0;
	if (!from->network)
		return builder_asn(b, from->asn, &row) == 0;
	range = sample_prefix(from->network);
	last = inet_prefix_last(&range);
	return builder_range(b, &range.addr, &last, &row) == 0;
}

static struct store *write_lists(struct builder *b)
{
	static const uint8_t no_sources[DIGEST_LEN];
	char path[] = "/tmp/celnik-reference-XXXXXX";
	const char *problem = "";
	struct store *s = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_write(b, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	unlink(path);
	return s;
}

static struct store *draw_world(struct ref_world *w)
{
	unsigned wanted = draw(REF_ROWS + 1);
	struct builder *b = NULL;
	struct store *s;
	uint32_t index;

	*w = (struct ref_world){.zone = "corp.test",
		.has_countries = draw(3) > 0,
		.has_asns = draw(3) > 0,
		.databases = databases,
		.database_count = COUNT(databases),
		.parents = parents};
	assert_int_equal(builder_new(&b), 0);
	for (unsigned i = 0; i < COUNT(lists); i++)
		assert_int_equal(builder_list(b, span_text(lists[i]), &index), 0);
	for (unsigned i = 0; i < COUNT(vendors); i++) {
		const char *parent = "";

		for (unsigned k = 0; parents[k][0]; k++)
			if (strcmp(parents[k][0], vendors[i]) == 0)
				parent = parents[k][1];
		assert_int_equal(builder_vendor(b, span_text(vendors[i]), span_text(vendors[i]),
					 span_text(parent)),
			0);
	}
	for (unsigned i = 0; i < wanted; i++) {
		draw_row(&w->rows[w->row_count]);
		w->row_count += add_row(b, &w->rows[w->row_count]);
	}
	s = write_lists(b);
	builder_free(b);
	return s;
}

static struct matcher *open_world(const struct ref_world *w, struct store *s)
{
	struct matcher_sources sources = {.store = s, .zones = &zone, .zone_count = 1};
	struct matcher *m = NULL;

	if (w->has_countries) {
		sources.country[0] = country;
		sources.country[1] = flat;
		sources.country_count = 2;
	}
	if (w->has_asns)
		sources.asn = asn;
	assert_int_equal(matcher_new(&sources, &m), 0);
	return m;
}

/* Policies. */

static void draw_match(struct ref_match *m)
{
	static const char *const located[] = {"CN", "HK", "US", "TW", "SG", "unknown"};
	static const char *const numbers[] = {"64500", "64501", "64502"};
	static const char *const agreed[] = {"1", "2", "3"};
	static const struct {
		enum ref_key key;
		const char *const *from;
		size_t count;
	} kinds[] = {
		{REF_NAME, patterns, COUNT(patterns)},
		{REF_LIST, lists, COUNT(lists)},
		{REF_VENDOR, vendors, COUNT(vendors)},
		{REF_CATEGORY, categories, COUNT(categories)},
		{REF_OPERATED, countries, COUNT(countries)},
		{REF_OWNED, countries, COUNT(countries)},
		{REF_LOCATED, located, COUNT(located)},
		{REF_ASN, numbers, COUNT(numbers)},
		{REF_NETWORK, networks, COUNT(networks)},
		{REF_QTYPE, types, COUNT(types)},
		{REF_ON, places, COUNT(places)},
	};

	*m = (struct ref_match){0};
	for (unsigned i = 0, wanted = 1 + draw(3); i < wanted; i++) {
		unsigned k = draw(COUNT(kinds));

		draw_words(m->asked[kinds[k].key], kinds[k].from, kinds[k].count);
	}
	if (m->asked[REF_LOCATED][0] && draw(2))
		m->asked[REF_SOURCES][0] = DRAW(agreed);
}

static void draw_policy(struct ref_policy *p)
{
	static const char *const actions[] = {"allow", "log", "strip", "strip", "sinkhole",
		"nxdomain", "nodata", "refuse", "drop"};
	static const char *const otherwise[] = {"allow", "allow", "log", "nxdomain"};

	*p = (struct ref_policy){.enforce = draw(4) > 0,
		.rule_count = draw(REF_RULES + 1),
		.exception_count = draw(REF_EXCEPTIONS + 1),
		.otherwise = DRAW(otherwise)};
	for (unsigned i = 0; i < p->rule_count; i++) {
		struct ref_rule *r = &p->rules[i];

		*r = (struct ref_rule){rule_names[i], DRAW(actions), .observed = draw(5) == 0};
		if (draw(2))
			DRAW_WORDS(r->groups, groups);
		r->match_count = draw(6) == 0 ? 0 : 1 + draw(REF_MATCHES);
		for (unsigned k = 0; k < r->match_count; k++)
			draw_match(&r->matches[k]);
	}
	for (unsigned i = 0; i < p->exception_count; i++) {
		struct ref_exception *x = &p->exceptions[i];
		unsigned kind = draw(3);

		*x = (struct ref_exception){
			exception_ids[i], .covers_name = draw(2), .expired = draw(5) == 0};
		if (kind != 0)
			DRAW_WORDS(x->names, patterns);
		if (kind != 1)
			DRAW_WORDS(x->networks, networks);
		if (draw(2))
			DRAW_WORDS(x->groups, groups);
	}
}

static void put_words(struct buf *out, const char *key, const ref_words words)
{
	if (!words[0])
		return;
	buf_printf(out, "%s: [ ", key);
	for (unsigned i = 0; words[i]; i++)
		buf_printf(out, "%s\"%s\"", i ? ", " : "", words[i]);
	buf_put_text(out, " ], ");
}

static void put_rule(struct buf *out, const struct ref_rule *r)
{
	buf_printf(out, "  - { rule: %s, ", r->name);
	put_words(out, "clients", r->groups);
	if (r->match_count > 0)
		buf_put_text(out, "match: [ ");
	for (unsigned i = 0; i < r->match_count; i++) {
		const ref_words *asked = r->matches[i].asked;

		buf_printf(out, "%s{ ", i ? ", " : "");
		for (enum ref_key key = 0; key < REF_KEYS; key++)
			if (key == REF_SOURCES && asked[key][0])
				buf_printf(out, "sources: %s, ", asked[key][0]);
			else
				put_words(out, ref_key_text[key], asked[key]);
		buf_put_text(out, "}");
	}
	buf_printf(out, "%smode: %s, action: %s }\n", r->match_count ? " ], " : "",
		r->observed ? "observe" : "enforce", r->action);
}

static void put_policy(struct buf *out, const struct ref_policy *p)
{
	buf_printf(out,
		"version: 1\nmode: %s\nclients: { g0: { networks: 10.0.0.0/24 }, "
		"g1: { networks: 10.0.1.0/24 }, g2: { networks: 10.0.2.0/24 } }\n"
		"lists: { sources: [ { name: one, files: /x, format: tsv }, "
		"{ name: two, files: /x, format: tsv }, { name: three, files: /x, format: tsv } ] "
		"}\n"
		"geoip: { country: /x.mmdb, asn: /x.mmdb }\notherwise: %s\npolicy:\n",
		p->enforce ? "enforce" : "observe", p->otherwise);
	for (unsigned i = 0; i < p->rule_count; i++)
		put_rule(out, &p->rules[i]);
	buf_put_text(out, "exceptions:\n");
	for (unsigned i = 0; i < p->exception_count; i++) {
		const struct ref_exception *x = &p->exceptions[i];

		buf_printf(out, "  - { id: %s, ", x->id);
		put_words(out, "names", x->names);
		put_words(out, "networks", x->networks);
		put_words(out, "clients", x->groups);
		buf_printf(out, "covers: %s, reason: r, owner: o, expires: %s }\n",
			x->covers_name ? "name" : "chain",
			x->expired ? "2026-11-23" : "2026-11-24");
	}
}

/* NULL when it is refused, which happens only where rules can never match; the messages are then in
 * refusal. */
static struct conf *parse_policy(const char *text, char refusal[TEXT_MAX])
{
	struct report *report = report_new(100);
	struct conf_files *files = NULL;
	struct conf *c = NULL;
	char *messages;

	assert_int_equal(conf_files_from_text(
				 "f", span_text(text), (uint64_t)DAY * 86400 * NS_PER_S, &files),
		0);
	refusal[0] = '\0';
	if (conf_parse(files, report, &c) != 0) {
		messages = report_text(report, TEXT_MAX);
		snprintf(refusal, TEXT_MAX, "%s", messages);
		free(messages);
		if (!strstr(refusal, "can never match"))
			fail_msg("%s\n%s", text, refusal);
	}
	conf_files_free(files);
	report_free(report);
	return c;
}

/* Questions with their answers. */

static void draw_final(struct ref_final *f, const struct ref_question *q)
{
	const char *const *from = strcmp(q->type, "A") == 0 ? v4 : v6;
	size_t count = from == v4 ? COUNT(v4) : COUNT(v6);

	*f = (struct ref_final){0};
	if (strcmp(q->type, "TXT") == 0)
		return;
	if (strcmp(q->type, "MX") == 0 || (strcmp(q->type, "HTTPS") == 0 && draw(2)))
		f->target = DRAW(names);
	if (strcmp(q->type, "HTTPS") == 0) {
		f->address_count = draw(REF_ADDRESSES);
		for (unsigned i = 0; i < f->address_count; i++)
			f->addresses[i] = i ? DRAW(v6) : DRAW(v4);
	} else if (!f->target) {
		f->address_count = 1;
		f->addresses[0] = from[draw(count)];
	}
}

/* A and AAAA records that stand there already are left out by the daemon. */
static bool is_repeated(const struct ref_question *q, const struct ref_final *f)
{
	for (unsigned i = 0; i < q->final_count; i++)
		if (q->type[0] == 'A' && strcmp(q->finals[i].addresses[0], f->addresses[0]) == 0)
			return true;
	return false;
}

static bool is_in_chain(const struct ref_question *q, const char *name)
{
	for (unsigned i = 0; i < q->alias_count; i++)
		if (strcmp(q->aliases[i], name) == 0)
			return true;
	return strcmp(q->name, name) == 0;
}

static void draw_question(struct ref_question *q)
{
	*q = (struct ref_question){
		DRAW(names), DRAW(types), DRAW(groups), .is_signed = draw(6) == 0};
	for (unsigned i = 0, wanted = draw(REF_ALIASES + 1); i < wanted; i++) {
		const char *name = DRAW(names);

		if (!is_in_chain(q, name))
			q->aliases[q->alias_count++] = name;
	}
	for (unsigned i = 0, wanted = draw(REF_FINALS + 1); i < wanted; i++) {
		struct ref_final *f = &q->finals[q->final_count];

		draw_final(f, q);
		q->final_count += !is_repeated(q, f);
	}
}

static void put_final(
	struct buf *out, const struct ref_question *q, const char *owner, unsigned index)
{
	const struct ref_final *f = &q->finals[index];

	buf_printf(out, "= %s. 60 IN %s ", owner, q->type);
	if (strcmp(q->type, "TXT") == 0) {
		buf_printf(out, "\"%u\"", index);
	} else if (strcmp(q->type, "HTTPS") == 0) {
		buf_printf(out, "%u %s.", index + 1, f->target ? f->target : "");
		for (unsigned i = 0; i < f->address_count; i++)
			buf_printf(
				out, "%s%s", i == 0 ? " ipv4hint=" : " ipv6hint=", f->addresses[i]);
	} else if (f->target) {
		buf_printf(out, "%u %s.", index, f->target);
	} else {
		buf_put_text(out, f->addresses[0]);
	}
	buf_put_text(out, "\n");
}

/* The message with the records that are kept; with things that do not belong to it when noisy. */
static struct answer *answer_of(
	const struct ref_question *q, const bool kept[REF_FINALS], bool noisy)
{
	static char text[TEXT_MAX];
	struct question question = sample_question(q->name, RR_A);
	const char *owner = q->name;
	struct buf out;

	assert_int_equal(rr_type_parse(span_text(q->type), &question.type), 0);
	buf_init_fixed(&out, text, sizeof(text));
	buf_printf(&out, "? %s. %s NOERROR\n", q->name, q->type);
	if (noisy)
		buf_put_text(&out, "= foreign.example. 60 IN A 8.129.0.1\n"
				   "+ hik.test. 60 IN A 8.129.0.1\n");
	for (unsigned i = 0; i < q->alias_count; i++) {
		buf_printf(&out, "= %s. 60 IN CNAME %s.\n", owner, q->aliases[i]);
		owner = q->aliases[i];
	}
	for (unsigned i = 0; i < q->final_count; i++)
		if (kept[i])
			put_final(&out, q, owner, i);
	if (q->is_signed && q->final_count > 0)
		buf_printf(&out,
			"= %s. 60 IN RRSIG %s 8 2 60 20300101000000 20200101000000 1 example. "
			"AAAA\n",
			owner, q->type);
	return sample_answer(&question, buf_text(&out));
}

/* The daemon's way. */

struct given {
	bool asked;
	struct decision decision;
	struct answer *stripped;
};

static void decide(
	struct matcher *m, const struct policy *p, const struct ref_question *q, struct given *out)
{
	static const bool all[REF_FINALS] = {true, true, true, true};
	struct question question = sample_question(q->name, RR_A);
	struct answer *a = answer_of(q, all, draw(2));
	struct policy_query query = {(uint16_t)(q->group[1] - '0'), 0};
	struct evidence *e = NULL;
	struct resolution *r;

	assert_int_equal(rr_type_parse(span_text(q->type), &question.type), 0);
	query.type = question.type;
	*out = (struct given){0};
	assert_int_equal(judge_name(m, &question, &e), 0);
	policy_decide(p, &query, e, &out->decision);
	out->asked = out->decision.resolve_first;
	if (!out->asked) {
		free(a);
		free(e);
		return;
	}
	free(e);
	assert_int_equal(judge_answer(m, &question, a, &e), 0);
	policy_decide(p, &query, e, &out->decision);
	assert_false(out->decision.resolve_first);
	r = resolution_new(&question, a, e, DNSSEC_UNCHECKED);
	assert_non_null(r);
	if (out->decision.action == ACTION_STRIP)
		out->stripped = policy_stripped(p, out->decision.rule, &query, r);
	resolution_free(r);
}

static bool strips_equally(
	const struct ref_question *q, const struct ref_outcome *r, const struct given *g)
{
	struct answer *expected;
	bool any = false, equal;

	for (unsigned i = 0; i < REF_FINALS; i++)
		any = any || r->kept[i];
	if (!any || !g->stripped)
		return !any && !g->stripped;
	expected = answer_of(q, r->kept, false);
	equal = span_equal(expected->plain.octets, g->stripped->plain.octets);
	free(expected);
	return equal;
}

static const char *rule_of(const struct conf *c, const struct decision *d)
{
	return d->rule == POLICY_RULE_NONE ? "" : c->rules[d->rule].name;
}

static void put_outcome(struct buf *out, bool asked, const char *action, const char *would,
	const char *rule, bool exception, bool alert)
{
	buf_printf(out, "asked %d, %s, would %s, rule '%s', exception %d, alert %d\n", asked,
		action, would, rule, exception, alert);
}

static void fail_case(const char *policy, const struct ref_world *w, const struct ref_question *q,
	const struct conf *c, const struct ref_outcome *r, const struct given *g)
{
	static char text[TEXT_MAX * 2];
	static const char *const on[] = {"", "below "};
	struct buf out;

	buf_init_fixed(&out, text, sizeof(text));
	buf_printf(&out, "REFERENCE_SEED=%llu\n%s", (unsigned long long)seed, policy);
	for (unsigned i = 0; i < w->row_count; i++) {
		const struct ref_row *row = &w->rows[i];

		buf_printf(&out, "row %s %s%s AS%u %s %s v:%s c:%s s:%s\n", row->list,
			on[row->below],
			row->name      ? row->name
			: row->network ? row->network
				       : "",
			(unsigned)row->asn, row->fact, row->country, row->vendor, row->category,
			row->source);
	}
	buf_printf(&out, "countries %d, ASNs %d; %s %s for %s, signed %d:", w->has_countries,
		w->has_asns, q->name, q->type, q->group, q->is_signed);
	for (unsigned i = 0; i < q->alias_count; i++)
		buf_printf(&out, " -> %s", q->aliases[i]);
	buf_put_text(&out, "\n");
	for (unsigned i = 0; i < q->final_count; i++) {
		put_final(&out, q, "end", i);
		if (strcmp(r->action, "strip") == 0)
			buf_printf(&out, "  %s\n", r->kept[i] ? "kept" : "dropped");
	}
	put_outcome(&out, r->asked, r->action, r->would, r->rule, r->exception, r->alert);
	put_outcome(&out, g->asked, action_text[g->decision.action], action_text[g->decision.would],
		rule_of(c, &g->decision), g->decision.exception != POLICY_EXCEPTION_NONE,
		g->decision.alert);
	/* cmocka cuts long messages. */
	fputs(buf_text(&out), stderr);
	fail();
}

static void compare(const char *policy, const struct ref_world *w, const struct ref_question *q,
	const struct conf *c, const struct ref_outcome *r, const struct given *g)
{
	const struct decision *d = &g->decision;

	if (r->asked != g->asked || strcmp(r->action, action_text[d->action]) != 0 ||
		strcmp(r->would, action_text[d->would]) != 0 ||
		strcmp(r->rule, rule_of(c, d)) != 0 || r->alert != d->alert ||
		r->exception != (d->exception != POLICY_EXCEPTION_NONE) ||
		(d->action == ACTION_STRIP && !strips_equally(q, r, g)))
		fail_case(policy, w, q, c, r, g);
}

/* What `check` refuses as a rule that can never match must never decide. */
static void check_refused(const struct ref_world *w, const struct ref_policy *p, const char *policy,
	const char *refusal)
{
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct ref_question q;
		struct ref_outcome r;
		char phrase[64];

		draw_question(&q);
		ref_decide(w, p, &q, &r);
		snprintf(phrase, sizeof(phrase), "the rule '%s' can never match", r.rule);
		if (r.rule[0] && strstr(refusal, phrase))
			fail_msg("REFERENCE_SEED=%llu\n%s%s", (unsigned long long)seed, policy,
				refusal);
	}
}

static void check_policy(const struct ref_world *w, struct matcher *m, const struct ref_policy *p,
	unsigned *compared)
{
	static char text[TEXT_MAX], refusal[TEXT_MAX];
	struct policy *policy = NULL;
	struct conf *c;
	struct buf out;

	buf_init_fixed(&out, text, sizeof(text));
	put_policy(&out, p);
	c = parse_policy(buf_text(&out), refusal);
	if (!c) {
		check_refused(w, p, text, refusal);
		return;
	}
	assert_int_equal(policy_new(c, &(struct policy_moment){.day = DAY}, &policy), 0);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		struct ref_question q;
		struct ref_outcome r;
		struct given g;

		draw_question(&q);
		ref_decide(w, p, &q, &r);
		decide(m, policy, &q, &g);
		compare(text, w, &q, c, &r, &g);
		free(g.stripped);
		++*compared;
	}
	policy_free(policy);
	conf_free(c);
}

static void decides_as_the_reference(void **state)
{
	const char *wanted = getenv("REFERENCE_SEED");
	struct timespec now;
	unsigned compared = 0;

	(void)state;
	clock_gettime(CLOCK_REALTIME, &now);
	seed = wanted ? strtoull(wanted, NULL, 10)
		      : (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec + (uint64_t)getpid();
	state_of_draw = seed;
	print_message("REFERENCE_SEED=%llu\n", (unsigned long long)seed);
	for (unsigned i = 0; i < WORLDS; i++) {
		struct ref_world w;
		struct store *s = draw_world(&w);
		struct matcher *m = open_world(&w, s);

		for (unsigned k = 0; k < POLICIES; k++) {
			struct ref_policy p;

			draw_policy(&p);
			check_policy(&w, m, &p, &compared);
		}
		matcher_free(m);
		store_close(s);
	}
	print_message("%u decisions compared\n", compared);
	assert_true(compared >= 12000);
}

static struct mmdb *open_data(const char *name)
{
	const char *source = getenv("srcdir");
	struct mmdb *m = NULL;
	char path[256];

	snprintf(path, sizeof(path), "%s/tests/unit/data/%s", source ? source : ".", name);
	assert_int_equal(mmdb_open(path, &m), 0);
	return m;
}

static int setup(void **state)
{
	(void)state;
	zone = sample_name("corp.test");
	country = open_data("country.mmdb");
	flat = open_data("flat.mmdb");
	asn = open_data("asn.mmdb");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mmdb_close(country);
	mmdb_close(flat);
	mmdb_close(asn);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_as_the_reference),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
