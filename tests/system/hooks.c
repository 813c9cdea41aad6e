/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What makes a celnikd of which a question can take the resolver along, or whose disk hangs: linked
 * in front of what is tested (--wrap), so that the program that is installed has nothing of it.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "front/quarantine.h"
#include "resolver/engine.h"

int __real_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
int __wrap_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_quarantine_new(uint64_t hold_ms, struct quarantine **out);
int __wrap_quarantine_new(uint64_t hold_ms, struct quarantine **out);

static bool begins_with(const struct name *name, const char *label)
{
	size_t len = strlen(label);

	return name->octets[0] == len && memcmp(name->octets + 1, label, len) == 0;
}

int __wrap_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg)
{
	volatile bool spinning = true;

	if (begins_with(&q->question.name, "kill"))
		raise(SIGKILL);
	while (begins_with(&q->question.name, "spin") && spinning)
		;
	return __real_engine_ask(e, q, done, arg);
}

int __wrap_quarantine_new(uint64_t hold_ms, struct quarantine **out)
{
	const char *wanted = getenv("CELNIK_TEST_QUARANTINE_MS");

	return __real_quarantine_new(wanted ? strtoull(wanted, NULL, 10) : hold_ms, out);
}

/* Writes to files do not come back while there is the file that the environment names. */
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	const char *hang = getenv("CELNIK_TEST_HANG");
	struct stat st;

	if (hang && fd > STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while (access(hang, F_OK) == 0)
			nanosleep(&pause, NULL);
	return __real_write(fd, data, len);
}
