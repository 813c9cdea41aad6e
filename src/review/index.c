/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/index.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "intake.h"
#include "journal/reader.h"

#define VERSION "1"
#define SQL_MAX 1024
#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

enum { STREAM_QUERIES, STREAM_EVENTS, STREAMS };
static const char *const stream_names[STREAMS] = {"queries", "events"};

struct index {
	struct db *db;
	struct intake *intake; /* NULL when opened to read */
	char *directory;
	bool is_on[STREAMS];
	uint64_t keep_s; /* of the events */
	struct journal_reader *readers[STREAMS];
	struct db_statement *segment_find, *segment_add, *segment_set;
};

static const char schema[] =
	"CREATE TABLE about (version TEXT, directory TEXT);"
	"CREATE TABLE segment (id INTEGER PRIMARY KEY, name TEXT UNIQUE, stream INTEGER,"
	" octets INTEGER);"
	"CREATE TABLE client (id INTEGER PRIMARY KEY, ip TEXT, device TEXT, UNIQUE (ip, device));"
	"CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT UNIQUE);"
	"CREATE TABLE shape (id INTEGER PRIMARY KEY, key TEXT UNIQUE, alert INTEGER, do INTEGER,"
	" ede INTEGER, grp TEXT, type TEXT, rcode TEXT, action TEXT, would TEXT, rule TEXT,"
	" exception TEXT, source TEXT, evidence TEXT, transport TEXT, mode TEXT, dnssec TEXT);"
	"CREATE TABLE fact (shape INTEGER, found_on TEXT, list TEXT, vendor TEXT, category TEXT,"
	" fact TEXT, country TEXT, asn INTEGER);"
	"CREATE INDEX fact_shape ON fact (shape);"
	"CREATE TABLE query (id INTEGER PRIMARY KEY, at INTEGER, client INTEGER, name INTEGER,"
	" shape INTEGER, segment INTEGER, offset INTEGER);"
	"CREATE INDEX query_at ON query (at);"
	"CREATE INDEX query_client ON query (client, at);"
	"CREATE INDEX query_name ON query (name, at);"
	"CREATE TABLE remark (id INTEGER PRIMARY KEY, at INTEGER, kind TEXT, action TEXT,"
	" reason TEXT, config TEXT, lists TEXT, segment INTEGER, offset INTEGER);"
	"CREATE TABLE seen (client INTEGER, what TEXT, value, first INTEGER, last INTEGER,"
	" PRIMARY KEY (client, what, value)) WITHOUT ROWID;";

/* Sums: what is counted in buckets of time. */
static const struct sum {
	const char *table;
	const char *column; /* "" when shapes alone are counted */
	int64_t bucket_ms;
} sums[] = {
	{"hour_shape", "", HOUR_MS},
	{"hour_client", "client, ", HOUR_MS},
	{"hour_name", "name, ", HOUR_MS},
	{"day_client", "client, ", DAY_MS},
	{"day_name", "name, ", DAY_MS},
};
#define SUM_COUNT (sizeof(sums) / sizeof(sums[0]))

/* What is new to a client, as a select from the queries behind ?1. */
static const char *const seen[] = {
	"SELECT client, 'name', name, min(at), max(at) FROM query WHERE id > ?1 GROUP BY 1, 3",
	"SELECT client, 'vendor', vendor, min(at), max(at) FROM query JOIN fact USING (shape)"
	" WHERE query.id > ?1 AND vendor <> '' GROUP BY 1, 3",
	"SELECT client, 'country', country, min(at), max(at) FROM query JOIN fact USING (shape)"
	" WHERE query.id > ?1 AND fact = 'located' AND country <> '' GROUP BY 1, 3",
};
#define SEEN_COUNT (sizeof(seen) / sizeof(seen[0]))

static void create(struct index *x)
{
	struct db_statement *about;
	char sql[SQL_MAX];

	db_run(x->db, schema);
	for (size_t i = 0; i < SUM_COUNT; i++) {
		snprintf(sql, sizeof(sql),
			"CREATE TABLE %s (bucket INTEGER, %sshape INTEGER, count INTEGER,"
			" PRIMARY KEY (bucket, %sshape)) WITHOUT ROWID",
			sums[i].table, *sums[i].column ? sums[i].column : "", sums[i].column);
		db_run(x->db, sql);
	}
	about = db_prepare(x->db, "INSERT INTO about VALUES (?1, ?2)");
	db_bind_text(about, 1, span_text(VERSION));
	db_bind_text(about, 2, span_text(x->directory));
	db_do(about);
	db_statement_free(about);
}

