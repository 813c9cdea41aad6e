/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_RPZ_RECORD_H
#define LISTS_RPZ_RECORD_H

/* Records of a response policy zone. */

#include "lists/export.h"

/* Trigger and final dot. */
#define RPZ_OWNER_MAX 80

/* Which addresses the records of RPZ_SINKHOLE give. */
enum rpz_family { RPZ_IPV4, RPZ_IPV6, RPZ_BOTH };

/* Nothing for RPZ_NONE. */
void rpz_record_put(FILE *out, const char *owner, enum rpz_action action, enum rpz_family family,
	const struct lists_rpz *r);
/* `24.0.2.0.192.rpz-ip`; returns owner. */
const char *rpz_owner_format(
	const struct inet_prefix *prefix, const char *trigger, char owner[RPZ_OWNER_MAX]);

#endif
