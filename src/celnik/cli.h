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

/* The first three are for every verb, the others for those whose row in the table of verbs says so.
 */
enum cli_output { CLI_HUMAN, CLI_JSON, CLI_CSV, CLI_WIDE, CLI_CEF, CLI_COF };

#define CLI_OUTPUTS_ALL (1U << CLI_HUMAN | 1U << CLI_JSON | 1U << CLI_CSV)
#define CLI_OUTPUTS_LOG (CLI_OUTPUTS_ALL | 1U << CLI_WIDE | 1U << CLI_CEF | 1U << CLI_COF)

struct cli {
	const char *config_path; /* -c, or the installed default */
	enum cli_output output; /* -o */
	unsigned outputs; /* those that the verb has, a bit each */
	bool colour; /* --color; or standard output is a terminal and NO_COLOR is not set */
	bool paged; /* not --no-pager */
};

struct cli_verb {
	const char *name;
	int (*run)(struct cli *cli, int argc, char **argv);
	const char *arguments; /* for the usage line */
	const char *summary; /* one line of help; NULL: not shown in it */
	unsigned outputs; /* 0: human, json and csv */
};

#define CLI_OPTIONS_MAX 16 /* a verb's own */
#define CLI_LONG_ONLY 256 /* from this value on an option has no letter */

/*
 * The next of a verb's own options, whose val is their letter where they have one; those that every
 * verb takes (-c, -o, --color, --no-pager, --help) are dealt with on the way. -1 at the end, '?'
 * for a wrong one, which is said. own ends with an empty row; NULL: none.
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
/* A word of -o; says so and returns false for one that cli->outputs has not. */
bool cli_output_parse(struct cli *cli, const char *word);
/* "auto", "always", "never"; says so and returns false for another word. */
bool cli_colour_parse(struct cli *cli, const char *word);
/* The usage line of a verb. */
void cli_usage_print(FILE *out, const char *verb);
/* The same on standard error; returns CLI_USAGE. */
int cli_usage(const char *verb);

int verb_check(struct cli *cli, int argc, char **argv);
int verb_client(struct cli *cli, int argc, char **argv);
int verb_completion(struct cli *cli, int argc, char **argv);
int verb_exceptions(struct cli *cli, int argc, char **argv);
int verb_explain(struct cli *cli, int argc, char **argv);
int verb_index(struct cli *cli, int argc, char **argv);
int verb_lists(struct cli *cli, int argc, char **argv);
int verb_log(struct cli *cli, int argc, char **argv);
int verb_new(struct cli *cli, int argc, char **argv);
int verb_reload(struct cli *cli, int argc, char **argv);
int verb_replay(struct cli *cli, int argc, char **argv);
int verb_report(struct cli *cli, int argc, char **argv);
int verb_show(struct cli *cli, int argc, char **argv);
int verb_stats(struct cli *cli, int argc, char **argv);
int verb_status(struct cli *cli, int argc, char **argv);
int verb_suspend(struct cli *cli, int argc, char **argv);
int verb_timeline(struct cli *cli, int argc, char **argv);
int verb_top(struct cli *cli, int argc, char **argv);
int verb_vendor(struct cli *cli, int argc, char **argv);
int verb_verify(struct cli *cli, int argc, char **argv);

/* Ended by a row without a name. */
extern const struct cli_verb cli_verbs[];

#endif
