/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

/*
 * Proves that the pages of an LMDB file (data version 1, LMDB 0.9) can be read safely. LMDB itself
 * follows every page number, offset and length it finds, and asserts what it takes for granted; a
 * damaged or hostile file would lead it outside its map or end the process. Accepted is only what
 * one transaction into a new environment writes: an empty first meta page, and one tree of even
 * depth without duplicates or named databases, each of whose pages is reached once.
 */

#include "base/err.h"
#include "base/span.h"

/* The whole environment, aligned as mmap(2) gives it. ERR_FORMAT, ERR_MEMORY. */
int pages_check(struct span file) MUST_CHECK;

#endif
