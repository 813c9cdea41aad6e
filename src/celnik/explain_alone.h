/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_EXPLAIN_ALONE_H
#define CELNIK_EXPLAIN_ALONE_H

/* What the daemon's explain says, without it: the answer is given, or asked for here, and judged
 * and decided by the lists and the policy of the configuration. */

#include "base/buf.h"
#include "conf/conf.h"
#include "wire/message.h"

struct explain_alone {
	const struct conf *conf;
	struct question question; /* class IN, name in lower case */
	struct inet_addr client;
	uint64_t at_ns; /* decided as of then; 0: now */
	const char *answer; /* a file (answer_file.h); NULL: it is asked for */
};

/* The JSON of journal/explain.h. Says on standard error what was done, or is wrong. */
int explain_alone(const struct explain_alone *e, struct buf *out) MUST_CHECK;

#endif
