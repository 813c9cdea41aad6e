/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/census.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

#define KEY_MAX 8192
#define SLOTS_FIRST 256

struct census {
	struct hash_key hash;
	struct census_row *rows;
	size_t count, capacity;
	uint32_t *slots; /* 0, or the index of a row plus one */
	size_t slot_count; /* a power of two, at least twice the rows */
	uint64_t entry, left_out;
};

struct census *census_new(void)
{
	struct census *t = calloc(1, sizeof(*t));

	if (t && hash_key_draw(&t->hash) == 0) {
		t->slots = calloc(SLOTS_FIRST, sizeof(*t->slots));
		t->slot_count = SLOTS_FIRST;
		if (t->slots)
			return t;
	}
	free(t);
	return NULL;
}

void census_free(struct census *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->rows[i].key);
	free(t->rows);
	free(t->slots);
	free(t);
}

/* Where the key's row is, or where it would be. */
static uint32_t *find(const struct census *t, struct span key)
{
	size_t at = hash_keyed(&t->hash, key.data, key.len) & (t->slot_count - 1);

	while (t->slots[at]) {
		const struct census_row *row = &t->rows[t->slots[at] - 1];

		if (span_equal(span_of(row->key, row->key_len), key))
			break;
		at = (at + 1) & (t->slot_count - 1);
	}
	return &t->slots[at];
}

static int grow(struct census *t)
{
	size_t capacity = t->slot_count, slot_count = t->slot_count * 2;
	struct census_row *rows;
	uint32_t *slots;

	if (t->count * 2 < t->slot_count && t->capacity)
		return 0;
	if (t->count * 2 >= t->slot_count) {
		slots = calloc(slot_count, sizeof(*slots));
		if (!slots)
			return ERR_MEMORY;
		free(t->slots);
		t->slots = slots;
		t->slot_count = slot_count;
		for (size_t i = 0; i < t->count; i++)
			*find(t, span_of(t->rows[i].key, t->rows[i].key_len)) = (uint32_t)i + 1;
	}
	rows = reallocarray(t->rows, capacity, sizeof(*rows));
	if (!rows)
		return ERR_MEMORY;
	t->rows = rows;
	t->capacity = capacity;
	return 0;
}

static int add_row(struct census *t, struct span key, const char *timestamp)
{
	struct census_row *row;
	int err = grow(t);

	if (err)
		return err;
	row = &t->rows[t->count];
	*row = (struct census_row){.key = malloc(key.len), .key_len = key.len};
	if (!row->key)
		return ERR_MEMORY;
	memcpy(row->key, key.data, key.len);
	snprintf(row->first, sizeof(row->first), "%s", timestamp);
	snprintf(row->last, sizeof(row->last), "%s", timestamp);
	*find(t, key) = (uint32_t)++t->count;
	return 0;
}

void census_next_entry(struct census *t)
{
	t->entry++;
}

int census_add_key(struct census *t, struct span key, const char *timestamp)
{
	uint32_t index = *find(t, key);
	struct census_row *row;
	int err;

	if (index == 0) {
		if (t->count == CENSUS_ROWS_MAX) {
			t->left_out++;
			return 0;
		}
		err = add_row(t, key, timestamp);
		if (err)
			return err;
		index = *find(t, key);
	}
	row = &t->rows[index - 1];
	if (row->count > 0 && row->entry == t->entry)
		return 0;
	row->count++;
	row->entry = t->entry;
	if (strcmp(timestamp, row->first) < 0)
		snprintf(row->first, sizeof(row->first), "%s", timestamp);
	if (strcmp(timestamp, row->last) > 0)
		snprintf(row->last, sizeof(row->last), "%s", timestamp);
	return 0;
}

/* Which value of each field is taken. */
struct choice {
	const struct field *const *by;
	unsigned count;
	struct entry_values values[CENSUS_FIELDS_MAX];
	unsigned at[CENSUS_FIELDS_MAX];
};

static const char *value_at(const struct choice *c, unsigned n, unsigned match)
{
	unsigned at = c->by[n]->parallel ? match : c->at[n];

	return at < c->values[n].count ? c->values[n].texts[at] : NULL;
}

static int add_choice(struct census *t, const struct choice *c, unsigned match, const char *at)
{
	uint8_t storage[KEY_MAX];
	struct buf key;

	buf_init_fixed(&key, storage, sizeof(storage));
	for (unsigned n = 0; n < c->count; n++) {
		const char *text = value_at(c, n, match);

		if (!text)
			return 0;
		buf_put(&key, text, strlen(text) + 1);
	}
	if (key.overflow) {
		t->left_out++;
		return 0;
	}
	return census_add_key(t, buf_span(&key), at);
}

/* The next combination of the fields that are not parallel; false when there is none. */
static bool advance(struct choice *c)
{
	for (unsigned n = 0; n < c->count; n++) {
		bool is_single = c->by[n]->parallel || c->by[n]->other_key;

		if (is_single)
			continue;
		if (++c->at[n] < c->values[n].count)
			return true;
		c->at[n] = 0;
	}
	return false;
}

int census_add(
	struct census *t, const struct entry *entry, const struct field *const *by, unsigned count)
{
	struct choice c = {.by = by, .count = count};
	const char *at = entry_text(entry, "@timestamp", "");
	unsigned matches = 1;
	int err = 0;

	census_next_entry(t);
	for (unsigned n = 0; n < count; n++) {
		entry_values(entry, by[n], &c.values[n]);
		if (by[n]->parallel && c.values[n].count > matches)
			matches = c.values[n].count;
	}
	do
		for (unsigned match = 0; !err && match < matches; match++)
			err = add_choice(t, &c, match, at);
	while (!err && advance(&c));
	return err;
}

static int compare_keys(const void *a, const void *b)
{
	const struct census_row *x = a, *y = b;

	return span_compare(span_of(x->key, x->key_len), span_of(y->key, y->key_len));
}

static int compare_counts(const void *a, const void *b)
{
	const struct census_row *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return compare_keys(a, b);
}

static int compare_firsts(const void *a, const void *b)
{
	const struct census_row *x = a, *y = b;
	int order = strcmp(x->first, y->first);

	return order ? order : compare_keys(a, b);
}

void census_sort(struct census *t, enum census_order order)
{
	static int (*const compares[])(const void *, const void *) = {
		[CENSUS_BY_COUNT] = compare_counts,
		[CENSUS_BY_KEY] = compare_keys,
		[CENSUS_BY_FIRST] = compare_firsts,
	};

	if (t->count > 0)
		qsort(t->rows, t->count, sizeof(*t->rows), compares[order]);
}

size_t census_count(const struct census *t)
{
	return t->count;
}

const struct census_row *census_at(const struct census *t, size_t index)
{
	return &t->rows[index];
}

uint64_t census_left_out(const struct census *t)
{
	return t->left_out;
}

const char *census_value(const struct census_row *row, unsigned n)
{
	const char *value = row->key;

	while (n-- > 0)
		value += strlen(value) + 1;
	return value;
}
