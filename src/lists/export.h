/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_EXPORT_PREFIXES_H
#define LISTS_EXPORT_PREFIXES_H

/* What the writers of formats share. */

#include "lists/export.h"

bool export_wants(const struct lists_filter *filter, const struct store_row *row);
/* Calls each with every prefix in the order of addresses. */
int export_prefixes(struct store *s, const struct lists_filter *filter,
	void (*each)(void *context, const struct inet_prefix *prefix), void *context) MUST_CHECK;

#endif
