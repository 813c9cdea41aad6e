/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik check: validates a configuration and shows every problem with its place. */

#include <stdlib.h>

#include "base/buf.h"
#include "cli.h"
#include "host.h"
#include "rows.h"
#include "screen.h"
#include "json/writer.h"

#define MESSAGES_MAX 1000
#define OUTPUT_MAX ((size_t)8 << 20)

struct outcome {
	const char *path;
	const struct report *report;
	const struct conf *conf; /* NULL: not valid */
	size_t errors, warnings;
};

static void print_problems(const struct outcome *o)
{
	if (o->errors || o->warnings)
		report_print(o->report, stderr);
}

static void show_human(const struct outcome *o)
{
	print_problems(o);
	if (!o->conf) {
		fprintf(stderr, "%s: %zu error%s", o->path, o->errors, screen_plural(o->errors));
		if (o->warnings)
			fprintf(stderr, ", %zu warning%s", o->warnings, screen_plural(o->warnings));
		fputs("\n", stderr);
		return;
	}
	printf("%s: ok (%u group%s, %u rule%s, %s", o->path, o->conf->group_count,
		screen_plural(o->conf->group_count), o->conf->rule_count,
		screen_plural(o->conf->rule_count), mode_text[o->conf->mode]);
	if (o->warnings)
		printf(", %zu warning%s", o->warnings, screen_plural(o->warnings));
	puts(")");
}

static void show_json(const struct outcome *o)
{
	char *text = report_text(o->report, OUTPUT_MAX / 8);
	struct json_writer w;
	struct buf b;

	buf_init_heap(&b, OUTPUT_MAX);
	json_writer_init(&w, &b);
	json_begin_object(&w, NULL);
	json_put_string(&w, "file", o->path);
	json_put_bool(&w, "ok", o->conf != NULL);
	json_put_u64(&w, "errors", o->errors);
	json_put_u64(&w, "warnings", o->warnings);
	if (o->conf) {
		char digest[DIGEST_TEXT_MAX];

		json_put_u64(&w, "groups", o->conf->group_count);
		json_put_u64(&w, "rules", o->conf->rule_count);
		json_put_string(&w, "mode", mode_text[o->conf->mode]);
		json_put_string(&w, "digest", digest_format(o->conf->digest, digest));
	}
	json_put_string(&w, "report", text ? text : "");
	json_end_object(&w);
	puts(buf_text(&b));
	buf_release(&b);
	free(text);
}

static void show_csv(const struct outcome *o)
{
	print_problems(o);
	puts("file,ok,errors,warnings,groups,rules,mode");
	rows_csv_field(span_text(o->path));
	printf(",%s,%zu,%zu,%u,%u,%s\n", o->conf ? "true" : "false", o->errors, o->warnings,
		o->conf ? o->conf->group_count : 0, o->conf ? o->conf->rule_count : 0,
		o->conf ? mode_text[o->conf->mode] : "");
}

static void (*const shows[])(const struct outcome *o) = {
	[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};

static int check(const char *path, enum cli_output output)
{
	struct report *report = report_new(MESSAGES_MAX);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;
	struct outcome o = {.path = path, .report = report};
	int err, code;

	if (!report) {
		fputs("celnik: out of memory\n", stderr);
		return CLI_IO;
	}
	err = conf_files_read(path, report, &files);
	code = err == ERR_IO || err == ERR_MEMORY ? CLI_IO : CLI_NONE;
	if (err == 0 && conf_parse(files, report, &conf) == 0) {
		host_check(conf, path, files, report);
		code = CLI_OK;
	}
	o.conf = conf;
	o.errors = report_count(report, REPORT_ERROR);
	o.warnings = report_count(report, REPORT_WARNING);
	shows[output](&o);
	conf_free(conf);
	conf_files_free(files);
	report_free(report);
	return code;
}

int verb_check(struct cli *cli, int argc, char **argv)
{
	if (cli_option(cli, argc, argv, NULL) != -1 || argc - optind > 1)
		return cli_usage(argv[0]);
	return check(optind < argc ? argv[optind] : cli->config_path, cli->output);
}
