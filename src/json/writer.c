/* SPDX-License-Identifier: BSD-3-Clause */
#include "json/writer.h"

#include "base/utf8.h"

#define DEPTH_MAX 16

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
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

/* What needs no escape is copied in runs: most text is one run. */
static void string_write(struct buf *out, struct span text)
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

/* The comma before a value, and its key. */
static void introduce(struct json_writer *w, const char *key)
{
	uint32_t bit = UINT32_C(1) << w->depth;

	if (w->started & bit)
		buf_put_u8(w->out, ',');
	w->started |= bit;
	if (key) {
		string_write(w->out, span_text(key));
		buf_put_u8(w->out, ':');
	}
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
	buf_printf(w->out, "%llu", (unsigned long long)value);
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
