/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

/*
 * A read-only view of octets that somebody else owns: text without a terminator, or wire data. An
 * empty span may have a NULL pointer. A span is valid as long as its owner says, never longer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data;
	size_t len;
};

#define SPAN_LITERAL(text) ((struct span){(const uint8_t *)(text), sizeof(text) - 1})
/* For printf's "%.*s". */
#define SPAN_ARGS(s) (int)(s).len, (const char *)(s).data

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){(const uint8_t *)data, len};
}

/* The octets of a C string without its terminator; NULL gives an empty span. */
static inline struct span span_text(const char *text)
{
	return span_of(text, text ? strlen(text) : 0);
}

bool span_equal(struct span a, struct span b);
/* Octet by octet, the shorter first when it is a prefix: below zero, zero or above zero, as memcmp.
 */
int span_compare(struct span a, struct span b);
/* The part from offset, at most len octets; clipped to what is there. */
struct span span_part(struct span s, size_t offset, size_t len);

#endif
