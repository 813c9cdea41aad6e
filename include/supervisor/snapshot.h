/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_SNAPSHOT_H
#define SUPERVISOR_SNAPSHOT_H

/*
 * All that the children are given of files, checked as far as the supervisor can, each copied into
 * sealed memory: what happens to the files later does not matter. Immutable.
 */

#include "conf/conf.h"
#include "link/channel.h"
#include "store/store.h"

struct snapshot_mmdb {
	enum channel_type type; /* CHANNEL_MMDB_COUNTRY or CHANNEL_MMDB_ASN */
	const char *path;
	int fd;
};

/* A small file for the resolvers, who could not read it any more themselves. */
struct snapshot_file {
	int fd; /* -1: not needed, or it cannot be read */
	int problem; /* errno then, or 0 */
};

struct snapshot {
	struct conf *conf;
	int config_fd;
	int lists_fd; /* -1: there are none */
	struct store_info lists; /* valid when lists_fd is one */
	char lists_alarm[256]; /* why they are not what they should be; "" when they are */
	struct snapshot_mmdb *mmdbs;
	unsigned mmdb_count;
	struct snapshot_file anchors, resolv;
	uint8_t resolving[DIGEST_LEN]; /* of all that only a new resolver process can take up */
};

enum snapshot_for { SNAPSHOT_START, SNAPSHOT_RELOAD };

/*
 * Lists that do not match their sources are a warning for a start and an error for a reload; none
 * at all an error where they are enforced. Problems go to r; ERR_FORMAT when one is an error.
 */
int snapshot_load(const char *config_path, enum snapshot_for what_for, struct report *r,
	struct snapshot **out) MUST_CHECK;
void snapshot_free(struct snapshot *s);

/* The key of something that cannot be changed while running, or NULL. */
const char *snapshot_needs_restart(const struct conf *old, const struct conf *new);

#endif
