/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

/* The journal as its writer's thread and its owner share it. */

#include <pthread.h>

#include "chain.h"
#include "lane.h"
#include "prepared.h"
#include "remark.h"
#include "sealer.h"
#include "stream.h"

#define BOOT_MAX 16
#define SITE_MAX 256

enum { STREAM_QUERIES, STREAM_EVENTS, STREAM_COUNT };

struct journal {
	/* Fixed while the writer runs. */
	char *directory;
	char boot[BOOT_MAX];
	struct journal_lane *lanes;
	unsigned lane_count, ring_size, stop_ms;
	struct bell bell;
	pthread_t thread;
	_Atomic bool stopping;
	_Atomic uint64_t late_ns; /* monotonic; from then on nothing is written. 0: never */
	_Atomic bool ended; /* set by the thread at its end */
	bool stopped; /* the thread has been joined; the owner's */
	/* Under the lock. */
	pthread_mutex_t lock;
	struct conf_journal_stream limits[STREAM_COUNT];
	struct journal_stats stats; /* without what is read from the lanes */
	uint64_t handled_seen, moved_ns; /* records handled, and when that was last seen to grow */
	/* The writer's thread. */
	struct stream streams[STREAM_COUNT];
	struct buf line;
	struct prepared_store prepared;
	struct line_memory memory;
	const struct journal_context *seen; /* whose site was noted */
	char site[SITE_MAX];
	struct chain chain;
	struct segments backlog; /* closed, plain, without a link */
	size_t backlog_at; /* the next of them to be sealed */
	bool seal_due; /* there may be more than in the backlog */
	int sealing_errno; /* 0: nothing that should be sealed could not be */
	int pass_errno; /* the same, of the backlog so far */
	uint64_t seal_retry_ns; /* monotonic; not tried before */
	uint64_t remarks; /* written under the writer's own number, one above the last lane's */
	uint64_t told_ns, retained_ns; /* monotonic */
	struct sealer sealer; /* a thread of its own */
};

/* The thread: arg is the journal. Ends when stopping is set and the rings are empty; what is in
 * them at late_ns is counted as lost by the lanes. */
void *writer_run(void *arg);
/* Writes what the lanes and the streams have lost; `now` even if that was done within a second. */
void writer_tell_losses(struct journal *j, bool now);
/* Writes which segments have been deleted since it was told last. */
void writer_tell_deletions(struct journal *j);
/* Writes that the last line of a segment was cut off. */
void writer_tell_torn(struct journal *j, struct stream *s, const char *segment, uint64_t octets);
/* Opens the chain if there is one, so that its head is known. */
void writer_open_chain(struct journal *j);
/* Links what the sealer has done, and gives it the next segment. Never waits for it. */
void writer_seal(struct journal *j);

#endif
