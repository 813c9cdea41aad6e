/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_VERIFY_H
#define JOURNAL_VERIFY_H

/*
 * Proves that the segments of a journal are those that its chain tells of, in order and unaltered.
 * Reads only, also while a daemon writes. What it proves ends at a head that was kept elsewhere:
 * who may write to the directory may make a whole chain anew.
 */

#include "base/digest.h"
#include "base/err.h"

enum verify_kind {
	/* Wrong: the journal is not whole. */
	VERIFY_CHAIN, /* a link was altered, removed or moved */
	VERIFY_HEAD, /* the head that was kept is of no link */
	VERIFY_MISSING, /* a segment is not there, and was not removed by retention */
	VERIFY_ALTERED, /* a segment or a configuration's text is not what was sealed */
	VERIFY_UNLINKED, /* a sealed segment has no link */
	VERIFY_WRONG_KINDS,
	/* To be known. */
	VERIFY_LOST = VERIFY_WRONG_KINDS, /* records were lost before they were written */
	VERIFY_TORN, /* a line was cut by a crash */
	VERIFY_ENDED, /* a run ended without its last record */
	VERIFY_REMOVED, /* by retention */
	VERIFY_UNSEALED, /* not sealed so far: nothing is proven of it */
	VERIFY_NO_CONFIG, /* a configuration's text was not kept */
	VERIFY_KINDS
};
extern const char *const verify_kind_text[VERIFY_KINDS];

struct verify_finding {
	enum verify_kind kind;
	const char *subject; /* a file's name, or a digest */
	const char *text;
};

struct verify_result {
	uint64_t links, segments, records; /* seen to be as they were sealed */
	uint64_t findings[VERIFY_KINDS];
	uint64_t head_link; /* of the head that was kept; 0 without one */
	char head[DIGEST_TEXT_MAX]; /* of the last link; all 0 when there is none */
};

/* head is 64 lower-case hexadecimal digits or NULL. ERR_IO when there is no such directory or it
 * cannot be read, ERR_MEMORY. */
int journal_verify(const char *directory, const char *head,
	void (*tell)(void *arg, const struct verify_finding *f), void *arg,
	struct verify_result *out) MUST_CHECK;
bool verify_is_whole(const struct verify_result *r);

#endif
