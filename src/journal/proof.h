/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_PROOF_H
#define JOURNAL_PROOF_H

/* A verification under way, as its parts share it. */

#include "chain.h"
#include "journal/verify.h"

#define PROOF_WORKERS_MAX 512
#define PROOF_GAPS_MAX 8 /* named for one segment; more are counted */

/* A link, as far as its segment is concerned. */
struct link_seen {
	uint64_t line; /* of the chain file */
	bool sealed; /* else removed */
	char segment[SEGMENT_NAME_MAX];
	uint64_t records, torn;
	char first[EVENT_ID_MAX], last[EVENT_ID_MAX];
	char digest[DIGEST_TEXT_MAX];
};

/* Where the records of a stream stand. */
struct run_seen {
	char boot[EVENT_ID_MAX]; /* "" */
	char last[EVENT_ID_MAX];
	bool ended;
	uint64_t numbers[PROOF_WORKERS_MAX]; /* the last one of each worker; 0 */
};

/* Numbers that are left out in a text. */
struct gaps {
	struct {
		unsigned worker;
		uint64_t from, to;
	} list[PROOF_GAPS_MAX];
	unsigned count; /* of the list */
	uint64_t records; /* of all */
};

struct proof {
	const char *directory;
	int fd; /* of the directory */
	const char *head; /* kept elsewhere; NULL */
	void (*tell)(void *arg, const struct verify_finding *f);
	void *arg;
	struct link_seen *links;
	size_t count, capacity;
	struct link_seen **by_name; /* by segment and line */
	struct run_seen queries, events;
	char config[DIGEST_TEXT_MAX]; /* whose text was looked for last */
	struct verify_result result;
};

void proof_tell(struct proof *p, enum verify_kind kind, const char *subject, const char *format,
	...) PRINTF_LIKE(4, 5);
/* The chain file into links; what is wrong with it is told. ERR_IO, ERR_MEMORY. */
int proof_read_chain(struct proof *p) MUST_CHECK;
/* The segment of a link that was not removed, against it. ERR_IO, ERR_MEMORY. */
int proof_check_segment(struct proof *p, const struct link_seen *l) MUST_CHECK;
/* What stood in front of the next segment is not known. */
void proof_forget_run(struct proof *p, const struct link_seen *l);
/* The link that seals (or removes) a segment, or NULL. */
const struct link_seen *proof_find(const struct proof *p, const char *segment, bool sealed);

#endif
