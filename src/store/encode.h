/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_ENCODE_H
#define STORE_ENCODE_H

/* The tables of a generation from what a builder collected. */

#include "model.h"

/* The vendors in the order they are written in. */
struct encode_vendors {
	uint32_t *order; /* numbers of vendors by id */
	uint32_t *index; /* place in the table + 1, by number */
};

/* Checks that all parents exist and no chain is a circle or too long: ERR_FORMAT, ERR_MEMORY. */
int encode_vendors_init(struct builder *b, struct encode_vendors *out) MUST_CHECK;
void encode_vendors_release(struct encode_vendors *v);
/* Appends the value of a table. ERR_FORMAT for an entry with an unknown vendor; the caller looks at
 * out's overflow. */
int encode_table(struct builder *b, const struct encode_vendors *v, enum format_table table,
	struct buf *out) MUST_CHECK;

#endif
