/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_GUARD_H
#define LISTS_GUARD_H

/* Rows that would catch far more than whoever wrote them can have meant. */

#include "lists/lists.h"
#include "store/store.h"
#include "wire/name.h"

/* NULL, or in words why the row is refused and what to do instead. name in lower case. A NULL guard
 * refuses nothing. */
const char *guard_name(const struct guard *g, const struct name *name, enum name_match match);

#endif