/* ERR_MISSING: it is empty. */
static int check(const struct index *x)
{
	struct db_statement *s = db_prepare(x->db, "SELECT 1 FROM sqlite_master");
	bool empty = !db_step(s);
	int err = 0;

	db_statement_free(s);
	if (db_error(x->db) || empty)
		return db_error(x->db) ? db_error(x->db) : ERR_MISSING;
	s = db_prepare(x->db, "SELECT version, directory FROM about");
	if (!db_step(s) || !span_equal(db_text(s, 0), span_text(VERSION)))
		err = ERR_VERSION;
	else if (!span_equal(db_text(s, 1), span_text(x->directory)))
		err = ERR_STATE;
	db_statement_free(s);
	return err;
}

static int index_new(const char *path, bool read_only, const struct conf *conf, struct index **out)
{
	struct index *x = calloc(1, sizeof(*x));
	int err;

	if (!x)
		return ERR_MEMORY;
	x->directory = strdup(conf->journal_directory);
	x->is_on[STREAM_QUERIES] = conf->queries.keep_s > 0;
	x->is_on[STREAM_EVENTS] = conf->events.keep_s > 0;
	x->keep_s = conf->events.keep_s > conf->queries.keep_s ? conf->events.keep_s
							       : conf->queries.keep_s;
	err = x->directory ? db_open(path, read_only, &x->db) : ERR_MEMORY;
	if (err) {
		index_close(x);
		return err;
	}
	*out = x;
	return 0;
}

static int prepare(struct index *x)
{
	x->segment_find = db_prepare(x->db, "SELECT id, octets FROM segment WHERE name = ?1");
	x->segment_add =
		db_prepare(x->db, "INSERT INTO segment (name, stream, octets) VALUES (?1, ?2, 0)");
	x->segment_set = db_prepare(x->db, "UPDATE segment SET octets = ?2 WHERE id = ?1");
	return db_error(x->db) ? db_error(x->db)
			       : intake_new(x->db, !x->is_on[STREAM_EVENTS], &x->intake);
}

int index_open(const char *path, const struct conf *conf, struct index **out)
{
	struct index *x;
	int err = index_new(path, false, conf, &x);

	if (err)
		return err;
	/* It can be made again, so a crash may cost it. */
	db_run(x->db, "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = OFF;"
		      "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
	err = check(x);
	if (err == ERR_MISSING) {
		db_run(x->db, "BEGIN");
		create(x);
		db_run(x->db, "COMMIT");
		err = db_error(x->db);
	}
	if (!err)
		err = prepare(x);
	if (err) {
		index_close(x);
		return err;
	}
	*out = x;
	return 0;
}

int index_open_to_read(const char *path, const struct conf *conf, struct index **out)
{
	struct index *x;
	int err = index_new(path, true, conf, &x);

	if (err)
		return err;
	db_run(x->db, "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY");
	err = check(x);
	if (err) {
		index_close(x);
		return err;
	}
	*out = x;
	return 0;
}

void index_close(struct index *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < STREAMS; i++)
		journal_reader_free(x->readers[i]);
	intake_free(x->intake);
	db_statement_free(x->segment_find);
	db_statement_free(x->segment_add);
	db_statement_free(x->segment_set);
	db_close(x->db);
	free(x->directory);
	free(x);
}

struct db *index_db(struct index *x)
{
	return x->db;
}

/* How much of a segment is in the index. */
static uint64_t octets_taken(void *arg, const char *segment)
{
	struct index *x = arg;
	uint64_t octets = 0;

	db_bind_text(x->segment_find, 1, span_text(segment));
	if (db_step(x->segment_find))
		octets = (uint64_t)db_int(x->segment_find, 1);
	db_reset(x->segment_find);
	return octets;
}

static int64_t segment_id(struct index *x, const char *name, int stream)
{
	int64_t id = 0;

	db_bind_text(x->segment_find, 1, span_text(name));
	if (db_step(x->segment_find))
		id = db_int(x->segment_find, 0);
	db_reset(x->segment_find);
	if (id)
		return id;
	db_bind_text(x->segment_add, 1, span_text(name));
	db_bind_int(x->segment_add, 2, stream);
	return db_do(x->segment_add) ? db_last_id(x->db) : 0;
}

static void set_taken(struct index *x, int64_t segment, uint64_t octets)
{
	db_bind_int(x->segment_set, 1, segment);
	db_bind_int(x->segment_set, 2, (int64_t)octets);
	db_do(x->segment_set);
}

static int open_reader(struct index *x, int stream, uint64_t since_ns)
{
	int err;

	if (x->readers[stream])
		return 0;
	err = journal_reader_new(x->directory, stream_names[stream], since_ns, &x->readers[stream]);
	if (!err)
		journal_reader_skip(x->readers[stream], octets_taken, x);
	return err;
}

