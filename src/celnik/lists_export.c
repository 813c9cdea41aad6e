/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "judge/evidence.h"
#include "lists_show.h"
#include "screen.h"
#include "store/generations.h"

/* What to write, and what became of it. */
struct job {
	const struct conf *conf;
	const struct lists_options *options;
	struct store *store;
	struct lists_filter filter;
	struct lists_export_result result;
};

static int say_failed(int err)
{
	if (!err)
		return CLI_OK;
	fprintf(stderr, "celnik: cannot write the lists: %s\n", err_text(err));
	return CLI_IO;
}

static int write_cidr(struct job *j)
{
	return say_failed(lists_export_cidr(j->store, &j->filter, stdout, &j->result));
}

static int write_nft(struct job *j)
{
	return say_failed(lists_export_nft(j->store, &j->filter, stdout, &j->result));
}

static int write_rpz(struct job *j)
{
	return lists_show_rpz(j->conf, j->options->group, j->store, &j->filter, &j->result);
}

/* Give an exit code, with a message when it is not CLI_OK. */
static const struct format {
	const char *word;
	int (*write)(struct job *j);
	bool has_policy;
} formats[] = {
	{"cidr", write_cidr, false},
	{"nft", write_nft, false},
	{"rpz", write_rpz, true},
};

/* NULL with a message. */
static const struct format *format_find(const char *word)
{
	for (size_t i = 0; word && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(word, formats[i].word) == 0)
			return &formats[i];
	fprintf(stderr, "celnik: write --format cidr, nft or rpz\n");
	return NULL;
}

static bool fact_parse(const char *word, enum fact *out)
{
	for (int fact = 0; fact < FACT_COUNT; fact++) {
		if (strcmp(word, fact_text[fact]) == 0) {
			*out = (enum fact)fact;
			return true;
		}
	}
	fprintf(stderr, "celnik: unknown fact '%s'; write listed, located, operated or owned\n",
		word);
	return false;
}

static int write_out(const struct format *format, struct job *j)
{
	int code = format->write(j);

	if (code != CLI_OK)
		return code;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("celnik: cannot write the lists\n", stderr);
		return CLI_IO;
	}
	if (j->result.names + j->result.ranges > 0)
		return CLI_OK;
	fputs(format->has_policy ? "celnik: the policy does nothing that a zone can say\n"
				 : "celnik: no range fits\n",
		stderr);
	return CLI_NONE;
}

int lists_show_export(const struct conf *conf, const struct lists_options *options)
{
	const struct format *format = format_find(options->format);
	struct job job = {.conf = conf,
		.options = options,
		.filter = {.list = options->list,
			.country = options->country,
			.vendor = options->vendor,
			.category = options->category}};
	char path[GENERATIONS_PATH_MAX];
	enum fact fact;
	int code;

	if (!format || (options->fact && !fact_parse(options->fact, &fact)))
		return CLI_USAGE;
	if (options->group && !format->has_policy) {
		fputs("celnik: --group is for --format rpz; ranges are of no group\n", stderr);
		return CLI_USAGE;
	}
	if (options->fact)
		job.filter.fact = &fact;
	job.store = lists_current(conf, path);
	if (!job.store)
		return CLI_IO;
	code = write_out(format, &job);
	store_close(job.store);
	return code;
}
