/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "ask.h"
#include "screen.h"

static void show_human(const struct json_value *counters)
{
	const struct json_value *v;
	const char *name;
	void *iterator = NULL;
	size_t width = 0;

	while (json_next(counters, &iterator, &name))
		width = strlen(name) > width ? strlen(name) : width;
	iterator = NULL;
	while ((v = json_next(counters, &iterator, &name))) {
		screen_text(stdout, name);
		printf("%*s  %12" PRIu64 "\n", (int)(width - strlen(name)), "", json_u64(v, 0));
	}
}

static void show_csv(const struct json_value *counters)
{
	const struct json_value *v;
	const char *name;
	void *iterator = NULL;

	puts("counter,value");
	while ((v = json_next(counters, &iterator, &name))) {
		screen_text(stdout, name);
		printf(",%" PRIu64 "\n", json_u64(v, 0));
	}
}

int verb_stats(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
	struct ask_reply reply = {0};
	struct conf *conf;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1)
		if (option != 'o' || !cli_output_parse(optarg, &cli->output))
			return cli_usage(argv[0]);
	if (optind != argc)
		return cli_usage(argv[0]);
	conf = cli_conf(cli);
	code = ask_daemon(ask_socket(conf), "{\"verb\":\"stats\"}", ASK_TIME_MS, &reply);
	if (code == CLI_OK && cli->output == CLI_JSON)
		puts(reply.line);
	else if (code == CLI_OK && cli->output == CLI_CSV)
		show_csv(json_get(reply.root, "counters"));
	else if (code == CLI_OK)
		show_human(json_get(reply.root, "counters"));
	ask_release(&reply);
	conf_free(conf);
	return code;
}
