/* SPDX-License-Identifier: BSD-3-Clause */

#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PAGER "if command -v less >/dev/null 2>&1; then exec less; else exec cat; fi"

static pid_t pager;

static void wait_for_pager(void)
{
	fflush(stdout);
	close(STDOUT_FILENO);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The reader has seen enough. */
static void stop(int signal)
{
	(void)signal;
	_exit(CLI_OK);
}

static void run(const char *command, int input)
{
	dup2(input, STDIN_FILENO);
	setenv("LESS", "FRSX", 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

bool pager_start(const struct cli *cli)
{
	const char *command = getenv("PAGER");
	int ends[2];

	if (!cli->paged || !isatty(STDOUT_FILENO) ||
		(cli->output != CLI_HUMAN && cli->output != CLI_WIDE))
		return false;
	command = command ? command : DEFAULT_PAGER;
	if (!*command || strcmp(command, "cat") == 0 || pipe2(ends, O_CLOEXEC) != 0)
		return false;
	fflush(stdout);
	pager = fork();
	if (pager == 0)
		run(command, ends[0]);
	close(ends[0]);
	if (pager > 0) {
		dup2(ends[1], STDOUT_FILENO);
		signal(SIGPIPE, stop);
		atexit(wait_for_pager);
	}
	close(ends[1]);
	return pager > 0;
}
