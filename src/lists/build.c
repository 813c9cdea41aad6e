/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/sources.h"
#include "files.h"
#include "lists/lists.h"

#define FILE_MAX_LEN ((size_t)256 << 20)
#define MESSAGE_MAX 512

struct build {
	const struct conf *conf;
	struct report *report;
	bool force;
	struct builder *builder;
	struct guard *guard;
	struct store *current; /* NULL when there is none that can be read */
	uint8_t sources[DIGEST_LEN];
	struct lists_build_result result;
};

typedef int (*importer)(const struct import_target *t, struct span text, struct import_result *out);

static const importer importers[CONF_FORMAT_COUNT] = {
	[CONF_FORMAT_SHIPPED] = import_tsv,
	[CONF_FORMAT_TSV] = import_tsv,
	[CONF_FORMAT_DOMAINS] = import_domains,
	[CONF_FORMAT_HOSTS] = import_hosts,
	[CONF_FORMAT_DNSMASQ] = import_dnsmasq,
	[CONF_FORMAT_ADBLOCK] = import_adblock,
	[CONF_FORMAT_RPZ] = import_rpz,
	[CONF_FORMAT_V2FLY] = import_v2fly,
	[CONF_FORMAT_CIDR] = import_cidr,
	[CONF_FORMAT_DELEGATED] = import_delegated,
};

/* At the source's place in the configuration. */
static void PRINTF_LIKE(4, 5) complain(const struct build *b, enum report_level level,
	const struct conf_source *source, const char *format, ...)
{
	struct report_place place = {0};
	char message[MESSAGE_MAX];
	va_list arguments;

	if (source)
		place = (struct report_place){.file = source->place.file,
			.line = source->place.line,
			.column = source->place.column};
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	report_add(b->report, level, &place, "%s", message);
}

static const char *reason(int err)
{
	return err == ERR_IO ? strerror(errno) : err_text(err);
}

static int read_source_file(const struct build *b, const struct conf_source *source,
	const char *path, char **text, size_t *len)
{
	int err = file_read(path, FILE_MAX_LEN, text, len);

	if (err)
		complain(b, REPORT_ERROR, source, "list '%s': cannot read '%s': %s", source->name,
			path, reason(err));
	return err;
}

static bool is_tsv(const struct conf_source *source)
{
	return importers[source->format] == import_tsv;
}

static void total_add(struct import_result *total, const struct import_result *file)
{
	total->accepted += file->accepted;
	total->duplicate += file->duplicate;
	total->skipped += file->skipped;
	total->off += file->off;
}

/* Files that describe vendors are read in the first pass, all others in the second. */
static int import_file(const struct build *b, struct import_target *t, const char *path,
	size_t prefix, bool vendors_pass, struct import_result *total)
{
	struct import_result result = {0};
	char *text = NULL;
	size_t len = 0;
	int err = read_source_file(b, t->source, path, &text, &len);

	if (err)
		return err;
	if ((is_tsv(t->source) && import_tsv_has_vendors(span_of(text, len))) == vendors_pass) {
		t->path = path;
		t->file = span_text(path + prefix);
		err = importers[t->source->format](t, span_of(text, len), &result);
		if (!err)
			total_add(total, &result);
		else if (err != ERR_FORMAT)
			complain(b, REPORT_ERROR, t->source, "list '%s': cannot import '%s': %s",
				t->source->name, path, reason(err));
	}
	free(text);
	return err;
}

static int import_source(
	const struct build *b, uint32_t list, bool vendors_pass, struct import_result *total)
{
	const struct conf_source *source = &b->conf->sources[list];
	struct import_target t = {.builder = b->builder,
		.guard = b->guard,
		.list = list,
		.source = source,
		.report = b->report};
	struct files files = {0};
	int err = files_find(source, &files);

	if (err) {
		complain(b, REPORT_ERROR, source, "list '%s': cannot find its files%s%s: %s",
			source->name, source->file_count > 0 ? " in " : "",
			source->file_count > 0 ? source->files[0] : "", reason(err));
		return err;
	}
	for (size_t i = 0; !err && i < files.count; i++)
		err = import_file(b, &t, files.paths[i], files.prefix, vendors_pass, total);
	files_release(&files);
	return err;
}

/* A vendor that a source gives its plain lines needs no description. */
static int vendors_of_plain(const struct build *b)
{
	for (unsigned i = 0; i < b->conf->source_count; i++) {
		struct span id = span_text(b->conf->sources[i].vendor);
		int err = 0;

		if (id.len > 0 && !builder_has_vendor(b->builder, id))
			err = builder_vendor(b->builder, id, id, span_of(NULL, 0));
		if (err)
			return err;
	}
	return 0;
}

/* The rows a list had in the current generation; 0 when it is new. */
static uint64_t rows_before(const struct build *b, const char *name)
{
	struct store_list_info list;
	struct store_info info;

	if (!b->current)
		return 0;
	store_info_read(b->current, &info);
	for (uint32_t i = 0; i < info.list_count; i++) {
		store_list_info_read(b->current, i, &list);
		if (span_equal(list.name, span_text(name)))
			return (uint64_t)list.names + list.ranges + list.asns;
	}
	return 0;
}

/* Nothing on a list, or much less than before, is more likely an accident than a wish. */
static int size_check(
	const struct build *b, const struct conf_source *source, const struct import_result *now)
{
	uint64_t before = rows_before(b, source->name);

	if (now->accepted == 0) {
		complain(b, REPORT_ERROR, source,
			"list '%s' has no usable row; remove the source if that is meant",
			source->name);
		return ERR_FORMAT;
	}
	if (b->force || now->accepted >= before)
		return 0;
	if ((before - now->accepted) * 100 <= before * source->shrink_percent)
		return 0;
	complain(b, REPORT_ERROR, source,
		"list '%s' shrank from %llu rows to %u, by more than %u percent; the list in force "
		"stays; if the new one is right run 'celnik lists build --force'",
		source->name, (unsigned long long)before, now->accepted, source->shrink_percent);
	return ERR_FORMAT;
}

