/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_HOSTS_H
#define LISTS_HOSTS_H

/* Lines of a hosts file, which other formats hold too. */

#include "tally.h"

/* What blocks: the unspecified address, or a loopback one. */
bool hosts_blocks(struct span address);
/* True when text begins with an address that a blank follows. */
bool hosts_is_line(struct span text);
/* One line `address name ...` without its comment; the names match as match says. */
int hosts_line(const struct import_target *t, struct tally *tally, const struct line *line,
	struct span text, enum name_match match, struct import_result *result) MUST_CHECK;

#endif
