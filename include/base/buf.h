/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A bounded, append-only buffer. Its maximum is set when it is made, so that none can grow without
 * limit. Overflow is sticky: the append that does not fit writes nothing, sets `overflow`, and so
 * does every later one; the caller looks once, at the end. Two kinds share one type: fixed storage
 * of the caller, or heap that grows up to the maximum.
 */

#include "base/err.h"
#include "base/span.h"

struct buf {
	uint8_t *data;
	size_t len; /* octets written */
	size_t capacity; /* octets allocated */
	size_t max; /* never more than this */
	bool heap;
	bool overflow; /* something did not fit, or memory ran out */
};

/* Over storage that the caller owns; never allocates. */
void buf_init_fixed(struct buf *b, void *storage, size_t size);
/* On the heap, grown by doubling up to max; allocates with the first append. */
void buf_init_heap(struct buf *b, size_t max);
/* Frees heap storage; NULL and a zeroed buf are fine. */
void buf_release(struct buf *b);
void buf_clear(struct buf *b);

void buf_put(struct buf *b, const void *data, size_t len);
void buf_put_span(struct buf *b, struct span s);
void buf_put_text(struct buf *b, const char *text);
void buf_put_u8(struct buf *b, uint8_t value);
/* Big endian, as on the wire. */
void buf_put_u16(struct buf *b, uint16_t value);
void buf_put_u32(struct buf *b, uint32_t value);
void buf_put_decimal(struct buf *b, uint64_t value);
/* Room for len octets, counted as written, which the caller fills in; NULL when they do not fit. */
uint8_t *buf_extend(struct buf *b, size_t len);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* Overwrites two octets that were written before; at + 2 must not exceed len. */
void buf_patch_u16(struct buf *b, size_t at, uint16_t value);
struct span buf_span(const struct buf *b);
/* Terminates with NUL (not counted in len) and returns the text; "" when nothing was written or on
 * overflow. */
const char *buf_text(struct buf *b);

#endif
