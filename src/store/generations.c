/* SPDX-License-Identifier: BSD-3-Clause */

#include "store/generations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define CURRENT "current"
#define CURRENT_NEXT "current.tmp"
#define SUFFIX ".lists"
#define DIGITS 16 /* of the digest, in the file name */

/* A path that must fit. */
static int path_join(char out[GENERATIONS_PATH_MAX], const char *directory, const char *name)
{
	int len = snprintf(out, GENERATIONS_PATH_MAX, "%s/%s", directory, name);

	return len < 0 || len >= GENERATIONS_PATH_MAX ? ERR_LIMIT : 0;
}

int generations_current(const char *directory, char out[GENERATIONS_PATH_MAX])
{
	char link[GENERATIONS_PATH_MAX], target[GENERATIONS_PATH_MAX], path[GENERATIONS_PATH_MAX];
	ssize_t len;
	int err = path_join(link, directory, CURRENT);

	if (err)
		return err;
	len = readlink(link, target, sizeof(target));
	if (len < 0)
		return ERR_MISSING;
	if ((size_t)len >= sizeof(target))
		return ERR_LIMIT;
	target[len] = '\0';
	if (target[0] == '/')
		snprintf(path, sizeof(path), "%s", target);
	else
		err = path_join(path, directory, target);
	if (err)
		return err;
	if (access(path, F_OK) != 0)
		return ERR_MISSING;
	memcpy(out, path, strlen(path) + 1);
	return 0;
}

int generations_path(const char *directory, uint64_t real_ns, const uint8_t sources[DIGEST_LEN],
	char out[GENERATIONS_PATH_MAX])
{
	char name[128], when[32], digest[DIGEST_TEXT_MAX], path[GENERATIONS_PATH_MAX];
	time_t seconds = (time_t)(real_ns / NS_PER_S);
	struct tm tm;
	int err;

	if (!gmtime_r(&seconds, &tm) || strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm) == 0)
		return ERR_LIMIT;
	snprintf(name, sizeof(name), "%s.%03uZ-%.*s" SUFFIX, when,
		(unsigned)(real_ns % NS_PER_S / NS_PER_MS), DIGITS, digest_format(sources, digest));
	err = path_join(path, directory, name);
	if (!err)
		memcpy(out, path, strlen(path) + 1);
	return err;
}

static int is_generation(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);

	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && len > suffix &&
	       strcmp(entry->d_name + len - suffix, SUFFIX) == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Removes all but the newest; the one in force stays even when the clock has gone backwards. */
static int prune(const char *directory, int dir, const char *in_force)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_generation, compare_names);
	int err = count < 0 ? ERR_IO : 0;
	int left = count;

	for (int i = 0; i < count; i++) {
		if (left > GENERATIONS_KEPT && strcmp(entries[i]->d_name, in_force) != 0) {
			if (unlinkat(dir, entries[i]->d_name, 0) != 0 && errno != ENOENT)
				err = ERR_IO;
			left--;
		}
		free(entries[i]);
	}
	free(entries);
	return err;
}

int generations_adopt(const char *directory, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int err = ERR_IO, dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return ERR_IO;
	if (faccessat(dir, name, R_OK, 0) != 0)
		goto out;
	if (unlinkat(dir, CURRENT_NEXT, 0) != 0 && errno != ENOENT)
		goto out;
	if (symlinkat(name, dir, CURRENT_NEXT) != 0)
		goto out;
	if (renameat(dir, CURRENT_NEXT, dir, CURRENT) != 0 || fsync(dir) != 0)
		goto out;
	err = prune(directory, dir, name);
out:
	close(dir);
	return err;
}
