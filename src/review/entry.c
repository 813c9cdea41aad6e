/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int entry_parse(struct span line, struct entry *out)
{
	struct json_document *document = NULL;
	int err = json_parse(line, &document);

	if (err)
		return err;
	*out = (struct entry){line, document, json_root(document)};
	return 0;
}

void entry_release(struct entry *r)
{
	json_document_free(r->document);
	*r = (struct entry){0};
}

const char *entry_text(const struct entry *r, const char *key, const char *otherwise)
{
	return json_get_string(r->root, key, otherwise);
}

static void add_time(struct entry_values *out, const char *timestamp, bool with_hour)
{
	struct tm tm = {0};
	time_t s;

	if (!timestamp || !strptime(timestamp, "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	s = timegm(&tm);
	if (!localtime_r(&s, &tm))
		return;
	if (with_hour)
		strftime(out->storage[0], sizeof(out->storage[0]), "%Y-%m-%d %H:00", &tm);
	else
		strftime(out->storage[0], sizeof(out->storage[0]), "%Y-%m-%d", &tm);
	out->texts[0] = out->storage[0];
	out->count = 1;
}

/* An empty text and AS 0 mean that there is none. */
static void add(struct entry_values *out, const struct field *f, const struct json_value *v)
{
	const char *text = json_text(v, NULL);
	unsigned at = out->count++;

	if (f->kind == FIELD_NUMBER && !text && json_u64(v, 0) > 0) {
		snprintf(out->storage[at], sizeof(out->storage[at]), "%llu",
			(unsigned long long)json_u64(v, 0));
		text = out->storage[at];
	}
	out->texts[at] = text && *text ? text : NULL;
}

static void add_key(
	const struct entry *r, const struct field *f, const char *key, struct entry_values *out)
{
	const struct json_value *value = json_get(r->root, key);
	const struct json_value *all = json_get(r->root, "celnik.match.fact");
	size_t count = json_count(value);

	if (value && count > 0) {
		for (size_t i = 0; i < count && out->count < ENTRY_VALUES_MAX; i++) {
			add(out, f, json_at(value, i));
			if (f->fact && strcmp(json_text(json_at(all, i), ""), f->fact) != 0)
				out->texts[out->count - 1] = NULL;
		}
	} else if (value) {
		add(out, f, value);
	}
}

void entry_values(const struct entry *r, const struct field *f, struct entry_values *out)
{
	out->count = 0;
	if (f->kind == FIELD_HOUR || f->kind == FIELD_DAY)
		add_time(out, entry_text(r, f->key, NULL), f->kind == FIELD_HOUR);
	else
		add_key(r, f, f->key, out);
	if (f->other_key)
		add_key(r, f, f->other_key, out);
}
