/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_SUMMARY_H
#define JOURNAL_SUMMARY_H

/* What a segment's text holds, as the chain says it: gathered line by line, by who seals it and by
 * who verifies it. */

#include "base/digest.h"
#include "stream.h"

#define SUMMARY_DIGESTS_MAX 16 /* later ones are left out */

struct summary_digests {
	char text[SUMMARY_DIGESTS_MAX][DIGEST_TEXT_MAX];
	unsigned count;
};

struct summary {
	uint64_t size; /* octets, line ends included */
	uint64_t records;
	uint64_t losses; /* records of kind loss among them */
	char first[EVENT_ID_MAX], last[EVENT_ID_MAX]; /* event ids; "" */
	bool ended; /* behind the last query there is a record that the daemon stopped */
	struct summary_digests configs, lists; /* in the order of their first record */
	char digest[DIGEST_TEXT_MAX]; /* of the text; filled in by summary_end */
	struct digest_state *state;
	bool inside; /* a line that is not at its end */
};

/* ERR_MEMORY. */
int summary_begin(struct summary *s) MUST_CHECK;
/* A line as segment_lines_next gives it. */
void summary_add(struct summary *s, struct span line);
void summary_end(struct summary *s);
/* Instead of the end. */
void summary_abandon(struct summary *s);

#endif
