/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik verify: whether the query log is whole. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "journal/verify.h"
#include "rows.h"
#include "screen.h"
#include "json/writer.h"

#define LINE_MAX_OCTETS ((size_t)64 << 10)

static bool is_wrong(enum verify_kind kind)
{
	return kind < VERIFY_WRONG_KINDS;
}

static void show_human(void *arg, const struct verify_finding *f)
{
	const struct cli *cli = arg;
	const char *mark = is_wrong(f->kind) ? "WRONG" : "note";

	/* Colour is beside the word, not instead of it. */
	printf("%s%-6s%s ", cli->colour && is_wrong(f->kind) ? "\033[1;31m" : "", mark,
		cli->colour && is_wrong(f->kind) ? "\033[0m" : "");
	screen_printf("%s: %s\n", f->subject, f->text);
}

static void show_json(void *arg, const struct verify_finding *f)
{
	struct json_writer w;
	struct buf out;

	(void)arg;
	buf_init_heap(&out, LINE_MAX_OCTETS);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_string(&w, "finding", verify_kind_text[f->kind]);
	json_put_bool(&w, "wrong", is_wrong(f->kind));
	json_put_string(&w, "subject", f->subject);
	json_put_string(&w, "text", f->text);
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static void show_csv(void *arg, const struct verify_finding *f)
{
	(void)arg;
	printf("%s,%s,", verify_kind_text[f->kind], is_wrong(f->kind) ? "true" : "false");
	rows_csv_field(span_text(f->subject));
	putchar(',');
	rows_csv_field(span_text(f->text));
	putchar('\n');
}

static void end_human(const struct verify_result *r)
{
	uint64_t wrong = 0;

	for (int i = 0; i < VERIFY_WRONG_KINDS; i++)
		wrong += r->findings[i];
	if (wrong)
		printf("NOT WHOLE: %" PRIu64 " finding%s; ", wrong, screen_plural(wrong));
	else
		fputs("whole: ", stdout);
	printf("%" PRIu64 " file%s with %" PRIu64 " records as sealed, %" PRIu64
	       " removed by retention, %" PRIu64 " not sealed so far\n",
		r->segments, screen_plural(r->segments), r->records, r->findings[VERIFY_REMOVED],
		r->findings[VERIFY_UNSEALED]);
	printf("chain of %" PRIu64 " link%s, head %s\n", r->links, screen_plural(r->links),
		r->head);
	if (r->head_link)
		printf("the head that was kept is of link %" PRIu64 "%s\n", r->head_link,
			wrong ? "" : ": all up to there is proven");
}

static void end_json(const struct verify_result *r)
{
	struct json_writer w;
	struct buf out;

	buf_init_heap(&out, LINE_MAX_OCTETS);
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "whole", verify_is_whole(r));
	json_put_u64(&w, "links", r->links);
	json_put_string(&w, "head", r->head);
	json_put_u64(&w, "head_link", r->head_link);
	json_put_u64(&w, "files", r->segments);
	json_put_u64(&w, "records", r->records);
	json_begin_object(&w, "findings");
	for (int i = 0; i < VERIFY_KINDS; i++)
		json_put_u64(&w, verify_kind_text[i], r->findings[i]);
	json_end_object(&w);
	json_end_object(&w);
	puts(buf_text(&out));
	buf_release(&out);
}

static int verify(struct cli *cli, const char *directory, const char *head)
{
	static void (*const shows[])(void *arg, const struct verify_finding *f) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};
	struct verify_result result;
	int err;

	if (cli->output == CLI_CSV)
		puts("finding,wrong,subject,text");
	err = journal_verify(directory, head, shows[cli->output], cli, &result);
	if (err) {
		fprintf(stderr, "celnik: query log '%s': %s%s\n", directory,
			err == ERR_IO ? strerror(errno) : err_text(err),
			err == ERR_IO && errno == EACCES ? "; run as root or as the user of celnikd"
							 : "");
		return CLI_IO;
	}
	if (cli->output == CLI_HUMAN)
		end_human(&result);
	else if (cli->output == CLI_JSON)
		end_json(&result);
	return verify_is_whole(&result) ? CLI_OK : CLI_NONE;
}

static bool parse_head(const char *text)
{
	if (strlen(text) == DIGEST_TEXT_MAX - 1 &&
		strspn(text, "0123456789abcdef") == DIGEST_TEXT_MAX - 1)
		return true;
	fprintf(stderr,
		"celnik: '%s' is no head; write the 64 hexadecimal digits that celnikd logged or "
		"'celnik status' showed\n",
		text);
	return false;
}

int verb_verify(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"head", required_argument, NULL, 'H'},
		{NULL, 0, NULL, 0},
	};
	const char *head = NULL;
	struct conf *conf = NULL;
	int option, code;

	while ((option = cli_option(cli, argc, argv, options)) != -1) {
		if (option != 'H')
			return cli_usage(argv[0]);
		head = optarg;
	}
	if (argc - optind > 1)
		return cli_usage(argv[0]);
	if (head && !parse_head(head))
		return CLI_USAGE;
	if (optind < argc)
		return verify(cli, argv[optind], head);
	code = cli_conf(cli, &conf);
	if (code == CLI_OK)
		code = verify(cli, conf->journal_directory, head);
	conf_free(conf);
	return code;
}
