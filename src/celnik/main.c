/* SPDX-License-Identifier: BSD-3-Clause */

#include "config.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define MESSAGES_MAX 1000

static const struct cli_verb verbs[] = {
	{"check", verb_check, "[FILE]", "validate the configuration"},
	{"explain", verb_explain, "[--type T] [--client A] NAME", "show a decision step by step"},
	{"lists", verb_lists,
		"build | lookup NAME|ADDRESS | info | diff OLD NEW | export --format F",
		"compile, look into, compare and hand out the lists"},
	{"log", verb_log, "[--all] [-f] [-n N] [--since T] [--until T]", "read the query log"},
	{"reload", verb_reload, "", "build the lists if needed, then take over the configuration"},
	{"stats", verb_stats, "", "the running daemon's counters"},
	{"status", verb_status, "", "how the running daemon is"},
};

static int usage(FILE *out, int code)
{
	fputs("usage: celnik [-c FILE] [-o human|json|csv] VERB ...\n", out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(out, "  %-8s %-44s %s\n", verbs[i].name, verbs[i].arguments,
			verbs[i].summary);
	fputs("see celnik(1)\n", out);
	return code;
}

int cli_usage(const char *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].name) == 0)
			fprintf(stderr, "usage: celnik %s %s\n", verb, verbs[i].arguments);
	return CLI_USAGE;
}

bool cli_output_parse(const char *word, enum cli_output *out)
{
	static const char *const words[] = {
		[CLI_HUMAN] = "human", [CLI_JSON] = "json", [CLI_CSV] = "csv"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			*out = (enum cli_output)i;
			return true;
		}
	}
	fprintf(stderr, "celnik: unknown output '%s'; write human, json or csv\n", word);
	return false;
}

struct conf *cli_conf(const struct cli *cli)
{
	struct report *report = report_new(MESSAGES_MAX);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;

	if (!report)
		return NULL;
	if (conf_files_read(cli->config_path, report, &files) == 0)
		if (conf_parse(files, report, &conf) != 0)
			conf = NULL;
	if (!conf)
		report_print(report, stderr);
	conf_files_free(files);
	report_free(report);
	return conf;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct cli cli = {.config_path = SYSCONFDIR "/celnik/celnik.yaml"};
	int option;

	setlocale(LC_CTYPE, "");
	cli.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	while ((option = getopt_long(argc, argv, "+c:o:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			cli.config_path = optarg;
			break;
		case 'o':
			if (!cli_output_parse(optarg, &cli.output))
				return CLI_USAGE;
			break;
		case 'h':
			return usage(stdout, CLI_OK);
		case 'V':
			puts(PACKAGE_STRING);
			return CLI_OK;
		default:
			return usage(stderr, CLI_USAGE);
		}
	}
	argc -= optind;
	argv += optind;
	for (size_t i = 0; argc > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) == 0) {
			optind = 0;
			return verbs[i].run(&cli, argc, argv);
		}
	}
	if (argc > 0)
		fprintf(stderr, "celnik: unknown verb '%s'\n", argv[0]);
	return usage(stderr, CLI_USAGE);
}
