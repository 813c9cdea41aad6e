/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_SEGMENTS_H
#define JOURNAL_SEGMENTS_H

/* The segment files of one stream in a directory, and which of them have to go. */

#include "conf/conf.h"

#define SEGMENT_NAME_MAX 128

struct segment {
	char name[SEGMENT_NAME_MAX];
	uint64_t size;
	uint64_t changed_ns; /* real time of the last write */
};

struct segments {
	struct segment *list; /* in the order of their names, which is that of their begin */
	size_t count;
};

/* ERR_IO, ERR_MEMORY. */
int segments_list(const char *directory, const char *stream, struct segments *out) MUST_CHECK;
void segments_release(struct segments *s);

/*
 * Deletes closed segments that are older than keep, and for by_size the oldest until the others and
 * one more of `coming` octets are below max_size. open is the segment being written, or "". now_ns
 * is of the real clock; 0 makes none too old. Returns how many were deleted.
 */
struct retention {
	const char *directory, *stream, *open;
	struct conf_journal_stream limits;
	bool by_size;
	uint64_t coming;
};
unsigned segments_retain(const struct retention *r, uint64_t now_ns);
/* Deletes the oldest closed one; false when there is none. */
bool segments_delete_oldest(const char *directory, const char *stream, const char *open);

#endif
