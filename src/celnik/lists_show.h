/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_LISTS_SHOW_H
#define CELNIK_LISTS_SHOW_H

/* The parts of `celnik lists` that compare and hand out generations. */

#include "cli.h"
#include "lists/export.h"
#include "store/store.h"

/* What stands behind `lists` and is no word. */
struct lists_options {
	bool force;
	const char *format, *group, *list, *fact, *country, *vendor, *category;
};

/* The generation in force; NULL, with a message, when there is none or it cannot be read. path has
 * room for GENERATIONS_PATH_MAX. */
struct store *lists_current(const struct conf *conf, char *path);
/* The generation in that file; NULL with a message. */
struct store *lists_open(const char *path);

/* Two of a path or `current`. CLI_OK when they say the same, CLI_NONE when they do not. */
int lists_show_diff(struct cli *cli, const char *old, const char *new);
int lists_show_export(const struct conf *conf, const struct lists_options *options);
/* The policy of a group of clients, or of all when group is NULL, as a zone on standard output.
 * CLI_OK, or another code with a message; whether all was written is for the caller to ask. */
int lists_show_rpz(const struct conf *conf, const char *group, struct store *s,
	const struct lists_filter *filter, struct lists_export_result *result);

#endif
