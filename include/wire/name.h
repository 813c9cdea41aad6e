/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_NAME_H
#define WIRE_NAME_H

/*
 * Domain names (RFC 1035 3.1). A struct name is always valid: uncompressed wire form, ended by the
 * root label, at most 255 octets and 127 labels. Every octet value may stand in a label;
 * comparisons fold ASCII case only (RFC 4343).
 */

#include "base/err.h"
#include "base/span.h"

#define NAME_LEN_MAX 255
#define NAME_LABELS_MAX 127
#define NAME_TEXT_MAX 1024 /* every octet as \DDD, dots, terminator */

struct name {
	uint8_t len; /* octets used, the root label included: 1 to 255 */
	uint8_t labels; /* without the root label */
	uint8_t octets[NAME_LEN_MAX];
};

/*
 * Reads the name at *pos of a message and moves *pos behind it. Compression pointers lead strictly
 * backwards, not into the header, and there are at most 127 of them. ERR_FORMAT for anything else
 * (RFC 9267).
 */
int name_read(struct span message, size_t *pos, struct name *out) MUST_CHECK;
/* Presentation form (RFC 1035 5.1) with or without the final dot, \DDD and \X escapes. Empty text,
 * white space and control characters that are not escaped are ERR_FORMAT. */
int name_parse(struct span text, struct name *out) MUST_CHECK;
/* Presentation form without the final dot ("." for the root); every octet outside [A-Za-z0-9_*-]
 * is written \DDD. Returns out. */
const char *name_format(const struct name *n, char out[NAME_TEXT_MAX]);
/* From uncompressed wire form that must fill the span exactly. */
int name_from_span(struct span wire, struct name *out) MUST_CHECK;
struct span name_span(const struct name *n);

/* Copies only what is used, unlike an assignment. */
void name_copy(struct name *to, const struct name *from);
void name_to_lower(struct name *n);
bool name_equal(const struct name *a, const struct name *b);
/* True when n is ancestor or stands below it. */
bool name_is_below(const struct name *n, const struct name *ancestor);
/* Removes the first label; the root stays the root. */
void name_to_parent(struct name *n);
/* The DNAME rule (RFC 6672): n, which stands below owner, with owner replaced by target. ERR_LIMIT
 * above 255 octets. */
int name_substitute(const struct name *n, const struct name *owner, const struct name *target,
	struct name *out) MUST_CHECK;
/*
 * The key of the list store: labels in reverse order, each behind its length octet, lower-cased, no
 * root label. So a name's key is a prefix of the key of every name below it, and no label content
 * can be taken for a boundary. Returns the length, 0 to 254.
 */
size_t name_to_key(const struct name *n, uint8_t key[NAME_LEN_MAX]);
/* The inverse; ERR_FORMAT when key is no such key (upper case included). */
int name_from_key(struct span key, struct name *out) MUST_CHECK;

#endif
