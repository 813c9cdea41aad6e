/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik lists: compiles the lists, and shows what they know and what they are. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "generation.h"
#include "lists/lists.h"
#include "lists_show.h"
#include "match/builtin.h"
#include "match/matcher.h"
#include "rows.h"
#include "screen.h"
#include "json/writer.h"

#define MESSAGES_MAX 1000
#define OUTPUT_MAX ((size_t)8 << 20)
#define ROWS_MAX 256
#define LABEL_WIDTH 12

static const char *const age_words[] = {
	[AGE_CURRENT] = "current", [AGE_OUTDATED] = "outdated", [AGE_UNKNOWN] = "unknown"};
static const char *const age_sentences[] = {
	[AGE_CURRENT] = "of these sources as they are now",
	[AGE_OUTDATED] = "the configuration or a list file has changed since; run 'celnik lists "
			 "build'",
	[AGE_UNKNOWN] = "a list file cannot be read, so it is not known whether it changed",
};

/* One generation, to be shown. */
struct generation {
	const char *path;
	const struct store *store;
	struct store_info info;
	enum generation_age age;
	const struct lists_build_result *built; /* NULL when it was only looked at */
};

static const char *reason(int err)
{
	return err == ERR_IO ? strerror(errno) : err_text(err);
}

static void label(const char *text)
{
	printf("%-*s", LABEL_WIDTH, text);
}

static void show_lists_human(const struct generation *g)
{
	struct store_list_info list;
	int width = 4;

	for (uint32_t i = 0; i < g->info.list_count; i++) {
		store_list_info_read(g->store, i, &list);
		width = (int)list.name.len > width ? (int)list.name.len : width;
	}
	printf("%-*s %9s %9s %9s %9s %9s\n", width, "list", "names", "ranges", "asns", "skipped",
		"off");
	for (uint32_t i = 0; i < g->info.list_count; i++) {
		store_list_info_read(g->store, i, &list);
		screen_printf("%.*s", SPAN_ARGS(list.name));
		printf("%*s %9u %9u %9u %9u %9u\n", width - (int)list.name.len, "", list.names,
			list.ranges, list.asns, list.skipped, list.off);
	}
	for (uint32_t i = 0; g->built && i < g->info.list_count; i++) {
		store_list_info_read(g->store, i, &list);
		if (g->built->duplicates[i] > 0)
			screen_printf("%u row%s of '%.*s' only repeat%s others\n",
				g->built->duplicates[i], screen_plural(g->built->duplicates[i]),
				SPAN_ARGS(list.name), g->built->duplicates[i] == 1 ? "s" : "");
	}
}

static void show_builtin(void)
{
	uint32_t names, ranges;

	builtin_count(&names, &ranges);
	label("built in");
	printf("%s: %u names, %u addresses; %s: addresses of no public network\n\n", BUILTIN_BYPASS,
		names, ranges, BUILTIN_REBINDING);
}

static void show_human(const struct generation *g)
{
	char built[CLOCK_TEXT_MAX], digest[DIGEST_TEXT_MAX], age[SCREEN_DURATION_MAX];
	uint64_t now = clock_real_ns();

	if (g->built && g->built->unchanged)
		puts("nothing to do: the generation in force was built from the same");
	label("generation");
	screen_printf("%s\n", g->path);
	label("digest");
	puts(digest_format(g->info.digest, digest));
	label("built");
	printf("%s, %s ago\n", clock_format(g->info.built_ns, built),
		screen_duration(
			now > g->info.built_ns ? (now - g->info.built_ns) / NS_PER_S : 0, age));
	label("state");
	puts(age_sentences[g->age]);
	label("content");
	printf("%u names, %u address segments, %u AS numbers, %u vendors, %.1f MiB\n",
		g->info.names, g->info.ranges, g->info.asns, g->info.vendors,
		(double)g->info.size / (1 << 20));
	show_builtin();
	show_lists_human(g);
}

