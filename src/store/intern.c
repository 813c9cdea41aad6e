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
	uint32_t *slots;
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

/* The slot that holds s, or the free one where it belongs. */
static uint32_t slot_of(const struct intern *t, struct span s)
{
	uint32_t mask = t->slot_count - 1;
	uint32_t at = (uint32_t)hash_keyed(&t->seed, s.data, s.len) & mask;

	while (t->slots[at] != 0 && !span_equal(intern_get(t, t->slots[at] - 1), s))
		at = (at + 1) & mask;
	return at;
}

static int grow_slots(struct intern *t)
{
	uint32_t *old = t->slots;
	uint32_t *slots = calloc((size_t)t->slot_count * 2, sizeof(*slots));

	if (!slots)
		return ERR_MEMORY;
	t->slots = slots;
	t->slot_count *= 2;
	for (uint32_t i = 0; i < t->count; i++)
		slots[slot_of(t, intern_get(t, i))] = i + 1;
	free(old);
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
	uint32_t at = slot_of(t, s);
	int err = 0;

	if (t->slots[at] != 0) {
		*number = t->slots[at] - 1;
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
	t->slots[slot_of(t, s)] = t->count;
	if (is_new)
		*is_new = true;
	return 0;
}

bool intern_find(const struct intern *t, struct span s, uint32_t *number)
{
	uint32_t slot = t->slots[slot_of(t, s)];

	if (slot == 0)
		return false;
	*number = slot - 1;
	return true;
}
