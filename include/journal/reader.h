/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

/* Reads segments in the order they were written, sealed or not, line by line; follows the newest. A
 * torn last line is not returned. */

#include "base/err.h"
#include "base/span.h"

struct journal_reader;

/* stream is "queries" or "events". since_ns: segments that ended before are left out; 0 for all.
 * ERR_IO. */
int journal_reader_new(const char *directory, const char *stream, uint64_t since_ns,
	struct journal_reader **out) MUST_CHECK;
void journal_reader_free(struct journal_reader *r);
/* The line without its end, valid until the next call. ERR_MISSING at the end (may be called again
 * later), ERR_FORMAT for a sealed segment that is damaged: the next call goes on behind it, ERR_IO.
 */
int journal_reader_next(struct journal_reader *r, struct span *line) MUST_CHECK;

/* Where the line stands that was returned last. */
struct journal_place {
	const char *segment; /* its name; of the reader */
	uint64_t end; /* octets of the segment up to and with the line's end */
};
struct journal_place journal_reader_place(const struct journal_reader *r);
/* From here on each segment is read from behind what octets() says of it; one that is no longer is
 * passed over. */
void journal_reader_skip(
	struct journal_reader *r, uint64_t (*octets)(void *arg, const char *segment), void *arg);

#endif
