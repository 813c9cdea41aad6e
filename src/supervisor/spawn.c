/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "link/channel.h"

#define EXECUTABLE_FD (CHANNEL_FD + 1)

static void fail(const char *what)
{
	log_error("cannot start a child: %s: %s", what, strerror(errno));
	_exit(126);
}

/* First out of the way of the numbers they get. */
static void place_descriptors(int executable, int channel)
{
	int high_executable = fcntl(executable, F_DUPFD_CLOEXEC, EXECUTABLE_FD + 1);
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, EXECUTABLE_FD + 1);

	if (high_executable < 0 || high_channel < 0 ||
		dup3(high_executable, EXECUTABLE_FD, O_CLOEXEC) < 0 ||
		dup2(high_channel, CHANNEL_FD) < 0 || close_range(EXECUTABLE_FD + 1, ~0U, 0) != 0)
		fail("descriptors");
}

static void reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run_child(
	int executable, const char *role, int channel, const struct identity *who, pid_t parent)
{
	char name[] = "celnikd";
	char argument[32] = "";
	char *const argv[] = {name, argument, NULL};

	snprintf(argument, sizeof(argument), "%s", role);
	reset_signals();
	place_descriptors(executable, channel);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	umask(0027);
	if (chdir("/") != 0)
		fail("directory");
	if (privileges_drop(who, parent) != 0)
		fail("privileges");
	fexecve(EXECUTABLE_FD, argv, environ);
	fail("program");
}

int spawn(int executable, const char *role, int channel, const struct identity *who, pid_t *out)
{
	sigset_t all, before;
	pid_t parent = getpid();
	pid_t pid;

	/* A signal before reset_signals would run the parent's handler in the child. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_child(executable, role, channel, who, parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return ERR_IO;
	*out = pid;
	return 0;
}
