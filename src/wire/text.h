/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_TEXT_H
#define WIRE_TEXT_H

/* Octets as the text of zone files: strings (RFC 1035 5.1), base16, base32hex, base64 (RFC 4648).
 */

#include "base/buf.h"
#include "base/span.h"

/* One octet of a string without quotes: what could end it or be mistaken is escaped. */
void text_put_bare(struct buf *out, uint8_t octet);
/* A whole string in quotes. */
void text_put_quoted(struct buf *out, struct span text);
void text_put_hex(struct span data, struct buf *out);
void text_put_base32(struct span data, struct buf *out);
void text_put_base64(struct span data, struct buf *out);

#endif
