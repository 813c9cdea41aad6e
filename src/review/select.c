/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/select.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "condition.h"
#include "journal/reader.h"

#define CHUNK 5000 /* places that are asked for at once: a lock of the index is never held long */
#define SQL_MAX ((size_t)16 << 20)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

struct place {
	int64_t at, kind, id;
	int64_t segment;
	uint64_t offset;
};

/* A segment as far as the index has it. */
struct taken {
	int64_t id;
	char *name;
	uint64_t octets;
	bool is_whole; /* the index has gone on to a later one */
};

struct selection {
	struct select_request request;
	struct condition condition;
	struct taken *taken; /* in the order of their names */
	size_t taken_count;
	int64_t last_query, last_remark; /* later ones are not looked at */
	bool is_summed;
	struct place chunk[CHUNK];
	unsigned count, next;
	bool at_end;
};

static int add_taken(struct selection *s, struct db_statement *row)
{
	struct span name = db_text(row, 1);
	struct taken *more = reallocarray(s->taken, s->taken_count + 1, sizeof(*more));

	if (!more)
		return ERR_MEMORY;
	s->taken = more;
	more += s->taken_count;
	*more = (struct taken){db_int(row, 0), strndup((const char *)name.data, name.len),
		(uint64_t)db_int(row, 2), db_int(row, 3) != 0};
	s->taken_count += more->name != NULL;
	return more->name ? 0 : ERR_MEMORY;
}

static int64_t number(struct db *db, const char *sql)
{
	struct db_statement *s = db_prepare(db, sql);
	int64_t value = db_step(s) ? db_int(s, 0) : 0;

	db_reset(s);
	db_statement_free(s);
	return value;
}

/* What the index has at one moment. */
static int look(struct selection *s)
{
	struct db *db = index_db(s->request.index);
	struct db_statement *rows;
	int err = 0;

	db_run(db, "BEGIN");
	rows = db_prepare(db, INDEX_SEGMENTS " ORDER BY name");
	while (!err && db_step(rows))
		err = add_taken(s, rows);
	db_statement_free(rows);
	s->last_query = number(db, "SELECT max(id) FROM query");
	s->last_remark = number(db, "SELECT max(id) FROM remark");
	db_run(db, "COMMIT");
	return err ? err : db_error(db);
}

int selection_new(const struct select_request *q, struct selection **out)
{
	struct selection *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ERR_MEMORY;
	s->request = *q;
	err = condition_make(q->index, q->filter, &s->condition);
	if (!err)
		err = look(s);
	if (err) {
		selection_free(s);
		return err;
	}
	*out = s;
	return 0;
}

void selection_free(struct selection *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->taken_count; i++)
		free(s->taken[i].name);
	free(s->taken);
	buf_release(&s->condition.sql);
	free(s);
}

static int compare_name(const void *name, const void *taken)
{
	return strcmp(name, ((const struct taken *)taken)->name);
}

uint64_t selection_taken(void *arg, const char *segment)
{
	const struct selection *s = arg;
	const struct taken *t =
		bsearch(segment, s->taken, s->taken_count, sizeof(*s->taken), compare_name);

	if (!t)
		return 0;
	return t->is_whole ? JOURNAL_READER_WHOLE : t->octets;
}

static const char *alerts_only(const struct selection *s)
{
	return s->request.all ? "" : " AND shape IN (SELECT id FROM shape WHERE alert)";
}

/* The next places behind the last one. */
static void put_places(const struct selection *s, struct buf *sql)
{
	const struct place *from = s->count
					   ? &s->chunk[s->count - 1]
					   : &(struct place){.at = s->request.since_ms, .kind = -1};

	buf_put_text(sql, "SELECT at, kind, id, segment, offset FROM (");
	if (!s->is_summed) {
		buf_printf(sql,
			"SELECT at, 0 AS kind, id, segment, offset FROM query WHERE at >= %lld AND "
			"at "
			"< %lld AND id <= %lld%s AND ",
			(long long)from->at, (long long)s->request.until_ms,
			(long long)s->last_query, alerts_only(s));
		buf_put_span(sql, buf_span(&s->condition.sql));
		buf_put_text(sql, " UNION ALL ");
	}
	buf_printf(sql,
		"SELECT at, 1 AS kind, id, segment, offset FROM remark WHERE at >= %lld AND at < "
		"%lld "
		"AND id <= %lld) WHERE (at, kind, id) > (%lld, %lld, %lld) ORDER BY at, kind, id "
		"LIMIT "
		"%d",
		(long long)from->at, (long long)s->request.until_ms, (long long)s->last_remark,
		(long long)from->at, (long long)from->kind, (long long)from->id, CHUNK);
}

static int read_chunk(struct selection *s)
{
	struct db *db = index_db(s->request.index);
	struct db_statement *rows;
	struct buf sql;

	buf_init_heap(&sql, SQL_MAX);
	put_places(s, &sql);
	rows = db_prepare(db, buf_text(&sql));
	buf_release(&sql);
	s->count = s->next = 0;
	while (s->count < CHUNK && db_step(rows))
		s->chunk[s->count++] = (struct place){db_int(rows, 0), db_int(rows, 1),
			db_int(rows, 2), db_int(rows, 3), (uint64_t)db_int(rows, 4)};
	db_statement_free(rows);
	s->at_end = s->count < CHUNK;
	return db_error(db);
}

