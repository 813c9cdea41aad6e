/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef STORE_GENERATIONS_H
#define STORE_GENERATIONS_H

/*
 * The directory of compiled generations: files `<time>-<digest>.lists`, and `current`, a symbolic
 * link to the one in force that is replaced atomically. Three are kept.
 */

#include "base/digest.h"
#include "base/err.h"

#define GENERATIONS_PATH_MAX 4096
#define GENERATIONS_KEPT 3

/* The path of the generation in force. ERR_MISSING, ERR_LIMIT. */
int generations_current(const char *directory, char out[GENERATIONS_PATH_MAX]) MUST_CHECK;
/* The path a generation built at real_ns with that sources digest will have. ERR_LIMIT. */
int generations_path(const char *directory, uint64_t real_ns, const uint8_t sources[DIGEST_LEN],
	char out[GENERATIONS_PATH_MAX]) MUST_CHECK;
/* Makes a file of that directory current and removes all but the newest GENERATIONS_KEPT. ERR_IO.
 */
int generations_adopt(const char *directory, const char *path) MUST_CHECK;

#endif
