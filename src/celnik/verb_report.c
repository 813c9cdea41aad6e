/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik report: the risk report, as a page and as tables. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli.h"
#include "generation.h"
#include "review/risk.h"
#include "review_index.h"
#include "when.h"

#define HOUR_MS INT64_C(3600000)
#define DEFAULT_DAYS 30

enum { HTML = CLI_LONG_ONLY, CSV_DIR, SINCE, UNTIL, LANG, REDACT };

struct request {
	const char *html, *csv; /* NULL */
	const char *since, *until; /* as written; NULL */
	enum language language;
	bool redact;
};

static bool parse_language(const char *word, enum language *out)
{
	if (language_parse(word, out))
		return true;
	fprintf(stderr, "celnik: there is no report in '%s'; write en or cs\n", word);
	return false;
}

static bool parse_options(struct cli *cli, int argc, char **argv, struct request *q)
{
	static const struct option options[] = {
		{"html", required_argument, NULL, HTML},
		{"csv-dir", required_argument, NULL, CSV_DIR},
		{"since", required_argument, NULL, SINCE},
		{"until", required_argument, NULL, UNTIL},
		{"lang", required_argument, NULL, LANG},
		{"redact", no_argument, NULL, REDACT},
		{NULL, 0, NULL, 0},
	};
	bool good = true;
	int option;

	while (good && (option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == HTML)
			q->html = optarg;
		else if (option == CSV_DIR)
			q->csv = optarg;
		else if (option == SINCE)
			q->since = optarg;
		else if (option == UNTIL)
			q->until = optarg;
		else if (option == REDACT)
			q->redact = true;
		else
			good = option == LANG && parse_language(optarg, &q->language);
	}
	if (good && !q->html && !q->csv)
		fputs("celnik: where to? write --html FILE, --csv-dir DIRECTORY, or both\n",
			stderr);
	return good && (q->html || q->csv) && optind == argc;
}

/* Whole hours: up to now by default, and the thirty days before that. */
static bool find_period(const struct request *q, struct figure_period *p)
{
	uint64_t now_ns = clock_real_ns(), since_ns, until_ns = now_ns;

	if (q->until && !when_or_say(q->until, now_ns, &until_ns))
		return false;
	since_ns = until_ns - DEFAULT_DAYS * 24 * 3600 * NS_PER_S;
	if (q->since && !when_or_say(q->since, now_ns, &since_ns))
		return false;
	p->now_ms = (int64_t)(now_ns / NS_PER_MS);
	p->since_ms = (int64_t)(since_ns / NS_PER_MS) / HOUR_MS * HOUR_MS;
	p->until_ms = ((int64_t)(until_ns / NS_PER_MS) + HOUR_MS - 1) / HOUR_MS * HOUR_MS;
	p->redact = q->redact;
	if (p->since_ms < p->until_ms)
		return true;
	fputs("celnik: the report ends before it begins; write --since earlier than --until\n",
		stderr);
	return false;
}

static int write_failed(const char *path)
{
	fprintf(stderr, "celnik: cannot write '%s': %s\n", path, strerror(errno));
	return CLI_IO;
}

static int write_html(const struct risk *r, const char *path)
{
	char temporary[4096];
	FILE *out;
	int err;

	snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	out = fopen(temporary, "we");
	if (!out)
		return write_failed(temporary);
	err = risk_html(r, out);
	if (fclose(out) != 0 && !err)
		err = ERR_IO;
	if (!err && rename(temporary, path) == 0)
		return CLI_OK;
	err = write_failed(path);
	remove(temporary);
	return err;
}

static int write_report(const struct request *q, const struct risk *r)
{
	int code = CLI_OK;

	if (q->html)
		code = write_html(r, q->html);
	if (code == CLI_OK && q->csv && risk_csv(r, q->csv) != 0)
		code = write_failed(q->csv);
	if (code != CLI_OK && *db_problem(r->db))
		fprintf(stderr, "celnik: index: %s\n", db_problem(r->db));
	return code;
}

static void lists_digest(const struct conf *conf, char out[DIGEST_TEXT_MAX])
{
	char path[GENERATIONS_PATH_MAX];
	struct store_info info;
	struct store *store;

	out[0] = '\0';
	if (generation_open(conf, path, &store) != 0)
		return;
	store_info_read(store, &info);
	digest_format(info.digest, out);
	store_close(store);
}

static int run(const struct cli *cli, const struct conf *conf, const struct request *q)
{
	struct risk r = {.conf = conf, .language = q->language};
	char lists[DIGEST_TEXT_MAX];
	struct index *x = NULL;
	int code;

	if (conf->timezone) {
		setenv("TZ", conf->timezone, 1);
		tzset();
	}
	if (!find_period(q, &r.period))
		return CLI_USAGE;
	/* The period before is compared with. */
	code = review_index(
		cli, conf, (uint64_t)(2 * r.period.since_ms - r.period.until_ms) * NS_PER_MS, &x);
	if (code != CLI_OK)
		return code;
	lists_digest(conf, lists);
	r.lists = lists;
	r.db = index_db(x);
	if (figures_begin(r.db, conf, &r.period) != 0) {
		fprintf(stderr, "celnik: index: %s\n", db_problem(r.db));
		code = CLI_IO;
	} else {
		code = write_report(q, &r);
	}
	index_close(x);
	return code;
}

int verb_report(struct cli *cli, int argc, char **argv)
{
	struct request q = {.language = LANGUAGE_EN};
	struct conf *conf = NULL;
	int code;

	if (!parse_options(cli, argc, argv, &q))
		return cli_usage(argv[0]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK)
		return code;
	code = run(cli, conf, &q);
	conf_free(conf);
	return code;
}
