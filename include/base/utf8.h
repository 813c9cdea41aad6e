/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

/* Text from outside: whether it is UTF-8 (RFC 3629), and how it is shown without obeying it. */

#include "base/buf.h"

/* The octets of the character that s begins with, 1 to 4, and the character; 0 when s is empty or
 * begins with what is not UTF-8 (overlong forms, surrogates and what is cut off included). */
size_t utf8_decode(struct span s, uint32_t *out);
/* The offset of the first octet that is not UTF-8; s.len when all of it is. */
size_t utf8_check(struct span s);
/* Characters, each wrong octet counting as one. */
size_t utf8_count(struct span s);
/* C0, DEL and C1 controls, and what reorders or hides text (U+200B to U+200F, U+2028 to U+202E,
 * U+2060 to U+206F, U+FEFF). */
bool utf8_is_control(uint32_t character);
/* Appends s for a terminal or a log: a tab stays, every other control and wrong octet becomes one
 * question mark, so that the columns stay. */
void utf8_put_visible(struct buf *b, struct span s);

#endif
