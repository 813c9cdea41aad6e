/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/suspender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "conf/value.h"
#include "json/reader.h"
#include "json/writer.h"

#define FILE_NAME "/suspensions.json"
#define FILE_MAX ((size_t)256 << 10)
#define FORMAT 1

static int put_all(const struct suspensions *all, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	json_put_u64(&w, "format", FORMAT);
	json_begin_array(&w, "suspensions");
	for (unsigned i = 0; i < all->count; i++) {
		const struct suspension *s = &all->items[i];

		json_begin_object(&w, NULL);
		json_put_string(&w, "group", s->group);
		json_put_string(&w, "who", s->who);
		json_put_string(&w, "reason", s->reason);
		json_put_u64(&w, "since_ns", s->since_ns);
		json_put_u64(&w, "until_ns", s->until_ns);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_end_object(&w);
	buf_put_u8(out, '\n');
	return out->overflow ? ERR_MEMORY : 0;
}

static int keep(struct suspender *s, const struct suspensions *all)
{
	struct buf text;
	int err;

	buf_init_heap(&text, FILE_MAX);
	err = put_all(all, &text);
	if (!err)
		err = file_replace(s->path, buf_span(&text), 0600);
	buf_release(&text);
	if (!err)
		s->problem[0] = '\0';
	return err;
}

static bool take_text(const struct json_value *v, const char *key, char *out, size_t size)
{
	const char *text = json_get_string(v, key, "");

	return *text && (size_t)snprintf(out, size, "%s", text) < size;
}

static bool take(const struct json_value *v, struct suspensions *all)
{
	struct suspension *s = &all->items[all->count];

	s->since_ns = json_get_u64(v, "since_ns", 0);
	s->until_ns = json_get_u64(v, "until_ns", 0);
	if (!take_text(v, "group", s->group, sizeof(s->group)) ||
		!take_text(v, "who", s->who, sizeof(s->who)) ||
		!take_text(v, "reason", s->reason, sizeof(s->reason)) ||
		s->since_ns >= s->until_ns ||
		s->until_ns - s->since_ns > SUSPENSION_MAX_S * NS_PER_S ||
		suspensions_find(all, s->group))
		return false;
	all->count++;
	return true;
}

/* All or nothing: half of a file is no word of anybody. */
static int parse(struct span text, struct suspensions *out)
{
	struct json_document *document = NULL;
	const struct json_value *items;
	struct suspensions all = {.count = 0};
	int err = json_parse(text, &document);

	if (err)
		return err;
	items = json_get(json_root(document), "suspensions");
	if (json_get_u64(json_root(document), "format", 0) != FORMAT || !items ||
		json_count(items) > CONF_GROUPS_MAX)
		err = ERR_FORMAT;
	for (size_t i = 0; !err && i < json_count(items); i++)
		if (!take(json_at(items, i), &all))
			err = ERR_FORMAT;
	if (!err)
		*out = all;
	json_document_free(document);
	return err;
}

/* No later than its length from now on, whatever became of the real clock. */
static uint64_t end_of(const struct suspension *s, struct suspender_now now)
{
	uint64_t length = s->until_ns - s->since_ns;
	uint64_t left = s->until_ns > now.real_ns ? s->until_ns - now.real_ns : 0;

	return now.monotonic_ns + (left < length ? left : length);
}

int suspender_open(struct suspender *s, const char *directory, struct suspender_now now)
{
	size_t size = strlen(directory) + sizeof(FILE_NAME), len;
	char *text = NULL;
	int err;

	*s = (struct suspender){.path = malloc(size)};
	if (!s->path)
		return ERR_MEMORY;
	snprintf(s->path, size, "%s" FILE_NAME, directory);
	err = file_read(s->path, FILE_MAX, &text, &len);
	if (err == ERR_IO && errno == ENOENT)
		return 0;
	if (err == ERR_IO)
		snprintf(s->problem, sizeof(s->problem), "'%s': %s", s->path, strerror(errno));
	if (!err)
		err = parse(span_of(text, len), &s->all);
	if (err && err != ERR_IO)
		snprintf(s->problem, sizeof(s->problem), "'%s': %s", s->path, err_text(err));
	for (unsigned i = 0; i < s->all.count; i++)
		s->ends_ns[i] = end_of(&s->all.items[i], now);
	free(text);
	return 0;
}

void suspender_release(struct suspender *s)
{
	free(s->path);
	*s = (struct suspender){0};
}

int suspender_begin(struct suspender *s, const struct suspension *new, struct suspender_now now)
{
	const struct suspension *old = suspensions_find(&s->all, new->group);
	unsigned at = old ? (unsigned)(old - s->all.items) : s->all.count;
	struct suspensions next = s->all;
	int err;

	if (at == CONF_GROUPS_MAX)
		return ERR_LIMIT;
	next.items[at] = *new;
	next.count += !old;
	err = keep(s, &next);
	if (err)
		return err;
	s->all = next;
	s->ends_ns[at] = end_of(new, now);
	return 0;
}

int suspender_end(struct suspender *s, unsigned index, struct suspension *out)
{
	struct suspension *at = &s->all.items[index];
	unsigned behind = --s->all.count - index;

	*out = *at;
	memmove(at, at + 1, behind * sizeof(*at));
	memmove(&s->ends_ns[index], &s->ends_ns[index + 1], behind * sizeof(s->ends_ns[0]));
	return keep(s, &s->all);
}

static bool has_group(const struct conf *conf, const char *name)
{
	for (unsigned i = 0; i < conf->group_count; i++)
		if (strcmp(conf->groups[i].name, name) == 0)
			return true;
	return false;
}

/* A step of NTP is no clock that was set back. */
static bool is_over(const struct suspension *s, uint64_t ends_ns, struct suspender_now now)
{
	return s->until_ns <= now.real_ns || ends_ns <= now.monotonic_ns ||
	       s->since_ns > now.real_ns + CLOCK_JUMP_NS;
}

unsigned suspender_over(
	const struct suspender *s, const struct conf *conf, struct suspender_now now)
{
	unsigned i = 0;

	while (i < s->all.count && !is_over(&s->all.items[i], s->ends_ns[i], now) &&
		has_group(conf, s->all.items[i].group))
		i++;
	return i;
}
