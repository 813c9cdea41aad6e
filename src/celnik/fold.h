/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_FOLD_H
#define CELNIK_FOLD_H

/*
 * Folds repeats for people: the same question by the same client, blocked in the same way, is one
 * line with how often, from when to when. A line waits for its repeats until FOLD_MAX others wait
 * behind it.
 */

#include "log_show.h"

#define FOLD_MAX 1024

struct fold;

/* enabled false: records go straight through. NULL when memory is exhausted. */
struct fold *fold_new(struct log_view *view, bool enabled);
/* What waits is not shown. */
void fold_free(struct fold *f);
/* ERR_MEMORY. */
int fold_add(struct fold *f, const struct entry *entry) MUST_CHECK;
/* Shows what waits. ERR_MEMORY. */
int fold_flush(struct fold *f) MUST_CHECK;

#endif
