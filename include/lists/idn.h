/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_IDN_H
#define LISTS_IDN_H

/* Names in other scripts (RFC 5891), mapped as browsers map them (UTS 46, nontransitional). */

#include "base/err.h"
#include "base/span.h"

#define IDN_NAME_MAX 256 /* with its terminator */
#define IDN_SHOWN_MAX 1024

/* U-labels to A-labels; labels that are ASCII already stay. ERR_FORMAT, ERR_MEMORY. */
int idn_to_ascii(struct span text, char out[IDN_NAME_MAX]) MUST_CHECK;
/* A-labels to U-labels, for people. ERR_MISSING when the name has none, or none that is what its
 * U-label would be written as. */
int idn_to_unicode(const char *name, char out[IDN_SHOWN_MAX]) MUST_CHECK;

#endif
