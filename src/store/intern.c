/* SPDX-License-Identifier: BSD-3-Clause */

#include "intern.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64u
#define COUNT_MAX (1u << 30)
#define TEXT_MAX ((size_t)1 << 30)

int intern_init(struct intern *t)
{
	struct hash_key seed;
	struct intern_slot *slots;
	int err = hash_key_draw(&seed);

	if (err)
		return err;
	slots = calloc(SLOTS_MIN, sizeof(*slots));
	if (!slots)
		return ERR_MEMORY;
	*t = (struct intern){.seed = seed, .slots = slots, .slot_count = SLOTS_MIN};
	buf_init_heap(&t->text, TEXT_MAX);
	return 0;
}

void intern_release(struct intern *t)
{
	if (!t)
		return;
	buf_release(&t->text);
	free(t->ends);
	free(t->slots);
}

struct span intern_get(const struct intern *t, uint32_t number)
{
	uint32_t from = number == 0 ? 0 : t->ends[number - 1];

	if (t->ends[number] == from)
		return span_of(NULL, 0);
	return span_of(t->text.data + from, t->ends[number] - from);
}

static uint32_t hash_of(const struct intern *t, struct span s)
{
	return (uint32_t)hash_keyed(&t->seed, s.data, s.len);
}

/* The slot that holds s, or the free one where it belongs. */
static struct intern_slot *slot_of(const struct intern *t, struct span s, uint32_t hash)
{
	uint32_t mask = t->slot_count - 1;
	uint32_t at = hash & mask;

	while (t->slots[at].number != 0 &&
		(t->slots[at].hash != hash ||
			!span_equal(intern_get(t, t->slots[at].number - 1), s)))
		at = (at + 1) & mask;
	return &t->slots[at];
}

static int grow_slots(struct intern *t)
{
	uint32_t mask = t->slot_count * 2 - 1;
	struct intern_slot *slots = calloc((size_t)mask + 1, sizeof(*slots));

	if (!slots)
		return ERR_MEMORY;
	for (uint32_t i = 0; i < t->slot_count; i++) {
		uint32_t at = t->slots[i].hash & mask;

		if (t->slots[i].number == 0)
			continue;
		while (slots[at].number != 0)
			at = (at + 1) & mask;
		slots[at] = t->slots[i];
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = mask + 1;
	return 0;
}

static int grow_ends(struct intern *t)
{
	uint32_t capacity = t->capacity ? t->capacity * 2 : SLOTS_MIN;
	uint32_t *ends = realloc(t->ends, (size_t)capacity * sizeof(*ends));

	if (!ends)
		return ERR_MEMORY;
	t->ends = ends;
	t->capacity = capacity;
	return 0;
}

int intern_put(struct intern *t, struct span s, uint32_t *number, bool *is_new)
{
	uint32_t hash = hash_of(t, s);
	struct intern_slot *slot = slot_of(t, s, hash);
	int err = 0;

	if (slot->number != 0) {
		*number = slot->number - 1;
		if (is_new)
			*is_new = false;
		return 0;
	}
	if (t->count == COUNT_MAX || s.len > TEXT_MAX - t->text.len)
		return ERR_LIMIT;
	if (t->count == t->capacity)
		err = grow_ends(t);
	if (!err && (t->count + 1) * 2 > t->slot_count)
		err = grow_slots(t);
	if (err)
		return err;
	buf_put_span(&t->text, s);
	if (t->text.overflow)
		return ERR_MEMORY;
	t->ends[t->count] = (uint32_t)t->text.len;
	*number = t->count++;
	*slot_of(t, intern_get(t, *number), hash) = (struct intern_slot){t->count, hash};
	if (is_new)
		*is_new = true;
	return 0;
}

bool intern_find(const struct intern *t, struct span s, uint32_t *number)
{
	const struct intern_slot *slot = slot_of(t, s, hash_of(t, s));

	if (slot->number == 0)
		return false;
	*number = slot->number - 1;
	return true;
}
