/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_ANCHORS_H
#define RESOLVER_ANCHORS_H

/* Which names a file of trust anchors (DS or DNSKEY records, one a line) has anchors for. */

#include "base/err.h"
#include "wire/name.h"

#define ANCHORS_MAX 8

/* Each name once. ERR_IO, ERR_MISSING when there is none, ERR_LIMIT above max, ERR_MEMORY. */
int anchors_read(const char *path, struct name *out, unsigned max, unsigned *count) MUST_CHECK;

#endif
