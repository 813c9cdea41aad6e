/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "judge/evidence.h"
#include "lists/export.h"
#include "lists_show.h"
#include "screen.h"
#include "store/generations.h"

static const struct format {
	const char *word;
	int (*write)(struct store *s, const struct lists_filter *filter, FILE *out,
		struct lists_export_result *result);
	bool of_names;
} formats[] = {
	{"cidr", lists_export_cidr, false},
	{"nft", lists_export_nft, false},
	{"rpz", lists_export_rpz, true},
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

static int write_out(
	const struct format *format, struct store *s, const struct lists_filter *filter)
{
	struct lists_export_result result = {0};
	int err = format->write(s, filter, stdout, &result);

	if (err || fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "celnik: cannot write the lists%s%s\n", err ? ": " : "",
			err ? err_text(err) : "");
		return CLI_IO;
	}
	if (result.left_out > 0)
		fprintf(stderr, "celnik: %llu name%s too long for a zone and not in it\n",
			(unsigned long long)result.left_out,
			result.left_out == 1 ? " is" : "s are");
	if (result.names + result.ranges > 0)
		return CLI_OK;
	fputs(format->of_names ? "celnik: no row fits\n" : "celnik: no range fits\n", stderr);
	return CLI_NONE;
}

int lists_show_export(const struct conf *conf, const struct lists_options *options)
{
	const struct format *format = format_find(options->format);
	struct lists_filter filter = {.list = options->list,
		.country = options->country,
		.vendor = options->vendor,
		.category = options->category};
	char path[GENERATIONS_PATH_MAX];
	struct store *store;
	enum fact fact;
	int code;

	if (!format || (options->fact && !fact_parse(options->fact, &fact)))
		return CLI_USAGE;
	if (options->fact)
		filter.fact = &fact;
	store = lists_current(conf, path);
	if (!store)
		return CLI_IO;
	code = write_out(format, store, &filter);
	store_close(store);
	return code;
}
