/* SPDX-License-Identifier: BSD-3-Clause */

#include "memo.h"

int64_t memo_find(const struct memo *m, struct span text, uint64_t *hash)
{
	*hash = hash_keyed(&m->key, text.data, text.len);
	return m->slots[*hash % MEMO_SLOTS].hash == *hash ? m->slots[*hash % MEMO_SLOTS].id : 0;
}

void memo_put(struct memo *m, uint64_t hash, int64_t id)
{
	m->slots[hash % MEMO_SLOTS].hash = hash;
	m->slots[hash % MEMO_SLOTS].id = id;
}
