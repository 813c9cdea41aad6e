/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_VALIDATION_H
#define RESOLVER_VALIDATION_H

/*
 * Finds out, for `validate: auto`, whether the upstreams hand over what validation needs: they are
 * asked for the DNSKEYs of the trust anchors. All that answer must give them with signatures.
 * Once that was seen it holds for good, so that nobody can switch validation off later. For
 * `validate: yes` the same is found out, to tell the operator why nothing resolves.
 */

#include "loop/loop.h"
#include "resolver/engine.h"

struct validation;

/* Called when the first round of asking has ended, and with every change after that. */
typedef void (*validation_told)(void *arg, enum engine_validation state);

/* Nothing is kept of o. ERR_IO, ERR_MISSING (no trust anchors), ERR_LIMIT, ERR_MEMORY. */
int validation_new(struct loop *l, const struct engine_options *o, validation_told told, void *arg,
	struct validation **out) MUST_CHECK;
/* Not from inside told. NULL is fine. */
void validation_free(struct validation *v);

#endif
