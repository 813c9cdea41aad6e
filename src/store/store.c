/* SPDX-License-Identifier: BSD-3-Clause */

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "format.h"
#include "pages.h"
#include "tables.h"

#define FILE_MAX (UINT64_C(16) << 30)

struct store {
	MDB_env *env;
	MDB_dbi dbi;
	struct tables tables;
	struct store_info info;
};

struct store_reader {
	const struct store *store;
	MDB_txn *txn;
	MDB_cursor *cursor;
};

static int code_of(int mdb)
{
	if (mdb == 0)
		return 0;
	if (mdb == ENOMEM)
		return ERR_MEMORY;
	if (mdb > 0) {
		errno = mdb;
		return ERR_IO;
	}
	return ERR_FORMAT;
}

static struct span span_of_val(MDB_val v)
{
	return span_of(v.mv_data, v.mv_size);
}

/* The trailer, then the pages. */
static int file_check(struct span file)
{
	size_t body = file.len - FORMAT_TRAILER_LEN;
	const uint8_t *trailer = file.data + body;
	uint8_t digest[DIGEST_LEN];
	int err;

	if (memcmp(trailer, FORMAT_MAGIC, FORMAT_MAGIC_LEN) != 0)
		return ERR_FORMAT;
	if (format_u32(trailer + FORMAT_MAGIC_LEN) != STORE_FORMAT_VERSION)
		return ERR_VERSION;
	err = digest_of(span_of(file.data, file.len - DIGEST_LEN), digest);
	if (err)
		return err;
	if (memcmp(digest, file.data + file.len - DIGEST_LEN, DIGEST_LEN) != 0)
		return ERR_FORMAT;
	return pages_check(span_of(file.data, body));
}

static int descriptor_check(int fd, bool is_verified, uint64_t *size)
{
	struct stat st;
	void *map;
	int err;

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_size <= FORMAT_TRAILER_LEN ||
		(uint64_t)st.st_size > FILE_MAX)
		return ERR_FORMAT;
	*size = (uint64_t)st.st_size;
	if (is_verified)
		return file_is_sealed(fd) ? 0 : ERR_FORMAT;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return ERR_IO;
	err = file_check(span_of(map, (size_t)st.st_size));
	munmap(map, (size_t)st.st_size);
	return err;
}

/* LMDB opens paths only. The map ends with its last page, so the trailer is not in it. */
static int environment_open(int fd, size_t len, MDB_env **out)
{
	const unsigned flags = MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS;
	char path[64];
	MDB_env *env = NULL;
	int mdb;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	mdb = mdb_env_create(&env);
	if (mdb == 0)
		mdb = mdb_env_set_mapsize(env, len);
	if (mdb == 0)
		mdb = mdb_env_open(env, path, flags, 0);
	if (mdb == 0)
		*out = env;
	else if (env)
		mdb_env_close(env);
	return code_of(mdb);
}

static int value_get(MDB_txn *txn, MDB_dbi dbi, struct span key, struct span *out)
{
	MDB_val k = {.mv_size = key.len, .mv_data = (void *)(uintptr_t)key.data};
	MDB_val v;
	int mdb = mdb_get(txn, dbi, &k, &v);

	if (mdb == 0)
		*out = span_of_val(v);
	return code_of(mdb);
}

static int tables_load(struct store *s, MDB_txn *txn)
{
	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		const uint8_t key[2] = {TAG_TABLE, (uint8_t)FORMAT_TABLE_NAMES[i]};
		int err = value_get(txn, s->dbi, span_of(key, sizeof(key)), &s->tables.values[i]);

		if (err)
			return err;
	}
	return tables_check(&s->tables);
}