/* Lines of one stream, until the batch is full. */
static int take_stream(struct index *x, int stream, unsigned *left, struct index_progress *progress)
{
	struct journal_reader *r = x->readers[stream];
	struct journal_place at, last = {.segment = ""};
	struct intake_place place = {0};
	struct span line;
	int err = 0;

	while (*left > 0 && (err = journal_reader_next(r, &line)) == 0) {
		at = journal_reader_place(r);
		if (strcmp(at.segment, last.segment) != 0) {
			if (place.segment)
				set_taken(x, place.segment, last.end);
			place.segment = segment_id(x, at.segment, stream);
		}
		last = at;
		place.offset = at.end - line.len - 1;
		err = intake_line(x->intake, line, stream == STREAM_EVENTS, &place);
		if (err && err != ERR_FORMAT)
			break;
		progress->unreadable += err == ERR_FORMAT;
		progress->records++;
		progress->octets += line.len + 1;
		--*left;
		err = 0;
	}
	if (place.segment)
		set_taken(x, place.segment, last.end);
	return err == ERR_MISSING ? 0 : err;
}

static int64_t last_query(struct index *x)
{
	struct db_statement *s = db_prepare(x->db, "SELECT max(id) FROM query");
	int64_t id = db_step(s) ? db_int(s, 0) : 0;

	db_statement_free(s);
	return id;
}

static void run_from(struct index *x, const char *sql, int64_t from)
{
	struct db_statement *s = db_prepare(x->db, sql);

	db_bind_int(s, 1, from);
	db_do(s);
	db_statement_free(s);
}

static void add_sums(struct index *x, int64_t before)
{
	char sql[SQL_MAX];

	for (size_t i = 0; i < SUM_COUNT; i++) {
		const struct sum *sum = &sums[i];

		snprintf(sql, sizeof(sql),
			"INSERT INTO %s SELECT at / %lld AS bucket, %sshape, count(*) FROM query"
			" WHERE id > ?1 GROUP BY bucket, %sshape"
			" ON CONFLICT DO UPDATE SET count = count + excluded.count",
			sum->table, (long long)sum->bucket_ms, sum->column, sum->column);
		run_from(x, sql, before);
	}
	for (size_t i = 0; i < SEEN_COUNT; i++) {
		snprintf(sql, sizeof(sql),
			"INSERT INTO seen %s ON CONFLICT DO UPDATE SET first = min(first, "
			"excluded.first), last = max(last, excluded.last)",
			seen[i]);
		run_from(x, sql, before);
	}
}

int index_follow(struct index *x, uint64_t since_ns, struct index_progress *progress)
{
	unsigned left = INDEX_BATCH;
	int64_t before;
	int err = 0;

	for (int i = 0; !err && i < STREAMS; i++)
		if (x->is_on[i])
			err = open_reader(x, i, since_ns);
	if (err)
		return err;
	before = last_query(x);
	db_run(x->db, "BEGIN");
	for (int i = 0; !err && i < STREAMS; i++)
		if (x->is_on[i])
			err = take_stream(x, i, &left, progress);
	if (!err)
		add_sums(x, before);
	if (!err)
		err = db_error(x->db);
	if (err) {
		db_run(x->db, "ROLLBACK");
		return err;
	}
	err = db_run(x->db, "COMMIT");
	return err ? err : left < INDEX_BATCH ? 0 : ERR_MISSING;
}

static bool is_there(const struct index *x, struct span name)
{
	char path[4096];
	struct stat st;

	for (int sealed = 0; sealed < 2; sealed++) {
		snprintf(path, sizeof(path), "%s/%.*s%s", x->directory, SPAN_ARGS(name),
			sealed ? ".zst" : "");
		if (stat(path, &st) == 0 || errno != ENOENT)
			return true;
	}
	return false;
}

static void forget_rows(struct index *x)
{
	struct db_statement *all = db_prepare(x->db, "SELECT id, name FROM segment");

	db_run(x->db, "CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)");
	while (db_step(all))
		if (!is_there(x, db_text(all, 1)))
			run_from(x, "INSERT INTO gone VALUES (?1)", db_int(all, 0));
	db_statement_free(all);
	db_run(x->db, "DELETE FROM query WHERE segment IN gone;"
		      "DELETE FROM remark WHERE segment IN gone;"
		      "DELETE FROM segment WHERE id IN gone; DROP TABLE gone");
}

int index_forget(struct index *x, uint64_t now_ns)
{
	int64_t now_ms = (int64_t)(now_ns / NS_PER_MS);
	int64_t oldest_ms = now_ms - (int64_t)x->keep_s * 1000;
	char sql[SQL_MAX];

	db_run(x->db, "BEGIN");
	forget_rows(x);
	for (size_t i = 0; i < SUM_COUNT; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE bucket < ?1 / %lld", sums[i].table,
			(long long)sums[i].bucket_ms);
		run_from(x, sql, oldest_ms);
	}
	run_from(x, "DELETE FROM seen WHERE last < ?1", oldest_ms);
	return db_run(x->db, "COMMIT");
}
