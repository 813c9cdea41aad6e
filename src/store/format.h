/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_FORMAT_H
#define STORE_FORMAT_H

/*
 * The layout of a generation, shared by what writes and what reads one.
 *
 * The file is an LMDB environment written in one transaction, followed by the trailer. LMDB never
 * looks behind its last page, so the trailer does not disturb it. There is one tree (no named
 * databases); the first octet of a key says what the record is, and the tags are in the order the
 * records are appended in:
 *
 *   TAG_ASN    number (u32)            -> rows
 *   TAG_NAME   key of the name         -> length of the closest listed ancestor's key (u8), rows
 *   TAG_RANGE  first address (16)      -> last address (16), rows
 *   TAG_TABLE  'e' entries, 'l' lists, 's' strings, 'v' vendors, each one value
 *   TAG_HEADER (nothing more)          -> header
 *
 * A row is an index into the entries and a line number. All numbers of ours are big endian.
 * The digest of a generation is taken over all records but the header, so it names the content:
 * the same lists give the same digest, whenever they were built.
 */

#include "base/digest.h"
#include "base/span.h"

#define FORMAT_MAGIC "celnikls"
#define FORMAT_MAGIC_LEN 8
#define FORMAT_TRAILER_LEN (FORMAT_MAGIC_LEN + 8 + DIGEST_LEN) /* magic, version, zero, SHA-256 */

#define FORMAT_KEY_MAX 255 /* the tag and 254 octets */
#define FORMAT_NAME_KEY_MAX 254
#define FORMAT_ADDRESS_LEN 16

enum format_tag {
	TAG_ASN = 'a',
	TAG_NAME = 'n',
	TAG_RANGE = 'r',
	TAG_TABLE = 't',
	TAG_HEADER = 'z',
};

enum format_table { TABLE_ENTRIES, TABLE_LISTS, TABLE_STRINGS, TABLE_VENDORS, TABLE_COUNT };
#define FORMAT_TABLE_NAMES "elsv" /* second octet of the key, by enum format_table */

#define ROW_LEN 8 /* entry, line */

/* fact, confidence, match, 0, country (2), 0, 0, asn, list, file, vendor + 1, category, source */
#define ENTRY_LEN 32
#define ENTRY_FACT 0
#define ENTRY_CONFIDENCE 1
#define ENTRY_MATCH 2
#define ENTRY_COUNTRY 4
#define ENTRY_ASN 8
#define ENTRY_LIST 12
#define ENTRY_FILE 16
#define ENTRY_VENDOR 20
#define ENTRY_CATEGORY 24
#define ENTRY_SOURCE 28

#define VENDOR_LEN 12 /* id, name (strings), parent + 1; sorted by id */
#define LIST_LEN 24 /* name (string), names, ranges, asns, skipped, off */

/* version, built (u64), names, ranges, asns, sources, digest */
#define HEADER_LEN (24 + 2 * DIGEST_LEN)
#define HEADER_BUILT 4
#define HEADER_NAMES 12
#define HEADER_RANGES 16
#define HEADER_ASNS 20
#define HEADER_SOURCES 24
#define HEADER_DIGEST (24 + DIGEST_LEN)

static inline uint32_t format_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void format_put_u32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

#endif
