/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_REVIEW_INDEX_H
#define CELNIK_REVIEW_INDEX_H

/* The index as the verbs that look into the log want it. */

#include "cli.h"
#include "review/index.h"

/*
 * The index that `celnik index` keeps, or, where there is none that can be used, one in memory made
 * of the segments that did not end before since_ns; which is said on standard error. CLI_IO after
 * saying why.
 */
int review_index(
	const struct cli *cli, const struct conf *conf, uint64_t since_ns, struct index **out);
/* Says on standard error why an index cannot be used; x may be NULL. Returns CLI_IO. */
int review_index_failed(const char *path, const struct conf *conf, struct index *x, int err);

#endif
