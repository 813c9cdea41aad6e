/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What makes a celnikd of which a question can take the resolver along, whose disk hangs, or whose
 * allocations are counted: linked in front of what is tested (--wrap), so that the program that is
 * installed has nothing of it.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "front/quarantine.h"
#include "front/worker.h"
#include "resolver/engine.h"

int __real_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
int __wrap_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_quarantine_new(uint64_t hold_ms, struct quarantine **out);
int __wrap_quarantine_new(uint64_t hold_ms, struct quarantine **out);
void __real_worker_begin_turn(struct worker *w);
void __wrap_worker_begin_turn(struct worker *w);
void __real_worker_end_turn(struct worker *w);
void __wrap_worker_end_turn(struct worker *w);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

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

/* How often workers allocated while they served sockets and links, in a file of eight octets that
 * the environment names; all processes share it. */
static _Atomic uint64_t *allocations;
static _Thread_local bool is_serving;

__attribute__((constructor)) static void share_allocations(void)
{
	const char *path = getenv("CELNIK_TEST_ALLOCATIONS");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared = MAP_FAILED;

	if (fd >= 0)
		shared =
			mmap(NULL, sizeof(*allocations), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared != MAP_FAILED)
		allocations = shared;
	if (fd >= 0)
		close(fd);
}

static void count_allocation(void)
{
	if (is_serving && allocations)
		atomic_fetch_add(allocations, 1);
}

void __wrap_worker_begin_turn(struct worker *w)
{
	__real_worker_begin_turn(w);
	is_serving = true;
}

void __wrap_worker_end_turn(struct worker *w)
{
	__real_worker_end_turn(w);
	is_serving = false;
}

void *__wrap_malloc(size_t size)
{
	count_allocation();
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	count_allocation();
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	count_allocation();
	return __real_realloc(old, size);
}
