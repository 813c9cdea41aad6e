/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_LISTS_SHOW_H
#define CELNIK_LISTS_SHOW_H

/* The parts of `celnik lists` that compare and hand out generations. */

#include "cli.h"
#include "store/store.h"

/* What stands behind `lists` and is no word. */
struct lists_options {
	bool force;
	const char *format, *list, *fact, *country, *vendor, *category;
};

/* The generation in force; NULL, with a message, when there is none or it cannot be read. path has
 * room for GENERATIONS_PATH_MAX. */
struct store *lists_current(const struct conf *conf, char *path);
/* The generation in that file; NULL with a message. */
struct store *lists_open(const char *path);

/* Two of a path or `current`. CLI_OK when they say the same, CLI_NONE when they do not. */
int lists_show_diff(struct cli *cli, const char *old, const char *new);
int lists_show_export(const struct conf *conf, const struct lists_options *options);

#endif
