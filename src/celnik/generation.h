/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_GENERATION_H
#define CELNIK_GENERATION_H

/* The compiled lists in force, and whether they are those of the configuration. */

#include "conf/conf.h"
#include "store/generations.h"
#include "store/store.h"

/* Whether a generation is what the configuration and its files say now. */
enum generation_age {
	AGE_CURRENT,
	AGE_OUTDATED,
	AGE_UNKNOWN, /* a list file cannot be read */
};

/* ERR_MISSING when there is none; otherwise path is set, and errors are those of store_open. */
int generation_open(
	const struct conf *conf, char path[GENERATIONS_PATH_MAX], struct store **out) MUST_CHECK;
enum generation_age generation_age(const struct conf *conf, const struct store *store);

#endif
