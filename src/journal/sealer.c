/* SPDX-License-Identifier: BSD-3-Clause */

#include "sealer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "journal/journal.h"
#include "lines.h"
#include "packed.h"

#define PIECE ((size_t)64 << 10)
#define LOWEST 19 /* nice */
#define IOPRIO_WHO_THREAD 1
#define IOPRIO_IDLE (3 << 13) /* ioprio_set(2); libc has no name for it */

struct config_text {
	struct config_text *next;
	char digest[DIGEST_TEXT_MAX];
	char *text;
	size_t len;
};

/* Where the system forbids it, it runs as the others do. */
static void step_back(void)
{
	const struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &none) != 0)
		(void)!setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), LOWEST);
	(void)!syscall(SYS_ioprio_set, IOPRIO_WHO_THREAD, 0, IOPRIO_IDLE);
}

static int pack_lines(struct sealer *s, struct segment_lines *lines, struct packer *packer)
{
	struct seal *seal = &s->seal;
	struct span line;
	int err;

	while ((err = segment_lines_next(lines, &line)) == 0) {
		if (atomic_load(&s->stopping))
			return ERR_AGAIN;
		summary_add(&seal->summary, line);
		err = packer_add(packer, line);
		if (err)
			return err;
	}
	seal->torn = segment_lines_torn(lines);
	return err == ERR_MISSING ? packer_end(packer) : err;
}

/* Whether what was written gives the same text again. */
static int compare(struct sealer *s, int fd)
{
	struct unpacker *unpacker = NULL;
	struct digest_state *state = NULL;
	uint8_t *piece = malloc(PIECE), digest[DIGEST_LEN];
	char text[DIGEST_TEXT_MAX];
	size_t got = 0;
	int err = ERR_MEMORY;

	if (piece && (state = digest_new()) && lseek(fd, 0, SEEK_SET) == 0)
		err = unpacker_new(fd, &unpacker);
	while (!err && (err = unpacker_read(unpacker, piece, PIECE, &got)) == 0 && got > 0) {
		digest_add(state, span_of(piece, got));
		if (atomic_load(&s->stopping))
			err = ERR_AGAIN;
	}
	if (!err) {
		digest_finish(state, digest);
		state = NULL;
		if (strcmp(digest_format(digest, text), s->seal.summary.digest) != 0)
			err = ERR_FORMAT;
	}
	digest_free(state);
	unpacker_free(unpacker);
	free(piece);
	return err;
}

