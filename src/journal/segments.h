/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_SEGMENTS_H
#define JOURNAL_SEGMENTS_H

/* The segment files of one stream in a directory, and which of them have to go. One that is sealed
 * is compressed, and keeps its name with SEGMENT_PACKED behind it; where both are there, the plain
 * one counts. */

#include "conf/conf.h"

#define SEGMENT_NAME_MAX 128
#define SEGMENT_PACKED ".zst"
#define SEGMENT_HALF ".zst.half" /* of one that is being made */
#define SEGMENT_HALF_MAX (SEGMENT_NAME_MAX + sizeof(SEGMENT_HALF))
#define SEGMENT_FILE_MAX (SEGMENT_NAME_MAX + sizeof(SEGMENT_PACKED))

struct segment {
	char name[SEGMENT_NAME_MAX]; /* without SEGMENT_PACKED */
	bool is_packed;
	uint64_t size; /* of the file */
	uint64_t changed_ns; /* real time of the last write */
	uint64_t begun_ns; /* real time in its name; 0: none can be read */
};

struct segments {
	struct segment *list; /* in the order of their names, which is that of their begin */
	size_t count, capacity;
};

/* ERR_IO, ERR_MEMORY. */
int segments_list(const char *directory, const char *stream, struct segments *out) MUST_CHECK;
void segments_release(struct segments *s);
/* A copy, behind the others. ERR_MEMORY. */
int segments_add(struct segments *s, const struct segment *one) MUST_CHECK;
/* The name of its file; returns out. */
const char *segment_file(const struct segment *s, char out[SEGMENT_FILE_MAX]);
/* Opens its file for reading: as it was listed or, when it has been sealed since, as it is now.
 * Says in is_packed which. -1 with errno set. */
int segment_open(struct segment *s, int directory);
/* Deletes its files, and what a sealer has left of it. False when it is still there. */
bool segment_delete(const struct segment *s, const char *directory);

/* Why segments have been deleted. */
enum segments_reason { SEGMENTS_AGE, SEGMENTS_SIZE, SEGMENTS_ROOM, SEGMENTS_REASONS };
extern const char *const segments_reason_text[SEGMENTS_REASONS];

/*
 * Has closed segments removed that are older than keep, and for by_size the oldest until the others
 * and one more of `coming` octets are below max_size. open is the segment being written, or "".
 * now_ns is of the real clock; 0 makes none too old. Nor is one for a day behind a gap longer than
 * a quarter of keep, and than a day: the clock may have been set while nobody looked. deleted is
 * added to.
 */
struct retention {
	const char *directory, *stream, *open;
	bool (*remove)(void *arg, const struct segment *s, enum segments_reason why);
	void *arg;
	struct conf_journal_stream limits;
	bool by_size;
	uint64_t coming;
	uint64_t started_ns; /* real time when writing began; the last time that a gap may end */
};
/* Returns the octets that all have then. */
uint64_t segments_retain(
	const struct retention *r, uint64_t now_ns, uint64_t deleted[SEGMENTS_REASONS]);
/* Has the oldest closed one removed; false when there is none, or it stays. */
bool segments_remove_oldest(const struct retention *r);

#endif
