/* SPDX-License-Identifier: BSD-3-Clause */

/* Reads the main file and what its `include` names. */

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "bundle.h"
#include "conf/yaml.h"

#define TREE_MAX ((size_t)256 << 20)

struct reading {
	struct conf_files *files;
	struct report *report;
	const struct conf_text *text; /* of the main file */
	const char *path; /* of the main file */
	size_t directory_len; /* of path, with the slash */
};

static void complain(
	const struct reading *rd, const struct yaml_node *node, const char *what, const char *path)
{
	conf_text_report(rd->text, rd->report, REPORT_ERROR, node->place.line, node->place.column,
		"cannot include '%s': %s", path, what);
}

static const char *read_failure(int err)
{
	if (err == ERR_IO)
		return strerror(errno);
	return err == ERR_LIMIT ? "larger than 4 MiB; split it" : err_text(err);
}

static int include_file(struct reading *rd, const struct yaml_node *node, const char *path)
{
	size_t skip = node->text[0] == '/' ? 0 : rd->directory_len;
	char *text = NULL;
	size_t len = 0;
	int err;

	if (rd->files->count == CONF_FILES_MAX) {
		complain(rd, node, "more than 64 files; join some", path);
		return ERR_LIMIT;
	}
	for (unsigned i = 0; i < rd->files->count; i++) {
		if (strcmp(rd->files->files[i].path, path) == 0) {
			complain(rd, node,
				i ? "it is included already; name it once"
				  : "it is the main file; choose a narrower pattern",
				path);
			return ERR_FORMAT;
		}
	}
	err = file_read(path, CONF_FILE_MAX, &text, &len);
	if (err) {
		complain(rd, node,
			err == ERR_IO && errno == EISDIR
				? "it is a directory; name files, such as conf.d/*.yaml"
				: read_failure(err),
			path);
		return err;
	}
	return bundle_add(rd->files, path, path + skip, text, len);
}

/* The directory is no pattern, whatever characters it has. */
static void put_escaped(struct buf *b, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("*?[]\\{}~", text[i]))
			buf_put_u8(b, '\\');
		buf_put_u8(b, (uint8_t)text[i]);
	}
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int include_pattern(struct reading *rd, const struct yaml_node *node)
{
	char storage[2 * PATH_MAX];
	struct buf pattern;
	glob_t found = {0};
	int err = 0;

	buf_init_fixed(&pattern, storage, sizeof(storage));
	if (node->text[0] != '/')
		put_escaped(&pattern, rd->path, rd->directory_len);
	buf_put_text(&pattern, node->text);
	switch (glob(buf_text(&pattern), GLOB_NOSORT, NULL, &found)) {
	case 0:
		break;
	case GLOB_NOMATCH:
		if (!strpbrk(node->text, "*?[")) {
			complain(rd, node, "there is no such file; make it or remove the line",
				node->text);
			err = ERR_IO;
		}
		goto out;
	default:
		complain(rd, node, "the directory cannot be read", node->text);
		err = ERR_IO;
		goto out;
	}
	/* Not by glob, whose order depends on the locale. */
	qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), compare_paths);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int failed = include_file(rd, node, found.gl_pathv[i]);

		err = err ? err : failed;
	}
out:
	globfree(&found);
	return err;
}

static int include_all(struct reading *rd, const struct yaml_node *include)
{
	int err = 0;

	for (const struct yaml_node *n = yaml_first_item(include); n;
		n = yaml_next_item(include, n)) {
		int failed;

		if (n->kind == YAML_SCALAR && n->text[0] && !strchr(n->text, '\n')) {
			failed = include_pattern(rd, n);
		} else {
			conf_text_report(rd->text, rd->report, REPORT_ERROR, n->place.line,
				n->place.column,
				"'include' takes paths; write for example include: conf.d/*.yaml");
			failed = ERR_FORMAT;
		}
		err = err ? err : failed;
	}
	return err;
}

static int read_includes(struct reading *rd)
{
	const struct conf_file *main = &rd->files->files[0];
	struct arena *arena = arena_new(TREE_MAX);
	struct report *quiet = report_new(1);
	struct yaml_node *root = NULL;
	struct conf_text text;
	int err = ERR_MEMORY;

	if (!arena || !quiet)
		goto out;
	err = conf_text_init(&text, rd->path, span_of(main->text, main->len), arena);
	/* What is wrong in the text is for conf_parse to report; then there is nothing to include.
	 */
	if (!err && yaml_parse(&text, arena, quiet, &root) == 0) {
		rd->text = &text;
		err = include_all(rd, yaml_member(root, "include"));
	}
out:
	report_free(quiet);
	arena_free(arena);
	return err;
}

int conf_files_read(const char *path, struct report *r, struct conf_files **out)
{
	const char *slash = strrchr(path, '/');
	struct reading rd = {.report = r, .path = path};
	char *text = NULL;
	size_t len = 0;
	int err = file_read(path, CONF_FILE_MAX, &text, &len);

	rd.directory_len = slash ? (size_t)(slash - path) + 1 : 0;
	if (err) {
		report_add(r, REPORT_ERROR, &(struct report_place){.file = path},
			"cannot read the configuration: %s; name a readable file with -c",
			read_failure(err));
		goto out;
	}
	err = bundle_new(path, clock_real_ns(), &rd.files);
	if (!err) {
		err = bundle_add(rd.files, path, path + rd.directory_len, text, len);
		text = NULL;
	}
	if (!err)
		err = read_includes(&rd);
	if (err)
		goto out;
	*out = rd.files;
	rd.files = NULL;
out:
	free(text);
	conf_files_free(rd.files);
	return err;
}
