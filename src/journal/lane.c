/* SPDX-License-Identifier: BSD-3-Clause */

#include "lane.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

int bell_init(struct bell *b)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return ERR_IO;
	atomic_init(&b->sleeping, false);
	b->fd = fd;
	return 0;
}

void bell_release(struct bell *b)
{
	close(b->fd);
}

void bell_ring(struct bell *b)
{
	uint64_t one = 1;

	/* Of several lanes one makes the system call. It cannot block, and fails only when the bell
	 * has been rung 2^64 times. */
	if (atomic_load(&b->sleeping) && atomic_exchange(&b->sleeping, false))
		(void)!write(b->fd, &one, sizeof(one));
}

int lane_init(struct journal_lane *l, unsigned index, unsigned ring_size, struct bell *bell)
{
	int err;

	l->bell = bell;
	l->index = index;
	l->number = 1;
	atomic_init(&l->published, 0);
	atomic_init(&l->lost_queries, 0);
	atomic_init(&l->lost_events, 0);
	atomic_init(&l->retired, NULL);
	atomic_init(&l->retired_octets, 0);
	atomic_init(&l->parted, NULL);
	err = ring_init(&l->queries, ring_size);
	if (!err)
		err = ring_init(&l->events, ring_size);
	return err;
}

uint64_t retired_free(struct resolution *list)
{
	uint64_t octets = 0;

	while (list) {
		struct resolution *next = list->next;

		octets += resolution_size(list);
		resolution_free(list);
		list = next;
	}
	return octets;
}

void parted_free(struct parted *list)
{
	while (list) {
		struct parted *next = list->next;

		list->context->release(list->context);
		free(list);
		list = next;
	}
}

void lane_release(struct journal_lane *l)
{
	retired_free(atomic_load(&l->retired));
	parted_free(atomic_load(&l->parted));
	if (l->context)
		l->context->release(l->context);
	ring_release(&l->queries);
	ring_release(&l->events);
}

uint64_t lane_handled(const struct journal_lane *l)
{
	return ring_head(&l->queries) + ring_head(&l->events);
}

uint64_t lane_waiting(const struct journal_lane *l)
{
	uint64_t published = atomic_load(&l->published);
	uint64_t handled = lane_handled(l);

	/* The writer may be ahead: it also takes what is not published yet. */
	return published > handled ? published - handled : 0;
}

uint64_t journal_number(const struct journal_lane *l)
{
	return l->number;
}

/* What the configuration wants to be recorded. */
static bool is_wanted(const struct conf *conf, const struct journal_record *r)
{
	enum conf_journal_extent extent = CONF_JOURNAL_ALL;

	if (r->group < conf->group_count)
		extent = conf->groups[r->group].journal;
	if (r->alert)
		return extent != CONF_JOURNAL_NONE && (conf->events.keep_s || conf->queries.keep_s);
	return extent == CONF_JOURNAL_ALL && conf->queries.keep_s;
}

/* One thread does it at a time, so load and store suffice. */
void lane_lose(struct journal_lane *l, bool event)
{
	_Atomic uint64_t *counter = event ? &l->lost_events : &l->lost_queries;
	uint64_t lost = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, lost + 1, memory_order_relaxed);
}

bool journal_put(struct journal_lane *l, const struct journal_record *r)
{
	struct resolution *resolution = (struct resolution *)r->resolution;
	struct ring *ring = r->alert ? &l->events : &l->queries;
	struct ring_entry *entry = NULL;
	uint64_t number;

	if (!is_wanted(l->context->conf, r))
		return true;
	number = l->number++;
	if (atomic_load_explicit(&l->retired_octets, memory_order_relaxed) < JOURNAL_RETIRED_MAX)
		entry = ring_room(ring);
	if (!entry) {
		lane_lose(l, r->alert);
		return false;
	}
	*entry = (struct ring_entry){.record = *r, .context = l->context};
	entry->record.number = number;
	ring_push(ring);
	/* Read first, so that the cache line of an answer often given stays shared. */
	if (!resolution->noted)
		resolution->noted = true;
	return true;
}

void journal_retire(struct journal_lane *l, struct resolution *r)
{
	struct resolution *first;

	if (!r)
		return;
	/*
	 * Also what bounds memory when the disk hangs: when the rings are full or enough is
	 * retired, what is resolved from there on is never noted.
	 */
	if (!r->noted) {
		resolution_free(r);
		return;
	}
	atomic_fetch_add_explicit(&l->retired_octets, resolution_size(r), memory_order_relaxed);
	first = atomic_load_explicit(&l->retired, memory_order_relaxed);
	do
		r->next = first;
	while (!atomic_compare_exchange_weak_explicit(
		&l->retired, &first, r, memory_order_release, memory_order_relaxed));
}

void journal_adopt(struct journal_lane *l, struct journal_context *c)
{
	struct parted *p = l->context ? malloc(sizeof(*p)) : NULL;

	if (p) {
		p->context = l->context;
		p->next = atomic_load_explicit(&l->parted, memory_order_relaxed);
		while (!atomic_compare_exchange_weak_explicit(
			&l->parted, &p->next, p, memory_order_release, memory_order_relaxed))
			;
	}
	l->context = c;
}

void journal_turn(struct journal_lane *l)
{
	uint64_t put = ring_pushed(&l->queries) + ring_pushed(&l->events);

	if (put == l->turned)
		return;
	l->turned = put;
	atomic_store(&l->published, put);
	bell_ring(l->bell);
}

static struct change *change_new(const char *kind, const char *action, const char *reason)
{
	size_t action_size = strlen(action) + 1, reason_size = strlen(reason) + 1;
	struct change *change = malloc(sizeof(*change) + action_size + reason_size);
	char *text = (char *)(change + 1);

	if (!change)
		return NULL;
	memcpy(text, action, action_size);
	memcpy(text + action_size, reason, reason_size);
	*change = (struct change){kind, text, text + action_size};
	return change;
}

/* Takes over the change; NULL is one that memory did not suffice for. */
static void put_change(struct journal_lane *l, struct change *change)
{
	struct ring_entry *entry = change ? ring_room(&l->events) : NULL;
	uint64_t number = l->number++;

	if (entry) {
		*entry = (struct ring_entry){
			.record = {.number = number, .real_ns = clock_real_ns(), .alert = 1},
			.context = l->context,
			.change = change,
		};
		ring_push(&l->events);
	} else {
		free(change);
		lane_lose(l, true);
	}
	journal_turn(l);
}

void journal_change(struct journal_lane *l, const char *action, const char *reason, const char *who)
{
	size_t size = strlen(reason) + strlen(who) + sizeof(" (by )");
	struct buf text;

	buf_init_heap(&text, size);
	buf_printf(&text, "%s (by %s)", reason, who);
	put_change(l, text.overflow ? NULL : change_new("change", action, buf_text(&text)));
	buf_release(&text);
}

void journal_loss(struct journal_lane *l, const char *reason)
{
	put_change(l, change_new("loss", "", reason));
}
