/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_INDEX_H
#define REVIEW_INDEX_H

/*
 * The index of a query log: a SQLite file that can be thrown away and made again. It follows the
 * segments of both streams; what it gives back is where a line stands, and sums. The daemon knows
 * nothing of it. An alert is taken from the events alone, as it stands in both streams, unless that
 * stream is off.
 *
 * What varies little is kept once. A `shape` is everything of a query but its time, client, name
 * and place: action, rule, type, rcode and so on, with a row of `fact` for each of its matches. A
 * row of `query` is then five small numbers, and sums need no more than shapes:
 *
 *   query      (id, at, client, name, shape, segment, offset)
 *   shape      (id, key, alert, do, ede, grp, type, rcode, action, would, rule, exception, source,
 * evidence, transport, mode, dnssec) fact       (shape, found_on, list, vendor, category, fact,
 * country, asn) client     (id, ip, device)        name (id, text) remark     (id, at, kind,
 * action, reason, config, lists, segment, offset): changes, losses hour_shape (bucket, shape,
 * count), hour_client, day_client (bucket, client, shape, count), hour_name, day_name (bucket,
 * name, shape, count): buckets count from 1970-01-01 UTC seen       (client, what, value, first,
 * last): what is vendor, country or name segment    (id, name, stream, octets): read so far
 *
 * Times are milliseconds since 1970-01-01. grp, rule and the like are "" where a line has none.
 */

#include "conf/conf.h"
#include "review/db.h"

#define INDEX_FILE "index.sqlite" /* in the directory `state` */

struct index;

/* Made when it is not there. path NULL: in memory, for one run. As db_open; ERR_VERSION: it is of
 * another version; ERR_STATE: of another directory. */
int index_open(const char *path, const struct conf *conf, struct index **out) MUST_CHECK;
/* For questions alone. The same, and ERR_MISSING. */
int index_open_to_read(const char *path, const struct conf *conf, struct index **out) MUST_CHECK;
void index_close(struct index *x);
/* To ask with; a failed statement leaves its error there. */
struct db *index_db(struct index *x);

struct index_progress {
	uint64_t octets; /* of segments taken in so far */
	uint64_t records;
	uint64_t unreadable; /* lines that are no record */
};

/*
 * Takes in what was written since the last time, at most about INDEX_BATCH lines, in one
 * transaction; progress is added to. since_ns: segments that ended before are left out, 0 for none.
 * ERR_MISSING: there is nothing more at present. ERR_IO: the journal's directory cannot be read;
 * otherwise as db_error.
 */
#define INDEX_BATCH 50000
int index_follow(struct index *x, uint64_t since_ns, struct index_progress *progress) MUST_CHECK;
/* Drops the rows of segments that are gone, and sums older than the events are kept. */
int index_forget(struct index *x, uint64_t now_ns) MUST_CHECK;

#endif
