/* SPDX-License-Identifier: BSD-3-Clause */

#include "ring.h"

#include <stdlib.h>

int ring_init(struct ring *r, unsigned size)
{
	struct ring_entry *entries = calloc(size, sizeof(*entries));

	if (!entries)
		return ERR_MEMORY;
	r->entries = entries;
	r->mask = size - 1;
	r->head_seen = 0;
	atomic_init(&r->tail, 0);
	atomic_init(&r->head, 0);
	return 0;
}

void ring_release(struct ring *r)
{
	free(r->entries);
	r->entries = NULL;
}
