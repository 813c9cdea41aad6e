/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BUSY_MS 10000
#define PROBLEM_MAX 256

struct db {
	sqlite3 *handle;
	int err;
	char problem[PROBLEM_MAX];
};

struct db_statement {
	struct db *db;
	sqlite3_stmt *handle;
};

static int err_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_AGAIN;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
	case SQLITE_ERROR:
		return ERR_FORMAT;
	default:
		return ERR_IO;
	}
}

static void note(struct db *db, int code)
{
	int err = err_of(code);

	if (err == 0 || db->err != 0)
		return;
	db->err = err;
	snprintf(db->problem, sizeof(db->problem), "%s",
		err == ERR_MEMORY ? err_text(err) : sqlite3_errmsg(db->handle));
}

int db_open(const char *path, bool read_only, struct db **out)
{
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct db *db = calloc(1, sizeof(*db));
	int code;

	if (!db)
		return ERR_MEMORY;
	code = sqlite3_open_v2(
		path ? path : ":memory:", &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(db->handle, 1);
		sqlite3_busy_timeout(db->handle, BUSY_MS);
		*out = db;
		return 0;
	}
	db_close(db);
	return code == SQLITE_CANTOPEN && read_only ? ERR_MISSING : err_of(code);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	sqlite3_close_v2(db->handle);
	free(db);
}

int db_error(const struct db *db)
{
	return db->err;
}

const char *db_problem(const struct db *db)
{
	return db->problem;
}

int db_run(struct db *db, const char *sql)
{
	if (!db->err)
		note(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
	return db->err;
}

struct db_statement *db_prepare(struct db *db, const char *sql)
{
	struct db_statement *s = db->err ? NULL : calloc(1, sizeof(*s));

	if (!s) {
		note(db, SQLITE_NOMEM);
		return NULL;
	}
	s->db = db;
	note(db, sqlite3_prepare_v3(
			 db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL));
	if (s->handle)
		return s;
	free(s);
	return NULL;
}

void db_statement_free(struct db_statement *s)
{
	if (!s)
		return;
	sqlite3_finalize(s->handle);
	free(s);
}

void db_bind_int(struct db_statement *s, int parameter, int64_t value)
{
	if (s)
		note(s->db, sqlite3_bind_int64(s->handle, parameter, value));
}

void db_bind_text(struct db_statement *s, int parameter, struct span text)
{
	if (s)
		note(s->db, sqlite3_bind_text(s->handle, parameter,
				    text.len ? (const char *)text.data : "", (int)text.len,
				    SQLITE_STATIC));
}

bool db_step(struct db_statement *s)
{
	int code;

	if (!s || s->db->err)
		return false;
	code = sqlite3_step(s->handle);
	if (code == SQLITE_ROW)
		return true;
	note(s->db, code);
	db_reset(s);
	return false;
}

bool db_do(struct db_statement *s)
{
	while (db_step(s))
		continue;
	return s && !s->db->err;
}

void db_reset(struct db_statement *s)
{
	if (!s)
		return;
	sqlite3_reset(s->handle);
	sqlite3_clear_bindings(s->handle);
}

int64_t db_int(const struct db_statement *s, int column)
{
	return sqlite3_column_int64(s->handle, column);
}

struct span db_text(const struct db_statement *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s->handle, column);

	return span_of(text, text ? (size_t)sqlite3_column_bytes(s->handle, column) : 0);
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}
