/* SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "ask.h"
#include "base/clock.h"
#include "host.h"
#include "lists/lists.h"
#include "screen.h"

#define MESSAGES_MAX 1000
/* Long enough for a large generation to be verified and all workers to take it over. */
#define RELOAD_TIME_MS 60000

/* Progress is told on standard error, which keeps the output to the daemon's answer. */
static int build_lists(const struct conf *conf)
{
	struct report *report = report_new(MESSAGES_MAX);
	struct lists_build_result result = {0};
	int err = report ? lists_build(conf, false, clock_real_ns(), report, &result) : ERR_MEMORY;

	if (!err && !result.unchanged)
		fprintf(stderr, "celnik: built the lists: '%s'\n", result.path);
	if (report)
		report_print(report, stderr);
	report_free(report);
	if (!err)
		return CLI_OK;
	fputs("celnik: the lists were not built; the daemon keeps what it has\n", stderr);
	return err == ERR_IO ? CLI_IO : CLI_NONE;
}

/* What is correct and yet will not work as meant. */
static void warn(const struct cli *cli, const struct conf *conf)
{
	struct report *report = report_new(MESSAGES_MAX);

	if (report) {
		host_check(conf, cli->config_path, NULL, report);
		report_print(report, stderr);
	}
	report_free(report);
}

/* text is what the daemon has to say beyond that it worked: warnings. */
static void show(const struct conf *conf, const char *text)
{
	screen_printf("reloaded '%s': mode %s, %u rule%s, %u group%s of clients\n", conf->path,
		mode_text[conf->mode], conf->rule_count, screen_plural(conf->rule_count),
		conf->group_count, screen_plural(conf->group_count));
	if (*text)
		screen_printf("%s\n", text);
}

int verb_reload(struct cli *cli, int argc, char **argv)
{
	struct ask_reply reply = {0};
	struct conf *conf = NULL;
	int code;

	if (!cli_has_no_more(cli, argc, argv))
		return cli_usage(argv[0]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK) {
		fputs("celnik: the daemon keeps the configuration it has\n", stderr);
		return code;
	}
	code = build_lists(conf);
	if (code == CLI_OK) {
		warn(cli, conf);
		code = ask_daemon(conf->control, "{\"verb\":\"reload\"}", RELOAD_TIME_MS, &reply);
	}
	if (code == CLI_OK && cli->output == CLI_JSON)
		puts(reply.line);
	else if (code == CLI_OK)
		show(conf, json_get_string(reply.root, "text", ""));
	ask_release(&reply);
	conf_free(conf);
	return code;
}