static int source_add(const struct build *b, unsigned index)
{
	const struct conf_source *source = &b->conf->sources[index];
	uint32_t list;
	int err;

	err = builder_list(b->builder, span_text(source->name), &list);
	if (err)
		complain(b, REPORT_ERROR, source, "list '%s' cannot be added: %s", source->name,
			err_text(err));
	return err;
}

/* All errors of all sources in one run, as far as each can be read. */
static int import_all(struct build *b)
{
	int err = 0, failed = 0;

	if (b->conf->source_count > LISTS_SOURCES_MAX)
		return ERR_LIMIT;
	for (unsigned i = 0; !err && i < b->conf->source_count; i++)
		err = source_add(b, i);
	for (unsigned i = 0; !err && i < b->conf->source_count; i++) {
		struct import_result vendors = {0};

		if (is_tsv(&b->conf->sources[i]))
			err = import_source(b, i, true, &vendors);
		builder_count_refused(b->builder, i, vendors.skipped, vendors.off);
	}
	if (!err)
		err = vendors_of_plain(b);
	for (unsigned i = 0; !err && i < b->conf->source_count; i++) {
		struct import_result total = {0};
		int one = import_source(b, i, false, &total);

		if (!one)
			one = size_check(b, &b->conf->sources[i], &total);
		builder_count_refused(b->builder, i, total.skipped, total.off);
		b->result.duplicates[i] = total.duplicate;
		failed = one ? one : failed;
	}
	return err ? err : failed;
}

/* What was read must be what the digest was taken of. */
static int digest_check(const struct build *b)
{
	uint8_t again[DIGEST_LEN];
	int err = conf_sources_digest(b->conf, b->report, again);

	if (!err && memcmp(again, b->sources, DIGEST_LEN) != 0) {
		complain(b, REPORT_ERROR, NULL,
			"the list files changed while they were read; run the build again");
		err = ERR_AGAIN;
	}
	return err;
}

static int write_generation(const struct build *b, uint64_t now_ns, char *path)
{
	const char *directory = b->conf->lists_store, *problem = "";
	int err = generations_path(directory, now_ns, b->sources, path);

	if (!err)
		err = builder_write(b->builder, path, b->sources, now_ns, &problem);
	if (!err)
		err = generations_adopt(directory, path);
	if (err && problem[0])
		complain(b, REPORT_ERROR, NULL, "the lists cannot be compiled: %s", problem);
	else if (err)
		complain(b, REPORT_ERROR, NULL, "cannot write a generation into '%s': %s%s",
			directory, reason(err),
			err == ERR_IO && errno == EACCES
				? "; run this as root or as the user of celnikd"
				: "");
	return err;
}

/* The generation in force, if it can be read; sets unchanged when it is that of these sources. */
static void current_open(struct build *b)
{
	char path[GENERATIONS_PATH_MAX];
	struct store_info info;
	int err;

	if (generations_current(b->conf->lists_store, path) != 0)
		return;
	err = store_open(path, &b->current);
	if (err) {
		complain(b, REPORT_WARNING, NULL,
			"the generation in force, '%s', cannot be read: %s; a new one is built",
			path, reason(err));
		return;
	}
	store_info_read(b->current, &info);
	b->result.unchanged = !b->force && memcmp(info.sources, b->sources, DIGEST_LEN) == 0;
	if (b->result.unchanged)
		memcpy(b->result.path, path, sizeof(path));
}

static int guard_open(struct build *b)
{
	int err = guard_new(b->conf, &b->guard);

	if (err)
		complain(b, REPORT_ERROR, NULL,
			"cannot read the public suffix list: %s; install the package publicsuffix",
			reason(err));
	return err;
}

static int build_locked(struct build *b, uint64_t now_ns, struct lists_build_result *out)
{
	int err = conf_sources_digest(b->conf, b->report, b->sources);

	if (err)
		return err;
	current_open(b);
	if (!b->result.unchanged) {
		err = guard_open(b);
		if (!err)
			err = builder_new(&b->builder);
		if (!err)
			err = import_all(b);
		if (!err)
			err = digest_check(b);
		if (!err)
			err = write_generation(b, now_ns, b->result.path);
	}
	if (!err)
		*out = b->result;
	return err;
}

/* The directory itself is the lock; it is let go when *fd is closed. */
static int directory_lock(const struct build *b, int *fd)
{
	const char *directory = b->conf->lists_store;
	int lock = -1, err = file_make_directory(directory, 0755);

	if (!err) {
		lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = lock < 0 ? ERR_IO : 0;
	}
	if (!err && flock(lock, LOCK_EX | LOCK_NB) != 0)
		err = errno == EWOULDBLOCK ? ERR_AGAIN : ERR_IO;
	if (!err) {
		*fd = lock;
		return 0;
	}
	complain(b, REPORT_ERROR, NULL, "cannot use the directory '%s': %s", directory,
		err == ERR_AGAIN ? "another build runs there; wait for it" : reason(err));
	if (lock >= 0)
		close(lock);
	return err;
}

int lists_build(const struct conf *conf, bool force, uint64_t now_ns, struct report *r,
	struct lists_build_result *out)
{
	struct build b = {.conf = conf, .report = r, .force = force};
	int lock = -1, err = directory_lock(&b, &lock);

	if (err)
		return err;
	err = build_locked(&b, now_ns, out);
	builder_free(b.builder);
	guard_free(b.guard);
	store_close(b.current);
	close(lock);
	return err;
}
