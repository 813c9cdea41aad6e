/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_SOURCES_H
#define CONF_SOURCES_H

/*
 * The identity of the lists as configured: a generation is up to date when it carries this digest.
 */

#include "conf/conf.h"

/*
 * The digest of what the lists section says and of the content of every file it names (for
 * `shipped` every regular file below the directory whose name ends in .tsv, in the order of their
 * names; for `v2fly` also what they include). ERR_IO with the file in r, ERR_MEMORY.
 */
int conf_sources_digest(
	const struct conf *conf, struct report *r, uint8_t out[DIGEST_LEN]) MUST_CHECK;

#endif
