/* SPDX-License-Identifier: BSD-3-Clause */

#include "journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/record.h"
#include "packed.h"
#include "segments.h"

#define CHUNK ((size_t)64 << 10)

struct journal_reader {
	int directory;
	char *path;
	char *stream;
	uint64_t since_ns;
	struct timespec listed; /* the directory's time of change when it was listed, or 0 */
	struct segments known; /* those found first in the order of their names, then later ones */
	size_t current; /* index of the segment being read, or the one to be opened */
	int fd; /* -1 */
	struct unpacker *unpacker; /* of a sealed one; NULL */
	uint8_t *data; /* what was read and not returned */
	size_t begin, end, capacity;
	size_t searched; /* octets from begin known to hold no line end */
	bool skipping; /* the rest of a line longer than any of ours */
};

static bool is_known(const struct journal_reader *r, const char *name)
{
	for (size_t i = r->known.count; i-- > 0;)
		if (strcmp(r->known.list[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Adds segments that were not there before, behind those that were: so one that is written while
 * the clock stands wrong is not missed. Those that ended before since_ns are left out.
 */
static int list_more(struct journal_reader *r)
{
	struct segments found;
	struct segment *list;
	struct stat st;
	int err;

	if (fstat(r->directory, &st) != 0)
		return ERR_IO;
	if (r->listed.tv_sec == st.st_mtim.tv_sec && r->listed.tv_nsec == st.st_mtim.tv_nsec)
		return 0;
	err = segments_list(r->path, r->stream, &found);
	if (err)
		return err;
	list = reallocarray(r->known.list, r->known.count + found.count + 1, sizeof(*list));
	if (!list) {
		segments_release(&found);
		return ERR_MEMORY;
	}
	r->known.list = list;
	for (size_t i = 0; i < found.count; i++)
		if (found.list[i].changed_ns >= r->since_ns && !is_known(r, found.list[i].name))
			list[r->known.count++] = found.list[i];
	segments_release(&found);
	/* A change right behind this one may carry the same time. */
	if ((uint64_t)st.st_mtim.tv_sec + 2 < clock_real_ns() / NS_PER_S)
		r->listed = st.st_mtim;
	return 0;
}

int journal_reader_new(
	const char *directory, const char *stream, uint64_t since_ns, struct journal_reader **out)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	int err = ERR_MEMORY;

	if (!r)
		return ERR_MEMORY;
	r->fd = -1;
	r->since_ns = since_ns;
	r->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r->path = strdup(directory);
	r->stream = strdup(stream);
	if (r->directory < 0)
		err = ERR_IO;
	else if (r->path && r->stream)
		err = list_more(r);
	if (err) {
		journal_reader_free(r);
		return err;
	}
	*out = r;
	return 0;
}

void journal_reader_free(struct journal_reader *r)
{
	int saved = errno;

	if (!r)
		return;
	if (r->directory >= 0)
		close(r->directory);
	if (r->fd >= 0)
		close(r->fd);
	unpacker_free(r->unpacker);
	segments_release(&r->known);
	free(r->path);
	free(r->stream);
	free(r->data);
	free(r);
	errno = saved;
}

/* A whole line out of what was read. */
static bool take_line(struct journal_reader *r, struct span *line)
{
	uint8_t *from = r->data + r->begin;
	size_t have = r->end - r->begin;
	uint8_t *stop;

	if (have == r->searched)
		return false;
	stop = memchr(from + r->searched, '\n', have - r->searched);
	if (!stop) {
		r->searched = have;
		return false;
	}
	r->begin += (size_t)(stop - from) + 1;
	r->searched = 0;
	*line = span_of(from, (size_t)(stop - from));
	return true;
}

static int make_space(struct journal_reader *r)
{
	size_t have = r->end - r->begin, capacity = r->capacity;
	uint8_t *data;

	if (r->begin > 0 && have > 0)
		memmove(r->data, r->data + r->begin, have);
	r->begin = 0;
	r->end = have;
	if (capacity - have >= CHUNK)
		return 0;
	capacity = capacity ? capacity * 2 : CHUNK * 2;
	data = realloc(r->data, capacity);
	if (!data)
		return ERR_MEMORY;
	r->data = data;
	r->capacity = capacity;
	return 0;
}

static int read_some(struct journal_reader *r, uint8_t *to, size_t size, size_t *got)
{
	ssize_t n;

	if (r->unpacker)
		return unpacker_read(r->unpacker, to, size, got);
	do
		n = read(r->fd, to, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_IO;
	*got = (size_t)n;
	return 0;
}

/* More of the current segment. ERR_MISSING at its end. */
static int read_more(struct journal_reader *r)
{
	size_t got = 0;
	int err;

	if (r->end - r->begin > JOURNAL_LINE_MAX) {
		r->skipping = true;
		r->begin = r->end = r->searched = 0;
	}
	err = make_space(r);
	if (!err)
		err = read_some(r, r->data + r->end, r->capacity - r->end, &got);
	if (err)
		return err;
	r->end += got;
	return got > 0 ? 0 : ERR_MISSING;
}

/* One that retention has deleted is passed over. */
static int open_current(struct journal_reader *r)
{
	for (; r->current < r->known.count; r->current++) {
		struct segment *s = &r->known.list[r->current];

		r->fd = segment_open(s, r->directory);
		if (r->fd >= 0)
			return s->is_packed ? unpacker_new(r->fd, &r->unpacker) : 0;
		if (errno != ENOENT)
			return ERR_IO;
	}
	return ERR_MISSING;
}

/* A torn last line stays behind. */
static void leave_current(struct journal_reader *r)
{
	close(r->fd);
	r->fd = -1;
	unpacker_free(r->unpacker);
	r->unpacker = NULL;
	r->begin = r->end = r->searched = 0;
	r->skipping = false;
	r->current++;
}

/*
 * At the end of what there is. Only when a later segment was there before the end was seen is this
 * one complete: the writer closes one before it makes the next.
 */
static int go_on(struct journal_reader *r)
{
	int err = 0;

	if (r->fd < 0) {
		if (r->current == r->known.count)
			err = list_more(r);
		return err ? err : open_current(r);
	}
	if (r->current + 1 < r->known.count) {
		leave_current(r);
		return open_current(r);
	}
	err = list_more(r);
	if (err)
		return err;
	return r->current + 1 < r->known.count ? 0 : ERR_MISSING;
}

int journal_reader_next(struct journal_reader *r, struct span *line)
{
	struct span found;
	int err = 0;

	while (!err) {
		while (take_line(r, &found)) {
			if (!r->skipping && found.len <= JOURNAL_LINE_MAX) {
				*line = found;
				return 0;
			}
			r->skipping = false;
		}
		err = r->fd >= 0 ? read_more(r) : ERR_MISSING;
		if (err == ERR_MISSING)
			err = go_on(r);
		else if (err == ERR_FORMAT)
			leave_current(r);
	}
	return err;
}
