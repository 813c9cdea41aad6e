/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/sources.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/domain_list.h"

#define STEP ((size_t)64 * 1024)
#define DEPTH_MAX 8
#define FILES_MAX 4096

/* The files below a shipped directory, by their names relative to it. */
struct found {
	char **names;
	size_t count;
};

static void found_release(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->names[i]);
	free(found->names);
}

static int complain(struct report *r, const char *path, int err)
{
	int saved = errno;

	report_add(r, REPORT_ERROR, &(struct report_place){.file = path},
		"cannot read the list: %s; mend the path below 'lists' or the file",
		err == ERR_IO ? strerror(saved) : err_text(err));
	errno = saved;
	return err;
}

static void digest_number(struct digest_state *d, uint64_t value)
{
	uint8_t octets[8];

	for (unsigned i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	digest_add(d, span_of(octets, sizeof(octets)));
}

/* Content and length; in steps, as a list may be large. */
static int digest_content(struct digest_state *d, int fd)
{
	uint8_t *step = malloc(STEP);
	uint64_t len = 0;
	ssize_t got = 0;

	if (!step)
		return ERR_MEMORY;
	for (;;) {
		got = read(fd, step, STEP);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		digest_add(d, span_of(step, (size_t)got));
		len += (uint64_t)got;
	}
	free(step);
	digest_number(d, len);
	return got < 0 ? ERR_IO : 0;
}

static int digest_file(struct digest_state *d, struct report *r, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err = ERR_IO;

	if (fd < 0 || fstat(fd, &st) != 0)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		goto out;
	}
	err = digest_content(d, fd);
out:
	if (err)
		complain(r, path, err);
	if (fd >= 0)
		close(fd);
	return err;
}

static int keep_name(struct found *found, const char *name)
{
	char **larger, *copy;

	if (found->count == FILES_MAX)
		return ERR_LIMIT;
	if ((found->count & (found->count - 1)) == 0) {
		size_t capacity = found->count ? 2 * found->count : 1;

		larger = reallocarray(found->names, capacity, sizeof(*larger));
		if (!larger)
			return ERR_MEMORY;
		found->names = larger;
	}
	copy = strdup(name);
	if (!copy)
		return ERR_MEMORY;
	found->names[found->count++] = copy;
	return 0;
}

static int collect(const char *directory, const char *below, unsigned depth, struct found *found);

static int collect_entry(const char *directory, const char *below, const char *entry,
	unsigned depth, struct found *found)
{
	size_t len = strlen(entry);
	char name[PATH_MAX], path[PATH_MAX];
	struct stat st;

	if (entry[0] == '.')
		return 0;
	if ((size_t)snprintf(name, sizeof(name), "%s%s", below, entry) >= sizeof(name) ||
		(size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
		return ERR_LIMIT;
	if (stat(path, &st) != 0)
		return ERR_IO;
	if (S_ISREG(st.st_mode) && len > 4 && strcmp(entry + len - 4, ".tsv") == 0)
		return keep_name(found, name);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if ((size_t)snprintf(name, sizeof(name), "%s%s/", below, entry) >= sizeof(name))
		return ERR_LIMIT;
	return collect(directory, name, depth + 1, found);
}

/* Adds the .tsv files below directory/below, whose names begin with below. */
static int collect(const char *directory, const char *below, unsigned depth, struct found *found)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	if (depth > DEPTH_MAX ||
		(size_t)snprintf(path, sizeof(path), "%s/%s", directory, below) >= sizeof(path))
		return ERR_LIMIT;
	dir = opendir(path);
	if (!dir)
		return ERR_IO;
	errno = 0;
	while (!err && (entry = readdir(dir)))
		err = collect_entry(directory, below, entry->d_name, depth, found);
	closedir(dir);
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int digest_directory(struct digest_state *d, struct report *r, const char *directory)
{
	struct found found = {0};
	char path[PATH_MAX];
	int err = collect(directory, "", 0, &found);

	if (err) {
		complain(r, directory, err);
		goto out;
	}
	qsort(found.names, found.count, sizeof(*found.names), compare_names);
	digest_number(d, found.count);
	for (size_t i = 0; !err && i < found.count; i++) {
		digest_add(d, span_of(found.names[i], strlen(found.names[i]) + 1));
		snprintf(path, sizeof(path), "%s/%s", directory, found.names[i]);
		err = digest_file(d, r, path);
	}
out:
	found_release(&found);
	return err;
}

/* With what it includes. */
static int digest_domain_list(struct digest_state *d, struct report *r, const char *path)
{
	struct domain_list_files files = {0};
	char *problem = NULL;
	int err = domain_list_files(path, &files, &problem);

	if (err)
		complain(r, problem ? problem : path, err);
	for (size_t i = 0; !err && i < files.count; i++)
		err = digest_file(d, r, files.paths[i]);
	domain_list_files_release(&files);
	free(problem);
	return err;
}

static int digest_source(struct digest_state *d, struct report *r, const struct conf_source *source)
{
	int (*digest)(struct digest_state * d, struct report * r, const char *path) = digest_file;
	int err = 0;

	if (source->format == CONF_FORMAT_SHIPPED)
		digest = digest_directory;
	else if (source->format == CONF_FORMAT_V2FLY)
		digest = digest_domain_list;
	for (unsigned i = 0; i < source->file_count; i++) {
		int failed = digest(d, r, source->files[i]);

		err = err ? err : failed;
	}
	return err;
}

int conf_sources_digest(const struct conf *conf, struct report *r, uint8_t out[DIGEST_LEN])
{
	struct digest_state *d = digest_new();
	uint8_t digest[DIGEST_LEN];
	int err = 0;

	if (!d)
		return ERR_MEMORY;
	digest_add(d, span_of(conf->lists_digest, sizeof(conf->lists_digest)));
	for (unsigned i = 0; i < conf->source_count; i++) {
		int failed = digest_source(d, r, &conf->sources[i]);

		err = err ? err : failed;
	}
	digest_finish(d, digest);
	if (!err)
		memcpy(out, digest, sizeof(digest));
	return err;
}
