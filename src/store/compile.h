/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_COMPILE_H
#define STORE_COMPILE_H

/* What a builder collected into the records of a generation, in the order of their keys. */

#include "model.h"

struct compile_header {
	uint64_t built_ns;
	const uint8_t *sources; /* DIGEST_LEN */
};

/*
 * Calls put for each record until it returns an error, which is passed on. Otherwise as
 * builder_write says; b->problem names the culprit.
 */
int compile_records(struct builder *b, const struct compile_header *header,
	int (*put)(void *context, struct span key, struct span value), void *context) MUST_CHECK;

#endif
