/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_TRUTH_H
#define POLICY_TRUTH_H

/* Whether one set of conditions holds for evidence, in three values. */

#include "policy/policy.h"
#include "waiver.h"

/* What w has does not count; NULL for none. */
enum truth match_truth(const struct conf_match *m, const struct policy_query *q,
	const struct evidence *e, const struct waiver *w, struct cause *cause);

/* Adds the records at the answer's end of which each meets one of the conditions by itself. */
void match_records(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	struct answer_records *out);

#endif