static void put_builtin_json(struct json_writer *w)
{
	uint32_t names, ranges;

	builtin_count(&names, &ranges);
	json_begin_array(w, "builtin");
	json_begin_object(w, NULL);
	json_put_string(w, "name", BUILTIN_BYPASS);
	json_put_u64(w, "names", names);
	json_put_u64(w, "ranges", ranges);
	json_end_object(w);
	json_begin_object(w, NULL);
	json_put_string(w, "name", BUILTIN_REBINDING);
	json_end_object(w);
	json_end_array(w);
}

static void put_list_json(struct json_writer *w, const struct generation *g, uint32_t index)
{
	struct store_list_info list;

	store_list_info_read(g->store, index, &list);
	json_begin_object(w, NULL);
	json_put_text(w, "name", list.name);
	json_put_u64(w, "names", list.names);
	json_put_u64(w, "ranges", list.ranges);
	json_put_u64(w, "asns", list.asns);
	json_put_u64(w, "skipped", list.skipped);
	json_put_u64(w, "off", list.off);
	if (g->built && !g->built->unchanged)
		json_put_u64(w, "duplicates", g->built->duplicates[index]);
	json_end_object(w);
}

static void show_json(const struct generation *g)
{
	char built[CLOCK_TEXT_MAX], digest[DIGEST_TEXT_MAX];
	struct json_writer w;
	struct buf b;

	buf_init_heap(&b, OUTPUT_MAX);
	json_writer_init(&w, &b);
	json_begin_object(&w, NULL);
	json_put_string(&w, "generation", g->path);
	json_put_string(&w, "digest", digest_format(g->info.digest, digest));
	json_put_string(&w, "sources", digest_format(g->info.sources, digest));
	json_put_string(&w, "built", clock_format(g->info.built_ns, built));
	json_put_string(&w, "state", age_words[g->age]);
	json_put_bool(&w, "unchanged", g->built && g->built->unchanged);
	json_put_u64(&w, "size", g->info.size);
	json_put_u64(&w, "names", g->info.names);
	json_put_u64(&w, "segments", g->info.ranges);
	json_put_u64(&w, "asns", g->info.asns);
	json_put_u64(&w, "vendors", g->info.vendors);
	json_begin_array(&w, "lists");
	for (uint32_t i = 0; i < g->info.list_count; i++)
		put_list_json(&w, g, i);
	json_end_array(&w);
	put_builtin_json(&w);
	json_end_object(&w);
	puts(buf_text(&b));
	buf_release(&b);
}

static void show_csv(const struct generation *g)
{
	struct store_list_info list;

	puts("name,names,ranges,asns,skipped,off");
	for (uint32_t i = 0; i < g->info.list_count; i++) {
		store_list_info_read(g->store, i, &list);
		rows_csv_field(list.name);
		printf(",%u,%u,%u,%u,%u\n", list.names, list.ranges, list.asns, list.skipped,
			list.off);
	}
}

struct store *lists_current(const struct conf *conf, char *path)
{
	struct store *store = NULL;
	int err = generation_open(conf, path, &store);

	if (err == ERR_MISSING)
		fprintf(stderr,
			"celnik: there are no compiled lists in '%s'; run 'celnik lists build'\n",
			conf->lists_store);
	else if (err)
		fprintf(stderr,
			"celnik: cannot read the lists in '%s': %s; run 'celnik lists build'\n",
			path, reason(err));
	return store;
}

struct store *lists_open(const char *path)
{
	struct store *store = NULL;
	int err = store_open(path, &store);

	/* No build would mend what was named. */
	if (err)
		fprintf(stderr,
			"celnik: cannot read the lists in '%s': %s; name a generation, as 'celnik "
			"lists info' shows it, or 'current'\n",
			path, reason(err));
	return store;
}

