/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define MESSAGE_MAX 1024
#define EXCERPT_OCTETS 60

int conf_text_init(struct conf_text *t, const char *path, struct span text, struct arena *arena)
{
	uint32_t count = 1, at = 1;
	uint32_t *starts;

	if (text.len > CONF_FILE_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	starts = arena_alloc_array(arena, count, sizeof(*starts));
	if (!starts)
		return ERR_MEMORY;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\n')
			starts[at++] = (uint32_t)i + 1;
	*t = (struct conf_text){path, text, starts, count};
	return 0;
}

struct span conf_text_line(const struct conf_text *t, uint32_t line)
{
	size_t start, end;

	if (line == 0 || line > t->line_count)
		return (struct span){0};
	start = t->starts[line - 1];
	end = line < t->line_count ? t->starts[line] - 1 : t->text.len;
	if (end > start && t->text.data[end - 1] == '\r')
		end--;
	return span_part(t->text, start, end - start);
}

void conf_text_report(const struct conf_text *t, struct report *r, enum report_level level,
	uint32_t line, uint32_t column, const char *format, ...)
{
	struct report_place place = {
		.file = t->path,
		.line = line,
		.column = column,
		.context = conf_text_line(t, line),
	};
	char message[MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	report_add(r, level, &place, "%s", message);
}

static const char *offence(struct span rest, size_t step)
{
	const uint8_t *s = rest.data;

	if (step == 0)
		return "not valid UTF-8; save the file as UTF-8";
	if (s[0] == 0)
		return "a NUL octet; this is no text file";
	if (s[0] == '\r')
		return rest.len > 1 && s[1] == '\n'
			       ? NULL
			       : "a carriage return without a line feed; use ordinary line ends";
	if ((s[0] < 0x20 && s[0] != '\t' && s[0] != '\n') || s[0] == 0x7f)
		return "a control character; remove it";
	return NULL;
}

int conf_text_check(const struct conf_text *t, struct report *r)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
	uint32_t line = 1, column = 1, character;
	size_t step;

	if (t->text.len >= sizeof(mark) && memcmp(t->text.data, mark, sizeof(mark)) == 0) {
		conf_text_report(t, r, REPORT_ERROR, 1, 0,
			"begins with a byte order mark; save the file as UTF-8 without one");
		return ERR_FORMAT;
	}
	for (size_t i = 0; i < t->text.len; i += step) {
		struct span rest = span_part(t->text, i, t->text.len - i);
		const char *what;

		step = utf8_decode(rest, &character);
		what = offence(rest, step);
		if (what) {
			conf_text_report(t, r, REPORT_ERROR, line, column, "%s", what);
			return ERR_FORMAT;
		}
		column = rest.data[0] == '\n' ? 1 : column + 1;
		line += rest.data[0] == '\n';
	}
	return 0;
}

const char *conf_excerpt(const char *value, char out[CONF_EXCERPT_MAX])
{
	struct span text = span_text(value);
	uint32_t character;
	size_t len = 0;

	while (len < text.len) {
		size_t step = utf8_decode(span_part(text, len, text.len - len), &character);

		step = step ? step : 1;
		if (len + step > EXCERPT_OCTETS)
			break;
		len += step;
	}
	snprintf(out, CONF_EXCERPT_MAX, "%.*s%s", (int)len, value, len < text.len ? "..." : "");
	return out;
}
