/* SPDX-License-Identifier: BSD-3-Clause */

#include "config.h"

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define CONFIG_PATH SYSCONFDIR "/celnik/celnik.yaml"

#define ARGUMENTS_WIDTH 44
#define SUMMARY_COLUMN (ARGUMENTS_WIDTH + 13)

const struct cli_verb cli_verbs[] = {
	{"check", verb_check, "[FILE]", "validate the configuration"},
	{"client", verb_client, "[--since T] [--until T] [--last T] [--utc] DEVICE|ADDRESS",
		"what is known of one client"},
	{"completion", verb_completion, "[VERB]", NULL},
	{"exceptions", verb_exceptions, "[--expiring[=T]] [--unused] [--expired]",
		"the register of exceptions, with their use"},
	{"explain", verb_explain, "[--type T] [--client A] [--at TIME] [--answer FILE] NAME",
		"show a decision step by step"},
	{"index", verb_index, "[-f] [--rebuild]", "make the query log quick to look into"},
	{"lists", verb_lists,
		"build [--force] | lookup NAME|ADDRESS... | info | diff OLD NEW | export ...",
		"compile, look into, compare and hand out the lists"},
	{"log", verb_log,
		"[--all] [-f] [-r] [-n N] [--fields F,...] [--since T] [--until T] [--last T] "
		"[--utc] "
		"[EXPR]",
		"read the query log", CLI_OUTPUTS_LOG},
	{"new", verb_new, "[--all] [--by DIM] [--since T] [--until T] [--last T] [--utc] [EXPR]",
		"what was seen for the first time"},
	{"reload", verb_reload, "", "build the lists if needed, then take over the configuration"},
	{"replay", verb_replay, "[--since T] [--until T] [-n N] [--each] [--exit-code] FILE",
		"decide the queries of the log by another configuration"},
	{"report", verb_report,
		"--html FILE [--csv-dir DIR] [--since T] [--until T] [--lang en|cs] [--redact]",
		"the risk report"},
	{"show", verb_show, "[--utc] ID", "one record of the query log in full"},
	{"stats", verb_stats, "", "the running daemon's counters"},
	{"status", verb_status, "", "how the running daemon is"},
	{"suspend", verb_suspend,
		"--group G|--all --for T --reason R | --end --group G|--all | --list",
		"log instead of enforcing for a while"},
	{"timeline", verb_timeline,
		"[--all] [--by DIM] [--since T] [--until T] [--last T] [--utc] [EXPR]",
		"records by hour or day"},
	{"top", verb_top,
		"[--all] [-n N] [--since T] [--until T] [--last T] [--utc] DIM[,DIM] [EXPR]",
		"records counted by their fields"},
	{"vendor", verb_vendor, "[--since T] [--until T] [--last T] [--utc] VENDOR",
		"what is known of one vendor"},
	{"verify", verb_verify, "[--head H] [DIRECTORY]", "prove that the query log is whole"},
	{NULL, NULL, NULL, NULL},
};

static int usage(FILE *out, int code)
{
	fputs("usage: celnik [-c FILE] [-o human|json|csv] VERB ...\n", out);
	for (const struct cli_verb *v = cli_verbs; v->name; v++) {
		bool is_wide = strlen(v->arguments) > ARGUMENTS_WIDTH;

		if (v->summary)
			fprintf(out, "  %-10s %-*s%s%*s %s\n", v->name, ARGUMENTS_WIDTH,
				v->arguments, is_wide ? "\n" : "", is_wide ? SUMMARY_COLUMN : 0, "",
				v->summary);
	}
	fputs("FILE is " CONFIG_PATH " where none is given; see celnik(1)\n", out);
	return code;
}

void cli_usage_print(FILE *out, const char *verb)
{
	for (const struct cli_verb *v = cli_verbs; v->name; v++)
		if (strcmp(verb, v->name) == 0)
			fprintf(out, "usage: celnik %s%s%s\n", verb, *v->arguments ? " " : "",
				v->arguments);
}

int cli_usage(const char *verb)
{
	cli_usage_print(stderr, verb);
	return CLI_USAGE;
}

/* The verb that the words begin with; output is what -o said before it. */
static int run_verb(struct cli *cli, const char *output, int argc, char **argv)
{
	for (const struct cli_verb *v = cli_verbs; argc > 0 && v->name; v++) {
		if (strcmp(argv[0], v->name) != 0)
			continue;
		cli->outputs = v->outputs ? v->outputs : CLI_OUTPUTS_ALL;
		if (output && !cli_output_parse(cli, output))
			return CLI_USAGE;
		optind = 0;
		return v->run(cli, argc, argv);
	}
	if (argc > 0)
		fprintf(stderr, "celnik: unknown verb '%s'\n", argv[0]);
	return usage(stderr, CLI_USAGE);
}

int main(int argc, char **argv)
{
	enum { COLOR = CLI_LONG_ONLY, NO_PAGER };
	static const struct option options[] = {
		{"color", required_argument, NULL, COLOR},
		{"config", required_argument, NULL, 'c'},
		{"no-pager", no_argument, NULL, NO_PAGER},
		{"output", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct cli cli = {.config_path = CONFIG_PATH, .paged = true};
	const char *output = NULL;
	int option;

	setlocale(LC_CTYPE, "");
	(void)cli_colour_parse(&cli, "auto");
	while ((option = getopt_long(argc, argv, "+c:o:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			cli.config_path = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case COLOR:
			if (!cli_colour_parse(&cli, optarg))
				return CLI_USAGE;
			break;
		case NO_PAGER:
			cli.paged = false;
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
	return run_verb(&cli, output, argc - optind, argv + optind);
}
