/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_BOGUS_H
#define RESOLVER_BOGUS_H

/* What libunbound says of a bogus answer, as an Extended DNS Error and in printable words. */

#include "link/link.h"

/* why may be NULL. Writes at most LINK_WHY_MAX octets, printable ASCII alone; returns an enum ede.
 */
uint16_t bogus_explain(const char *why, char out[LINK_WHY_MAX]);

#endif
