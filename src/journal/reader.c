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
#include "lines.h"

struct journal_reader {
	int directory;
	char *path;
	char *stream;
	uint64_t since_ns;
	struct timespec listed; /* the directory's time of change when it was listed, or 0 */
	struct segments known; /* those found first in the order of their names, then later ones */
	size_t sorted; /* how many were found first */
	size_t current; /* index of the segment being read, or the one to be opened */
	struct segment_lines *lines; /* of the segment being read; NULL */
	uint64_t (*skip)(void *arg, const char *segment); /* NULL */
	void *skip_arg;
	bool skipping; /* the rest of a line longer than any of ours */
};

static int compare_name(const void *name, const void *segment)
{
	return strcmp(name, ((const struct segment *)segment)->name);
}

/* There may be thousands, of which all but the few that came later are in order. */
static bool is_known(const struct journal_reader *r, const char *name)
{
	for (size_t i = r->known.count; i-- > r->sorted;)
		if (strcmp(r->known.list[i].name, name) == 0)
			return true;
	return r->sorted &&
	       bsearch(name, r->known.list, r->sorted, sizeof(*r->known.list), compare_name);
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
	if (r->sorted == 0)
		r->sorted = r->known.count;
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
	segment_lines_close(r->lines);
	segments_release(&r->known);
	free(r->path);
	free(r->stream);
	free(r);
	errno = saved;
}

/* One that retention has deleted is passed over. */
static int open_current(struct journal_reader *r)
{
	for (; r->current < r->known.count; r->current++) {
		int err = segment_lines_open(&r->known.list[r->current], r->directory, &r->lines);

		if (!err && r->skip)
			err = segment_lines_skip(
				r->lines, r->skip(r->skip_arg, r->known.list[r->current].name));
		if (err != ERR_IO || errno != ENOENT)
			return err;
	}
	return ERR_MISSING;
}

/* A torn last line stays behind. */
static void leave_current(struct journal_reader *r)
{
	segment_lines_close(r->lines);
	r->lines = NULL;
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

	if (!r->lines) {
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

/* Only one with an end, and as short as ours, is given to the caller. */
static bool is_ours(struct journal_reader *r, struct span *line)
{
	bool is_end = line->data[line->len - 1] == '\n';
	bool is_rest = r->skipping;

	r->skipping = !is_end;
	if (!is_end || is_rest || line->len - 1 > JOURNAL_LINE_MAX)
		return false;
	line->len--;
	return true;
}

int journal_reader_next(struct journal_reader *r, struct span *line)
{
	struct span found;
	int err = 0;

	while (!err) {
		err = r->lines ? segment_lines_next(r->lines, &found) : ERR_MISSING;
		if (err == ERR_FORMAT)
			leave_current(r);
		else if (err == ERR_MISSING)
			err = go_on(r);
		else if (!err && is_ours(r, &found)) {
			*line = found;
			break;
		}
	}
	return err;
}

struct journal_place journal_reader_place(const struct journal_reader *r)
{
	return (struct journal_place){
		r->known.list[r->current].name, segment_lines_position(r->lines)};
}

void journal_reader_skip(
	struct journal_reader *r, uint64_t (*octets)(void *arg, const char *segment), void *arg)
{
	r->skip = octets;
	r->skip_arg = arg;
}
