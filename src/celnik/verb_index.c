/* SPDX-License-Identifier: BSD-3-Clause */

/* celnik index: makes and follows the index of the query log. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli.h"
#include "review_index.h"
#include "screen.h"

#define PATH_LEN 4096
#define PAUSE_NS (500 * NS_PER_MS)
#define FORGET_NS (3600 * NS_PER_S)

enum { REBUILD = CLI_LONG_ONLY };

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

static void show(const struct cli *cli, const struct index_progress *done, uint64_t took_ns)
{
	if (cli->output == CLI_JSON)
		printf("{\"records\":%" PRIu64 ",\"octets\":%" PRIu64 ",\"unreadable\":%" PRIu64
		       ",\"seconds\":%.3f}\n",
			done->records, done->octets, done->unreadable, (double)took_ns / NS_PER_S);
	else if (cli->output == CLI_CSV)
		printf("records,octets,unreadable\n%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
			done->records, done->octets, done->unreadable);
	else
		printf("%" PRIu64 " record%s taken in, %" PRIu64 " octets; %" PRIu64
		       " line%s left out as damaged\n",
			done->records, screen_plural(done->records), done->octets, done->unreadable,
			screen_plural(done->unreadable));
}

/* Until there is nothing more, or for ever. */
static int take_in(struct index *x, bool follow, struct index_progress *done)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	uint64_t forgot_ns = 0;
	int err = 0;

	while (!stopped) {
		err = index_follow(x, 0, done);
		if (err && err != ERR_MISSING)
			return err;
		if (clock_monotonic_ns() - forgot_ns > FORGET_NS) {
			int forgotten = index_forget(x, clock_real_ns());

			if (forgotten)
				return forgotten;
			forgot_ns = clock_monotonic_ns();
		}
		if (err == ERR_MISSING && !follow)
			return 0;
		if (err == ERR_MISSING)
			nanosleep(&pause, NULL);
	}
	return 0;
}

static int run(struct cli *cli, const struct conf *conf, bool follow, bool rebuild)
{
	struct index_progress done = {0};
	uint64_t begin_ns = clock_monotonic_ns();
	struct index *x = NULL;
	char path[PATH_LEN];
	int err;

	snprintf(path, sizeof(path), "%s/" INDEX_FILE, conf->state);
	if (rebuild && unlink(path) != 0 && errno != ENOENT) {
		fprintf(stderr, "celnik: cannot remove '%s': %s\n", path, strerror(errno));
		return CLI_IO;
	}
	err = index_open(path, conf, &x);
	if (!err)
		err = take_in(x, follow, &done);
	if (!err)
		show(cli, &done, clock_monotonic_ns() - begin_ns);
	else
		review_index_failed(path, conf, x, err);
	index_close(x);
	return err ? CLI_IO : CLI_OK;
}

int verb_index(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
		{"follow", no_argument, NULL, 'f'},
		{"rebuild", no_argument, NULL, REBUILD},
		{NULL, 0, NULL, 0},
	};
	const struct sigaction stop = {.sa_handler = on_stop};
	bool follow = false, rebuild = false;
	struct conf *conf = NULL;
	int option, code;

	while ((option = cli_option(cli, argc, argv, options)) != -1) {
		if (option == 'f')
			follow = true;
		else if (option == REBUILD)
			rebuild = true;
		else
			return cli_usage(argv[0]);
	}
	if (optind != argc)
		return cli_usage(argv[0]);
	code = cli_conf(cli, &conf);
	if (code != CLI_OK)
		return code;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	code = run(cli, conf, follow, rebuild);
	conf_free(conf);
	return code;
}
