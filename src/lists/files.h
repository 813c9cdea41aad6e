/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_FILES_H
#define LISTS_FILES_H

/* Which files a source consists of. */

#include "conf/conf.h"

struct files {
	char **paths; /* to open, and for messages */
	size_t prefix; /* octets of each path that rows leave out */
	size_t count;
};

/*
 * The files as configured; of a shipped source those that conf/sources.h takes the digest of: every
 * regular file below its directory whose name ends in .tsv and that is not hidden, in the order of
 * their names. ERR_IO (errno), ERR_LIMIT, ERR_MEMORY.
 */
int files_find(const struct conf_source *source, struct files *out) MUST_CHECK;
/* A zeroed one is fine. */
void files_release(struct files *f);

#endif
