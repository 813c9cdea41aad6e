/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_PRESENTATION_H
#define LISTS_PRESENTATION_H

/*
 * A response made of records in presentation form (RFC 1035 5.1, RFC 3597), as logs hold them and
 * tools print them, into wire form.
 */

#include "base/buf.h"
#include "wire/message.h"

struct presentation {
	struct buf octets;
	uint16_t counts[3]; /* by enum section */
	uint32_t bad_line; /* of the text that could not be read, from 1 */
};

/* To be released also after a failure. */
void presentation_init(struct presentation *p, const struct question *q);
void presentation_release(struct presentation *p);
/*
 * The records of a text, one a line or in parentheses over several; `;` begins a comment. Each call
 * is for the section of the last one, or one behind it. ERR_FORMAT when one is not understood:
 * bad_line says where. ERR_LIMIT, ERR_MEMORY.
 */
int presentation_add(struct presentation *p, enum section section, struct span text) MUST_CHECK;
/* The message, valid until release. rcode below 16. */
struct span presentation_message(struct presentation *p, unsigned rcode);

#endif
