/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_SNAPSHOT_H
#define FRONT_SNAPSHOT_H

/*
 * Configuration, policy, lists and address databases as one immutable value. A reload makes a new
 * one beside the old; each worker and each journal lane holds the one it uses, and the last to drop
 * it frees it.
 */

#include <stdatomic.h>

#include "conf/conf.h"
#include "journal/journal.h"
#include "match/matcher.h"
#include "policy/policy.h"

/* What the supervisor sent: sealed files, -1 for none. */
struct snapshot_files {
	int conf, lists;
	int country[MATCHER_MMDB_MAX], asn;
	unsigned country_count;
	char country_name[MATCHER_MMDB_MAX][256], asn_name[256];
};

struct snapshot {
	struct journal_context context; /* of records decided under this snapshot */
	struct snapshot_files files; /* what it was made of, open: for another moment's */
	struct conf *conf;
	char *conf_text; /* what it was made of, on its way to the journal; NULL */
	size_t conf_text_len;
	struct policy *policy;
	struct policy_moment at; /* what the policy is for */
	struct matcher_sources sources;
	uint8_t databases[DIGEST_LEN]; /* of the content of all address databases */
	uint64_t source_number; /* a change means: ask again */
	uint64_t lists_number; /* a change means: judge again */
	uint64_t policy_number; /* a change means: decide again */
	_Atomic unsigned holders;
};

#define SNAPSHOT_PROBLEM_MAX 512

void snapshot_files_init(struct snapshot_files *f);
/* Closes them. */
void snapshot_files_release(struct snapshot_files *f);

/*
 * Builds the next snapshot for now, of the main thread, held once. before may be NULL; its own
 * files make one that differs in its moment alone. On failure problem says what is wrong and
 * nothing is kept.
 */
int snapshot_new(const struct snapshot_files *files, const struct snapshot *before,
	const struct suspensions *suspensions, char problem[SNAPSHOT_PROBLEM_MAX],
	struct snapshot **out) MUST_CHECK;
struct snapshot *snapshot_hold(struct snapshot *s);
/* From any thread; NULL is fine. */
void snapshot_drop(struct snapshot *s);

#endif
