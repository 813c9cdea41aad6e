/* SPDX-License-Identifier: BSD-3-Clause */

#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "chain.h"
#include "journal/record.h"

#define SEGMENT_MAX (UINT64_C(64) << 20)
#define SEGMENT_LEAST (UINT64_C(16) << 10) /* when limits ask for less */
#define SEGMENT_SHARE 8 /* of max_size, so that deleting one leaves the most */
#define SEGMENT_FS_SHARE 32
#define GATHER_MAX ((size_t)256 << 10)
#define ROOM_PERCENT 5 /* of the file system; less makes old segments go */
#define OPEN_MAX_NS (3600 * NS_PER_S)
#define DOUBT_NS (24 * 3600 * NS_PER_S) /* a clock that has jumped may be wrong for so long */

void stream_init(struct stream *s, const struct stream_kind *kind, struct chain *chain,
	const char *boot, uint64_t segment_max)
{
	*s = (struct stream){
		.kind = kind,
		.directory = chain->directory,
		.chain = chain,
		.boot = boot,
		.segment_max = segment_max ? segment_max : SEGMENT_MAX,
		.size_max = SEGMENT_LEAST,
		.fd = -1,
		.started_ns = clock_real_ns(),
	};
	clock_watch_init(&s->clock, s->started_ns, clock_monotonic_ns());
	buf_init_heap(&s->pending, JOURNAL_LINE_MAX + GATHER_MAX + 1);
}

static void close_segment(struct stream *s)
{
	if (s->fd < 0)
		return;
	stream_sync(s, true);
	close(s->fd);
	s->fd = -1;
	s->segment[0] = '\0';
	s->has_closed = true;
}

void stream_release(struct stream *s)
{
	close_segment(s);
	buf_release(&s->pending);
}

bool stream_is_on(const struct stream *s)
{
	return s->limits.keep_s > 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Small limits get small segments, so that deleting the oldest leaves most of what is allowed. */
static uint64_t segment_limit(const struct stream *s, const struct statvfs *fs)
{
	uint64_t share = (uint64_t)fs->f_blocks * fs->f_frsize / SEGMENT_FS_SHARE;

	if (s->kind->by_size && s->limits.max_size)
		share = smaller(share, s->limits.max_size / SEGMENT_SHARE);
	if (share < SEGMENT_LEAST)
		share = SEGMENT_LEAST;
	return smaller(s->segment_max, share);
}

/* The time that ages are measured by: a wrong clock must not make all segments too old. */
static uint64_t time_of_ages(struct stream *s)
{
	uint64_t real_ns = clock_real_ns(), now_ns = clock_monotonic_ns();

	if (clock_watch_jump(&s->clock, real_ns, now_ns) != 0)
		s->jumped_ns = now_ns;
	return s->jumped_ns && now_ns - s->jumped_ns < DOUBT_NS ? 0 : real_ns;
}

/* The link stands before the segment goes. Where there can be none, one that is only old stays;
 * what has to give room goes all the same, and gets its link when there is some. */
static bool remove_segment(void *arg, const struct segment *g, enum segments_reason why)
{
	struct stream *s = arg;
	const char *reason = segments_reason_text[why];
	bool linked;

	if (access(s->directory, W_OK) != 0)
		return false;
	linked = chain_add_removed(s->chain, s->kind->name, g->name, reason) == 0;
	if ((!linked && why == SEGMENTS_AGE) || !segment_delete(g, s->directory))
		return false;
	if (!linked)
		(void)!chain_add_removed(s->chain, s->kind->name, g->name, reason);
	return true;
}

static struct retention retention_of(struct stream *s, uint64_t coming)
{
	return (struct retention){
		.directory = s->directory,
		.stream = s->kind->name,
		.open = s->segment,
		.limits = s->limits,
		.by_size = s->kind->by_size,
		.coming = coming,
		.started_ns = s->started_ns,
		.remove = remove_segment,
		.arg = s,
	};
}

static void retain(struct stream *s, uint64_t coming)
{
	struct retention r = retention_of(s, coming);
	uint64_t size = segments_retain(&r, time_of_ages(s), s->deleted);

	s->is_over = !s->kind->by_size && s->limits.max_size && size > s->limits.max_size;
}

/* Names sort in the order of writing, also when the clock steps back while we run. */
static void name_segment(struct stream *s, char name[SEGMENT_NAME_MAX])
{
	uint64_t now_s = clock_real_ns() / NS_PER_S;
	time_t when = (time_t)(now_s > s->named_s ? now_s : s->named_s);
	char text[32];
	struct tm tm;

	s->named_s = (uint64_t)when;
	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, SEGMENT_NAME_MAX, "%s-%s-%s-%06u.jsonl", s->kind->name, text, s->boot,
		++s->segment_number);
}

