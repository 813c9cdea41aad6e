/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_NOISE_H
#define RESOLVER_NOISE_H

/* A stream for what libunbound prints: each line goes to our log, so many a minute and no more. */

#include <stdio.h>

#include "base/err.h"

/* *out is closed with fclose. ERR_IO, ERR_MEMORY. */
int noise_open(FILE **out) MUST_CHECK;

#endif
