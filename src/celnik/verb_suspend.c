/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik suspend: enforcement for a group off for a while, on again, and what is off. */

#include "config.h"

#include <stdlib.h>

#include "ask.h"
#include "conf/value.h"
#include "screen.h"
#include "json/writer.h"

enum { ALL = CLI_LONG_ONLY, END, FOR, GROUP, LIST, REASON };

struct suspend {
	const char *group, *length, *reason; /* NULL */
	bool all, end, list;
	uint64_t for_s;
};

static bool take_option(int option, struct suspend *s)
{
	switch (option) {
	case ALL:
		s->all = true;
		return true;
	case END:
		s->end = true;
		return true;
	case FOR:
		s->length = optarg;
		return true;
	case GROUP:
		s->group = optarg;
		return true;
	case LIST:
		s->list = true;
		return true;
	case REASON:
		s->reason = optarg;
		return true;
	default:
		return false;
	}
}

static bool is_whole(const struct suspend *s)
{
	bool has_one = !s->group != !s->all;

	if (s->list)
		return !s->group && !s->all && !s->end && !s->length && !s->reason;
	if (s->end)
		return has_one && !s->length && !s->reason;
	return has_one && s->length && s->reason;
}

static void put_request(const struct suspend *s, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	json_put_string(&w, "verb", s->list ? "status" : "suspend");
	if (s->group)
		json_put_string(&w, "group", s->group);
	if (s->all)
		json_put_bool(&w, "all", true);
	if (s->end)
		json_put_bool(&w, "end", true);
	if (s->length)
		json_put_u64(&w, "for_s", s->for_s);
	if (s->reason)
		json_put_string(&w, "reason", s->reason);
	json_end_object(&w);
}

static int show_list(const struct cli *cli, const struct json_value *root)
{
	const struct json_value *all = json_get(root, "suspensions");

	for (size_t i = 0; i < json_count(all); i++) {
		const struct json_value *s = json_at(all, i);

		if (cli->output == CLI_JSON) {
			char *text = json_dump(s);

			puts(text ? text : "null");
			free(text);
			continue;
		}
		screen_printf("%s until %s, by %s: %s\n", json_get_string(s, "group", ""),
			json_get_string(s, "until", ""), json_get_string(s, "who", ""),
			json_get_string(s, "reason", ""));
	}
	return json_count(all) ? CLI_OK : CLI_NONE;
}

static int ask(const struct cli *cli, const struct suspend *s)
{
	char storage[CONTROL_REQUEST_MAX];
	struct ask_reply reply = {0};
	struct conf *conf = NULL;
	struct buf request;
	int code;

	buf_init_fixed(&request, storage, sizeof(storage));
	put_request(s, &request);
	if (request.overflow) {
		fputs("celnik: the reason is too long; write at most 255 octets\n", stderr);
		return CLI_USAGE;
	}
	cli_conf(cli, &conf);
	code = ask_daemon(ask_socket(conf), buf_text(&request), ASK_TIME_MS, &reply);
	if (code == CLI_OK && s->list)
		code = show_list(cli, reply.root);
	else if (code == CLI_OK && cli->output == CLI_JSON)
		puts(reply.line);
	else if (code == CLI_OK)
		screen_printf("%s\n", json_get_string(reply.root, "text", ""));
	ask_release(&reply);
	conf_free(conf);
	return code;
}

int verb_suspend(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, ALL},
		{"end", no_argument, NULL, END},
		{"for", required_argument, NULL, FOR},
		{"group", required_argument, NULL, GROUP},
		{"list", no_argument, NULL, LIST},
		{"reason", required_argument, NULL, REASON},
		{NULL, 0, NULL, 0},
	};
	struct suspend s = {0};
	int option;

	while ((option = cli_option(cli, argc, argv, options)) != -1)
		if (!take_option(option, &s))
			return cli_usage(argv[0]);
	if (cli->output == CLI_CSV)
		fputs("celnik: suspend has no csv output; write human or json\n", stderr);
	if (optind != argc || cli->output == CLI_CSV || !is_whole(&s))
		return cli_usage(argv[0]);
	if (s.length && value_duration(s.length, &s.for_s) != 0) {
		fprintf(stderr, "celnik: '%s' is no duration; write one such as 30min or 2h\n",
			s.length);
		return CLI_USAGE;
	}
	return ask(cli, &s);
}