static int header_load(struct store *s, MDB_txn *txn)
{
	const uint8_t key = TAG_HEADER;
	struct span h = {0};
	int err = value_get(txn, s->dbi, span_of(&key, 1), &h);

	if (err)
		return err;
	if (h.len != HEADER_LEN || format_u32(h.data) != STORE_FORMAT_VERSION)
		return ERR_FORMAT;
	s->info.built_ns = (uint64_t)format_u32(h.data + HEADER_BUILT) << 32 |
			   format_u32(h.data + HEADER_BUILT + 4);
	s->info.names = format_u32(h.data + HEADER_NAMES);
	s->info.ranges = format_u32(h.data + HEADER_RANGES);
	s->info.asns = format_u32(h.data + HEADER_ASNS);
	s->info.vendors = s->tables.vendors;
	s->info.list_count = s->tables.lists;
	memcpy(s->info.sources, h.data + HEADER_SOURCES, DIGEST_LEN);
	memcpy(s->info.digest, h.data + HEADER_DIGEST, DIGEST_LEN);
	return 0;
}

/* Every record, once, in order. */
static int records_walk(const struct store *s, MDB_txn *txn, struct records *r)
{
	MDB_cursor *cursor = NULL;
	MDB_val key, value;
	int err = 0, mdb = mdb_cursor_open(txn, s->dbi, &cursor);

	if (mdb)
		return code_of(mdb);
	while (!err && (mdb = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0)
		err = records_check(r, span_of_val(key), span_of_val(value));
	mdb_cursor_close(cursor);
	return err || mdb == MDB_NOTFOUND ? err : code_of(mdb);
}

static int records_load(const struct store *s, MDB_txn *txn)
{
	struct records r = {.tables = &s->tables, .digest = digest_new()};
	uint8_t digest[DIGEST_LEN];
	int err;

	if (!r.digest)
		return ERR_MEMORY;
	err = records_walk(s, txn, &r);
	digest_finish(r.digest, digest);
	if (!err &&
		(r.names != s->info.names || r.ranges != s->info.ranges || r.asns != s->info.asns ||
			memcmp(digest, s->info.digest, DIGEST_LEN) != 0))
		err = ERR_FORMAT;
	return err;
}

static int content_load(struct store *s, bool is_verified)
{
	MDB_txn *txn = NULL;
	int err = code_of(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn));

	if (err)
		return err;
	err = code_of(mdb_dbi_open(txn, NULL, 0, &s->dbi));
	if (!err)
		err = tables_load(s, txn);
	if (!err)
		err = header_load(s, txn);
	if (!err && !is_verified)
		err = records_load(s, txn);
	/* Committed, not aborted: a database opened in a transaction is lost with it. */
	if (err)
		mdb_txn_abort(txn);
	else
		err = code_of(mdb_txn_commit(txn));
	return err;
}

static int open_descriptor(int fd, bool is_verified, struct store **out)
{
	struct store *s = NULL;
	uint64_t size = 0;
	int err = descriptor_check(fd, is_verified, &size);

	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_MEMORY;
	s->info.size = size;
	err = environment_open(fd, size - FORMAT_TRAILER_LEN, &s->env);
	if (!err)
		err = content_load(s, is_verified);
	if (err)
		store_close(s);
	else
		*out = s;
	return err;
}

int store_open_fd(int fd, struct store **out)
{
	return open_descriptor(fd, false, out);
}

int store_open_verified(int fd, struct store **out)
{
	return open_descriptor(fd, true, out);
}

int store_open(const char *path, struct store **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err, saved;

	if (fd < 0)
		return ERR_IO;
	err = store_open_fd(fd, out);
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->env)
		mdb_env_close(s->env);
	free(s);
}

void store_info_read(const struct store *s, struct store_info *out)
{
	*out = s->info;
}

void store_list_info_read(const struct store *s, uint32_t index, struct store_list_info *out)
{
	tables_list(&s->tables, index, out);
}

bool store_has_vendor(const struct store *s, struct span id)
{
	struct span chain[STORE_VENDOR_DEPTH];

	for (uint32_t i = 0; i < s->tables.entries; i++) {
		const uint8_t *e = tables_entry(&s->tables, i);
		unsigned count =
			tables_vendor_chain(&s->tables, format_u32(e + ENTRY_VENDOR), chain);

		for (unsigned j = 0; j < count; j++)
			if (span_equal(chain[j], id))
				return true;
	}
	return false;
}

