/* SPDX-License-Identifier: BSD-3-Clause */

#include "segments.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SUFFIX ".jsonl"
#define DAY_NS (24 * 3600 * NS_PER_S)

const char *const segments_reason_text[SEGMENTS_REASONS] = {
	[SEGMENTS_AGE] = "older than keep",
	[SEGMENTS_SIZE] = "beyond max_size",
	[SEGMENTS_ROOM] = "the file system was nearly full",
};

static bool ends_with(const char *name, size_t len, const char *suffix)
{
	size_t tail = strlen(suffix);

	return len > tail && memcmp(name + len - tail, suffix, tail) == 0;
}

/* Fills in name and is_packed when a file is a segment of the stream. */
static bool read_name(const char *file, const char *stream, struct segment *out)
{
	size_t len = strlen(file), prefix = strlen(stream);

	out->is_packed = ends_with(file, len, SEGMENT_PACKED);
	if (out->is_packed)
		len -= strlen(SEGMENT_PACKED);
	if (len >= SEGMENT_NAME_MAX || len <= prefix + sizeof(SUFFIX) ||
		strncmp(file, stream, prefix) != 0 || file[prefix] != '-' ||
		!ends_with(file, len, SUFFIX))
		return false;
	memcpy(out->name, file, len);
	out->name[len] = '\0';
	return true;
}

/* The first part of a name behind the stream that is a time. */
static uint64_t begin_of(const char *name)
{
	const char *at = strchr(name, '-');
	struct tm tm = {0};

	if (!at || !strptime(at, "-%Y%m%dT%H%M%SZ-", &tm))
		return 0;
	return (uint64_t)timegm(&tm) * NS_PER_S;
}

int segments_add(struct segments *s, const struct segment *one)
{
	if (s->count == s->capacity) {
		size_t more = s->capacity ? s->capacity * 2 : 64;
		struct segment *list = reallocarray(s->list, more, sizeof(*list));

		if (!list)
			return ERR_MEMORY;
		s->list = list;
		s->capacity = more;
	}
	s->list[s->count++] = *one;
	return 0;
}

/* A file that vanished meanwhile, is no regular one or no segment is passed over. */
static int add_file(struct segments *s, int directory, const char *stream, const char *file)
{
	struct segment one;
	struct stat st;

	if (!read_name(file, stream, &one) ||
		fstatat(directory, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return 0;
	one.size = (uint64_t)st.st_size;
	one.begun_ns = begin_of(one.name);
	one.changed_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
	return segments_add(s, &one);
}

/* Of one name the plain file comes first. */
static int compare_segments(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->is_packed - (int)y->is_packed;
}

/* In order, each name once. */
static void arrange(struct segments *s)
{
	size_t kept = 0;

	if (s->count > 0)
		qsort(s->list, s->count, sizeof(*s->list), compare_segments);
	for (size_t i = 0; i < s->count; i++)
		if (kept == 0 || strcmp(s->list[kept - 1].name, s->list[i].name) != 0)
			s->list[kept++] = s->list[i];
	s->count = kept;
}

int segments_list(const char *directory, const char *stream, struct segments *out)
{
	struct segments s = {NULL};
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return ERR_IO;
	while (!err && (entry = readdir(dir)))
		err = add_file(&s, dirfd(dir), stream, entry->d_name);
	closedir(dir);
	if (err) {
		segments_release(&s);
		return err;
	}
	arrange(&s);
	*out = s;
	return 0;
}

void segments_release(struct segments *s)
{
	free(s->list);
	*s = (struct segments){NULL};
}

const char *segment_file(const struct segment *s, char out[SEGMENT_FILE_MAX])
{
	snprintf(out, SEGMENT_FILE_MAX, "%s%s", s->name, s->is_packed ? SEGMENT_PACKED : "");
	return out;
}

static int open_file(const struct segment *s, int directory)
{
	char file[SEGMENT_FILE_MAX];

	return openat(directory, segment_file(s, file), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int segment_open(struct segment *s, int directory)
{
	int fd = open_file(s, directory);

	if (fd < 0 && errno == ENOENT && !s->is_packed) {
		s->is_packed = true;
		fd = open_file(s, directory);
	}
	return fd;
}

bool segment_delete(const struct segment *s, const char *directory)
{
	static const char *const suffixes[] = {SEGMENT_HALF, SEGMENT_PACKED, ""};
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char file[SEGMENT_HALF_MAX];
	bool done = dir >= 0;

	for (size_t i = 0; dir >= 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", s->name, suffixes[i]);
		done &= unlinkat(dir, file, 0) == 0 || errno == ENOENT;
	}
	if (dir >= 0)
		close(dir);
	return done;
}

static bool is_too_old(const struct segment *s, uint64_t keep_s, uint64_t now_ns)
{
	return s->changed_ns / NS_PER_S + keep_s < now_ns / NS_PER_S;
}

/* A gap that has ended not long ago. */
static bool is_doubtful(uint64_t before_ns, uint64_t after_ns, uint64_t gap_ns, uint64_t now_ns)
{
	return before_ns && after_ns > before_ns && after_ns - before_ns > gap_ns &&
	       after_ns <= now_ns && now_ns - after_ns < DAY_NS;
}

/*
 * Whether the clock may have been set while nothing was written. It is seen on the files, so that
 * it also holds for the next run: the gap is between two segments, or before this run.
 */
static bool is_clock_doubtful(const struct retention *r, const struct segments *s, uint64_t now_ns)
{
	uint64_t gap_ns = r->limits.keep_s / 4 * NS_PER_S, before_ns = 0, last_ns = 0;

	if (gap_ns < DAY_NS)
		gap_ns = DAY_NS;
	for (size_t i = 0; i < s->count; i++) {
		const struct segment *g = &s->list[i];

		if (is_doubtful(before_ns, g->begun_ns, gap_ns, now_ns))
			return true;
		before_ns = g->changed_ns;
		if (before_ns <= r->started_ns && before_ns > last_ns)
			last_ns = before_ns;
	}
	return is_doubtful(last_ns, r->started_ns, gap_ns, now_ns);
}

uint64_t segments_retain(
	const struct retention *r, uint64_t now_ns, uint64_t deleted[SEGMENTS_REASONS])
{
	uint64_t total = r->coming, max = r->by_size ? r->limits.max_size : 0;
	struct segments s;

	if (segments_list(r->directory, r->stream, &s) != 0)
		return 0;
	if (is_clock_doubtful(r, &s, now_ns))
		now_ns = 0;
	for (size_t i = 0; i < s.count; i++)
		total += s.list[i].size;
	for (size_t i = 0; i < s.count; i++) {
		const struct segment *g = &s.list[i];
		bool too_old = is_too_old(g, r->limits.keep_s, now_ns);

		if (strcmp(g->name, r->open) == 0)
			continue;
		if (!too_old && (max == 0 || total <= max))
			continue;
		if (!r->remove(r->arg, g, too_old ? SEGMENTS_AGE : SEGMENTS_SIZE))
			continue;
		total -= g->size;
		deleted[too_old ? SEGMENTS_AGE : SEGMENTS_SIZE]++;
	}
	segments_release(&s);
	return total - r->coming;
}

bool segments_remove_oldest(const struct retention *r)
{
	struct segments s;
	bool removed = false;

	if (segments_list(r->directory, r->stream, &s) != 0)
		return false;
	for (size_t i = 0; !removed && i < s.count; i++)
		if (strcmp(s.list[i].name, r->open) != 0)
			removed = r->remove(r->arg, &s.list[i], SEGMENTS_ROOM);
	segments_release(&s);
	return removed;
}
