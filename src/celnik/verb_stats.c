/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

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
	struct ask_reply reply = {0};
	struct conf *conf = NULL;
	int code;

	if (!cli_has_no_more(cli, argc, argv))
		return cli_usage(argv[0]);
	cli_conf(cli, &conf);
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
