/* SPDX-License-Identifier: BSD-3-Clause */

#include "files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 10000
#define DEPTH_MAX 8
#define SUFFIX ".tsv"

static int add(struct files *f, const char *path)
{
	char **grown, *copy;

	if (f->count == FILES_MAX)
		return ERR_LIMIT;
	grown = reallocarray(f->paths, f->count + 1, sizeof(*grown));
	if (!grown)
		return ERR_MEMORY;
	f->paths = grown;
	copy = strdup(path);
	if (!copy)
		return ERR_MEMORY;
	f->paths[f->count++] = copy;
	return 0;
}

static bool is_hidden(const FTSENT *entry)
{
	return entry->fts_level > 0 && entry->fts_name[0] == '.';
}

static bool is_tsv(const FTSENT *entry)
{
	size_t len = entry->fts_namelen, suffix = strlen(SUFFIX);

	return entry->fts_info == FTS_F && !is_hidden(entry) && len > suffix &&
	       strcmp(entry->fts_name + len - suffix, SUFFIX) == 0;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int walk(FTS *fts, struct files *f)
{
	FTSENT *entry;
	int err = 0;

	while (!err && (errno = 0, entry = fts_read(fts))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			entry->fts_info == FTS_NS) {
			errno = entry->fts_errno;
			err = ERR_IO;
		} else if (entry->fts_level > DEPTH_MAX) {
			err = ERR_LIMIT;
		} else if (entry->fts_info == FTS_D && is_hidden(entry)) {
			fts_set(fts, entry, FTS_SKIP);
		} else if (is_tsv(entry)) {
			err = add(f, entry->fts_path);
		}
	}
	return !err && errno ? ERR_IO : err;
}

static int find_shipped(const char *directory, struct files *f)
{
	char *root = strdup(directory);
	char *roots[2] = {root, NULL};
	FTS *fts = NULL;
	int err = ERR_MEMORY, saved;

	if (!root)
		return err;
	for (size_t len = strlen(root); len > 1 && root[len - 1] == '/'; len--)
		root[len - 1] = '\0';
	fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		goto out;
	err = walk(fts, f);
	f->prefix = strlen(root) + 1;
	if (f->count > 0)
		qsort(f->paths, f->count, sizeof(*f->paths), compare_paths);
out:
	saved = errno;
	if (fts)
		fts_close(fts);
	free(root);
	errno = saved;
	return err;
}

int files_find(const struct conf_source *source, struct files *out)
{
	struct files f = {0};
	int err = 0;

	if (source->format == CONF_FORMAT_SHIPPED)
		err = source->file_count == 1 ? find_shipped(source->files[0], &f) : ERR_LIMIT;
	else
		for (unsigned i = 0; !err && i < source->file_count; i++)
			err = add(&f, source->files[i]);
	if (err)
		files_release(&f);
	else
		*out = f;
	return err;
}

void files_release(struct files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->paths[i]);
	free(f->paths);
}