bool store_has_category(const struct store *s, struct span id)
{
	for (uint32_t i = 0; id.len > 0 && i < s->tables.entries; i++) {
		uint32_t category = format_u32(tables_entry(&s->tables, i) + ENTRY_CATEGORY);

		if (span_equal(tables_string(&s->tables, category), id))
			return true;
	}
	return false;
}

int store_reader_new(struct store *s, struct store_reader **out)
{
	struct store_reader *r = calloc(1, sizeof(*r));
	int mdb;

	if (!r)
		return ERR_MEMORY;
	r->store = s;
	mdb = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &r->txn);
	if (mdb == 0)
		mdb = mdb_cursor_open(r->txn, s->dbi, &r->cursor);
	if (mdb == 0)
		*out = r;
	else
		store_reader_free(r);
	return code_of(mdb);
}

void store_reader_free(struct store_reader *r)
{
	if (!r)
		return;
	if (r->cursor)
		mdb_cursor_close(r->cursor);
	if (r->txn)
		mdb_txn_abort(r->txn);
	free(r);
}

/* The record at key, or the last one before it with the same tag; both without the tag. */
static bool seek(struct store_reader *r, struct span key, struct span *found, struct span *value)
{
	MDB_val k = {.mv_size = key.len, .mv_data = (void *)(uintptr_t)key.data};
	MDB_val v;
	int mdb = mdb_cursor_get(r->cursor, &k, &v, MDB_SET_RANGE);

	if (mdb == MDB_NOTFOUND)
		mdb = mdb_cursor_get(r->cursor, &k, &v, MDB_LAST);
	else if (mdb == 0 && !span_equal(span_of_val(k), key))
		mdb = mdb_cursor_get(r->cursor, &k, &v, MDB_PREV);
	if (mdb != 0 || k.mv_size == 0 || *(const uint8_t *)k.mv_data != key.data[0])
		return false;
	*found = span_of((const uint8_t *)k.mv_data + 1, k.mv_size - 1);
	*value = span_of_val(v);
	return true;
}

static bool record_get(struct store_reader *r, struct span key, struct span *value)
{
	MDB_val k = {.mv_size = key.len, .mv_data = (void *)(uintptr_t)key.data};
	MDB_val v;

	if (mdb_cursor_get(r->cursor, &k, &v, MDB_SET_KEY) != 0)
		return false;
	*value = span_of_val(v);
	return true;
}

static size_t common_prefix(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len, i = 0;

	while (i < len && a.data[i] == b.data[i])
		i++;
	return i;
}

/* The rows at one key; at an ancestor exact ones do not hold. Returns the new count. */
static size_t name_rows(struct store_reader *r, struct span key, struct span value,
	bool is_ancestor, struct store_row *out, size_t max, size_t count)
{
	struct store_row row;

	for (size_t at = 1; at + ROW_LEN <= value.len; at += ROW_LEN) {
		tables_row(&r->store->tables, value.data + at, &row);
		if (is_ancestor && row.match == NAME_MATCH_EXACT)
			continue;
		row.key = key;
		if (count < max)
			out[count] = row;
		count++;
	}
	return count;
}

/*
 * Whatever key stands before the one sought, the closest listed ancestor of what is sought is among
 * that key and its ancestors: all keys between an ancestor and a name below it begin with the
 * ancestor.
 */
size_t store_find_name(struct store_reader *r, struct span key, struct store_row *out, size_t max)
{
	uint8_t sought[FORMAT_KEY_MAX] = {TAG_NAME}, link[FORMAT_KEY_MAX];
	struct span found, value;
	size_t count = 0, len;

	if (key.len == 0 || key.len > FORMAT_NAME_KEY_MAX)
		return 0;
	memcpy(sought + 1, key.data, key.len);
	if (!seek(r, span_of(sought, key.len + 1), &found, &value))
		return 0;
	link[0] = TAG_NAME;
	memcpy(link + 1, found.data, found.len);
	len = found.len;
	for (;;) {
		if (common_prefix(found, key) == len)
			count = name_rows(
				r, span_of(found.data, len), value, len < key.len, out, max, count);
		if (value.data[0] == 0 || value.data[0] >= len)
			return count;
		len = value.data[0];
		if (!record_get(r, span_of(link, len + 1), &value))
			return count;
		found.len = len;
	}
}

