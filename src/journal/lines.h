/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_LINES_H
#define JOURNAL_LINES_H

/* One segment's text, line by line, whether it is sealed or not. */

#include "segments.h"

#include "base/span.h"

struct segment_lines;

/* s is opened in the directory; ERR_IO, with ENOENT when it is not there. */
int segment_lines_open(struct segment *s, int directory, struct segment_lines **out) MUST_CHECK;
/*
 * The next line with its end, valid until the next call. One longer than JOURNAL_LINE_MAX, which is
 * none of ours, comes in parts, of which the last alone has an end. ERR_MISSING at the end of what
 * there is (may be called again later), ERR_FORMAT when a sealed one is damaged, ERR_IO.
 */
int segment_lines_next(struct segment_lines *l, struct span *out) MUST_CHECK;
/* Goes on behind so many octets of the text, not before where it is. As above. */
int segment_lines_skip(struct segment_lines *l, uint64_t octets) MUST_CHECK;
/* Octets of the text up to and with the end of the last line. */
uint64_t segment_lines_position(const struct segment_lines *l);
/* Octets behind the last line's end, once there is no next one. */
uint64_t segment_lines_torn(const struct segment_lines *l);
/* NULL is fine. */
void segment_lines_close(struct segment_lines *l);

#endif
