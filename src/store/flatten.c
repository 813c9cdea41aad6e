/* SPDX-License-Identifier: BSD-3-Clause */

#include "flatten.h"

#include <stdlib.h>
#include <string.h>

#include "store/store.h"

__extension__ typedef unsigned __int128 u128;

struct sweep {
	const struct flatten_range *active[STORE_ROWS_MAX]; /* the narrowest first */
	unsigned count;
};

static u128 number_of(const uint8_t octets[FORMAT_ADDRESS_LEN])
{
	u128 n = 0;

	for (int i = 0; i < FORMAT_ADDRESS_LEN; i++)
		n = n << 8 | octets[i];
	return n;
}

static void octets_of(u128 n, uint8_t out[FORMAT_ADDRESS_LEN])
{
	for (int i = FORMAT_ADDRESS_LEN - 1; i >= 0; i--, n >>= 8)
		out[i] = (uint8_t)n;
}

static u128 width_of(const struct flatten_range *r)
{
	return number_of(r->last) - number_of(r->first);
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_first(const void *a, const void *b)
{
	const struct flatten_range *x = a, *y = b;
	int order = memcmp(x->first, y->first, sizeof(x->first));

	if (order == 0)
		order = memcmp(x->last, y->last, sizeof(x->last));
	if (order == 0)
		order = compare_u32(x->entry, y->entry);
	return order ? order : compare_u32(x->line, y->line);
}

static int activate(struct sweep *s, const struct flatten_range *r)
{
	u128 width = width_of(r);
	unsigned at = s->count;

	if (s->count == STORE_ROWS_MAX)
		return ERR_LIMIT;
	while (at > 0 && width_of(s->active[at - 1]) > width) {
		s->active[at] = s->active[at - 1];
		at--;
	}
	s->active[at] = r;
	s->count++;
	return 0;
}

/* Removes what ends at last. */
static void retire(struct sweep *s, u128 last)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->count; i++)
		if (number_of(s->active[i]->last) != last)
			s->active[kept++] = s->active[i];
	s->count = kept;
}

/* Where the segment ends: before the next range begins, or where the first active one ends. */
static u128 segment_end(const struct sweep *s, const struct flatten_range *next)
{
	u128 end = number_of(s->active[0]->last);

	for (unsigned i = 1; i < s->count; i++)
		if (number_of(s->active[i]->last) < end)
			end = number_of(s->active[i]->last);
	if (next && number_of(next->first) - 1 < end)
		end = number_of(next->first) - 1;
	return end;
}

int flatten_ranges(struct flatten_range *ranges, size_t count,
	int (*emit)(void *context, const struct flatten_segment *segment), void *context)
{
	struct sweep sweep = {.count = 0};
	struct flatten_segment segment;
	u128 at = 0;
	size_t next = 0;

	if (count > 0)
		qsort(ranges, count, sizeof(*ranges), compare_first);
	while (next < count || sweep.count > 0) {
		u128 end;
		int err = 0;

		if (sweep.count == 0)
			at = number_of(ranges[next].first);
		while (!err && next < count && number_of(ranges[next].first) == at)
			err = activate(&sweep, &ranges[next++]);
		if (err)
			return err;
		end = segment_end(&sweep, next < count ? &ranges[next] : NULL);
		octets_of(at, segment.first);
		octets_of(end, segment.last);
		segment.ranges = sweep.active;
		segment.count = sweep.count;
		err = emit(context, &segment);
		if (err)
			return err;
		retire(&sweep, end);
		at = end + 1;
	}
	return 0;
}
