/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN ((size_t)256)

void buf_init_fixed(struct buf *b, void *storage, size_t size)
{
	*b = (struct buf){.data = storage, .capacity = size, .max = size};
}

void buf_init_heap(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max, .heap = true};
}

void buf_release(struct buf *b)
{
	if (!b)
		return;
	if (b->heap)
		free(b->data);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflow = false;
}

/* The heap has one octet more than its capacity, so that even a full buffer can be terminated. */
static bool grow(struct buf *b, size_t need)
{
	size_t capacity = b->capacity > 0 ? b->capacity : CAPACITY_MIN;
	uint8_t *data;

	while (capacity < need && capacity <= b->max / 2)
		capacity *= 2;
	if (capacity < need || capacity > b->max)
		capacity = b->max;
	if (capacity == SIZE_MAX)
		return false;
	data = realloc(b->data, capacity + 1);
	if (!data)
		return false;
	b->data = data;
	b->capacity = capacity;
	return true;
}

/* True when len more octets have their place; otherwise the overflow is noted. */
static inline bool reserve(struct buf *b, size_t len)
{
	if (b->overflow)
		return false;
	if (len <= b->capacity - b->len)
		return true;
	if (!b->heap || len > b->max - b->len || !grow(b, b->len + len)) {
		b->overflow = true;
		return false;
	}
	return true;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
	if (!reserve(b, len) || len == 0)
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_put_span(struct buf *b, struct span s)
{
	buf_put(b, s.data, s.len);
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put_span(b, span_text(text));
}

void buf_put_u8(struct buf *b, uint8_t value)
{
	if (reserve(b, 1))
		b->data[b->len++] = value;
}

void buf_put_u16(struct buf *b, uint16_t value)
{
	uint8_t wire[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	buf_put(b, wire, sizeof(wire));
}

void buf_put_u32(struct buf *b, uint32_t value)
{
	uint8_t wire[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
		(uint8_t)value};

	buf_put(b, wire, sizeof(wire));
}

void buf_put_decimal(struct buf *b, uint64_t value)
{
	char digits[20]; /* of 2^64 - 1 */
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	buf_put(b, digits + at, sizeof(digits) - at);
}

uint8_t *buf_extend(struct buf *b, size_t len)
{
	if (!reserve(b, len))
		return NULL;
	b->len += len;
	return b->data + b->len - len;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char small[256];
	char *text = small;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (len < 0) {
		b->overflow = true;
		return;
	}
	/* Not printed in place: the terminator would need an octet that may not be there. */
	if ((size_t)len >= sizeof(small) && reserve(b, (size_t)len)) {
		text = malloc((size_t)len + 1);
		if (!text) {
			b->overflow = true;
			return;
		}
		va_start(args, format);
		vsnprintf(text, (size_t)len + 1, format, args);
		va_end(args);
	}
	buf_put(b, text, (size_t)len);
	if (text != small)
		free(text);
}

void buf_patch_u16(struct buf *b, size_t at, uint16_t value)
{
	assert(b->len >= 2 && at <= b->len - 2);
	b->data[at] = (uint8_t)(value >> 8);
	b->data[at + 1] = (uint8_t)value;
}

struct span buf_span(const struct buf *b)
{
	return span_of(b->data, b->len);
}

const char *buf_text(struct buf *b)
{
	if (b->overflow || b->len == 0)
		return "";
	if (!b->heap && b->len == b->capacity) {
		b->overflow = true;
		return "";
	}
	b->data[b->len] = 0;
	return (const char *)b->data;
}