static const char *segment_name(const struct selection *s, int64_t id)
{
	for (size_t i = s->taken_count; i-- > 0;)
		if (s->taken[i].id == id)
			return s->taken[i].name;
	return NULL;
}

int selection_next(struct selection *s, struct span *segment, uint64_t *offset)
{
	const struct place *p;
	const char *name;
	int err = 0;

	while (s->next == s->count && !s->at_end && !err)
		err = read_chunk(s);
	if (err || s->next == s->count)
		return err ? err : ERR_MISSING;
	p = &s->chunk[s->next++];
	name = segment_name(s, p->segment);
	*segment = span_text(name ? name : "");
	*offset = p->offset;
	return 0;
}

/* What the sums are counted by, and what that takes. */
struct counting {
	const struct field *const *by;
	unsigned count;
	bool client, name, time;
	struct buf columns; /* in the order of by */
	struct buf fact_columns; /* of the matches that are counted; empty when none is asked for */
	struct buf facts; /* which matches those are */
};

static bool is_field(const struct field *f, const char *name)
{
	return strcmp(f->name, name) == 0;
}

/* Values of one match belong together, so all columns of facts are of one row. */
static bool put_fact(struct counting *c, const struct condition_column *column)
{
	bool is_number = strcmp(column->column, "asn") == 0;

	if (strstr(buf_text(&c->fact_columns), column->column))
		return false;
	buf_printf(&c->fact_columns, ", %s", column->column);
	buf_printf(&c->columns, "f.%s", column->column);
	buf_put_text(&c->facts, c->facts.len ? " AND " : "");
	buf_printf(&c->facts, is_number ? "%s <> 0" : "%s <> ''", column->column);
	if (column->fact)
		buf_printf(&c->facts, " AND fact = '%s'", column->fact);
	return true;
}

static bool put_by(struct counting *c, const struct field *f)
{
	const struct condition_column *column = condition_column(f->name);

	if (is_field(f, "client") || is_field(f, "address")) {
		c->client = true;
		buf_put_text(&c->columns,
			is_field(f, "client") ? "CASE c.device WHEN '' THEN c.ip ELSE c.device END"
					      : "c.ip");
	} else if (is_field(f, "name")) {
		c->name = true;
		buf_put_text(&c->columns, "n.text");
	} else if (f->kind == FIELD_HOUR || f->kind == FIELD_DAY) {
		c->time = true;
		buf_printf(&c->columns, "strftime('%s', first / 1000, 'unixepoch', 'localtime')",
			f->kind == FIELD_HOUR ? "%Y-%m-%d %H:00" : "%Y-%m-%d");
	} else if (column && column->of_fact) {
		return put_fact(c, column);
	} else if (column) {
		buf_printf(&c->columns, "s.%s", column->column);
	} else {
		return false;
	}
	return true;
}

/* From until: whole buckets of one kind of sums, if there are. */
struct piece {
	const char *table;
	int64_t bucket_ms; /* 0: single rows */
	int64_t since_ms, until_ms;
};