/* It counts as old as the text in it. */
static int set_age(int directory, const char *segment, int fd)
{
	struct stat st;

	if (fstatat(directory, segment, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_IO;
	return futimens(fd, (const struct timespec[2]){st.st_mtim, st.st_mtim}) == 0 ? 0 : ERR_IO;
}

static int pack_segment(struct sealer *s, int directory, int fd)
{
	struct seal *seal = &s->seal;
	struct segment from = {.is_packed = false};
	struct segment_lines *lines = NULL;
	struct packer *packer = NULL;
	int err;

	memcpy(from.name, seal->segment, sizeof(from.name));
	err = segment_lines_open(&from, directory, &lines);
	if (!err && from.is_packed)
		err = ERR_MISSING;
	if (!err)
		err = packer_new(fd, &packer);
	if (!err)
		err = pack_lines(s, lines, packer);
	packer_free(packer);
	segment_lines_close(lines);
	return err;
}

static int seal_segment(struct sealer *s, int directory, int fd)
{
	struct seal *seal = &s->seal;
	int err = summary_begin(&seal->summary);

	if (err)
		return err;
	err = pack_segment(s, directory, fd);
	if (err) {
		summary_abandon(&seal->summary);
		return err;
	}
	summary_end(&seal->summary);
	err = compare(s, fd);
	if (!err)
		err = set_age(directory, seal->segment, fd);
	return !err && fsync(fd) != 0 ? ERR_IO : err;
}

static void work_on(struct sealer *s)
{
	struct seal *seal = &s->seal;
	int directory = open(s->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char half[SEGMENT_HALF_MAX];
	int fd = -1;

	snprintf(half, sizeof(half), "%s" SEGMENT_HALF, seal->segment);
	if (directory >= 0)
		fd = openat(
			directory, half, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	seal->err = fd >= 0 ? seal_segment(s, directory, fd) : ERR_IO;
	seal->failing_errno = errno;
	if (fd >= 0) {
		close(fd);
		if (seal->err)
			(void)!unlinkat(directory, half, 0);
	}
	if (directory >= 0)
		close(directory);
}

static int write_config(const struct sealer *s, const struct config_text *c)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" JOURNAL_CONFIG_FILE, s->directory, c->digest) >=
		(int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	if (access(path, F_OK) == 0)
		return 0;
	if (file_make_directory(s->directory, 0750) != 0)
		return ERR_IO;
	return file_replace(path, span_of(c->text, c->len), 0640);
}

static void free_config(struct config_text *c)
{
	free(c->text);
	free(c);
}

/* Those that cannot be written wait for the next time. */
static void write_configs(struct sealer *s)
{
	struct config_text *c = atomic_exchange(&s->configs, NULL), *next;
	int failing = 0;

	for (; c; c = next) {
		next = c->next;
		c->next = s->waiting;
		s->waiting = c;
	}
	c = s->waiting;
	s->waiting = NULL;
	for (; c; c = next) {
		next = c->next;
		if (write_config(s, c) == 0) {
			free_config(c);
			continue;
		}
		failing = errno;
		c->next = s->waiting;
		s->waiting = c;
	}
	atomic_store(&s->config_errno, failing);
}

static void *run(void *arg)
{
	struct sealer *s = arg;

	step_back();
	while (!atomic_load(&s->stopping)) {
		write_configs(s);
		if (atomic_load(&s->seal.state) == SEAL_ASKED) {
			work_on(s);
			atomic_store(&s->seal.state, SEAL_DONE);
			bell_ring(s->bell);
		}
		while (sem_wait(&s->work) != 0 && errno == EINTR)
			continue;
	}
	write_configs(s);
	atomic_store(&s->ended, true);
	return NULL;
}

int sealer_start(struct sealer *s, const char *directory, struct bell *bell)
{
	sigset_t all, before;
	int failed;

	*s = (struct sealer){.directory = directory, .bell = bell};
	if (sem_init(&s->work, 0, 0) != 0)
		return ERR_IO;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&s->thread, NULL, run, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!failed)
		return 0;
	sem_destroy(&s->work);
	return ERR_IO;
}

bool sealer_stop(struct sealer *s, unsigned wait_ms)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	uint64_t late_ns = clock_monotonic_ns() + wait_ms * NS_PER_MS;

	atomic_store(&s->stopping, true);
	sem_post(&s->work);
	while (!atomic_load(&s->ended)) {
		if (clock_monotonic_ns() > late_ns)
			return false;
		nanosleep(&nap, NULL);
	}
	pthread_join(s->thread, NULL);
	return true;
}

void sealer_release(struct sealer *s)
{
	struct config_text *c = s->waiting, *next;

	for (; c; c = next) {
		next = c->next;
		free_config(c);
	}
	sem_destroy(&s->work);
}

void sealer_ask(struct sealer *s, const char *segment)
{
	snprintf(s->seal.segment, sizeof(s->seal.segment), "%s", segment);
	atomic_store(&s->seal.state, SEAL_ASKED);
	sem_post(&s->work);
}

void sealer_keep_config(struct sealer *s, const char *digest, char *text, size_t len)
{
	struct config_text *c = malloc(sizeof(*c));

	if (!c) {
		free(text);
		atomic_store(&s->config_errno, ENOMEM);
		return;
	}
	*c = (struct config_text){.text = text, .len = len};
	snprintf(c->digest, sizeof(c->digest), "%s", digest);
	c->next = atomic_load(&s->configs);
	while (!atomic_compare_exchange_weak(&s->configs, &c->next, c))
		continue;
	sem_post(&s->work);
}

void sealer_wake(struct sealer *s)
{
	sem_post(&s->work);
}
