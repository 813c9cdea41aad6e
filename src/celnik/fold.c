/* SPDX-License-Identifier: BSD-3-Clause */

#include "fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define KEY_MAX 4096

struct waiting {
	uint64_t key; /* 0: folds with nothing */
	char *line;
	size_t len;
	struct log_repeats repeats;
};

struct fold {
	struct log_view *view;
	bool enabled;
	struct hash_key hash;
	struct waiting waiting[FOLD_MAX]; /* a ring */
	size_t first, count;
};

struct fold *fold_new(struct log_view *view, bool enabled)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (!f || hash_key_draw(&f->hash) != 0) {
		free(f);
		return NULL;
	}
	f->view = view;
	f->enabled = enabled;
	return f;
}

void fold_free(struct fold *f)
{
	for (size_t i = 0; f && i < f->count; i++)
		free(f->waiting[(f->first + i) % FOLD_MAX].line);
	free(f);
}

/* Who asked what, and how it was blocked; 0 when it was not. */
static uint64_t key_of(const struct fold *f, const struct entry *entry)
{
	static const char *const keys[] = {"client.ip", "client.name", "celnik.group",
		"dns.question.name", "dns.question.type", "event.action", "celnik.would_action",
		"rule.name"};
	const char *action = entry_text(entry, "event.action", "");
	const char *would = entry_text(entry, "celnik.would_action", "allow");
	uint8_t storage[KEY_MAX];
	struct buf key;

	if (!json_get(entry->root, "dns.question.name") ||
		(strcmp(action, "allow") == 0 && strcmp(would, "allow") == 0))
		return 0;
	buf_init_fixed(&key, storage, sizeof(storage));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = entry_text(entry, keys[i], "");

		buf_put(&key, text, strlen(text) + 1);
	}
	return key.overflow ? 0 : hash_keyed(&f->hash, key.data, key.len);
}

static int show_first(struct fold *f)
{
	struct waiting *w = &f->waiting[f->first];
	struct entry entry;
	int err = entry_parse(span_of(w->line, w->len), &entry);

	if (!err) {
		err = log_show(f->view, &entry, &w->repeats);
		entry_release(&entry);
	}
	free(w->line);
	f->first = (f->first + 1) % FOLD_MAX;
	f->count--;
	return err;
}

int fold_flush(struct fold *f)
{
	int err = 0;

	while (!err && f->count > 0)
		err = show_first(f);
	return err;
}

static void add_repeat(struct log_repeats *r, const char *at)
{
	r->count++;
	if (strcmp(at, r->first) < 0)
		snprintf(r->first, sizeof(r->first), "%s", at);
	if (strcmp(at, r->last) > 0)
		snprintf(r->last, sizeof(r->last), "%s", at);
}

static int push(struct fold *f, uint64_t key, const struct entry *entry)
{
	const char *at = entry_text(entry, "@timestamp", "");
	struct waiting *w;
	int err = f->count == FOLD_MAX ? show_first(f) : 0;

	if (err)
		return err;
	w = &f->waiting[(f->first + f->count) % FOLD_MAX];
	*w = (struct waiting){
		.key = key, .line = malloc(entry->line.len + 1), .len = entry->line.len};
	if (!w->line)
		return ERR_MEMORY;
	memcpy(w->line, entry->line.data, w->len);
	w->repeats.count = 1;
	snprintf(w->repeats.first, sizeof(w->repeats.first), "%s", at);
	snprintf(w->repeats.last, sizeof(w->repeats.last), "%s", at);
	f->count++;
	return 0;
}

int fold_add(struct fold *f, const struct entry *entry)
{
	uint64_t key = f->enabled ? key_of(f, entry) : 0;

	if (!f->enabled)
		return log_show(f->view, entry, NULL);
	for (size_t i = 0; key && i < f->count; i++) {
		struct waiting *w = &f->waiting[(f->first + i) % FOLD_MAX];

		if (w->key == key) {
			add_repeat(&w->repeats, entry_text(entry, "@timestamp", ""));
			return 0;
		}
	}
	return push(f, key, entry);
}
