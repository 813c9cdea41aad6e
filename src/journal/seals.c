/* SPDX-License-Identifier: BSD-3-Clause */

/* The writer's part of sealing: which closed segment is next, and its link in the chain. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "writer.h"

#define RETRY_NS (2 * NS_PER_S)
#define RETRY_ONE_NS (60 * NS_PER_S) /* a segment that fails is read in whole each time */
#define RESERVE_PERCENT 1 /* of the file system, left free: what events may fill up to */

static void fail(struct journal *j, int failing_errno, uint64_t retry_ns)
{
	j->sealing_errno = failing_errno ? failing_errno : EIO;
	j->seal_retry_ns = clock_monotonic_ns() + retry_ns;
	segments_release(&j->backlog);
	j->backlog_at = 0;
}

/* Closed segments that are plain: all that have no link, once the chain is ready. */
static int list_stream(struct journal *j, int i)
{
	struct stream *s = &j->streams[i];
	struct segments found;
	int err = segments_list(s->directory, s->kind->name, &found);

	if (err)
		return err == ERR_IO && errno == ENOENT ? 0 : err;
	for (size_t k = 0; !err && k < found.count; k++)
		if (!found.list[k].is_packed && strcmp(found.list[k].name, s->segment) != 0)
			err = segments_add(&j->backlog, &found.list[k]);
	segments_release(&found);
	return err;
}

static int list_backlog(struct journal *j)
{
	int err = 0;

	segments_release(&j->backlog);
	j->backlog_at = 0;
	for (int i = 0; !err && i < STREAM_COUNT; i++)
		err = list_stream(j, i);
	return err;
}

/* Sealing takes room before it gives some. */
static bool has_room(const struct journal *j, uint64_t len)
{
	struct statvfs fs;

	if (statvfs(j->directory, &fs) != 0)
		return true;
	return (uint64_t)fs.f_bavail * fs.f_frsize >=
	       (uint64_t)fs.f_blocks * fs.f_frsize / 100 * RESERVE_PERCENT + len;
}

/* The backlog has been gone through. One segment that cannot be sealed does not keep the others
 * from it. */
static void end_pass(struct journal *j)
{
	bool is_full = j->pass_errno == ENOSPC || j->pass_errno == EDQUOT;

	if (j->pass_errno)
		fail(j, j->pass_errno, is_full ? RETRY_NS : RETRY_ONE_NS);
	else if (j->backlog.count > 0)
		j->sealing_errno = 0;
	j->pass_errno = 0;
	segments_release(&j->backlog);
	j->backlog_at = 0;
}

static void begin_pass(struct journal *j)
{
	if (j->sealing_errno ? clock_monotonic_ns() < j->seal_retry_ns : !j->seal_due)
		return;
	j->seal_due = false;
	if (list_backlog(j) != 0)
		fail(j, errno, RETRY_NS);
	else if (j->backlog.count == 0)
		j->sealing_errno = 0;
}

static void ask_next(struct journal *j)
{
	const struct segment *next;

	if (j->backlog_at == j->backlog.count) {
		end_pass(j);
		begin_pass(j);
		if (j->backlog.count == 0)
			return;
	}
	next = &j->backlog.list[j->backlog_at];
	/* Whether it has a link is only known when the chain was opened. */
	if (chain_ready(&j->chain) != 0) {
		fail(j, errno, RETRY_NS);
	} else if (!has_room(j, next->size)) {
		fail(j, ENOSPC, RETRY_NS);
	} else {
		j->backlog_at++;
		sealer_ask(&j->sealer, next->name);
	}
}

static struct stream *stream_of(struct journal *j, const char *segment)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		size_t len = strlen(j->streams[i].kind->name);

		if (strncmp(segment, j->streams[i].kind->name, len) == 0 && segment[len] == '-')
			return &j->streams[i];
	}
	return NULL;
}

/* The compressed file first, then the link, then the plain file goes: see chain.h. */
static int link_sealed(struct journal *j, int directory, const struct seal *seal)
{
	struct segment s = {.is_packed = true};
	char half[SEGMENT_HALF_MAX], file[SEGMENT_FILE_MAX];
	struct stream *stream = stream_of(j, seal->segment);

	memcpy(s.name, seal->segment, sizeof(s.name));
	snprintf(half, sizeof(half), "%s" SEGMENT_HALF, seal->segment);
	/* Retention was faster. */
	if (!stream || faccessat(directory, s.name, F_OK, 0) != 0)
		return unlinkat(directory, half, 0) == 0 ? 0 : ERR_IO;
	if (renameat(directory, half, directory, segment_file(&s, file)) != 0 ||
		fsync(directory) != 0)
		return ERR_IO;
	if (chain_add_sealed(&j->chain, stream->kind->name, s.name, &seal->summary, seal->torn) !=
		0)
		return ERR_IO;
	if (seal->torn > 0)
		writer_tell_torn(j, stream, s.name, seal->torn);
	return unlinkat(directory, s.name, 0) == 0 ? 0 : ERR_IO;
}

static void take_result(struct journal *j)
{
	struct seal *seal = &j->sealer.seal;
	int directory, err = seal->err;

	if (err == ERR_IO && seal->failing_errno == ENOENT) {
		err = 0; /* retention was faster */
	} else if (err) {
		errno = err == ERR_IO ? seal->failing_errno : err == ERR_MEMORY ? ENOMEM : EIO;
	} else {
		directory = open(j->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = directory < 0 ? ERR_IO : link_sealed(j, directory, seal);
		if (directory >= 0) {
			int saved = errno;

			close(directory);
			errno = saved;
		}
	}
	atomic_store(&seal->state, SEAL_NONE);
	if (err)
		j->pass_errno = errno ? errno : EIO;
}

void writer_seal(struct journal *j)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		j->seal_due |= j->streams[i].has_closed;
		j->streams[i].has_closed = false;
	}
	if (atomic_load(&j->sealer.seal.state) == SEAL_DONE)
		take_result(j);
	if (atomic_load(&j->sealer.seal.state) == SEAL_NONE)
		ask_next(j);
	if (atomic_load(&j->sealer.config_errno))
		sealer_wake(&j->sealer);
}

void writer_open_chain(struct journal *j)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/" CHAIN_FILE, j->directory) < (int)sizeof(path) &&
		access(path, F_OK) == 0 && chain_ready(&j->chain) != 0)
		fail(j, errno, RETRY_NS);
}
