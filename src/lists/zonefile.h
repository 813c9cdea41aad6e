/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_ZONEFILE_H
#define LISTS_ZONEFILE_H

/* The records of a zone file (RFC 1035 5), one after the other. */

#include "base/buf.h"
#include "line.h"
#include "wire/name.h"

struct zonefile;

struct zonefile_record {
	struct line line; /* the first of the record; points into the text */
	struct name owner;
	uint16_t type;
	uint16_t class;
	struct name target; /* of a CNAME; the root for other types */
};

enum zonefile_step {
	ZONEFILE_END,
	ZONEFILE_RECORD,
	ZONEFILE_INCLUDE, /* $INCLUDE, which is not followed; out->line is set */
	ZONEFILE_BAD, /* what stands at out->line is no record; reading goes on behind it */
	ZONEFILE_LOST, /* the same, and there is no telling where the next one begins */
};

/* text must outlive it. Names are relative to the root until $ORIGIN says otherwise. ERR_MEMORY. */
int zonefile_open(struct span text, struct zonefile **out) MUST_CHECK;
/* NULL is fine. */
void zonefile_close(struct zonefile *z);
enum zonefile_step zonefile_next(struct zonefile *z, struct zonefile_record *out);
/* The record that zonefile_next has just returned, in wire form with names uncompressed. */
void zonefile_write(const struct zonefile *z, struct buf *out);
/* What names are relative to at the moment. */
struct name zonefile_origin(const struct zonefile *z);

#endif
