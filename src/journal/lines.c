/* SPDX-License-Identifier: BSD-3-Clause */

#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/record.h"
#include "packed.h"

#define CHUNK ((size_t)64 << 10)

struct segment_lines {
	int fd;
	struct unpacker *unpacker; /* of a sealed one; NULL */
	uint8_t *data; /* what was read and not returned */
	size_t begin, end, capacity;
	size_t searched; /* octets from begin known to hold no line end */
	uint64_t position; /* in the text: behind what was read */
};

int segment_lines_open(struct segment *s, int directory, struct segment_lines **out)
{
	struct segment_lines *l = calloc(1, sizeof(*l));
	int err = 0;

	if (!l)
		return ERR_MEMORY;
	l->fd = segment_open(s, directory);
	if (l->fd < 0)
		err = ERR_IO;
	else if (s->is_packed)
		err = unpacker_new(l->fd, &l->unpacker);
	if (err) {
		segment_lines_close(l);
		return err;
	}
	*out = l;
	return 0;
}

void segment_lines_close(struct segment_lines *l)
{
	int saved = errno;

	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	unpacker_free(l->unpacker);
	free(l->data);
	free(l);
	errno = saved;
}

static struct span take(struct segment_lines *l, size_t len)
{
	struct span taken = span_of(l->data + l->begin, len);

	l->begin += len;
	l->searched = 0;
	return taken;
}

/* A whole line, or a part of one that is too long, out of what was read. */
static bool take_line(struct segment_lines *l, struct span *out)
{
	const uint8_t *from = l->data + l->begin, *stop;
	size_t have = l->end - l->begin;

	if (have == l->searched)
		return false;
	stop = memchr(from + l->searched, '\n', have - l->searched);
	if (!stop && have <= JOURNAL_LINE_MAX) {
		l->searched = have;
		return false;
	}
	*out = take(l, stop ? (size_t)(stop - from) + 1 : have);
	return true;
}

static int make_space(struct segment_lines *l)
{
	size_t have = l->end - l->begin, capacity = l->capacity;
	uint8_t *data;

	if (l->begin > 0 && have > 0)
		memmove(l->data, l->data + l->begin, have);
	l->begin = 0;
	l->end = have;
	if (capacity - have >= CHUNK)
		return 0;
	capacity = capacity ? capacity * 2 : CHUNK * 2;
	data = realloc(l->data, capacity);
	if (!data)
		return ERR_MEMORY;
	l->data = data;
	l->capacity = capacity;
	return 0;
}

static int read_some(struct segment_lines *l, size_t *got)
{
	uint8_t *to = l->data + l->end;
	size_t room = l->capacity - l->end;
	ssize_t n;

	if (l->unpacker)
		return unpacker_read(l->unpacker, to, room, got);
	do
		n = read(l->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_IO;
	*got = (size_t)n;
	return 0;
}

/* ERR_MISSING at the end. */
static int read_more(struct segment_lines *l)
{
	size_t got = 0;
	int err = make_space(l);

	if (!err)
		err = read_some(l, &got);
	if (err)
		return err;
	l->end += got;
	l->position += got;
	return got > 0 ? 0 : ERR_MISSING;
}

int segment_lines_next(struct segment_lines *l, struct span *out)
{
	int err = 0;

	while (!take_line(l, out))
		if ((err = read_more(l)) != 0)
			break;
	return err;
}

uint64_t segment_lines_position(const struct segment_lines *l)
{
	return l->position - (l->end - l->begin);
}

int segment_lines_skip(struct segment_lines *l, uint64_t octets)
{
	int err = 0;

	l->searched = 0;
	if (octets <= l->position && octets >= segment_lines_position(l)) {
		l->begin = l->end - (size_t)(l->position - octets);
		return 0;
	}
	if (!l->unpacker) {
		l->begin = l->end = 0;
		l->position = octets;
		return lseek(l->fd, (off_t)octets, SEEK_SET) < 0 ? ERR_IO : 0;
	}
	while (!err && l->position < octets) {
		l->begin = l->end = 0;
		err = read_more(l);
	}
	if (!err && l->position > octets)
		l->begin = l->end - (size_t)(l->position - octets);
	return err;
}

uint64_t segment_lines_torn(const struct segment_lines *l)
{
	return l->end - l->begin;
}
