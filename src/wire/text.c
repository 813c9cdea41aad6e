/* SPDX-License-Identifier: BSD-3-Clause */

#include "text.h"

#include <string.h>

static bool is_printable(uint8_t octet)
{
	return octet > ' ' && octet < 0x7f;
}

void text_put_bare(struct buf *out, uint8_t octet)
{
	if (!is_printable(octet)) {
		buf_printf(out, "\\%03u", octet);
		return;
	}
	if (strchr("\"\\;()", octet))
		buf_put_u8(out, '\\');
	buf_put_u8(out, octet);
}

void text_put_quoted(struct buf *out, struct span text)
{
	buf_put_u8(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		uint8_t octet = text.data[i];

		if (!is_printable(octet) && octet != ' ') {
			buf_printf(out, "\\%03u", octet);
			continue;
		}
		if (octet == '"' || octet == '\\')
			buf_put_u8(out, '\\');
		buf_put_u8(out, octet);
	}
	buf_put_u8(out, '"');
}

/*
 * Digits of `bits` bits each, most significant first; the last one is filled with zero bits.
 * Returns how many digits were written.
 */
static size_t put_digits(struct span data, unsigned bits, const char *digits, struct buf *out)
{
	unsigned held = 0;
	unsigned held_bits = 0;
	size_t count = 0;

	for (size_t i = 0; i < data.len; i++) {
		held = held << 8 | data.data[i];
		held_bits += 8;
		for (; held_bits >= bits; count++) {
			held_bits -= bits;
			buf_put_u8(out, (uint8_t)digits[held >> held_bits]);
			held &= (1u << held_bits) - 1;
		}
	}
	if (held_bits > 0) {
		buf_put_u8(out, (uint8_t)digits[held << (bits - held_bits)]);
		count++;
	}
	return count;
}

void text_put_hex(struct span data, struct buf *out)
{
	put_digits(data, 4, "0123456789abcdef", out);
}

/* The extended hex alphabet without padding, as NSEC3 has it (RFC 5155 3.3). */
void text_put_base32(struct span data, struct buf *out)
{
	put_digits(data, 5, "0123456789abcdefghijklmnopqrstuv", out);
}

void text_put_base64(struct span data, struct buf *out)
{
	size_t count = put_digits(
		data, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", out);

	for (; count % 4 != 0; count++)
		buf_put_u8(out, '=');
}
