/* SPDX-License-Identifier: BSD-3-Clause */

#include "line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define CONTEXT_MAX 200
#define MESSAGE_MAX 512

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span line_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

void lines_init(struct lines *l, struct span text, const char *comments)
{
	static const uint8_t mark[3] = {0xef, 0xbb, 0xbf};

	if (text.len >= sizeof(mark) && memcmp(text.data, mark, sizeof(mark)) == 0)
		text = span_part(text, sizeof(mark), text.len);
	*l = (struct lines){.rest = text, .comments = comments};
}

static struct span without_comment(struct span s, const char *comments)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] != '\0' && strchr(comments, s.data[i]) &&
			(i == 0 || is_blank(s.data[i - 1])))
			return span_part(s, 0, i);
	return s;
}

bool lines_next(struct lines *l, struct line *out)
{
	while (l->rest.len > 0) {
		const uint8_t *end = memchr(l->rest.data, '\n', l->rest.len);
		size_t len = end ? (size_t)(end - l->rest.data) : l->rest.len;
		struct span whole = span_part(l->rest, 0, len);

		l->rest = span_part(l->rest, end ? len + 1 : len, l->rest.len);
		l->number++;
		if (whole.len > 0 && whole.data[whole.len - 1] == '\r')
			whole.len--;
		out->whole = whole;
		out->number = l->number;
		out->text = line_trim(without_comment(whole, l->comments));
		if (out->text.len > 0)
			return true;
	}
	return false;
}

const char *line_problem(const struct line *line)
{
	if (line->whole.len > LINE_MAX_LEN)
		return "the line is longer than 8192 octets";
	for (size_t at = 0, len; at < line->text.len; at += len) {
		uint32_t character = 0;

		len = utf8_decode(span_part(line->text, at, line->text.len), &character);
		if (len == 0)
			return "the line is not UTF-8; save the file in UTF-8";
		if (utf8_is_control(character) && character != '\t')
			return "the line has control characters; write plain text";
	}
	return NULL;
}

/* In characters of UTF-8, from 1, which also stands for what is no part of the line. */
static uint32_t column_of(const struct line *line, struct span at)
{
	uintptr_t begin = (uintptr_t)line->whole.data, place = (uintptr_t)at.data;
	uint32_t column = 1;

	if (place < begin || place > begin + line->whole.len)
		return 1;
	for (const uint8_t *p = line->whole.data; p < at.data; p++)
		if ((*p & 0xc0) != 0x80)
			column++;
	return column;
}

void line_warn(const struct import_target *t, const struct line *line, struct span at,
	const char *format, ...)
{
	struct report_place place = {.file = t->path, .line = line->number};
	char message[MESSAGE_MAX];
	va_list arguments;

	if (!line_problem(line)) {
		place.column = at.data ? column_of(line, at) : 1;
		if (line->whole.len <= CONTEXT_MAX)
			place.context = line->whole;
	}
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	report_add(t->report, REPORT_WARNING, &place, "%s", message);
}
