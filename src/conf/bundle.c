/* SPDX-License-Identifier: BSD-3-Clause */

/* The texts a configuration is made of, in memory and sealed for another process. */

#include "bundle.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define BUNDLE_MAX ((size_t)CONF_FILES_MAX * (CONF_FILE_MAX + 3 * PATH_MAX))
#define MAGIC "celnik configuration 1\n"

int bundle_new(const char *main, uint64_t real_ns, struct conf_files **out)
{
	struct conf_files *f = calloc(1, sizeof(*f));
	char directory[PATH_MAX] = "";
	int err = ERR_MEMORY;

	if (!f)
		goto out;
	if (main[0] != '/' && !getcwd(directory, sizeof(directory))) {
		err = ERR_IO;
		goto out;
	}
	while (main[0] == '.' && main[1] == '/')
		main += 2;
	if (asprintf(&f->main, "%s%s%s", directory, main[0] == '/' ? "" : "/", main) < 0) {
		f->main = NULL;
		goto out;
	}
	f->real_ns = real_ns;
	*out = f;
	f = NULL;
	err = 0;
out:
	conf_files_free(f);
	return err;
}

int bundle_add(struct conf_files *f, const char *path, const char *name, char *text, size_t len)
{
	struct conf_file *file = &f->files[f->count];

	if (f->count == CONF_FILES_MAX || len > CONF_FILE_MAX) {
		free(text);
		return ERR_LIMIT;
	}
	*file = (struct conf_file){strdup(path), strdup(name), text, len};
	f->count++;
	return file->path && file->name && text ? 0 : ERR_MEMORY;
}

static struct span line_of(const struct conf_file *file, uint32_t line)
{
	const char *start = file->text, *all_end = file->text + file->len, *end;

	while (--line > 0 && (start = memchr(start, '\n', (size_t)(all_end - start))))
		start++;
	if (!start)
		return span_of(NULL, 0);
	end = memchr(start, '\n', (size_t)(all_end - start));
	return span_of(start, (size_t)((end ? end : all_end) - start));
}

void conf_files_report(const struct conf_files *f, struct report *r, enum report_level level,
	const struct conf_place *place, const char *format, ...)
{
	struct report_place at = {
		.file = place->file, .line = place->line, .column = place->column};
	va_list arguments;
	char *message = NULL;

	for (unsigned i = 0; f && place->line > 0 && i < f->count; i++)
		if (strcmp(f->files[i].path, place->file) == 0)
			at.context = line_of(&f->files[i], place->line);
	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) >= 0)
		report_add(r, level, &at, "%s", message);
	va_end(arguments);
	free(message);
}

int conf_files_from_text(
	const char *path, struct span text, uint64_t real_ns, struct conf_files **out)
{
	const char *slash = strrchr(path, '/');
	struct conf_files *f = NULL;
	char *copy = NULL;
	int err = bundle_new(path, real_ns, &f);

	if (err)
		goto out;
	copy = malloc(text.len + 1);
	if (!copy) {
		err = ERR_MEMORY;
		goto out;
	}
	if (text.len)
		memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	err = bundle_add(f, path, slash ? slash + 1 : path, copy, text.len);
	if (err)
		goto out;
	*out = f;
	f = NULL;
out:
	conf_files_free(f);
	return err;
}

void conf_files_free(struct conf_files *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->count; i++) {
		free(f->files[i].path);
		free(f->files[i].name);
		free(f->files[i].text);
	}
	free(f->main);
	free(f);
}

int conf_files_text(const struct conf_files *f, char **out, size_t *len)
{
	struct buf b;
	int err = ERR_MEMORY;

	buf_init_heap(&b, BUNDLE_MAX);
	for (unsigned i = 0; i < f->count; i++) {
		const struct conf_file *file = &f->files[i];

		buf_printf(&b, "# %s\n", file->name);
		buf_put(&b, file->text, file->len);
		if (file->len && file->text[file->len - 1] != '\n')
			buf_put_u8(&b, '\n');
	}
	if (!b.overflow) {
		size_t used = b.len;

		buf_put_u8(&b, 0);
		if (!b.overflow) {
			*out = (char *)b.data;
			*len = used;
			b.data = NULL;
			err = 0;
		}
	}
	buf_release(&b);
	return err;
}

