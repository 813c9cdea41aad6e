/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_FETCH_H
#define JOURNAL_FETCH_H

/* Single lines of segments, sealed or not, by their place. Cheap while places rise within a
 * segment: a sealed one is unpacked once then. */

#include "base/err.h"
#include "base/span.h"

struct journal_fetch;

/* ERR_IO, ERR_MEMORY. */
int journal_fetch_new(const char *directory, struct journal_fetch **out) MUST_CHECK;
void journal_fetch_free(struct journal_fetch *f);
/* The line that begins at offset of a segment's text, without its end, valid until the next call.
 * ERR_MISSING when the segment or the line is not there (any more), ERR_FORMAT, ERR_IO. */
int journal_fetch_line(struct journal_fetch *f, struct span segment, uint64_t offset,
	struct span *line) MUST_CHECK;

#endif
