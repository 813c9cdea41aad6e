/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_PACKED_H
#define JOURNAL_PACKED_H

/*
 * Files compressed with zstd, written and read in pieces. The only module that sees libzstd.
 * Neither way keeps more than a few pieces of 128 KiB and what zstd needs: about 30 MiB to write,
 * at most PACKED_WINDOW to read, so that a forged file cannot make a reader take more.
 */

#include "base/err.h"
#include "base/span.h"

#define PACKED_WINDOW_LOG 23
#define PACKED_WINDOW (1u << PACKED_WINDOW_LOG)

struct packer;

/* Writes to fd, which stays the caller's. ERR_MEMORY. */
int packer_new(int fd, struct packer **out) MUST_CHECK;
/* ERR_IO, ERR_MEMORY. */
int packer_add(struct packer *p, struct span data) MUST_CHECK;
/* Writes what is left. The same. */
int packer_end(struct packer *p) MUST_CHECK;
/* NULL is fine. */
void packer_free(struct packer *p);

struct unpacker;

/* Reads from fd, which stays the caller's. ERR_MEMORY. */
int unpacker_new(int fd, struct unpacker **out) MUST_CHECK;
/* *got is how many octets there are, 0 at the end of a whole file. ERR_FORMAT when it is damaged or
 * cut, ERR_IO. */
int unpacker_read(struct unpacker *u, uint8_t *to, size_t size, size_t *got) MUST_CHECK;
/* NULL is fine. */
void unpacker_free(struct unpacker *u);

#endif