static void put_part(struct buf *b, const char *data, size_t len)
{
	buf_put_u32(b, (uint32_t)len);
	buf_put(b, data, len);
}

int conf_files_seal(const struct conf_files *f, int *fd)
{
	struct buf b;
	int err;

	buf_init_heap(&b, BUNDLE_MAX);
	buf_put_text(&b, MAGIC);
	buf_put_u32(&b, (uint32_t)(f->real_ns >> 32));
	buf_put_u32(&b, (uint32_t)f->real_ns);
	put_part(&b, f->main, strlen(f->main));
	buf_put_u32(&b, f->count);
	for (unsigned i = 0; i < f->count; i++) {
		put_part(&b, f->files[i].path, strlen(f->files[i].path));
		put_part(&b, f->files[i].name, strlen(f->files[i].name));
		put_part(&b, f->files[i].text, f->files[i].len);
	}
	err = b.overflow ? ERR_MEMORY : file_seal_span(buf_span(&b), "celnik-conf", fd);
	buf_release(&b);
	return err;
}

/* What is left to read of a sealed bundle; an error is sticky. */
struct rest {
	struct span span;
	int err;
};

static uint32_t get_u32(struct rest *rest)
{
	const uint8_t *p = rest->span.data;

	if (rest->err || rest->span.len < 4) {
		rest->err = ERR_FORMAT;
		return 0;
	}
	rest->span = span_part(rest->span, 4, rest->span.len - 4);
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* A terminated copy, NULL with an error set. */
static char *get_part(struct rest *rest, size_t *len)
{
	size_t size = get_u32(rest);
	char *copy;

	if (rest->err || size > rest->span.len) {
		rest->err = ERR_FORMAT;
		return NULL;
	}
	copy = malloc(size + 1);
	if (!copy) {
		rest->err = ERR_MEMORY;
		return NULL;
	}
	memcpy(copy, rest->span.data, size);
	copy[size] = '\0';
	rest->span = span_part(rest->span, size, rest->span.len - size);
	*len = size;
	return copy;
}

static int get_file(struct rest *rest, struct conf_files *f)
{
	size_t path_len, name_len, len = 0;
	char *path = get_part(rest, &path_len);
	char *name = path ? get_part(rest, &name_len) : NULL;
	char *text = name ? get_part(rest, &len) : NULL;
	int err = text ? bundle_add(f, path, name, text, len) : rest->err;

	free(path);
	free(name);
	return err;
}

static int unseal(struct span sealed, struct conf_files **out)
{
	struct rest rest = {.span = sealed};
	struct conf_files *f = calloc(1, sizeof(*f));
	size_t len;
	uint32_t count;
	int err = ERR_MEMORY;

	if (!f)
		goto out;
	err = ERR_FORMAT;
	if (!span_equal(span_part(sealed, 0, sizeof(MAGIC) - 1), span_text(MAGIC)))
		goto out;
	rest.span = span_part(sealed, sizeof(MAGIC) - 1, sealed.len);
	f->real_ns = (uint64_t)get_u32(&rest) << 32;
	f->real_ns |= get_u32(&rest);
	f->main = get_part(&rest, &len);
	count = get_u32(&rest);
	err = rest.err;
	for (uint32_t i = 0; !err && i < count; i++)
		err = get_file(&rest, f);
	if (!err && (rest.span.len || f->count == 0))
		err = ERR_FORMAT;
	if (err)
		goto out;
	*out = f;
	f = NULL;
out:
	conf_files_free(f);
	return err;
}

int conf_files_unseal(int fd, struct conf_files **out)
{
	char *text = NULL;
	size_t len = 0;
	int err = file_read_fd(fd, BUNDLE_MAX, &text, &len);

	if (!err)
		err = unseal(span_of(text, len), out);
	free(text);
	return err;
}
