/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_JUDGING_H
#define CELNIK_JUDGING_H

/* What the daemon judges by, opened without it: the compiled lists in force and the address
 * databases of a configuration. */

#include "conf/conf.h"
#include "judge/resolution.h"
#include "match/matcher.h"

struct judging {
	const struct conf *conf;
	struct matcher_sources sources;
	struct matcher *matcher;
};

/*
 * conf must outlive it. Lists that are not those of the configuration and its files any more are a
 * warning, or with `exact` an error. What is wrong is said on standard error: CLI_NONE for lists
 * that are not there, CLI_IO for the rest; to be closed also then.
 */
int judging_open(struct judging *j, const struct conf *conf, bool exact) MUST_CHECK;
void judging_close(struct judging *j);
/* Judges a message as an answer to q (class IN, name in lower case). A failure of the server and
 * what is no answer become a failed resolution, as they do in the daemon. NULL when memory is
 * exhausted. */
struct resolution *judging_answer(struct judging *j, const struct question *q, struct span packet);

#endif