static struct inet_addr address_of(const uint8_t octets[FORMAT_ADDRESS_LEN])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(octets, mapped, sizeof(mapped)) == 0)
		return inet_addr_v4(octets + sizeof(mapped));
	return inet_addr_v6(octets);
}

size_t store_find_address(
	struct store_reader *r, const struct inet_addr *addr, struct store_row *out, size_t max)
{
	uint8_t sought[1 + FORMAT_ADDRESS_LEN] = {TAG_RANGE};
	struct inet_addr first, last;
	struct span found, value;
	size_t count = 0;

	memcpy(sought + 1, addr->octets, FORMAT_ADDRESS_LEN);
	if (!seek(r, span_of(sought, sizeof(sought)), &found, &value) ||
		memcmp(value.data, addr->octets, FORMAT_ADDRESS_LEN) < 0)
		return 0;
	first = address_of(found.data);
	last = address_of(value.data);
	for (size_t at = FORMAT_ADDRESS_LEN; at + ROW_LEN <= value.len; at += ROW_LEN, count++) {
		if (count >= max)
			continue;
		tables_row(&r->store->tables, value.data + at, &out[count]);
		out[count].first = first;
		out[count].last = last;
	}
	return count;
}

size_t store_find_asn(struct store_reader *r, uint32_t asn, struct store_row *out, size_t max)
{
	uint8_t key[5] = {TAG_ASN};
	struct span value;
	size_t count = 0;

	format_put_u32(key + 1, asn);
	if (!record_get(r, span_of(key, sizeof(key)), &value))
		return 0;
	for (size_t at = 0; at + ROW_LEN <= value.len; at += ROW_LEN, count++)
		if (count < max)
			tables_row(&r->store->tables, value.data + at, &out[count]);
	return count;
}

/* The rows of one record; template has what the key says. */
static int visit(struct store_reader *r, enum store_kind kind, const struct store_row *template,
	struct span rows, store_visitor each, void *context)
{
	int err = 0;

	for (size_t at = 0; !err && at + ROW_LEN <= rows.len; at += ROW_LEN) {
		struct store_row row;

		tables_row(&r->store->tables, rows.data + at, &row);
		row.key = template->key;
		row.first = template->first;
		row.last = template->last;
		if (kind == STORE_ASN)
			row.asn = template->asn;
		err = each(context, kind, &row);
	}
	return err;
}

static int visit_record(struct store_reader *r, struct span key, struct span value,
	store_visitor each, void *context)
{
	struct span subject = span_part(key, 1, key.len);
	struct store_row row = {0};

	switch (key.data[0]) {
	case TAG_ASN:
		row.asn = format_u32(subject.data);
		return visit(r, STORE_ASN, &row, value, each, context);
	case TAG_NAME:
		row.key = subject;
		return visit(r, STORE_NAME, &row, span_part(value, 1, value.len), each, context);
	case TAG_RANGE:
		row.first = address_of(subject.data);
		row.last = address_of(value.data);
		return visit(r, STORE_RANGE, &row, span_part(value, FORMAT_ADDRESS_LEN, value.len),
			each, context);
	default:
		return 0;
	}
}

int store_walk(struct store_reader *r, store_visitor each, void *context)
{
	MDB_val key, value;
	int err = 0, mdb = mdb_cursor_get(r->cursor, &key, &value, MDB_FIRST);

	while (!err && mdb == 0) {
		err = visit_record(r, span_of_val(key), span_of_val(value), each, context);
		mdb = mdb_cursor_get(r->cursor, &key, &value, MDB_NEXT);
	}
	return err || mdb == MDB_NOTFOUND ? err : code_of(mdb);
}
