/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_WHEN_H
#define CELNIK_WHEN_H

/*
 * Times as people write them: `now`, `today`, `yesterday`; so long ago: `2h`, `-30m`, `1d` (s, m,
 * h, d, w); ISO 8601: `2026-11-23`, `2026-11-23T10:14`, `2026-11-23 10:14:02`, with `Z` or
 * `+01:00`. Without a zone they are in that of the process (tzset(3)).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Real nanoseconds. ERR_FORMAT. */
int when_parse(const char *text, uint64_t now_ns, uint64_t *out) MUST_CHECK;
/* The same, saying on standard error why it is none. */
bool when_or_say(const char *text, uint64_t now_ns, uint64_t *out);

#endif
