/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_BUNDLE_H
#define CONF_BUNDLE_H

/* The inside of struct conf_files, for those who fill and those who parse it. */

#include "conf/conf.h"

struct conf_file {
	char *path; /* as the operator wrote it, for messages */
	char *name; /* apart from where the main file stands: relative to its directory, or absolute
		     */
	char *text;
	size_t len;
};

struct conf_files {
	uint64_t real_ns; /* when they were read */
	char *main; /* the main file's absolute path */
	unsigned count;
	struct conf_file files[CONF_FILES_MAX];
};

/* Takes over text, also on failure. ERR_LIMIT, ERR_MEMORY. */
int bundle_add(struct conf_files *f, const char *path, const char *name, char *text,
	size_t len) MUST_CHECK;
/* real_ns is when the texts were read, main the main file's path; made absolute against the working
 * directory. */
int bundle_new(const char *main, uint64_t real_ns, struct conf_files **out) MUST_CHECK;

#endif
