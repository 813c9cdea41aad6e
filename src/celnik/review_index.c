/* SPDX-License-Identifier: BSD-3-Clause */

#include "review_index.h"

#include <errno.h>
#include <string.h>

#define PATH_LEN 4096

int review_index_failed(const char *path, const struct conf *conf, struct index *x, int err)
{
	const char *problem = x                   ? db_problem(index_db(x))
			      : err == ERR_FORMAT ? "it is damaged or no index"
						  : "";

	if (err == ERR_VERSION || err == ERR_STATE)
		fprintf(stderr,
			"celnik: index '%s': it is of another %s; run 'celnik index --rebuild'\n",
			path, err == ERR_VERSION ? "version of celnik" : "query log");
	else if (*problem)
		fprintf(stderr,
			"celnik: index '%s': %s; make it anew with 'celnik index --rebuild'\n",
			path, problem);
	else if (x)
		fprintf(stderr, "celnik: query log '%s': %s\n", conf->journal_directory,
			err == ERR_IO ? strerror(errno) : err_text(err));
	else
		fprintf(stderr, "celnik: index '%s': %s\n", path,
			err == ERR_IO ? "cannot be opened or made there" : err_text(err));
	return CLI_IO;
}

static int make_in_memory(const struct conf *conf, uint64_t since_ns, struct index **out)
{
	struct index_progress done = {0};
	struct index *x = NULL;
	int err = index_open(NULL, conf, &x);

	while (!err)
		err = index_follow(x, since_ns, &done);
	if (err != ERR_MISSING) {
		review_index_failed("in memory", conf, x, err);
		index_close(x);
		return CLI_IO;
	}
	fprintf(stderr,
		"celnik: there is no index; %llu records were read instead; run 'celnik index' to "
		"have "
		"one\n",
		(unsigned long long)done.records);
	*out = x;
	return CLI_OK;
}

int review_index(
	const struct cli *cli, const struct conf *conf, uint64_t since_ns, struct index **out)
{
	char path[PATH_LEN];
	int err;

	(void)cli;
	snprintf(path, sizeof(path), "%s/" INDEX_FILE, conf->state);
	err = index_open_to_read(path, conf, out);
	if (err == 0)
		return CLI_OK;
	if (err != ERR_MISSING)
		return review_index_failed(path, conf, NULL, err);
	return make_in_memory(conf, since_ns, out);
}
