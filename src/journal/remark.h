/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_REMARK_H
#define JOURNAL_REMARK_H

/* Lines that are no query: changes, losses. */

#include "base/buf.h"
#include "conf/conf.h"

/* The longest id with its terminator: boot, lane, number. */
#define REMARK_ID_MAX 64

/* Strings that are NULL or "" are left out. */
struct remark {
	uint64_t real_ns;
	const char *boot;
	unsigned worker;
	uint64_t number;
	const char *kind, *action, *reason; /* of event */
	const char *site, *mode, *lists, *config;
};

const char *event_id_format(
	const char *boot, unsigned worker, uint64_t number, char out[REMARK_ID_MAX]);
/* The JSON line without its end. */
void remark_format(const struct remark *r, struct buf *out);

#endif
