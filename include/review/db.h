/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_DB_H
#define REVIEW_DB_H

/*
 * One SQLite file, and statements on it. The only module that sees sqlite3.h. An error is kept:
 * what follows it does nothing and fails too, so that a caller may look once, at the end of a run
 * of steps; db_problem says what was the first. Of one thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct db;
struct db_statement;

/* path NULL: in memory, gone with db_close. Opened for reading alone, it must exist. ERR_MISSING,
 * ERR_IO, ERR_MEMORY. */
int db_open(const char *path, bool read_only, struct db **out) MUST_CHECK;
void db_close(struct db *db);
/* The first error: 0, ERR_FORMAT when the file is no database or damaged, ERR_IO, ERR_AGAIN when
 * another process holds it, ERR_MEMORY. */
int db_error(const struct db *db);
/* The same in SQLite's words; "" without one. */
const char *db_problem(const struct db *db);

/* One or several statements without results. */
int db_run(struct db *db, const char *sql);

/* Parameters are ?1, ?2 ... NULL after an error; all below take NULL and do nothing then. */
struct db_statement *db_prepare(struct db *db, const char *sql);
void db_statement_free(struct db_statement *s);
void db_bind_int(struct db_statement *s, int parameter, int64_t value);
/* Text must stand until the statement is reset or freed. */
void db_bind_text(struct db_statement *s, int parameter, struct span text);
/* Each row of the result; false at its end or after an error, when the statement is ready to be
 * used again. */
bool db_step(struct db_statement *s);
/* For a statement that gives no rows, or whose rows nobody wants. False after an error. */
bool db_do(struct db_statement *s);
/* Back to before its first row; db_step does it at the end. */
void db_reset(struct db_statement *s);
/* Columns count from 0. Text stands until the next step. */
int64_t db_int(const struct db_statement *s, int column);
struct span db_text(const struct db_statement *s, int column);
int64_t db_last_id(const struct db *db);

#endif
