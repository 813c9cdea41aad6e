/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_PAGER_H
#define CELNIK_PAGER_H

/* Standard output through $PAGER, or less -FRSX, when it is a terminal. */

#include "cli.h"

/* Nothing when the output is for programs, or --no-pager was given. The pager is waited for when
 * the program ends; when it ends first, so does the program. True when there is one now. */
bool pager_start(const struct cli *cli);

#endif
