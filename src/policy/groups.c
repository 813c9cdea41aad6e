/* SPDX-License-Identifier: BSD-3-Clause */

#include "groups.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

/* A network while the table is being made. */
struct network {
	struct inet_addr first, last;
	uint8_t len;
	uint16_t group;
	unsigned order; /* as written: of two equal networks the first counts */
};

/* From this address on, up to the next range, clients are of this group. */
struct range {
	uint8_t first[16];
	uint16_t group;
};

struct table {
	struct range *ranges;
	size_t count;
};

struct groups {
	struct table v4, v6;
};

static int compare_networks(const void *left, const void *right)
{
	const struct network *a = left, *b = right;
	int order = inet_addr_compare(&a->first, &b->first);

	if (order == 0)
		order = (a->len > b->len) - (a->len < b->len);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void begin_range(struct table *t, const uint8_t first[16], uint16_t group)
{
	/* A range of no length is one that the next replaces. */
	if (t->count > 0 && memcmp(t->ranges[t->count - 1].first, first, 16) == 0)
		t->count--;
	memcpy(t->ranges[t->count].first, first, 16);
	t->ranges[t->count++].group = group;
}

/* The address behind the last one of n; false when there is none. */
static bool address_behind(const struct network *n, uint8_t out[16])
{
	memcpy(out, n->last.octets, 16);
	for (int i = 15; i >= 0; i--)
		if (++out[i] != 0)
			return true;
	return false;
}

/* Networks are nested or apart, so those that are open at a point form a stack. */
static void flatten(
	struct table *t, const struct network *networks, size_t count, const struct network **stack)
{
	size_t depth = 0;
	uint8_t behind[16];

	for (size_t i = 0; i <= count; i++) {
		const struct network *n = i < count ? &networks[i] : NULL;

		while (depth > 0 &&
			(!n || inet_addr_compare(&n->first, &stack[depth - 1]->last) > 0)) {
			depth--;
			if (address_behind(stack[depth], behind))
				begin_range(t, behind,
					depth ? stack[depth - 1]->group : POLICY_GROUP_NONE);
		}
		if (!n || (depth > 0 && n->len == stack[depth - 1]->len))
			continue;
		begin_range(t, n->first.octets, n->group);
		stack[depth++] = n;
	}
}

static size_t take_networks(const struct conf *conf, bool v4, struct network *out)
{
	size_t count = 0;

	for (unsigned g = 0; g < conf->group_count; g++) {
		for (unsigned i = 0; i < conf->groups[g].network_count; i++) {
			const struct inet_prefix *p = &conf->groups[g].networks[i];

			if (p->addr.is_v4 != v4)
				continue;
			out[count] = (struct network){.first = p->addr,
				.last = inet_prefix_last(p),
				.len = p->len,
				.group = (uint16_t)g,
				.order = (unsigned)count};
			count++;
		}
	}
	return count;
}

static int make_table(struct table *t, const struct conf *conf, bool v4, size_t most)
{
	struct network *networks = calloc(most + 1, sizeof(*networks));
	const struct network **stack = calloc(most + 1, sizeof(*stack));
	size_t count;
	int err = ERR_MEMORY;

	t->ranges = calloc(2 * most + 1, sizeof(*t->ranges));
	if (!networks || !stack || !t->ranges)
		goto out;
	count = take_networks(conf, v4, networks);
	qsort(networks, count, sizeof(*networks), compare_networks);
	flatten(t, networks, count, stack);
	err = 0;
out:
	free(stack);
	free(networks);
	return err;
}

int groups_new(const struct conf *conf, struct groups **out)
{
	struct groups *g = calloc(1, sizeof(*g));
	size_t most = 0;
	int err = g ? 0 : ERR_MEMORY;

	for (unsigned i = 0; i < conf->group_count; i++)
		most += conf->groups[i].network_count;
	if (!err)
		err = make_table(&g->v4, conf, true, most);
	if (!err)
		err = make_table(&g->v6, conf, false, most);
	if (err) {
		groups_free(g);
		return err;
	}
	*out = g;
	return 0;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	free(g->v4.ranges);
	free(g->v6.ranges);
	free(g);
}

static uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return be64toh(value);
}

static bool is_at_or_before(const uint8_t a[16], uint64_t high, uint64_t low)
{
	uint64_t a_high = get_u64(a);

	return a_high < high || (a_high == high && get_u64(a + 8) <= low);
}

uint16_t groups_find(const struct groups *g, const struct inet_addr *client)
{
	const struct table *t = client->is_v4 ? &g->v4 : &g->v6;
	const uint64_t left = get_u64(client->octets), right = get_u64(client->octets + 8);
	size_t low = 0, high = t->count;

	/* The last range that begins at or before the client. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_at_or_before(t->ranges[middle].first, left, right))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? t->ranges[low - 1].group : POLICY_GROUP_NONE;
}