static int open_segment(struct stream *s)
{
	char name[SEGMENT_NAME_MAX];
	struct statvfs fs;
	int directory, fd;

	if (file_make_directory(s->directory, 0750) != 0)
		return ERR_IO;
	directory = open(s->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return ERR_IO;
	name_segment(s, name);
	fd = fstatvfs(directory, &fs) == 0
		     ? openat(directory, name,
			       O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			       0640)
		     : -1;
	close(directory);
	if (fd < 0)
		return ERR_IO;
	s->fd = fd;
	memcpy(s->segment, name, sizeof(name));
	s->size = 0;
	s->size_max = segment_limit(s, &fs);
	s->opened_ns = clock_monotonic_ns();
	retain(s, s->size_max);
	return 0;
}

/* A segment that was deleted under us, or moved away with its directory, takes no more lines. */
static bool is_gone(const struct stream *s)
{
	struct stat ours, there;
	char path[PATH_MAX];

	if (fstat(s->fd, &ours) != 0 ||
		snprintf(path, sizeof(path), "%s/%s", s->directory, s->segment) >=
			(int)sizeof(path) ||
		lstat(path, &there) != 0)
		return true;
	return ours.st_dev != there.st_dev || ours.st_ino != there.st_ino;
}

static int ready_segment(struct stream *s)
{
	if (s->fd >= 0 && (s->size >= s->size_max || is_gone(s)))
		close_segment(s);
	return s->fd >= 0 ? 0 : open_segment(s);
}

static bool has_room(const struct stream *s, unsigned percent, size_t len)
{
	struct statvfs fs;
	uint64_t reserve;

	/* What cannot be asked is tried. */
	if (fstatvfs(s->fd, &fs) != 0)
		return true;
	reserve = (uint64_t)fs.f_blocks * fs.f_frsize / 100 * percent;
	return (uint64_t)fs.f_bavail * fs.f_frsize >= reserve + len;
}

static bool make_room(const struct stream *s, size_t len)
{
	struct stream *e = s->expendable;
	struct retention r = retention_of(e, 0);

	while (!has_room(s, ROOM_PERCENT, len) && segments_remove_oldest(&r))
		e->deleted[SEGMENTS_ROOM]++;
	return has_room(s, s->kind->reserve_percent, len);
}

/* Octets written; fewer than asked for with errno set. */
static size_t write_most(int fd, struct span data)
{
	size_t done = 0;

	while (done < data.len) {
		ssize_t n = write(fd, data.data + done, data.len - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0) {
			errno = ENOSPC;
			break;
		} else if (errno != EINTR) {
			break;
		}
	}
	return done;
}

/* The part of the first len octets that is whole lines. */
static struct span whole_lines(struct span data, size_t len, uint64_t *lines)
{
	size_t end = 0;

	const uint8_t *found;

	for (*lines = 0; end < len && (found = memchr(data.data + end, '\n', len - end)); ++*lines)
		end = (size_t)(found - data.data) + 1;
	return span_part(data, 0, end);
}

/* Whole lines or nothing of a line: a torn one is cut off, or the segment left behind with it. Data
 * are count lines; how many were written comes back in *lines. */
static int write_lines(struct stream *s, struct span data, uint64_t count, uint64_t *lines)
{
	struct span whole = data;
	size_t done;
	int failure = 0;

	*lines = 0;
	if (ready_segment(s) != 0)
		return errno ? errno : EIO;
	if (!make_room(s, data.len))
		return ENOSPC;
	done = write_most(s->fd, data);
	*lines = count;
	if (done < data.len) {
		failure = errno;
		whole = whole_lines(data, done, lines);
	}
	s->size += whole.len;
	s->dirty |= whole.len > 0;
	/* Another file is small enough for a limit on the size of files. */
	if ((whole.len < done && ftruncate(s->fd, (off_t)s->size) != 0) || failure == EFBIG)
		close_segment(s);
	return failure;
}

static void note_outcome(struct stream *s, int failure)
{
	s->failing_errno = failure;
	if (failure)
		s->retry_ns = clock_monotonic_ns() + NS_PER_S;
}

static bool may_try(const struct stream *s)
{
	return !s->failing_errno || clock_monotonic_ns() >= s->retry_ns;
}

void stream_flush(struct stream *s)
{
	uint64_t lines = 0;

	if (s->pending_lines == 0)
		return;
	if (may_try(s))
		note_outcome(s, write_lines(s, buf_span(&s->pending), s->pending_lines, &lines));
	s->written += lines;
	s->lost += s->pending_lines - lines;
	if (lines == s->pending_lines)
		memcpy(s->last_id, s->pending_id, sizeof(s->last_id));
	s->pending_lines = 0;
	s->pending_whole = 0;
	buf_clear(&s->pending);
}

void stream_end_line(struct stream *s, const char *id)
{
	buf_put_u8(&s->pending, '\n');
	if (s->pending.overflow) {
		s->pending.len = s->pending_whole;
		s->pending.overflow = false;
		s->lost++;
		return;
	}
	s->pending_whole = s->pending.len;
	s->pending_lines++;
	if (*id)
		memcpy(s->pending_id, id, strnlen(id, sizeof(s->pending_id) - 1) + 1);
	if (s->pending.len >= smaller(GATHER_MAX, s->size_max))
		stream_flush(s);
}

void stream_add(struct stream *s, struct span line, const char *id)
{
	buf_put_span(&s->pending, line);
	stream_end_line(s, id);
}

bool stream_tell(struct stream *s, struct span line)
{
	uint64_t lines = 0;

	stream_flush(s);
	if (!may_try(s))
		return false;
	buf_put_span(&s->pending, line);
	buf_put_u8(&s->pending, '\n');
	if (!s->pending.overflow)
		note_outcome(s, write_lines(s, buf_span(&s->pending), 1, &lines));
	buf_clear(&s->pending);
	s->written += lines;
	return lines == 1;
}

void stream_sync(struct stream *s, bool now)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!s->dirty || (!now && (!s->kind->is_synced || now_ns - s->synced_ns < NS_PER_S)))
		return;
	/* Reported until the next write succeeds; what was written counts as written. */
	if (fdatasync(s->fd) != 0)
		s->failing_errno = errno;
	else
		memcpy(s->synced_id, s->last_id, sizeof(s->synced_id));
	s->dirty = false;
	s->synced_ns = now_ns;
}

void stream_retain(struct stream *s)
{
	if (s->fd >= 0 && clock_monotonic_ns() - s->opened_ns >= OPEN_MAX_NS)
		close_segment(s);
	if (stream_is_on(s))
		retain(s, s->fd >= 0 ? s->size_max - smaller(s->size, s->size_max) : 0);
}
