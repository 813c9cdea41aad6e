/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/quota.h"

#include <string.h>

int quota_init(struct quota *q, unsigned max)
{
	memset(q, 0, sizeof(*q));
	q->max = max;
	return hash_key_draw(&q->key);
}

static uint16_t *count_of(struct quota *q, const struct name *name)
{
	struct name zone = *name;

	while (zone.labels > 2)
		name_to_parent(&zone);
	return &q->count[hash_keyed(&q->key, zone.octets, zone.len) % QUOTA_ZONES];
}

bool quota_take(struct quota *q, const struct name *name)
{
	uint16_t *count = count_of(q, name);

	if (*count >= q->max)
		return false;
	++*count;
	return true;
}

void quota_give(struct quota *q, const struct name *name)
{
	--*count_of(q, name);
}
