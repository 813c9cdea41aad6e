/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_TRUTH_H
#define POLICY_TRUTH_H

/* Whether one set of conditions holds for evidence, in three values. */

#include "policy/policy.h"
#include "waiver.h"

/* What w has does not count; NULL for none. */
enum truth match_truth(const struct conf_match *m, const struct policy_query *q,
	const struct evidence *e, const struct waiver *w, struct cause *cause);

/* A place at the answer's end, not of w, that helps to meet a match that is yes; false when it is
 * met without any. */
bool match_final(const struct conf_match *m, const struct evidence *e, const struct waiver *w,
	unsigned *place);

#endif