static int64_t round_up(int64_t value, int64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* Rows for parts of hours, hours for parts of days, days between. */
static unsigned cut_pieces(const struct selection *s, const struct counting *c, struct piece out[5])
{
	bool client = c->client || s->condition.uses_client,
	     name = c->name || s->condition.uses_name;
	const char *hours = client ? "hour_client" : name ? "hour_name" : "hour_shape";
	const char *days = c->time || !(client || name) ? NULL : client ? "day_client" : "day_name";
	int64_t since = s->request.since_ms, until = s->request.until_ms;
	int64_t hour_since = round_up(since, HOUR_MS), hour_until = until / HOUR_MS * HOUR_MS;
	int64_t day_since = round_up(since, DAY_MS), day_until = until / DAY_MS * DAY_MS;
	unsigned count = 0;

	if ((client && name) || hour_since >= hour_until) {
		out[count++] = (struct piece){"query", 0, since, until};
		return count;
	}
	if (!days || day_since >= day_until)
		day_since = day_until = hour_until;
	out[count++] = (struct piece){"query", 0, since, hour_since};
	out[count++] = (struct piece){hours, HOUR_MS, hour_since, day_since};
	if (day_since < day_until)
		out[count++] = (struct piece){days, DAY_MS, day_since, day_until};
	out[count++] = (struct piece){hours, HOUR_MS, day_until, hour_until};
	out[count++] = (struct piece){"query", 0, hour_until, until};
	return count;
}

static void put_piece(
	const struct selection *s, const struct counting *c, const struct piece *p, struct buf *sql)
{
	const char *client = c->client ? "client, " : "", *name = c->name ? "name, " : "";

	if (p->bucket_ms)
		buf_printf(sql,
			"SELECT %s%sshape, count, first, last FROM %s WHERE bucket >= %lld AND "
			"bucket < %lld",
			client, name, p->table, (long long)(p->since_ms / p->bucket_ms),
			(long long)(p->until_ms / p->bucket_ms));
	else
		buf_printf(sql,
			"SELECT %s%sshape, 1 AS count, at AS first, at AS last FROM query WHERE at "
			">= %lld AND at < "
			"%lld AND id <= %lld",
			client, name, (long long)p->since_ms, (long long)p->until_ms,
			(long long)s->last_query);
	buf_put_text(sql, alerts_only(s));
	buf_put_text(sql, " AND ");
	buf_put_span(sql, buf_span(&s->condition.sql));
}

static void put_sum(const struct selection *s, const struct counting *c, struct buf *sql)
{
	struct piece pieces[5];
	unsigned count = cut_pieces(s, c, pieces);

	buf_put_text(sql, "SELECT sum(count), min(first), max(last), ");
	buf_put_span(sql, buf_span(&c->columns));
	buf_put_text(sql, " FROM (");
	for (unsigned i = 0; i < count; i++) {
		buf_put_text(sql, i ? " UNION ALL " : "");
		put_piece(s, c, &pieces[i], sql);
	}
	buf_put_text(sql, ") AS q JOIN shape AS s ON s.id = q.shape");
	if (c->client)
		buf_put_text(sql, " JOIN client AS c ON c.id = q.client");
	if (c->name)
		buf_put_text(sql, " JOIN name AS n ON n.id = q.name");
	if (c->facts.len) {
		buf_put_text(sql, " JOIN (SELECT DISTINCT shape");
		buf_put_span(sql, buf_span(&c->fact_columns));
		buf_put_text(sql, " FROM fact WHERE ");
		buf_put_span(sql, buf_span(&c->facts));
		buf_put_text(sql, ") AS f ON f.shape = q.shape");
	}
	buf_put_text(sql, " GROUP BY ");
	for (unsigned i = 0; i < c->count; i++)
		buf_printf(sql, "%s%u", i ? ", " : "", i + 4);
}

/* As the log writes it. */
static void format_ms(int64_t at_ms, char out[CLOCK_TEXT_MAX])
{
	clock_format((uint64_t)at_ms * NS_PER_MS, out);
}

static int take_sums(struct db *db, const struct counting *c, const char *sql, struct census *out)
{
	struct db_statement *rows = db_prepare(db, sql);
	int err = 0;

	while (!err && db_step(rows)) {
		char first[CLOCK_TEXT_MAX], last[CLOCK_TEXT_MAX];
		struct buf key;
		bool complete = true;

		buf_init_heap(&key, SQL_MAX);
		for (unsigned i = 0; i < c->count; i++) {
			struct span value = db_text(rows, (int)i + 3);

			complete = complete && value.len > 0;
			buf_put_span(&key, value);
			buf_put_u8(&key, 0);
		}
		format_ms(db_int(rows, 1), first);
		format_ms(db_int(rows, 2), last);
		if (complete)
			err = census_add_sum(
				out, buf_span(&key), (uint64_t)db_int(rows, 0), first, last);
		buf_release(&key);
	}
	db_statement_free(rows);
	return err ? err : db_error(db);
}

/* Hours and days of the process's timezone are whole buckets of UTC. */
static bool has_whole_hours(void)
{
	time_t now = time(NULL);
	struct tm tm;

	return localtime_r(&now, &tm) && tm.tm_gmtoff % 3600 == 0;
}

static void counting_init(struct counting *c, const struct field *const *by, unsigned count)
{
	*c = (struct counting){.by = by, .count = count};
	buf_init_heap(&c->columns, SQL_MAX);
	buf_init_heap(&c->fact_columns, SQL_MAX);
	buf_init_heap(&c->facts, SQL_MAX);
}

static void counting_release(struct counting *c)
{
	buf_release(&c->columns);
	buf_release(&c->fact_columns);
	buf_release(&c->facts);
}

static bool put_all_by(struct counting *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		buf_put_text(&c->columns, i ? ", " : "");
		if (!put_by(c, c->by[i]))
			return false;
	}
	return !c->time || has_whole_hours();
}

bool selection_can_sum(const struct selection *s, const struct field *const *by, unsigned count)
{
	struct counting c;
	bool can;

	counting_init(&c, by, count);
	can = s->condition.exact && put_all_by(&c);
	counting_release(&c);
	return can;
}

int selection_sum(
	struct selection *s, const struct field *const *by, unsigned count, struct census *out)
{
	struct counting c;
	struct buf sql;
	int err = ERR_STATE;

	counting_init(&c, by, count);
	buf_init_heap(&sql, SQL_MAX);
	if (put_all_by(&c)) {
		put_sum(s, &c, &sql);
		err = take_sums(index_db(s->request.index), &c, buf_text(&sql), out);
		s->is_summed = err == 0;
	}
	counting_release(&c);
	buf_release(&sql);
	return err;
}