static int show_generation(
	struct cli *cli, const struct conf *conf, const struct lists_build_result *built)
{
	static void (*const shows[])(const struct generation *) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};
	char path[GENERATIONS_PATH_MAX];
	struct store *store = lists_current(conf, path);
	struct generation g = {.path = path, .store = store, .built = built};

	if (!store)
		return CLI_IO;
	store_info_read(store, &g.info);
	g.age = generation_age(conf, store);
	shows[cli->output](&g);
	store_close(store);
	return CLI_OK;
}

static int build(struct cli *cli, const struct conf *conf, bool force)
{
	struct lists_build_result result = {0};
	struct report *report = report_new(MESSAGES_MAX);
	int err;

	if (!report) {
		fprintf(stderr, "celnik: %s\n", err_text(ERR_MEMORY));
		return CLI_IO;
	}
	err = lists_build(conf, force, clock_real_ns(), report, &result);
	report_print(report, stderr);
	report_free(report);
	if (!err)
		return show_generation(cli, conf, &result);
	fputs("celnik: the lists were not built; those in force stay\n", stderr);
	return err == ERR_IO || err == ERR_MEMORY ? CLI_IO : CLI_NONE;
}

/* The databases that can be opened; the others are named on standard error. */
static void databases_open(const struct conf *conf, struct matcher_sources *s)
{
	for (unsigned i = 0; i < conf->geoip_country_count; i++) {
		struct mmdb *m = NULL;
		int err = s->country_count < MATCHER_MMDB_MAX
				  ? mmdb_open(conf->geoip_country[i], &m)
				  : ERR_LIMIT;

		if (err)
			fprintf(stderr, "celnik: cannot use '%s': %s; looking up without it\n",
				conf->geoip_country[i], reason(err));
		else
			s->country[s->country_count++] = m;
	}
	if (conf->geoip_asn) {
		int err = mmdb_open(conf->geoip_asn, &s->asn);

		if (err)
			fprintf(stderr, "celnik: cannot use '%s': %s; looking up without it\n",
				conf->geoip_asn, reason(err));
	}
}

static void databases_close(struct matcher_sources *s)
{
	for (unsigned i = 0; i < s->country_count; i++)
		mmdb_close(s->country[i]);
	mmdb_close(s->asn);
}

/* A name or an address; false with a message when it is neither. */
static bool look_up(struct cli *cli, struct matcher *m, const char *asked, size_t *found)
{
	static struct store_row rows[ROWS_MAX];
	struct inet_addr addr;
	struct name name;
	size_t count;

	if (inet_addr_parse(span_text(asked), &addr) == 0) {
		count = matcher_address(m, &addr, rows, ROWS_MAX - 1);
		count = count < ROWS_MAX - 1 ? count : ROWS_MAX - 1;
		count += matcher_rebinding(m, &addr, &rows[count]);
	} else if (cli_name_parse(asked, &name)) {
		count = matcher_name(m, &name, rows, ROWS_MAX);
	} else {
		return false;
	}
	rows_show(cli->output, asked, rows, count < ROWS_MAX ? count : ROWS_MAX);
	*found += count;
	return true;
}

static int lookup_in(
	struct cli *cli, const struct matcher_sources *sources, char **asked, int asked_count)
{
	struct matcher *m = NULL;
	int err = matcher_new(sources, &m);
	size_t found = 0;
	bool ok = true;

	if (err) {
		fprintf(stderr, "celnik: cannot look up: %s\n", reason(err));
		return CLI_IO;
	}
	rows_head(cli->output);
	for (int i = 0; i < asked_count; i++)
		ok = look_up(cli, m, asked[i], &found) && ok;
	matcher_free(m);
	return !ok ? CLI_USAGE : found > 0 ? CLI_OK : CLI_NONE;
}

static int lookup(struct cli *cli, const struct conf *conf, char **asked, int asked_count)
{
	char path[GENERATIONS_PATH_MAX];
	struct matcher_sources sources = {.store = lists_current(conf, path),
		.nat64 = conf->nat64,
		.nat64_count = conf->nat64_count};
	int code;

	if (!sources.store)
		return CLI_IO;
	databases_open(conf, &sources);
	code = lookup_in(cli, &sources, asked, asked_count);
	databases_close(&sources);
	store_close(sources.store);
	return code;
}

