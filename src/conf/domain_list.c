/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/domain_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define NAME_MAX_LEN 100

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool domain_list_include(struct span line, struct span *name, struct span *rest)
{
	static const char key[] = "include:";
	size_t start = sizeof(key) - 1, end;

	if (line.len < start || memcmp(line.data, key, start) != 0)
		return false;
	while (start < line.len && is_blank(line.data[start]))
		start++;
	end = start;
	while (end < line.len && !is_blank(line.data[end]))
		end++;
	*name = span_part(line, start, end - start);
	*rest = span_part(line, end, line.len);
	return true;
}

static bool is_file_name(struct span name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN || name.data[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			(c == '\0' || !strchr("!._-", c)))
			return false;
	}
	return true;
}

char *domain_list_path(const char *path, struct span name)
{
	const char *slash = strrchr(path, '/');
	char *joined = NULL;

	if (!is_file_name(name))
		return NULL;
	if (asprintf(&joined, "%.*s%.*s", slash ? (int)(slash - path) + 1 : 0, path,
		    SPAN_ARGS(name)) < 0)
		return NULL;
	return joined;
}

/* Takes over path, which may be NULL; one that is known already is let go. */
static int add(struct domain_list_files *f, char *path)
{
	char **grown;

	if (!path)
		return ERR_MEMORY;
	for (size_t i = 0; i < f->count; i++) {
		if (strcmp(f->paths[i], path) == 0) {
			free(path);
			return 0;
		}
	}
	grown = f->count < DOMAIN_LIST_FILES_MAX
			? reallocarray(f->paths, f->count + 1, sizeof(*grown))
			: NULL;
	if (!grown) {
		free(path);
		return f->count < DOMAIN_LIST_FILES_MAX ? ERR_MEMORY : ERR_LIMIT;
	}
	f->paths = grown;
	f->paths[f->count++] = path;
	return 0;
}

static int add_included(struct domain_list_files *f, const char *path, struct span text)
{
	int err = 0;

	while (!err && text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;
		struct span line = span_part(text, 0, len), name, rest;

		text = span_part(text, end ? len + 1 : len, text.len);
		while (line.len > 0 && is_blank(line.data[0]))
			line = span_part(line, 1, line.len);
		if (domain_list_include(line, &name, &rest) && is_file_name(name))
			err = add(f, domain_list_path(path, name));
	}
	return err;
}

/* A pipe would never end. */
static int read_regular(const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err = ERR_IO, saved;
	struct stat st;

	if (fd < 0)
		return err;
	if (fstat(fd, &st) == 0) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		if (S_ISREG(st.st_mode))
			err = file_read_fd(fd, DOMAIN_LIST_FILE_MAX, text, len);
	}
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

int domain_list_files(const char *path, struct domain_list_files *out, char **problem)
{
	struct domain_list_files f = {0};
	int err = add(&f, strdup(path)), saved;

	for (size_t i = 0; !err && i < f.count; i++) {
		char *text = NULL;
		size_t len = 0;

		err = read_regular(f.paths[i], &text, &len);
		saved = errno;
		if (err == ERR_IO) {
			*problem = strdup(f.paths[i]);
			errno = saved;
		}
		if (!err)
			err = add_included(&f, f.paths[i], span_of(text, len));
		free(text);
	}
	saved = errno;
	if (err)
		domain_list_files_release(&f);
	else
		*out = f;
	errno = saved;
	return err;
}

void domain_list_files_release(struct domain_list_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->paths[i]);
	free(f->paths);
	*f = (struct domain_list_files){0};
}
