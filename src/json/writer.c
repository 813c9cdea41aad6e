/* SPDX-License-Identifier: BSD-3-Clause */
#include "json/writer.h"

#include <string.h>

#include "base/utf8.h"

#define DEPTH_MAX 16
#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

void json_writer_resume(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out, .started = 1};
}

/* The short escapes of RFC 8259, section 7. */
static const char short_escapes[0x80] = {
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	['\f'] = 'f',
	['\r'] = 'r',
	['"'] = '"',
	['\\'] = '\\',
};

static void escape_write(struct buf *out, uint32_t character)
{
	if (character < 0x80 && short_escapes[character]) {
		buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)short_escapes[character]);
	} else {
		buf_printf(out, "\\u%04x", character);
	}
}

static bool is_plain(uint8_t octet)
{
	return octet >= ' ' && octet < 0x7f && octet != '"' && octet != '\\';
}

/* The same of eight at once: of those below 0x80 a subtraction sets the upper bit of the first that
 * is smaller. */
static bool are_plain(const uint8_t *octets)
{
	uint64_t word, wrong;

	memcpy(&word, octets, sizeof(word));
	wrong = word | (word - EACH(' ')) | ((word ^ EACH('"')) - EACH(1)) |
		((word ^ EACH('\\')) - EACH(1)) | ((word ^ EACH(0x7f)) - EACH(1));
	return (wrong & EACH(0x80)) == 0;
}

/* Whether all of it is ASCII that stands for itself, as most text is. */
static bool text_is_plain(struct span text)
{
	size_t at = 0;

	if (text.len < 8) {
		while (at < text.len && is_plain(text.data[at]))
			at++;
		return at == text.len;
	}
	for (; text.len - at > 8; at += 8)
		if (!are_plain(text.data + at))
			return false;
	/* The last eight, some of them again. */
	return are_plain(text.data + text.len - 8);
}

/* In quotes, with room for `more` octets behind, which are returned; NULL when it does not fit. */
static uint8_t *plain_write(struct buf *out, struct span text, size_t more)
{
	uint8_t *at = buf_extend(out, text.len + 2 + more);

	if (!at)
		return NULL;
	*at++ = '"';
	if (text.len > 0)
		memcpy(at, text.data, text.len);
	at[text.len] = '"';
	return at + text.len + 1;
}

/* What needs no escape is copied in runs. */
static void string_escape(struct buf *out, struct span text)
{
	size_t run = 0, at = 0;

	buf_put_u8(out, '"');
	while (at < text.len) {
		uint32_t character = 0;
		size_t n = utf8_decode(span_part(text, at, text.len), &character);
		bool special = character == '"' || character == '\\' || utf8_is_control(character);

		if (n > 0 && !special) {
			at += n;
			continue;
		}
		buf_put_span(out, span_part(text, run, at - run));
		if (n == 0)
			buf_put_text(out, "\xef\xbf\xbd");
		else
			escape_write(out, character);
		at += n > 0 ? n : 1;
		run = at;
	}
	buf_put_span(out, span_part(text, run, at - run));
	buf_put_u8(out, '"');
}

static void string_write(struct buf *out, struct span text)
{
	if (text_is_plain(text))
		(void)plain_write(out, text, 0);
	else
		string_escape(out, text);
}

static void key_write(struct buf *out, struct span key)
{
	uint8_t *behind;

	if (!text_is_plain(key)) {
		string_escape(out, key);
		buf_put_u8(out, ':');
	} else if ((behind = plain_write(out, key, 1))) {
		*behind = ':';
	}
}

/* The comma before a value, and its key. */
static void introduce(struct json_writer *w, const char *key)
{
	uint32_t bit = UINT32_C(1) << w->depth;

	if (w->started & bit)
		buf_put_u8(w->out, ',');
	w->started |= bit;
	if (key)
		key_write(w->out, span_text(key));
}

/* Too deep is treated like too long: nothing comes out, and the buf says so. */
static void begin(struct json_writer *w, const char *key, uint8_t bracket)
{
	if (w->depth >= DEPTH_MAX) {
		w->out->overflow = true;
		return;
	}
	introduce(w, key);
	buf_put_u8(w->out, bracket);
	w->depth++;
	w->started &= ~(UINT32_C(1) << w->depth);
}

static void end(struct json_writer *w, uint8_t bracket)
{
	if (w->depth > 0)
		w->depth--;
	buf_put_u8(w->out, bracket);
}

void json_begin_object(struct json_writer *w, const char *key)
{
	begin(w, key, '{');
}

void json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void json_begin_array(struct json_writer *w, const char *key)
{
	begin(w, key, '[');
}

void json_end_array(struct json_writer *w)
{
	end(w, ']');
}

void json_put_text(struct json_writer *w, const char *key, struct span value)
{
	introduce(w, key);
	string_write(w->out, value);
}

void json_put_string(struct json_writer *w, const char *key, const char *value)
{
	json_put_text(w, key, span_text(value));
}

void json_put_u64(struct json_writer *w, const char *key, uint64_t value)
{
	introduce(w, key);
	buf_put_decimal(w->out, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	introduce(w, key);
	buf_put_text(w->out, value ? "true" : "false");
}

void json_put_raw(struct json_writer *w, const char *key, struct span value)
{
	introduce(w, key);
	buf_put_span(w->out, value);
}
