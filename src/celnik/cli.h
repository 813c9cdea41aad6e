/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_CLI_H
#define CELNIK_CLI_H

/*
 * What the verbs of celnik(1) share. One file per verb, verb_NAME.c, with one row in main.c's
 * table. A verb gets its own arguments, argv[0] being its name, reads them with getopt_long (optind
 * is 0), prints results on standard output, messages on standard error, and returns an exit code.
 */

#include <stdio.h>

#include "conf/conf.h"

enum cli_exit {
	CLI_OK = 0, /* found, done */
	CLI_NONE = 1, /* nothing found, or the check failed */
	CLI_USAGE = 2,
	CLI_IO = 3, /* input or output failed */
};

enum cli_output { CLI_HUMAN, CLI_JSON, CLI_CSV };

struct cli {
	const char *config_path; /* -c, or the installed default */
	enum cli_output output; /* -o before the verb; verbs take -o too */
	bool colour; /* standard output is a terminal and NO_COLOR is not set */
};

struct cli_verb {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments; /* for the usage line */
	const char *summary; /* one line of help */
};

/* Reads and checks the configuration; prints the report on standard error. NULL when there was an
 * error. */
struct conf *cli_conf(const struct cli *cli);
/* "human", "json", "csv"; prints a usage error and returns false for another word. */
bool cli_output_parse(const char *word, enum cli_output *out);
/* The verb's usage line on standard error; returns CLI_USAGE. */
int cli_usage(const char *verb);

int verb_check(struct cli *cli, int argc, char **argv);
int verb_exceptions(struct cli *cli, int argc, char **argv);
int verb_explain(struct cli *cli, int argc, char **argv);
int verb_lists(struct cli *cli, int argc, char **argv);
int verb_log(struct cli *cli, int argc, char **argv);
int verb_reload(struct cli *cli, int argc, char **argv);
int verb_stats(struct cli *cli, int argc, char **argv);
int verb_status(struct cli *cli, int argc, char **argv);

#endif
