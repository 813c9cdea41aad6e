/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_HOST_H
#define CELNIK_HOST_H

/*
 * What a configuration names, correctly written, and this host does not have: files, the user, the
 * time zone, and vendors and categories that its compiled lists do not know. All are warnings, as
 * the configuration may be for another host. What the package brings is not looked for.
 */

#include "conf/conf.h"

/* path is the main file's as the operator wrote it. files may be NULL: then messages are without
 * the line that they are about. */
void host_check(const struct conf *conf, const char *path, const struct conf_files *files,
	struct report *r);

#endif
