/* SPDX-License-Identifier: BSD-3-Clause */

#include "page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/utf8.h"

static void put_character(const struct page *p, struct span character, uint32_t code)
{
	static const struct {
		uint32_t code;
		const char *text;
	} escapes[] = {
		{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (escapes[i].code == code) {
			fputs(escapes[i].text, p->out);
			return;
		}
	}
	fwrite(character.data, 1, character.len, p->out);
}

void page_text(const struct page *p, const char *text)
{
	struct span rest = span_text(text);

	while (rest.len > 0) {
		uint32_t code = 0;
		size_t len = utf8_decode(rest, &code);

		if (len == 0 || utf8_is_control(code)) {
			len = len ? len : 1;
			for (size_t i = 0; i < len; i++)
				fprintf(p->out, "\\%03u", rest.data[i]);
		} else {
			put_character(p, span_part(rest, 0, len), code);
		}
		rest = span_part(rest, len, rest.len);
	}
}

void page_put(const struct page *p, const char *markup, ...)
{
	va_list arguments;

	va_start(arguments, markup);
	for (const char *at = markup; *at; at++) {
		if (at[0] == '%' && at[1] == 's')
			page_text(p, va_arg(arguments, const char *));
		else if (at[0] == '%' && at[1] == 'd')
			fprintf(p->out, "%d", va_arg(arguments, int));
		else
			putc(*at, p->out);
		at += at[0] == '%' && (at[1] == 's' || at[1] == 'd');
	}
	va_end(arguments);
}

const char *page_number(const struct page *p, int64_t value, char out[PAGE_NUMBER_MAX])
{
	const char *between = p->language == LANGUAGE_CS ? "\u00a0" : ",";
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)llabs(value));
	struct buf text;

	buf_init_fixed(&text, out, PAGE_NUMBER_MAX - 1);
	buf_put_text(&text, value < 0 ? "\u2212" : "");
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_put_text(&text, between);
		buf_put_u8(&text, (uint8_t)digits[i]);
	}
	out[text.len] = '\0';
	return out;
}

const char *page_time(int64_t at_ms, char out[PAGE_NUMBER_MAX])
{
	time_t seconds = at_ms / 1000;
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(out, PAGE_NUMBER_MAX, "%Y-%m-%d %H:%M", &tm);
	return out;
}

const char *page_phrase(const struct page *p, enum phrase which)
{
	return phrase(p->language, which);
}

const char *page_weekday(const struct page *p, unsigned weekday)
{
	static const char *const names[LANGUAGES][7] = {
		[LANGUAGE_EN] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		[LANGUAGE_CS] = {"ne", "po", "út", "st", "čt", "pá", "so"},
	};

	return names[p->language][weekday % 7];
}

void page_cell(const struct page *p, enum figure_kind kind, const char *text)
{
	char word[PAGE_NUMBER_MAX];

	switch (kind) {
	case FIGURE_NUMBER:
		page_text(p, page_number(p, strtoll(text, NULL, 10), word));
		break;
	case FIGURE_TIME:
		page_text(p, page_time(strtoll(text, NULL, 10), word));
		break;
	case FIGURE_PHRASE:
		page_text(p, page_phrase(p, phrase_find(text, strlen(text))));
		break;
	case FIGURE_CLIENT:
		if (text[0] == '#')
			page_put(p, "%s ", page_phrase(p, PHRASE_DEVICE_NUMBER));
		page_text(p, text[0] == '#' ? text + 1 : text);
		break;
	case FIGURE_DIGEST:
		snprintf(word, sizeof(word), "%.12s", text);
		page_text(p, word);
		break;
	case FIGURE_TEXT:
	case FIGURE_DAY:
		page_text(p, text);
		break;
	}
}
