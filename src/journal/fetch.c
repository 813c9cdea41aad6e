/* SPDX-License-Identifier: BSD-3-Clause */

#include "journal/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"

struct journal_fetch {
	int directory;
	struct segment segment;
	struct segment_lines *lines; /* NULL when none is open */
};

int journal_fetch_new(const char *directory, struct journal_fetch **out)
{
	struct journal_fetch *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_MEMORY;
	f->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->directory < 0) {
		free(f);
		return ERR_IO;
	}
	*out = f;
	return 0;
}

static void leave(struct journal_fetch *f)
{
	segment_lines_close(f->lines);
	f->lines = NULL;
}

void journal_fetch_free(struct journal_fetch *f)
{
	if (!f)
		return;
	leave(f);
	close(f->directory);
	free(f);
}

static bool is_open(const struct journal_fetch *f, struct span segment)
{
	return f->lines && span_equal(segment, span_text(f->segment.name));
}

static int enter(struct journal_fetch *f, struct span segment)
{
	leave(f);
	f->segment = (struct segment){0};
	if (segment.len >= SEGMENT_NAME_MAX)
		return ERR_MISSING;
	memcpy(f->segment.name, segment.data, segment.len);
	if (segment_lines_open(&f->segment, f->directory, &f->lines) == 0)
		return 0;
	return errno == ENOENT ? ERR_MISSING : ERR_IO;
}

int journal_fetch_line(
	struct journal_fetch *f, struct span segment, uint64_t offset, struct span *line)
{
	struct span found;
	int err = 0;

	if (!is_open(f, segment) || segment_lines_position(f->lines) > offset)
		err = enter(f, segment);
	if (!err)
		err = segment_lines_skip(f->lines, offset);
	if (!err)
		err = segment_lines_next(f->lines, &found);
	if (err)
		return err;
	if (found.data[found.len - 1] != '\n')
		return ERR_FORMAT;
	*line = span_of(found.data, found.len - 1);
	return 0;
}
