/* SPDX-License-Identifier: BSD-3-Clause */

#include "config.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define CONFIG_PATH SYSCONFDIR "/celnik/celnik.yaml"

#define ARGUMENTS_WIDTH 44
#define SUMMARY_COLUMN (ARGUMENTS_WIDTH + 13)

static const struct cli_verb verbs[] = {
	{"check", verb_check, "[FILE]", "validate the configuration"},
	{"exceptions", verb_exceptions, "[--expiring[=T]] [--unused] [--expired]",
		"the register of exceptions, with their use"},
	{"explain", verb_explain, "[--type T] [--client A] [--at TIME] [--answer FILE] NAME",
		"show a decision step by step"},
	{"index", verb_index, "[-f] [--rebuild]", "make the query log quick to look into"},
	{"lists", verb_lists,
		"build [--force] | lookup NAME|ADDRESS... | info | diff OLD NEW | export ...",
		"compile, look into, compare and hand out the lists"},
	{"log", verb_log, "[--all] [-f] [-n N] [--since T] [--until T]", "read the query log"},
	{"reload", verb_reload, "", "build the lists if needed, then take over the configuration"},
	{"replay", verb_replay, "[--since T] [--until T] [-n N] [--each] [--exit-code] FILE",
		"decide the queries of the log by another configuration"},
	{"report", verb_report,
		"--html FILE [--csv-dir DIR] [--since T] [--until T] [--lang en|cs] [--redact]",
		"the risk report"},
	{"stats", verb_stats, "", "the running daemon's counters"},
	{"status", verb_status, "", "how the running daemon is"},
	{"suspend", verb_suspend,
		"--group G|--all --for T --reason R | --end --group G|--all | --list",
		"log instead of enforcing for a while"},
	{"verify", verb_verify, "[--head H] [DIRECTORY]", "prove that the query log is whole"},
};

static int usage(FILE *out, int code)
{
	fputs("usage: celnik [-c FILE] [-o human|json|csv] VERB ...\n", out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		bool is_wide = strlen(verbs[i].arguments) > ARGUMENTS_WIDTH;

		fprintf(out, "  %-10s %-*s%s%*s %s\n", verbs[i].name, ARGUMENTS_WIDTH,
			verbs[i].arguments, is_wide ? "\n" : "", is_wide ? SUMMARY_COLUMN : 0, "",
			verbs[i].summary);
	}
	fputs("FILE is " CONFIG_PATH " where none is given; see celnik(1)\n", out);
	return code;
}

void cli_usage_print(FILE *out, const char *verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verb, verbs[i].name) == 0)
			fprintf(out, "usage: celnik %s%s%s\n", verb, *verbs[i].arguments ? " " : "",
				verbs[i].arguments);
}

int cli_usage(const char *verb)
{
	cli_usage_print(stderr, verb);
	return CLI_USAGE;
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
	struct cli cli = {.config_path = CONFIG_PATH};
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
