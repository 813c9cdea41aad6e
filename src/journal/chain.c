/* SPDX-License-Identifier: BSD-3-Clause */

#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "json/reader.h"
#include "json/writer.h"

void chain_init(struct chain *c, const char *directory)
{
	*c = (struct chain){.directory = directory, .fd = -1};
}

static void leave(struct chain *c)
{
	int saved = errno;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	errno = saved;
}

void chain_release(struct chain *c)
{
	leave(c);
}

static int hash_line(struct span line, char out[DIGEST_TEXT_MAX])
{
	uint8_t digest[DIGEST_LEN];
	int err = digest_of(line, digest);

	if (!err)
		digest_format(digest, out);
	return err;
}

/* Deletes what a link says is gone: of a sealed segment the plain file, if the other is there. */
static void finish(const struct chain *c, const struct json_value *link)
{
	bool is_sealed = strcmp(json_get_string(link, "kind", ""), "sealed") == 0;
	const char *name = json_get_string(link, "segment", "");
	struct segment s = {.is_packed = true};
	char file[SEGMENT_FILE_MAX];
	int directory;

	if (!*name || strchr(name, '/') || strlen(name) >= SEGMENT_NAME_MAX)
		return;
	memcpy(s.name, name, strlen(name) + 1);
	directory = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return;
	segment_file(&s, file);
	if (!is_sealed || faccessat(directory, file, F_OK, 0) == 0)
		(void)!unlinkat(directory, name, 0);
	if (!is_sealed)
		(void)!unlinkat(directory, file, 0);
	close(directory);
}

/* What is known of the chain from its last whole line. */
static int take_last(struct chain *c, struct span line)
{
	struct json_document *document = NULL;
	int err = hash_line(line, c->head);

	if (err)
		return err;
	err = json_parse(line, &document);
	if (err == ERR_MEMORY)
		return err;
	/* Whatever else stands there is for verify to name; the chain goes on behind it. */
	c->links = err ? 0 : json_get_u64(json_root(document), "link", 0);
	if (!err)
		finish(c, json_root(document));
	json_document_free(document);
	return 0;
}

/* Looks at the end of the file: a torn last line is of a link that was never told of. */
static int read_end(struct chain *c, uint64_t size)
{
	size_t len = size < 2 * CHAIN_LINK_MAX ? (size_t)size : 2 * CHAIN_LINK_MAX;
	char *text = malloc(len + 1), *end, *begin;
	int err = ERR_IO;

	if (!text)
		return ERR_MEMORY;
	if (pread(c->fd, text, len, (off_t)(size - len)) != (ssize_t)len)
		goto out;
	end = memrchr(text, '\n', len);
	c->size = end ? size - len + (uint64_t)(end + 1 - text) : size - len;
	if (c->size < size && ftruncate(c->fd, (off_t)c->size) != 0)
		goto out;
	err = 0;
	if (!end)
		goto out;
	begin = end > text ? memrchr(text, '\n', (size_t)(end - text)) : NULL;
	begin = begin ? begin + 1 : text;
	err = take_last(c, span_of(begin, (size_t)(end + 1 - begin)));
out:
	free(text);
	return err;
}

static int open_chain(struct chain *c)
{
	char path[PATH_MAX];
	struct stat st;
	int err = ERR_IO;

	if (snprintf(path, sizeof(path), "%s/" CHAIN_FILE, c->directory) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	c->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (c->fd < 0)
		return ERR_IO;
	c->size = c->links = 0;
	snprintf(c->head, sizeof(c->head), "%s", CHAIN_ORIGIN);
	if (flock(c->fd, LOCK_EX | LOCK_NB) == 0 && fstat(c->fd, &st) == 0)
		err = st.st_size > 0 ? read_end(c, (uint64_t)st.st_size) : 0;
	if (err)
		leave(c);
	return err;
}

/* Deleted under us, or moved away with its directory. */
static bool is_gone(const struct chain *c)
{
	struct stat ours, there;
	char path[PATH_MAX];

	if (fstat(c->fd, &ours) != 0 ||
		snprintf(path, sizeof(path), "%s/" CHAIN_FILE, c->directory) >= (int)sizeof(path) ||
		lstat(path, &there) != 0)
		return true;
	return ours.st_dev != there.st_dev || ours.st_ino != there.st_ino;
}

int chain_ready(struct chain *c)
{
	if (c->fd >= 0 && is_gone(c))
		leave(c);
	return c->fd >= 0 ? 0 : open_chain(c);
}

static int append(struct chain *c, struct span line)
{
	char head[DIGEST_TEXT_MAX];
	int err = hash_line(line, head);

	if (!err)
		err = file_write_all(c->fd, line);
	if (!err && fdatasync(c->fd) != 0)
		err = ERR_IO;
	if (err) {
		int saved = errno;

		/* What cannot be taken back is found when it is opened anew. */
		if (ftruncate(c->fd, (off_t)c->size) != 0)
			leave(c);
		errno = saved;
		return err;
	}
	c->size += line.len;
	c->links++;
	memcpy(c->head, head, sizeof(head));
	return 0;
}

/* What all links have. */
static void begin_link(const struct chain *c, struct json_writer *w, const char *kind,
	const char *stream, const char *segment)
{
	char time[CLOCK_TEXT_MAX];

	json_begin_object(w, NULL);
	json_put_u64(w, "format", CHAIN_FORMAT);
	json_put_u64(w, "link", c->links + 1);
	json_put_string(w, "time", clock_format(clock_real_ns(), time));
	json_put_string(w, "kind", kind);
	json_put_string(w, "stream", stream);
	json_put_string(w, "segment", segment);
}

static int end_link(struct chain *c, struct json_writer *w, struct buf *out)
{
	int err;

	json_put_string(w, "previous", c->head);
	json_end_object(w);
	buf_put_u8(out, '\n');
	err = out->overflow ? ERR_LIMIT : append(c, buf_span(out));
	buf_release(out);
	return err;
}

static void put_digests(struct json_writer *w, const char *key, const struct summary_digests *d)
{
	json_begin_array(w, key);
	for (unsigned i = 0; i < d->count; i++)
		json_put_string(w, NULL, d->text[i]);
	json_end_array(w);
}

int chain_add_sealed(struct chain *c, const char *stream, const char *segment,
	const struct summary *s, uint64_t torn)
{
	struct json_writer w;
	struct buf out;
	int err = chain_ready(c);

	if (err)
		return err;
	buf_init_heap(&out, CHAIN_LINK_MAX);
	json_writer_init(&w, &out);
	begin_link(c, &w, "sealed", stream, segment);
	json_put_u64(&w, "records", s->records);
	json_put_u64(&w, "losses", s->losses);
	json_put_string(&w, "first", s->first);
	json_put_string(&w, "last", s->last);
	json_put_u64(&w, "size", s->size);
	json_put_u64(&w, "torn", torn);
	put_digests(&w, "config", &s->configs);
	put_digests(&w, "lists", &s->lists);
	json_put_string(&w, "sha256", s->digest);
	return end_link(c, &w, &out);
}

int chain_add_removed(struct chain *c, const char *stream, const char *segment, const char *reason)
{
	struct json_writer w;
	struct buf out;
	int err = chain_ready(c);

	if (err)
		return err;
	buf_init_heap(&out, CHAIN_LINK_MAX);
	json_writer_init(&w, &out);
	begin_link(c, &w, "removed", stream, segment);
	json_put_string(&w, "reason", reason);
	return end_link(c, &w, &out);
}
