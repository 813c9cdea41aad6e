/* SPDX-License-Identifier: BSD-3-Clause */

#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 1000

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

/* own and the common ones as getopt_long wants them. */
static void join_options(const struct option *own, struct option *all, char *letters)
{
	static const struct option common[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
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
	struct option all[CLI_OPTIONS_MAX + 4];
	char letters[2 * (CLI_OPTIONS_MAX + 4)];

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
			if (!cli_output_parse(optarg, &cli->output))
				return '?';
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
