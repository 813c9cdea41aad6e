/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_CHAIN_H
#define JOURNAL_CHAIN_H

/*
 * The chain: one file beside the segments, a line of JSON for each segment sealed or removed, each
 * with the SHA-256 of the line before. The SHA-256 of the last line, its end included, is the head:
 * who has kept it elsewhere can prove everything up to it (journal/verify.h). celnik-log(5) has the
 * format.
 *
 * A link stands on the disk before what it tells of is done: the plain file of a sealed segment, or
 * a removed segment, is deleted behind it. So the last link alone can tell of what was not done,
 * and is done again when the chain is opened. One process at a time: the file is locked.
 *
 * The writer's thread alone uses it.
 */

#include "summary.h"

#define CHAIN_FILE "chain.jsonl"
#define CHAIN_FORMAT 1
#define CHAIN_LINK_MAX ((size_t)64 << 10) /* octets of a line */
#define CHAIN_ORIGIN "0000000000000000000000000000000000000000000000000000000000000000"

struct chain {
	const char *directory;
	int fd; /* -1 */
	uint64_t size;
	uint64_t links;
	char head[DIGEST_TEXT_MAX]; /* of the last link; "" before it is known */
};

void chain_init(struct chain *c, const char *directory);
void chain_release(struct chain *c);
/* Opens the file where that is needed, makes it when there is none, and does again what the last
 * link tells of. ERR_IO, with EWOULDBLOCK when another process has it. */
int chain_ready(struct chain *c) MUST_CHECK;
/* Adds a link and forces it to the disk. When it fails nothing of it stays. ERR_IO, ERR_MEMORY,
 * ERR_LIMIT. */
int chain_add_sealed(struct chain *c, const char *stream, const char *segment,
	const struct summary *s, uint64_t torn) MUST_CHECK;
int chain_add_removed(
	struct chain *c, const char *stream, const char *segment, const char *reason) MUST_CHECK;

#endif
