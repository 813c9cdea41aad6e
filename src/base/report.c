/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define LEVELS 2
#define TEXT_MAX 512 /* of one sentence */
#define CONTEXT_MAX 512 /* of a line that is shown */
#define MESSAGE_MAX (16 * 1024) /* one message printed: path, sentence, line, caret */
#define REST_MAX 96 /* how many were not kept */

static const char *const level_words[LEVELS] = {
	[REPORT_ERROR] = "error",
	[REPORT_WARNING] = "warning",
};

struct file {
	struct file *next;
	size_t index; /* in the order of first appearance */
	char name[];
};

struct message {
	enum report_level level;
	const struct file *file;
	uint32_t line, column;
	struct span context; /* in storage */
	struct span text;
	uint8_t storage[];
};

struct report {
	size_t max; /* of each level */
	size_t count[LEVELS]; /* all */
	size_t kept[LEVELS];
	struct message **messages; /* in the order of printing */
	size_t capacity;
	struct file *files;
};

struct report *report_new(size_t max)
{
	struct report *r = calloc(1, sizeof(*r));

	if (r)
		r->max = max;
	return r;
}

static size_t kept_all(const struct report *r)
{
	return r->kept[REPORT_ERROR] + r->kept[REPORT_WARNING];
}

void report_free(struct report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < kept_all(r); i++)
		free(r->messages[i]);
	free(r->messages);
	while (r->files) {
		struct file *f = r->files;

		r->files = f->next;
		free(f);
	}
	free(r);
}

/* No file is a file with an empty name. NULL when memory is exhausted. */
static const struct file *file_of(struct report *r, const char *name)
{
	size_t len = name ? strlen(name) : 0;
	struct file *f;

	for (f = r->files; f; f = f->next)
		if (strcmp(f->name, name ? name : "") == 0)
			return f;
	f = calloc(1, sizeof(*f) + len + 1);
	if (!f)
		return NULL;
	if (len > 0)
		memcpy(f->name, name, len);
	f->index = r->files ? r->files->index + 1 : 0;
	f->next = r->files;
	r->files = f;
	return f;
}

static struct message *message_new(
	const struct report_place *place, const struct file *file, struct span text)
{
	struct span context = span_part(place->context, 0, CONTEXT_MAX);
	struct message *m = calloc(1, sizeof(*m) + text.len + context.len);

	if (!m)
		return NULL;
	*m = (struct message){.file = file, .line = place->line, .column = place->column};
	memcpy(m->storage, text.data, text.len);
	m->text = span_of(m->storage, text.len);
	if (context.len > 0)
		memcpy(m->storage + text.len, context.data, context.len);
	m->context = span_of(m->storage + text.len, context.len);
	return m;
}

static bool room_for_one(struct report *r)
{
	size_t capacity = r->capacity > 0 ? r->capacity * 2 : 16;
	struct message **messages;

	if (kept_all(r) < r->capacity)
		return true;
	messages = reallocarray(r->messages, capacity, sizeof(*messages));
	if (!messages)
		return false;
	r->messages = messages;
	r->capacity = capacity;
	return true;
}

static bool stands_before(const struct message *a, const struct message *b)
{
	if (a->file != b->file)
		return a->file->index < b->file->index;
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* From the end, where a reader that goes through a file once adds. */
static void insert(struct report *r, struct message *m)
{
	size_t at = kept_all(r);

	for (; at > 0 && stands_before(m, r->messages[at - 1]); at--)
		r->messages[at] = r->messages[at - 1];
	r->messages[at] = m;
	r->kept[m->level]++;
}

void report_add(struct report *r, enum report_level level, const struct report_place *place,
	const char *format, ...)
{
	static const struct report_place nowhere;
	const struct report_place *where = place ? place : &nowhere;
	const struct file *file;
	struct message *m;
	char text[TEXT_MAX];
	va_list args;

	r->count[level]++;
	if (r->kept[level] >= r->max || !room_for_one(r))
		return;
	file = file_of(r, where->file);
	if (!file)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	m = message_new(where, file, span_text(text));
	if (!m)
		return;
	m->level = level;
	insert(r, m);
}

size_t report_count(const struct report *r, enum report_level level)
{
	return r->count[level];
}

/* One column for each character before the caret, a tab for a tab, so that it stands below what it
 * means whatever the width of a tab. */
static void caret_write(struct buf *out, struct span context, uint32_t column)
{
	uint32_t character;
	size_t at = 0, n;

	for (uint32_t i = 1; i<column; i++, at += n> 0 ? n : 1) {
		n = utf8_decode(span_part(context, at, context.len), &character);
		buf_put_u8(out, n == 1 && character == '\t' ? '\t' : ' ');
	}
	buf_put_text(out, "^\n");
}

static void message_write(struct buf *out, const struct message *m)
{
	if (m->file->name[0]) {
		utf8_put_visible(out, span_text(m->file->name));
		buf_put_text(out, ":");
		if (m->line > 0)
			buf_printf(out, "%u:", m->line);
		if (m->line > 0 && m->column > 0)
			buf_printf(out, "%u:", m->column);
		buf_put_text(out, " ");
	}
	buf_printf(out, "%s: ", level_words[m->level]);
	utf8_put_visible(out, m->text);
	buf_put_text(out, "\n");
	if (m->context.len == 0)
		return;
	utf8_put_visible(out, m->context);
	buf_put_text(out, "\n");
	/* The place may be just behind the line (what is missing there), or in a part of it that
	 * was too long to be kept. */
	if (m->column > 0 && m->column <= utf8_count(m->context) + 1)
		caret_write(out, m->context, m->column);
}

static void rest_write(struct buf *out, const struct report *r, const size_t shown[LEVELS])
{
	const char *separator = "and ";

	for (size_t level = 0; level < LEVELS; level++) {
		size_t rest = r->count[level] - shown[level];

		if (rest == 0)
			continue;
		buf_printf(out, "%s%zu more %s%s", separator, rest, level_words[level],
			rest > 1 ? "s" : "");
		separator = ", ";
	}
	if (separator[0] == ',')
		buf_put_text(out, "\n");
}

void report_print(const struct report *r, FILE *out)
{
	struct buf b;

	buf_init_heap(&b, MESSAGE_MAX);
	for (size_t i = 0; i < kept_all(r); i++) {
		buf_clear(&b);
		message_write(&b, r->messages[i]);
		fputs(buf_text(&b), out);
	}
	buf_clear(&b);
	rest_write(&b, r, r->kept);
	fputs(buf_text(&b), out);
	buf_release(&b);
}

char *report_text(const struct report *r, size_t max)
{
	size_t shown[LEVELS] = {0};
	struct buf all, one;
	char *text = NULL;

	buf_init_heap(&all, max);
	buf_init_heap(&one, MESSAGE_MAX);
	for (size_t i = 0; i < kept_all(r); i++) {
		buf_clear(&one);
		message_write(&one, r->messages[i]);
		if (one.len > max - all.len || max - all.len - one.len < REST_MAX)
			break;
		buf_put_span(&all, buf_span(&one));
		shown[r->messages[i]->level]++;
	}
	rest_write(&all, r, shown);
	text = strdup(buf_text(&all));
	buf_release(&one);
	buf_release(&all);
	return text;
}
