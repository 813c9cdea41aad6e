/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_PRIVILEGES_H
#define SUPERVISOR_PRIVILEGES_H

/* Whose rights the children have, and the directories that they write to. */

#include <sys/types.h>

#include "conf/conf.h"

struct identity {
	bool changes; /* started as root: children become another user */
	uid_t uid;
	gid_t gid;
};

/* The user of the configuration when started as root, else who we are. ERR_MISSING with a message
 * in r. */
int identity_find(const struct conf *conf, struct report *r, struct identity *out) MUST_CHECK;
/*
 * Makes the directories that are missing, for that user; one that exists must be writable for it.
 * ERR_FORMAT with messages in r.
 */
int identity_prepare_directories(
	const struct identity *who, const struct conf *conf, struct report *r) MUST_CHECK;
/* As many open files as are allowed. */
void privileges_raise_limits(void);
/*
 * In a new child: becomes that user for good, without any capability, cannot gain privileges any
 * more, and dies with its parent. ERR_IO.
 */
int privileges_drop(const struct identity *who, pid_t parent) MUST_CHECK;

#endif
