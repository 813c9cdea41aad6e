/* SPDX-License-Identifier: BSD-3-Clause */

#include "segments.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define SUFFIX ".jsonl"
#define DAY_NS (24 * 3600 * NS_PER_S)

static bool is_segment(const char *name, const char *stream)
{
	size_t len = strlen(name), prefix = strlen(stream);

	return len < SEGMENT_NAME_MAX && len > prefix + sizeof(SUFFIX) &&
	       strncmp(name, stream, prefix) == 0 && name[prefix] == '-' &&
	       strcmp(name + len + 1 - sizeof(SUFFIX), SUFFIX) == 0;
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

/* One that vanished meanwhile, or is no regular file, is passed over. */
static int add_segment(struct segments *s, size_t *capacity, int directory, const char *name)
{
	struct stat st;
	struct segment *to;

	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return 0;
	if (s->count == *capacity) {
		size_t more = *capacity ? *capacity * 2 : 64;
		struct segment *list = reallocarray(s->list, more, sizeof(*list));

		if (!list)
			return ERR_MEMORY;
		s->list = list;
		*capacity = more;
	}
	to = &s->list[s->count++];
	memcpy(to->name, name, strlen(name) + 1);
	to->size = (uint64_t)st.st_size;
	to->begun_ns = begin_of(name);
	to->changed_ns = (uint64_t)st.st_mtim.tv_sec * NS_PER_S + (uint64_t)st.st_mtim.tv_nsec;
	return 0;
}

static int compare_segments(const void *a, const void *b)
{
	return strcmp(((const struct segment *)a)->name, ((const struct segment *)b)->name);
}

int segments_list(const char *directory, const char *stream, struct segments *out)
{
	struct segments s = {NULL, 0};
	size_t capacity = 0;
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return ERR_IO;
	while (!err && (entry = readdir(dir)))
		if (is_segment(entry->d_name, stream))
			err = add_segment(&s, &capacity, dirfd(dir), entry->d_name);
	closedir(dir);
	if (err) {
		segments_release(&s);
		return err;
	}
	if (s.count > 0)
		qsort(s.list, s.count, sizeof(*s.list), compare_segments);
	*out = s;
	return 0;
}

void segments_release(struct segments *s)
{
	free(s->list);
	*s = (struct segments){NULL, 0};
}

static bool delete_segment(const char *directory, const char *name)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done = dir >= 0 && unlinkat(dir, name, 0) == 0;

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

void segments_retain(const struct retention *r, uint64_t now_ns, uint64_t deleted[SEGMENTS_REASONS])
{
	uint64_t total = r->coming, max = r->by_size ? r->limits.max_size : 0;
	struct segments s;

	if (segments_list(r->directory, r->stream, &s) != 0)
		return;
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
		if (!delete_segment(r->directory, g->name))
			continue;
		total -= g->size;
		deleted[too_old ? SEGMENTS_AGE : SEGMENTS_SIZE]++;
	}
	segments_release(&s);
}

bool segments_delete_oldest(const char *directory, const char *stream, const char *open)
{
	struct segments s;
	bool deleted = false;

	if (segments_list(directory, stream, &s) != 0)
		return false;
	for (size_t i = 0; !deleted && i < s.count; i++)
		if (strcmp(s.list[i].name, open) != 0)
			deleted = delete_segment(directory, s.list[i].name);
	segments_release(&s);
	return deleted;
}
