/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "state.h"
#include "supervisor/notify.h"

#define REPORT_MAX 100 /* messages of each level */
#define WORKERS_A_RESOLVER 4 /* a miss costs a resolver what four hits cost a worker */

static void end_when_empty(struct supervisor *s)
{
	if (s->stopping && places_are_empty(s))
		loop_stop(s->loop);
}

void supervisor_stop(struct supervisor *s, int exit_code)
{
	if (s->stopping)
		return;
	s->stopping = true;
	s->exit_code = exit_code;
	notify(NOTIFY_STOPPING, NULL);
	places_stop(s);
	end_when_empty(s);
}

void supervisor_tell_ready(struct supervisor *s)
{
	const struct conf *conf = s->snapshot->conf;
	char text[160];

	if (s->stopping)
		return;
	snprintf(text, sizeof(text), "%s; %u names, %u ranges; %u workers, %u resolvers",
		mode_text[conf->mode], s->snapshot->lists_fd >= 0 ? s->snapshot->lists.names : 0,
		s->snapshot->lists_fd >= 0 ? s->snapshot->lists.ranges : 0, s->workers,
		s->resolvers);
	notify(NOTIFY_READY, text);
	if (s->announced)
		return;
	s->announced = true;
	log_info("%s", text);
	/* The line that scripts wait for. */
	fputs("ready\n", stderr);
}

static void on_end_signal(void *arg)
{
	struct supervisor *s = arg;

	if (s->stopping)
		places_kill(s);
	else
		supervisor_stop(s, 0);
}

static void on_hangup(void *arg)
{
	reload_start(arg, "SIGHUP", false);
}

static void on_child_signal(void *arg)
{
	struct supervisor *s = arg;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		places_reaped(s, pid, status);
	end_when_empty(s);
}

static const struct {
	int signal;
	void (*fn)(void *arg);
} signals[] = {
	{SIGTERM, on_end_signal},
	{SIGINT, on_end_signal},
	{SIGHUP, on_hangup},
	{SIGCHLD, on_child_signal},
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static unsigned count_cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static int count_children(struct supervisor *s, struct report *r)
{
	const struct conf *conf = s->snapshot->conf;
	const struct report_place place = {.file = conf->path};
	unsigned cores = count_cores();

	if (conf->workers > CHANNEL_WORKERS_MAX || conf->resolvers > CHANNEL_RESOLVERS_MAX) {
		report_add(r, REPORT_ERROR, &place,
			"at most %d workers and %d resolvers are possible; lower workers or "
			"resolvers",
			CHANNEL_WORKERS_MAX, CHANNEL_RESOLVERS_MAX);
		return ERR_FORMAT;
	}
	if (cores > CHANNEL_WORKERS_MAX)
		cores = CHANNEL_WORKERS_MAX;
	s->workers = conf->workers > 0 ? conf->workers : cores;
	s->resolvers = conf->resolvers > 0
			       ? conf->resolvers
			       : (s->workers + WORKERS_A_RESOLVER - 1) / WORKERS_A_RESOLVER;
	return 0;
}

/* All that can be wrong in a configuration or on this host, before the first child is started. */
static int load(struct supervisor *s)
{
	struct report *r = report_new(REPORT_MAX);
	int err;

	if (r == NULL)
		return ERR_MEMORY;
	if ((err = snapshot_load(s->config_path, SNAPSHOT_START, r, &s->snapshot)) == 0 &&
		(err = count_children(s, r)) == 0 &&
		(err = identity_find(s->snapshot->conf, r, &s->who)) == 0 &&
		(err = identity_prepare_directories(&s->who, s->snapshot->conf, r)) == 0)
		err = sockets_open(s->snapshot->conf, s->workers, r, &s->sockets);
	report_print(r, stderr);
	if (err != 0 && report_count(r, REPORT_ERROR) == 0)
		log_error("cannot start: %s", err_text(err));
	report_free(r);
	return err;
}

static int start(struct supervisor *s, struct watch *watches[SIGNALS])
{
	int err;

	s->executable = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (s->executable < 0) {
		log_error("cannot open the program itself: %s; /proc must be mounted",
			strerror(errno));
		return ERR_IO;
	}
	if ((err = load(s)) != 0)
		return err;
	err = loop_new(&s->loop);
	for (size_t i = 0; err == 0 && i < SIGNALS; i++)
		err = watch_signal(s->loop, signals[i].signal, signals[i].fn, s, &watches[i]);
	if (err == 0)
		err = places_init(s);
	if (err == 0)
		err = places_start(s);
	if (err != 0)
		log_error("cannot start: %s", err == ERR_IO ? strerror(errno) : err_text(err));
	return err;
}

/* Children that are left, as nobody waits for them any more, die with us. */
static void release(struct supervisor *s, struct watch *watches[SIGNALS])
{
	places_release(s);
	reload_release(s);
	for (size_t i = 0; i < SIGNALS; i++)
		watch_free(watches[i]);
	sockets_close(s->sockets);
	snapshot_free(s->snapshot);
	if (s->executable >= 0)
		close(s->executable);
	if (s->loop != NULL)
		loop_free(s->loop);
}

int supervisor_main(const char *config_path)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	struct watch *watches[SIGNALS] = {NULL};
	int code = 1;

	log_open("celnikd", LOG_LEVEL_INFO);
	if (s == NULL)
		return 1;
	s->config_path = config_path;
	s->executable = -1;
	signal(SIGPIPE, SIG_IGN);
	privileges_raise_limits();
	if (start(s, watches) == 0)
		code = loop_run(s->loop) == 0 ? s->exit_code : 1;
	release(s, watches);
	free(s);
	return code;
}
