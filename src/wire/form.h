/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_FORM_H
#define WIRE_FORM_H

/*
 * What the RDATA of each type is made of: one table from which the check of a message, the
 * presentation form and the rewriting of names follow. Types that are not in it are opaque (RFC
 * 3597).
 */

#include "base/err.h"
#include "base/span.h"

#define FORM_FIELDS_MAX 10

enum field {
	FIELD_END,
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_TIME, /* of a signature */
	FIELD_TYPE, /* a type covered */
	FIELD_A,
	FIELD_AAAA,
	FIELD_NAME, /* never compressed when written (RFC 3597 4) */
	FIELD_NAME_SHORT, /* of RFC 1035's types: compressed when written */
	FIELD_TEXT, /* one character-string */
	FIELD_TEXTS, /* one or more */
	FIELD_TAG, /* a character-string that is a word (RFC 8659 4.1) */
	FIELD_SALT, /* length and octets, may be empty (RFC 5155 3.2) */
	FIELD_HASH, /* length and octets (RFC 5155 3.2) */
	FIELD_TYPES, /* type bit maps to the end (RFC 4034 4.1.2) */
	FIELD_QUOTED, /* text to the end */
	FIELD_HEX, /* octets to the end, at least one */
	FIELD_BASE64, /* the same */
	FIELD_PARAMS, /* SvcParams to the end (RFC 9460 2.2) */
	FIELD_COUNT
};

/* FIELD_END behind the last field; NULL for an opaque type. */
const uint8_t *form_of(uint16_t type);
/* Moves *pos behind a field of an RDATA that ends at end. ERR_FORMAT when it has not its form. */
int field_skip(enum field field, struct span message, size_t end, size_t *pos) MUST_CHECK;
/* ERR_FORMAT when the RDATA has not the form of its type. */
int form_check(uint16_t type, struct span message, size_t at, size_t len) MUST_CHECK;

#endif
