/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_CLI_H
#define CELNIK_CLI_H

/*
 * What the verbs of celnik(1) share. One file per verb, verb_NAME.c, with one row in main.c's
 * table. A verb gets its own arguments, argv[0] being its name, reads them with cli_option (optind
 * is 0), prints results on standard output, messages on standard error, and returns an exit code.
 */

#include <getopt.h>
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
	enum cli_output output; /* -o */
	bool colour; /* standard output is a terminal and NO_COLOR is not set */
};

struct cli_verb {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments; /* for the usage line */
	const char *summary; /* one line of help */
};

#define CLI_OPTIONS_MAX 8 /* a verb's own */
#define CLI_LONG_ONLY 256 /* from this value on an option has no letter */

/*
 * The next of a verb's own options, whose val is their letter where they have one; those that every
 * verb takes (-c, -o, --help) are dealt with on the way. -1 at the end, '?' for a wrong one, which
 * is said. own ends with an empty row; NULL: none.
 */
int cli_option(struct cli *cli, int argc, char **argv, const struct option *own);
/* Reads the options of a verb that has none of its own and takes no words. False: the usage is to
 * be shown. */
bool cli_has_no_more(struct cli *cli, int argc, char **argv);
/* Reads and checks the configuration. CLI_NONE or CLI_IO, and *out untouched, when there was an
 * error; the report stands on standard error then. */
int cli_conf(const struct cli *cli, struct conf **out);
/* A domain name as people type it; says on standard error why it is none and returns false. */
bool cli_name_parse(const char *text, struct name *out);
/* "human", "json", "csv"; says so and returns false for another word. */
bool cli_output_parse(const char *word, enum cli_output *out);
/* The usage line of a verb. */
void cli_usage_print(FILE *out, const char *verb);
/* The same on standard error; returns CLI_USAGE. */
int cli_usage(const char *verb);

int verb_check(struct cli *cli, int argc, char **argv);
int verb_exceptions(struct cli *cli, int argc, char **argv);
int verb_explain(struct cli *cli, int argc, char **argv);
int verb_index(struct cli *cli, int argc, char **argv);
int verb_lists(struct cli *cli, int argc, char **argv);
int verb_log(struct cli *cli, int argc, char **argv);
int verb_reload(struct cli *cli, int argc, char **argv);
int verb_replay(struct cli *cli, int argc, char **argv);
int verb_report(struct cli *cli, int argc, char **argv);
int verb_stats(struct cli *cli, int argc, char **argv);
int verb_status(struct cli *cli, int argc, char **argv);
int verb_suspend(struct cli *cli, int argc, char **argv);
int verb_verify(struct cli *cli, int argc, char **argv);

#endif
