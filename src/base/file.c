/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_STEP ((size_t)64 * 1024)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static void close_quietly(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* At offset, or where the descriptor stands when offset is negative (a pipe has no offset). */
static ssize_t read_some(int fd, void *out, size_t len, off_t offset)
{
	ssize_t n;

	do
		n = offset < 0 ? read(fd, out, len) : pread(fd, out, len, offset);
	while (n < 0 && errno == EINTR);
	return n;
}

/* One octet more than max is asked for, to see whether there is one. */
static int read_whole(int fd, bool positioned, size_t max, char **out, size_t *len)
{
	size_t capacity = COPY_STEP, used = 0;
	struct stat st;
	char *text = NULL, *larger;
	ssize_t n;
	int err = ERR_MEMORY;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		if ((uint64_t)st.st_size > max)
			return ERR_LIMIT;
		capacity = (size_t)st.st_size + 1;
	}
	for (;;) {
		if (!text || used == capacity) {
			capacity = text ? capacity * 2 : capacity;
			larger = realloc(text, capacity + 1);
			if (!larger)
				goto out;
			text = larger;
		}
		n = read_some(fd, text + used, capacity - used, positioned ? (off_t)used : -1);
		if (n <= 0)
			break;
		used += (size_t)n;
		if (used > max) {
			err = ERR_LIMIT;
			goto out;
		}
	}
	err = n < 0 ? ERR_IO : 0;
	if (err)
		goto out;
	text[used] = 0;
	*out = text;
	*len = used;
	text = NULL;
out:
	free(text);
	return err;
}

int file_read(const char *path, size_t max, char **out, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	if (fd < 0)
		return ERR_IO;
	err = read_whole(fd, false, max, out, len);
	close_quietly(fd);
	return err;
}

int file_read_fd(int fd, size_t max, char **out, size_t *len)
{
	return read_whole(fd, true, max, out, len);
}

int file_write_all(int fd, struct span data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.data, data.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		data = span_part(data, (size_t)n, data.len);
	}
	return 0;
}

/* Without it a rename may be lost with the power, although the content is on the disk. */
static int sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	int len = slash == path ? 1 : slash ? (int)(slash - path) : 1;
	int fd, err = 0;

	if (len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	snprintf(directory, sizeof(directory), "%.*s", len, slash ? path : ".");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		err = ERR_IO;
	close_quietly(fd);
	return err;
}

/* fchmod because the umask must not decide who can read what was asked to be readable. */
static int write_new(const char *path, struct span content, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int err = ERR_IO;

	if (fd < 0)
		return ERR_IO;
	if (file_write_all(fd, content) != 0)
		goto out;
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		goto out;
	err = 0;
out:
	close_quietly(fd);
	return err;
}

int file_replace(const char *path, struct span content, unsigned mode)
{
	char temporary[PATH_MAX];
	int len = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	int saved;

	if (len < 0 || len >= (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	/* A crash may have left one behind. */
	if (unlink(temporary) != 0 && errno != ENOENT)
		return ERR_IO;
	if (write_new(temporary, content, mode) == 0 && rename(temporary, path) == 0)
		return sync_directory_of(path);
	saved = errno;
	unlink(temporary);
	errno = saved;
	return ERR_IO;
}

static int memory_file(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int copy_all(int from, int to, size_t max)
{
	size_t done = 0;
	uint8_t *step = malloc(COPY_STEP);
	int err = step ? 0 : ERR_MEMORY;

	while (!err) {
		ssize_t n = read_some(from, step, COPY_STEP, (off_t)done);

		if (n == 0)
			break;
		if (n < 0)
			err = ERR_IO;
		else if ((size_t)n > max - done)
			err = ERR_LIMIT;
		else
			err = file_write_all(to, span_of(step, (size_t)n));
		done += n > 0 ? (size_t)n : 0;
	}
	free(step);
	return err;
}

/* Seals what was copied, unless the copying failed with err; keeps or closes the descriptor. */
static int seal(int memory, int err, int *out)
{
	if (!err && (fcntl(memory, F_ADD_SEALS, SEALS) != 0 || lseek(memory, 0, SEEK_SET) != 0))
		err = ERR_IO;
	if (err)
		close_quietly(memory);
	else
		*out = memory;
	return err;
}

bool file_is_sealed(int fd)
{
	return fcntl(fd, F_GET_SEALS) == SEALS;
}

int file_seal_copy(int fd, const char *name, size_t max, int *out)
{
	int memory = memory_file(name);

	return memory < 0 ? ERR_IO : seal(memory, copy_all(fd, memory, max), out);
}

int file_seal_span(struct span content, const char *name, int *out)
{
	int memory = memory_file(name);

	return memory < 0 ? ERR_IO : seal(memory, file_write_all(memory, content), out);
}

static int make_one(const char *path, unsigned mode)
{
	struct stat st;
	int why;

	if (mkdir(path, mode) == 0)
		return 0;
	/* EROFS and EACCES also come for what exists. */
	why = errno;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		why = ENOTDIR;
	}
	errno = why;
	return ERR_IO;
}

int file_make_directory(const char *path, unsigned mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part)) {
		errno = len == 0 ? ENOENT : ENAMETOOLONG;
		return ERR_IO;
	}
	memcpy(part, path, len + 1);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (make_one(part, mode) != 0)
			return ERR_IO;
		*slash = '/';
	}
	return make_one(part, mode);
}
