/* SPDX-License-Identifier: BSD-3-Clause */

#include "pieces.h"

#include <stdlib.h>

typedef unsigned __int128 number;

#define V4_FIRST ((number)0xffff << 32)
#define V4_LAST (V4_FIRST | UINT32_MAX)

struct pieces {
	bool is_v4;
	number *starts; /* the first addresses of pieces, in any order until walked */
	size_t count, room;
};

static number number_of(const struct inet_addr *a)
{
	number n = 0;

	for (int i = 0; i < 16; i++)
		n = n << 8 | a->octets[i];
	return n;
}

static struct inet_addr address_of(number n, bool is_v4)
{
	struct inet_addr a = {.is_v4 = is_v4};

	for (int i = 15; i >= 0; i--, n >>= 8)
		a.octets[i] = (uint8_t)n;
	return a;
}

static number last_of(const struct pieces *s)
{
	return s->is_v4 ? V4_LAST : ~(number)0;
}

static int add(struct pieces *s, number start)
{
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		number *starts = reallocarray(s->starts, room, sizeof(*starts));

		if (!starts)
			return ERR_MEMORY;
		s->starts = starts;
		s->room = room;
	}
	s->starts[s->count++] = start;
	return 0;
}

struct pieces *pieces_new(bool is_v4)
{
	struct pieces *s = calloc(1, sizeof(*s));

	if (s)
		s->is_v4 = is_v4;
	if (s && add(s, is_v4 ? V4_FIRST : 0) == 0 &&
		(is_v4 || (add(s, V4_FIRST) == 0 && add(s, V4_LAST + 1) == 0)))
		return s;
	pieces_free(s);
	return NULL;
}

void pieces_free(struct pieces *s)
{
	if (!s)
		return;
	free(s->starts);
	free(s);
}

int pieces_cut(struct pieces *s, const struct inet_addr *first, const struct inet_addr *last)
{
	int err = 0;

	if (first->is_v4 != s->is_v4)
		return 0;
	/* Ranges come in order, and many at one place. */
	if (s->starts[s->count - 1] != number_of(first))
		err = add(s, number_of(first));
	if (!err && number_of(last) != last_of(s))
		err = add(s, number_of(last) + 1);
	return err;
}

/* The largest prefix that begins at first and ends at or before last; again behind it, to the end.
 */
void pieces_split(const struct inet_addr *from, const struct inet_addr *to,
	void (*each)(void *context, const struct inet_prefix *prefix), void *context)
{
	number first = number_of(from), last = number_of(to), step;

	for (;;) {
		unsigned bits = 0;

		while (bits < 127 && (first >> bits & 1) == 0 &&
			first + (((number)2 << bits) - 1) <= last)
			bits++;
		each(context, &(struct inet_prefix){.addr = address_of(first, from->is_v4),
				      .len = (uint8_t)(128 - bits)});
		step = ((number)1 << bits) - 1;
		if (first + step >= last)
			return;
		first += step + 1;
	}
}

static int compare(const void *a, const void *b)
{
	const number *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool pieces_touch(const struct inet_addr *last, const struct inet_addr *first)
{
	return number_of(first) <= number_of(last) + 1;
}

/* IPv4 has a family of its own. Servers keep its addresses in ::ffff:0:0/96 too: an IPv6 prefix
 * around that would hold them all. */
static bool is_other_family(const struct pieces *p, number start)
{
	return !p->is_v4 && start >= V4_FIRST && start <= V4_LAST;
}

/* Neighbours on the way to prefixes. */
struct run {
	void (*each)(void *context, const struct inet_prefix *prefix, int decided);
	void *context;
	int decided;
};

static void put(void *context, const struct inet_prefix *prefix)
{
	struct run *r = context;

	r->each(r->context, prefix, r->decided);
}

void pieces_walk(struct pieces *s, int (*decide)(void *context, const struct inet_addr *addr),
	void (*each)(void *context, const struct inet_prefix *prefix, int decided), void *context)
{
	struct run run = {.each = each, .context = context};
	struct inet_addr first = {.is_v4 = s->is_v4};

	qsort(s->starts, s->count, sizeof(*s->starts), compare);
	for (size_t i = 0; i < s->count; i++) {
		struct inet_addr start = address_of(s->starts[i], s->is_v4), end;
		int decided;

		if (i > 0 && s->starts[i] == s->starts[i - 1])
			continue;
		decided = is_other_family(s, s->starts[i]) ? 0 : decide(context, &start);
		if (i > 0 && decided == run.decided)
			continue;
		end = address_of(s->starts[i] - 1, s->is_v4);
		if (i > 0 && run.decided)
			pieces_split(&first, &end, put, &run);
		first = start;
		run.decided = decided;
	}
	if (run.decided) {
		struct inet_addr end = address_of(last_of(s), s->is_v4);

		pieces_split(&first, &end, put, &run);
	}
}
