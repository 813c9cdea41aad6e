/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_LOG_SHOW_H
#define CELNIK_LOG_SHOW_H

/* Records of the query log on standard output: for people one line each, JSON as it was written,
 * CSV with the log's field names. */

#include "cli.h"
#include "json/reader.h"

/* What stands above the records. */
void log_show_head(const struct cli *cli);
/* record is line, parsed. */
void log_show(const struct cli *cli, struct span line, const struct json_value *record);

#endif
