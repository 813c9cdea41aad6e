/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_SCREEN_H
#define CELNIK_SCREEN_H

/* What people read on a terminal: foreign text made harmless, durations and numbers in words. */

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define SCREEN_DURATION_MAX 32

/* Text that came from elsewhere: control characters, those of C1 in UTF-8 included, are written
 * \DDD, so that nothing can steer the terminal. Line ends stay. */
void screen_text(FILE *out, const char *text);
/* The same for a formatted text on standard output. */
void screen_printf(const char *format, ...) PRINTF_LIKE(1, 2);
/* "12 s", "4 min", "3 h 12 min", "5 d 2 h"; returns out. */
const char *screen_duration(uint64_t seconds, char out[SCREEN_DURATION_MAX]);
/* "" or "s". */
const char *screen_plural(uint64_t count);

#endif