enum {
	OPTION_FORMAT = CLI_LONG_ONLY,
	OPTION_GROUP,
	OPTION_LIST,
	OPTION_FACT,
	OPTION_COUNTRY,
	OPTION_VENDOR,
	OPTION_CATEGORY,
};

/* What stands behind `lists` as words: whether they and the options fit together, and what they do.
 */
struct request {
	struct lists_options options;
	char **words;
	int count;
};

static bool is(const struct request *r, const char *verb, int count)
{
	return r->count == count && strcmp(r->words[0], verb) == 0;
}

static bool is_lookup(const struct request *r)
{
	return r->count > 1 && strcmp(r->words[0], "lookup") == 0;
}

static bool has_export_options(const struct lists_options *o)
{
	return o->format || o->group || o->list || o->fact || o->country || o->vendor ||
	       o->category;
}

static int run(struct cli *cli, const struct conf *conf, const struct request *r)
{
	if (is(r, "build", 1))
		return build(cli, conf, r->options.force);
	if (is_lookup(r))
		return lookup(cli, conf, r->words + 1, r->count - 1);
	if (is(r, "export", 1))
		return lists_show_export(conf, &r->options);
	return show_generation(cli, conf, NULL);
}

static bool is_word(const char *word)
{
	static const char *const words[] = {"build", "diff", "export", "info", "lookup"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	fprintf(stderr, "celnik: unknown word '%s' behind 'lists'\n", word);
	return false;
}

static bool is_request(const struct request *r)
{
	bool of_export = is(r, "export", 1), of_build = is(r, "build", 1);

	if (r->count == 0 || !is_word(r->words[0]))
		return false;
	if ((r->options.force && !of_build) || (has_export_options(&r->options) && !of_export))
		return false;
	return of_build || of_export || is_lookup(r) || is(r, "diff", 3) || is(r, "info", 1);
}

/* The option's place; NULL for force and for a wrong one. */
static const char **option_place(struct lists_options *o, int option)
{
	switch (option) {
	case OPTION_FORMAT:
		return &o->format;
	case OPTION_GROUP:
		return &o->group;
	case OPTION_LIST:
		return &o->list;
	case OPTION_FACT:
		return &o->fact;
	case OPTION_COUNTRY:
		return &o->country;
	case OPTION_VENDOR:
		return &o->vendor;
	case OPTION_CATEGORY:
		return &o->category;
	default:
		return NULL;
	}
}

static bool options_read(struct cli *cli, int argc, char **argv, struct lists_options *o)
{
	static const struct option options[] = {
		{"force", no_argument, NULL, 'f'},
		{"format", required_argument, NULL, OPTION_FORMAT},
		{"group", required_argument, NULL, OPTION_GROUP},
		{"list", required_argument, NULL, OPTION_LIST},
		{"fact", required_argument, NULL, OPTION_FACT},
		{"country", required_argument, NULL, OPTION_COUNTRY},
		{"vendor", required_argument, NULL, OPTION_VENDOR},
		{"category", required_argument, NULL, OPTION_CATEGORY},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = cli_option(cli, argc, argv, options)) != -1) {
		const char **place = option_place(o, option);

		if (option == 'f')
			o->force = true;
		else if (place)
			*place = optarg;
		else
			return false;
	}
	return true;
}

int verb_lists(struct cli *cli, int argc, char **argv)
{
	struct request r = {0};
	struct conf *conf = NULL;
	int code;

	if (!options_read(cli, argc, argv, &r.options))
		return cli_usage(argv[0]);
	r.words = argv + optind;
	r.count = argc - optind;
	if (!is_request(&r))
		return cli_usage(argv[0]);
	if (is(&r, "diff", 3))
		return lists_show_diff(cli, r.words[1], r.words[2]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK)
		return code;
	code = run(cli, conf, &r);
	conf_free(conf);
	return code;
}
