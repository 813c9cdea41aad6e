/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

/*
 * The query log: a ring pair per lane (a worker, or the main thread), one writer thread, two
 * streams of segment files. A lane is used by one thread. Putting never waits, allocates or makes a
 * system call. What does not fit is counted, and the count is written as a record of kind `loss` as
 * soon as there is room, at most once a second.
 *
 * A record with alert goes through the ring of events and stands in both streams, all others in
 * `queries` alone. Of a group with `journal: events` only those with alert are recorded, of one
 * with `journal: none` nothing: journal_put sees to it, and such records take no number.
 *
 * What the writer has still to look at is bounded: the rings by their size, and what is retired by
 * JOURNAL_RETIRED_MAX octets per lane. Beyond it records are lost, so that nothing more is kept for
 * them when the disk hangs; on top comes only what the owner itself held at that time.
 *
 * The records of one lane are written in the order of their numbers. A retired resolution is freed
 * by the writer when nothing in either ring can point to it any more; so is a context released.
 *
 * Segments are `<stream>-<time>-<boot>-<n>.jsonl`, begun anew at 64 MiB (less where max_size or the
 * file system is small) and after an hour. Closed ones are sealed: compressed, hashed and linked to
 * the chain (see src/journal/chain.h) by an idle thread. The oldest closed segments of `queries`
 * are deleted beyond keep or max_size, or when less than 5 % of the file system is free; `events`
 * only beyond keep. When that gives no room, `queries` are lost below 5 %, `events` below 1 %: the
 * journal never fills a file system. Events are forced to the disk within a second.
 */

#include "journal/record.h"

#define JOURNAL_CONFIG_FILE "config-%s.yaml"
#define JOURNAL_RETIRED_MAX ((uint64_t)32 << 20)

struct journal;
struct journal_lane;

struct journal_options {
	const char *directory;
	struct conf_journal_stream queries, events;
	uint64_t segment_size; /* octets; 0: 64 MiB */
	unsigned lanes; /* the last one is the main thread's */
	unsigned ring_size; /* records per ring, a power of two */
	unsigned stop_ms; /* how long journal_stop waits for a slow disk; 0: 5 s */
};

struct journal_stats {
	uint64_t written; /* lines, both streams */
	uint64_t lost_queries, lost_events; /* dropped for want of room or a failed write */
	uint64_t untold_queries, untold_events; /* of these, what no record tells of so far */
	uint64_t waiting; /* records that the writer has not handled */
	bool stuck; /* none of them for two seconds, as it seems to who reads this often */
	uint64_t segments_deleted;
	bool failing; /* the last write failed */
	int failing_errno;
	char last_event[64]; /* the id last written to `events` and forced to the disk */
	bool events_over; /* events are beyond their max_size; they are kept */
	int sealing_errno; /* why closed segments are not sealed; 0 */
	int config_errno; /* why a configuration's text is not kept; 0 */
	uint64_t links; /* of the chain */
	char head[DIGEST_TEXT_MAX]; /* of the chain, on the disk; "" before it is known */
};

/* The most records, a power of two, with which the rings of so many lanes take no more than octets;
 * but at least 1024. */
unsigned journal_ring_size(uint64_t octets, unsigned lanes);
/* Starts the writer. The directory is made when it is missing; that it cannot be written is
 * counted, not an error. */
int journal_open(const struct journal_options *o, struct journal **out) MUST_CHECK;
/* Writes what is in the rings and ends the writer. What is not written within stop_ms is lost,
 * which is counted and written. Lanes must be at rest. ERR_AGAIN when a write hangs for 2.5 s
 * beyond that: the writer still runs then. */
int journal_stop(struct journal *j) MUST_CHECK;
/* Stops when that was not done, and frees all; nothing when the writer still runs. */
void journal_close(struct journal *j);
struct journal_lane *journal_lane(struct journal *j, unsigned index);
const char *journal_boot(const struct journal *j);
void journal_stats_read(struct journal *j, struct journal_stats *out);
/* Octets that prepared parts of lines take at most, of the size of all caches; see prepared.h. */
uint64_t journal_prepared_max(const struct conf *conf);
/* New retention after a reload; the directory cannot change. */
void journal_retain(struct journal *j, const struct conf_journal_stream *queries,
	const struct conf_journal_stream *events);

/* The text a configuration is made of (conf_files_text), on the heap and taken over, is written
 * beside the segments as JOURNAL_CONFIG_FILE of its digest, once, by a thread of its own. */
void journal_keep_config(struct journal *j, const char *digest, char *text, size_t len);

/* The number that the lane's next record gets. */
uint64_t journal_number(const struct journal_lane *l);
/*
 * Copies the record and gives it its number. The resolution must stand until it is handed to
 * journal_retire of the same lane. False when the record was lost (and counted).
 */
bool journal_put(struct journal_lane *l, const struct journal_record *r);
/* Hands a resolution over for freeing; one that no record ever pointed to is freed at once. Never
 * fails. NULL is fine. */
void journal_retire(struct journal_lane *l, struct resolution *r);
/* The context of all records put from now on; must be called before the first record. Allocates: a
 * context whose successor comes while memory is exhausted is never released. */
void journal_adopt(struct journal_lane *l, struct journal_context *c);
/* Once per turn of the owner's loop, behind the last record: wakes the writer when it sleeps. */
void journal_turn(struct journal_lane *l);

/*
 * A record of kind `change`, as an event in both streams, from the main thread's lane: action such
 * as "reload", reason one sentence, who asked ("uid 0", "signal"), which is appended to the reason.
 * Allocates, and wakes the writer by itself.
 */
void journal_change(
	struct journal_lane *l, const char *action, const char *reason, const char *who);
/* The same of kind `loss`, from any lane: something went by unrecorded, reason says what. */
void journal_loss(struct journal_lane *l, const char *reason);

#endif
