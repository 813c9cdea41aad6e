/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/utf8.h"

/* By the number of octets: what the first octet looks like, and the smallest character that needs
 * so many. */
static const struct {
	uint8_t mask, lead;
	uint32_t least;
} forms[] = {
	{0x80, 0x00, 0},
	{0xe0, 0xc0, 0x80},
	{0xf0, 0xe0, 0x800},
	{0xf8, 0xf0, 0x10000},
};

static const struct {
	uint32_t first, last;
} controls[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

size_t utf8_decode(struct span s, uint32_t *out)
{
	uint32_t character;
	size_t form = 0;

	if (s.len == 0)
		return 0;
	while (form < COUNT(forms) && (s.data[0] & forms[form].mask) != forms[form].lead)
		form++;
	if (form == COUNT(forms) || form >= s.len)
		return 0;
	character = s.data[0] & (uint8_t)~forms[form].mask;
	for (size_t i = 1; i <= form; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (s.data[i] & 0x3f);
	}
	if (character < forms[form].least || character > 0x10ffff ||
		(character >= 0xd800 && character <= 0xdfff))
		return 0;
	*out = character;
	return form + 1;
}

size_t utf8_check(struct span s)
{
	uint32_t character;
	size_t at = 0, n;

	while ((n = utf8_decode(span_part(s, at, s.len), &character)) > 0)
		at += n;
	return at;
}

size_t utf8_count(struct span s)
{
	uint32_t character;
	size_t count = 0;

	for (size_t at = 0, n; at<s.len; at += n> 0 ? n : 1, count++)
		n = utf8_decode(span_part(s, at, s.len), &character);
	return count;
}

bool utf8_is_control(uint32_t character)
{
	for (size_t i = 0; i < COUNT(controls); i++)
		if (character >= controls[i].first && character <= controls[i].last)
			return true;
	return false;
}

void utf8_put_visible(struct buf *b, struct span s)
{
	uint32_t character;

	for (size_t at = 0, n; at<s.len; at += n> 0 ? n : 1) {
		n = utf8_decode(span_part(s, at, s.len), &character);
		if (n == 0 || (utf8_is_control(character) && character != '\t'))
			buf_put_u8(b, '?');
		else
			buf_put(b, s.data + at, n);
	}
}
