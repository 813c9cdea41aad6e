/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_SUSPENDER_H
#define FRONT_SUSPENDER_H

/*
 * The suspensions there are, kept in a file under `state`. What of them is in force, the snapshot
 * says. Each ends when the real clock or the monotonic one says so, whichever comes first, or when
 * the real clock is set back to before its begin: a wrong clock makes none longer. A file that
 * cannot be used suspends nothing. Of the main thread.
 */

#include "policy/moment.h"

#define SUSPENSION_MAX_S (24 * 3600) /* what is to last longer is an exception with an owner */
#define SUSPENDER_PROBLEM_MAX 512

struct suspender {
	char *path; /* heap */
	struct suspensions all;
	uint64_t ends_ns[CONF_GROUPS_MAX]; /* of each, monotonic */
	char problem[SUSPENDER_PROBLEM_MAX]; /* with the file, "" when there is none */
};

/* Both clocks. */
struct suspender_now {
	uint64_t real_ns, monotonic_ns;
};

/* Reads the file in the directory; without one there is none. ERR_MEMORY. */
int suspender_open(struct suspender *s, const char *directory, struct suspender_now now) MUST_CHECK;
void suspender_release(struct suspender *s);
/* Adds new, or replaces that of the same group. What cannot be kept does not begin: ERR_IO (errno
 * says why), ERR_MEMORY, ERR_LIMIT (there are as many as there may be groups). */
int suspender_begin(
	struct suspender *s, const struct suspension *new, struct suspender_now now) MUST_CHECK;
/* Takes out the one at index, which is written to *out. ERR_IO, ERR_MEMORY: the file still has it,
 * though it has ended. */
int suspender_end(struct suspender *s, unsigned index, struct suspension *out) MUST_CHECK;
/* Index of the first that is over, or whose group conf does not have; the count when none is. */
unsigned suspender_over(
	const struct suspender *s, const struct conf *conf, struct suspender_now now);

#endif
