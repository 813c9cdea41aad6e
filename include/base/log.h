/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Messages of a running process to its operator, on standard error, one line each; under systemd
 * with the priority prefix <N> that the journal reads. Not the query log. Never called on the path
 * of a query; library code returns errors and lets its caller log.
 */

#include "base/err.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* name stands before each line ("celnikd", "front", "resolver 0"); copied, at most 31 octets. */
void log_open(const char *name, enum log_level most);
void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
