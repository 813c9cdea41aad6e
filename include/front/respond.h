/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_RESPOND_H
#define FRONT_RESPOND_H

/* From a resolution and a verdict to the reply on its way and the record in the journal. */

#include "front/asker.h"
#include "front/verdict.h"
#include "journal/record.h"

/* age_s: how long ago the answer was resolved, or REPLY_STALE. Ends the asker. Allocates nothing.
 */
void respond(struct worker *w, struct asker *a, const struct resolution *r, const struct verdict *v,
	enum journal_source source, uint32_t age_s);

#endif
