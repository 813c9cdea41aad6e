/* SPDX-License-Identifier: BSD-3-Clause */

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MESSAGES_MAX 1000
#define COMMON_MAX 6 /* options of every verb, with the row that ends them */

enum { COLOR = 512, NO_PAGER };

bool cli_output_parse(struct cli *cli, const char *word)
{
	static const char *const words[] = {
		[CLI_HUMAN] = "human",
		[CLI_JSON] = "json",
		[CLI_CSV] = "csv",
		[CLI_WIDE] = "wide",
		[CLI_CEF] = "cef",
		[CLI_COF] = "cof",
	};
	size_t count = sizeof(words) / sizeof(words[0]);

	for (size_t i = 0; i < count; i++) {
		if (cli->outputs >> i & 1 && strcmp(word, words[i]) == 0) {
			cli->output = (enum cli_output)i;
			return true;
		}
	}
	fprintf(stderr, "celnik: no output '%s' here; write", word);
	for (size_t i = 0; i < count; i++)
		if (cli->outputs >> i & 1)
			fprintf(stderr, "%s %s",
				i == 0                  ? ""
				: cli->outputs >> i > 1 ? ","
							: " or",
				words[i]);
	fputc('\n', stderr);
	return false;
}

bool cli_colour_parse(struct cli *cli, const char *word)
{
	if (strcmp(word, "always") == 0 || strcmp(word, "never") == 0) {
		cli->colour = word[0] == 'a';
		return true;
	}
	if (strcmp(word, "auto") == 0) {
		cli->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
		return true;
	}
	fprintf(stderr, "celnik: '%s' is no use of colours; write auto, always or never\n", word);
	return false;
}

/* own and the common ones as getopt_long wants them. */
static void join_options(const struct option *own, struct option *all, char *letters)
{
	static const struct option common[] = {
		{"color", required_argument, NULL, COLOR},
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"no-pager", no_argument, NULL, NO_PAGER},
		{"output", required_argument, NULL, 'o'},
	};
	size_t count = sizeof(common) / sizeof(common[0]);

	memcpy(all, common, sizeof(common));
	for (; own && own->name && count < sizeof(common) / sizeof(common[0]) + CLI_OPTIONS_MAX;
		own++)
		all[count++] = *own;
	all[count] = (struct option){0};
	for (const struct option *o = all; o->name; o++) {
		if (o->val >= CLI_LONG_ONLY)
			continue;
		*letters++ = (char)o->val;
		if (o->has_arg == required_argument)
			*letters++ = ':';
	}
	*letters = '\0';
}

int cli_option(struct cli *cli, int argc, char **argv, const struct option *own)
{
	struct option all[CLI_OPTIONS_MAX + COMMON_MAX];
	char letters[2 * (CLI_OPTIONS_MAX + COMMON_MAX)];

	join_options(own, all, letters);
	for (;;) {
		int option = getopt_long(argc, argv, letters, all, NULL);

		switch (option) {
		case 'c':
			cli->config_path = optarg;
			break;
		case 'h':
			cli_usage_print(stdout, argv[0]);
			exit(CLI_OK);
		case 'o':
			if (!cli_output_parse(cli, optarg))
				return '?';
			break;
		case COLOR:
			if (!cli_colour_parse(cli, optarg))
				return '?';
			break;
		case NO_PAGER:
			cli->paged = false;
			break;
		default:
			return option;
		}
	}
}

bool cli_has_no_more(struct cli *cli, int argc, char **argv)
{
	return cli_option(cli, argc, argv, NULL) == -1 && optind == argc;
}

int cli_conf(const struct cli *cli, struct conf **out)
{
	struct report *report = report_new(MESSAGES_MAX);
	struct conf_files *files = NULL;
	int err = report ? conf_files_read(cli->config_path, report, &files) : ERR_MEMORY;

	if (!err)
		err = conf_parse(files, report, out);
	if (err && report)
		report_print(report, stderr);
	conf_files_free(files);
	report_free(report);
	if (err)
		return err == ERR_IO || err == ERR_MEMORY ? CLI_IO : CLI_NONE;
	return CLI_OK;
}

bool cli_name_parse(const char *text, struct name *out)
{
	struct inet_prefix prefix;

	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x80)
			continue;
		fprintf(stderr,
			"celnik: the name '%s' is not ASCII; write it with xn-- labels, as 'idn2' "
			"prints it\n",
			text);
		return false;
	}
	if (strstr(text, "://")) {
		fprintf(stderr, "celnik: '%s' is an URL; write the name in it alone\n", text);
		return false;
	}
	if (inet_prefix_parse(span_text(text), &prefix) != ERR_FORMAT) {
		fprintf(stderr,
			"celnik: '%s' is an address or a network, no name; 'celnik lists lookup' "
			"shows what is known of an address\n",
			text);
		return false;
	}
	if (name_parse(span_text(text), out) == 0)
		return true;
	fprintf(stderr, "celnik: '%s' is no domain name; write one like cam.example.com\n", text);
	return false;
}
