/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_SUFFIXES_H
#define LISTS_SUFFIXES_H

/* The public suffix list: names below which anybody may have a name. The newer of what libpsl
 * brings and what the system has. */

#include "base/err.h"

enum suffix_kind {
	SUFFIX_NONE,
	SUFFIX_REGISTRY, /* of a registry: co.uk */
	SUFFIX_PRIVATE, /* of a company that gives names to its customers: github.io */
};

struct suffixes;

/* ERR_MISSING when there is no list, ERR_MEMORY. */
int suffixes_open(struct suffixes **out) MUST_CHECK;
/* NULL is fine. */
void suffixes_close(struct suffixes *s);
/* name in lower case, of A-labels, without a final dot. */
enum suffix_kind suffixes_find(const struct suffixes *s, const char *name);

#endif
