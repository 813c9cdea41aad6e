/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik completion: the words that a shell offers behind `celnik`, or behind a verb, out of the
 * table of verbs; for scripts. */

#include <ctype.h>
#include <string.h>

#include "cli.h"
#include "review/field.h"

static void put_fields(const char *suffix)
{
	for (const struct field *f = fields; f->name; f++)
		printf("%s%s\n", f->name, suffix);
}

/* Options, and words that are written as they stand, out of a usage line. */
static void put_arguments(const struct cli_verb *v)
{
	static const char *const between = " []|,=.";

	for (const char *word = v->arguments; *word;) {
		size_t len = strcspn(word, between);
		bool is_placeholder = len > 0 && isupper((unsigned char)*word);

		if (len > 0 && !is_placeholder)
			printf("%.*s\n", (int)len, word);
		word += len;
		word += strspn(word, between);
	}
	if (strstr(v->arguments, "DIM[,DIM]"))
		put_fields("");
	if (strstr(v->arguments, "[EXPR]"))
		put_fields("=");
}

int verb_completion(struct cli *cli, int argc, char **argv)
{
	bool found = false;

	if (cli_option(cli, argc, argv, NULL) != -1 || argc - optind > 1)
		return cli_usage(argv[0]);
	for (const struct cli_verb *v = cli_verbs; v->name; v++) {
		if (optind == argc && v->summary) {
			puts(v->name);
			found = true;
		} else if (optind < argc && strcmp(argv[optind], v->name) == 0) {
			put_arguments(v);
			puts("--color\n--config\n--help\n--no-pager\n--output");
			found = true;
		}
	}
	return found ? CLI_OK : CLI_NONE;
}
