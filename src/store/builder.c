/* SPDX-License-Identifier: BSD-3-Clause */

#include "store/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "compile.h"
#include "format.h"
#include "tables.h"

#define MAP_SIZE ((size_t)16 << 30) /* address space, not memory */
#define TEMPORARY_SUFFIX ".tmp"

/* The open environment and its one transaction. */
struct output {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
};

static int code_of(int mdb)
{
	if (mdb == 0)
		return 0;
	if (mdb == ENOMEM)
		return ERR_MEMORY;
	if (mdb == MDB_MAP_FULL)
		return ERR_LIMIT;
	errno = mdb > 0 ? mdb : EIO;
	return ERR_IO;
}

static int append(void *context, struct span key, struct span value)
{
	struct output *o = context;
	MDB_val k = {.mv_size = key.len, .mv_data = (void *)(uintptr_t)key.data};
	MDB_val v = {.mv_size = value.len, .mv_data = (void *)(uintptr_t)value.data};

	return code_of(mdb_put(o->txn, o->dbi, &k, &v, MDB_APPEND));
}

static int output_open(const char *path, struct output *o)
{
	/* Durability comes from one fsync of the finished file. */
	const unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC;
	int mdb = mdb_env_create(&o->env);

	if (mdb == 0)
		mdb = mdb_env_set_mapsize(o->env, MAP_SIZE);
	if (mdb == 0)
		mdb = mdb_env_open(o->env, path, flags, 0644);
	if (mdb == 0)
		mdb = mdb_txn_begin(o->env, NULL, 0, &o->txn);
	if (mdb == 0)
		mdb = mdb_dbi_open(o->txn, NULL, 0, &o->dbi);
	return code_of(mdb);
}

static void output_close(struct output *o)
{
	if (o->txn)
		mdb_txn_abort(o->txn);
	if (o->env)
		mdb_env_close(o->env);
}

/* Writes all records; *len is the length that the environment has by its last page. */
static int environment_write(
	struct builder *b, const char *path, const struct compile_header *header, off_t *len)
{
	struct output o = {0};
	MDB_envinfo info;
	MDB_stat st;
	int err = output_open(path, &o);

	if (!err)
		err = compile_records(b, header, append, &o);
	if (!err) {
		err = code_of(mdb_txn_commit(o.txn));
		o.txn = NULL;
	}
	if (!err)
		err = code_of(mdb_env_info(o.env, &info));
	if (!err)
		err = code_of(mdb_env_stat(o.env, &st));
	if (!err)
		*len = (off_t)((info.me_last_pgno + 1) * st.ms_psize);
	output_close(&o);
	return err;
}

/* Appends the trailer and makes the file durable. */
static int trailer_write(const char *path, off_t len)
{
	uint8_t trailer[FORMAT_TRAILER_LEN] = FORMAT_MAGIC;
	struct digest_state *digest = NULL;
	uint8_t block[65536];
	int err = ERR_IO, fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 || ftruncate(fd, len) != 0)
		goto out;
	format_put_u32(trailer + FORMAT_MAGIC_LEN, STORE_FORMAT_VERSION);
	digest = digest_new();
	if (!digest) {
		err = ERR_MEMORY;
		goto out;
	}
	while ((got = read(fd, block, sizeof(block))) > 0)
		digest_add(digest, span_of(block, (size_t)got));
	digest_add(digest, span_of(trailer, FORMAT_TRAILER_LEN - DIGEST_LEN));
	digest_finish(digest, trailer + FORMAT_TRAILER_LEN - DIGEST_LEN);
	if (got == 0 && file_write_all(fd, span_of(trailer, sizeof(trailer))) == 0 &&
		fsync(fd) == 0)
		err = 0;
out:
	if (fd >= 0)
		close(fd);
	return err;
}

static int directory_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[4096] = ".";
	int fd, failed;

	if (slash) {
		size_t len = slash == path ? 1 : (size_t)(slash - path);

		if (len >= sizeof(directory))
			return ERR_LIMIT;
		memcpy(directory, path, len);
		directory[len] = '\0';
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	failed = fsync(fd);
	close(fd);
	return failed ? ERR_IO : 0;
}

static int file_write(struct builder *b, const char *path, const struct compile_header *header)
{
	struct store *written = NULL;
	off_t len = 0;
	int err = environment_write(b, path, header, &len);

	if (!err)
		err = trailer_write(path, len);
	if (!err)
		err = store_open(path, &written);
	store_close(written);
	return err;
}

int builder_write(struct builder *b, const char *path, const uint8_t sources[DIGEST_LEN],
	uint64_t now_ns, const char **problem)
{
	struct compile_header header = {.built_ns = now_ns, .sources = sources};
	char *temporary = NULL;
	int err;

	b->problem[0] = '\0';
	if (asprintf(&temporary, "%s%s", path, TEMPORARY_SUFFIX) < 0)
		return ERR_MEMORY;
	unlink(temporary);
	err = file_write(b, temporary, &header);
	if (!err && rename(temporary, path) != 0)
		err = ERR_IO;
	if (!err)
		err = directory_sync(path);
	if (err) {
		int saved = errno;

		unlink(temporary);
		errno = saved;
		*problem = b->problem;
	}
	free(temporary);
	return err;
}
