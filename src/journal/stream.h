/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_STREAM_H
#define JOURNAL_STREAM_H

/*
 * One stream of lines on its way to segment files: gathered, written in whole lines, begun anew,
 * forced to the disk. What cannot be written is counted and dropped; the disk is tried again once a
 * second. The writer's thread alone uses it.
 */

#include "base/buf.h"
#include "base/clock.h"
#include "conf/conf.h"
#include "segments.h"

struct chain;

#define EVENT_ID_MAX 64

/* What differs between the streams. */
struct stream_kind {
	const char *name;
	unsigned reserve_percent; /* of the file system, left free */
	bool by_size; /* max_size counts */
	bool is_synced; /* forced to the disk within a second */
};

struct stream {
	const struct stream_kind *kind;
	const char *directory, *boot;
	struct chain *chain; /* where what is removed gets its link */
	struct stream *expendable; /* whose old segments go when room is short */
	struct conf_journal_stream limits;
	uint64_t segment_max; /* as asked for */
	struct buf pending; /* whole lines */
	size_t pending_whole; /* where the last of them ends */
	uint64_t pending_lines;
	char pending_id[EVENT_ID_MAX]; /* of the last of them */
	int fd; /* -1 */
	char segment[SEGMENT_NAME_MAX]; /* the open one's name, or "" */
	uint64_t size; /* of the open segment */
	uint64_t size_max; /* of the open segment or, before there was one, of what is gathered */
	uint64_t opened_ns; /* monotonic */
	struct clock_watch clock;
	uint64_t started_ns; /* real */
	uint64_t jumped_ns; /* monotonic, when the clock was last seen to have jumped; 0: never */
	uint64_t named_s; /* the time in its name */
	unsigned segment_number;
	bool has_closed; /* a segment, since somebody else has set it to false */
	bool is_over; /* its segments are beyond max_size, and stay */
	bool dirty;
	uint64_t synced_ns; /* monotonic */
	int failing_errno; /* 0: the last write succeeded */
	uint64_t retry_ns; /* monotonic; not tried before */
	/* Counters. */
	uint64_t written, lost;
	uint64_t told; /* of lost, how many a loss record tells of */
	uint64_t deleted[SEGMENTS_REASONS], deleted_told[SEGMENTS_REASONS]; /* segments */
	char last_id[EVENT_ID_MAX];
	char synced_id[EVENT_ID_MAX]; /* of the last line that is on the disk for certain */
};

/* segment_max 0: the default. */
void stream_init(struct stream *s, const struct stream_kind *kind, struct chain *chain,
	const char *boot, uint64_t segment_max);
/* Closes; what was not flushed is gone. */
void stream_release(struct stream *s);
bool stream_is_on(const struct stream *s);
/* A line without its end. id may be "". */
void stream_add(struct stream *s, struct span line, const char *id);
/* The same of a line that the caller has appended to pending. */
void stream_end_line(struct stream *s, const char *id);
/* Writes what was gathered. */
void stream_flush(struct stream *s);
/* A line about losses: written at once, and not counted when that fails. False then. */
bool stream_tell(struct stream *s, struct span line);
/* Forces to the disk what has waited for a second; with `now` at once. */
void stream_sync(struct stream *s, bool now);
/* Deletes what is beyond the limits, and begins anew what has been open for an hour. For a day
 * after the clock has jumped no age is believed. */
void stream_retain(struct stream *s);

#endif
