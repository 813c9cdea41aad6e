/* SPDX-License-Identifier: BSD-3-Clause */

#include "prepared.h"

#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"

struct prepared {
	struct line_key key;
	struct line_text text; /* its octets stand behind the struct */
	struct resolution *resolution;
	struct prepared *sibling; /* of the same resolution, under another key */
	struct prepared *newer, *older;
	size_t size; /* in memory */
	bool used; /* since its turn came last */
};

void prepared_init(struct prepared_store *s)
{
	*s = (struct prepared_store){0};
	buf_init_heap(&s->scratch, JOURNAL_LINE_MAX);
}

void prepared_release(struct prepared_store *s)
{
	prepared_clear(s);
	buf_release(&s->scratch);
}

static void link_newest(struct prepared_store *s, struct prepared *p)
{
	p->newer = NULL;
	p->older = s->newest;
	*(s->newest ? &s->newest->newer : &s->oldest) = p;
	s->newest = p;
}

static void unlink_one(struct prepared_store *s, struct prepared *p)
{
	*(p->newer ? &p->newer->older : &s->newest) = p->older;
	*(p->older ? &p->older->newer : &s->oldest) = p->newer;
}

static void drop(struct prepared_store *s, struct prepared *p)
{
	struct prepared **at = &p->resolution->prepared;

	while (*at != p)
		at = &(*at)->sibling;
	*at = p->sibling;
	unlink_one(s, p);
	s->octets -= p->size;
	free(p);
}

void prepared_forget(struct prepared_store *s, const struct resolution *r)
{
	while (r->prepared)
		drop(s, r->prepared);
}

void prepared_clear(struct prepared_store *s)
{
	while (s->oldest)
		drop(s, s->oldest);
}

/* CLOCK: what was used since gets another turn. */
static void make_room(struct prepared_store *s, uint64_t most)
{
	while (s->oldest && s->octets > most) {
		struct prepared *p = s->oldest;

		if (!p->used) {
			drop(s, p);
			continue;
		}
		p->used = false;
		unlink_one(s, p);
		link_newest(s, p);
	}
}

static bool is_same(
	const struct line_key *k, const struct journal_record *r, const struct journal_context *c)
{
	return k->context == c && k->group == r->group && k->rule == r->rule &&
	       k->exception == r->exception && k->rcode == r->rcode && k->action == r->action &&
	       k->would == r->would && k->alert == r->alert;
}

/* A copy of the runs in scratch. */
static void keep(struct prepared_store *s, const struct line_key *key, struct resolution *r)
{
	size_t size = sizeof(struct prepared) + s->scratch.len;
	uint64_t most = journal_prepared_max(key->context->conf);
	struct prepared *p = size <= most ? malloc(size) : NULL;

	/* Without memory each line is made anew. */
	if (!p)
		return;
	make_room(s, most - size);
	*p = (struct prepared){.key = *key, .text = s->text, .resolution = r, .size = size};
	p->text.octets = memcpy(p + 1, s->scratch.data, s->scratch.len);
	p->sibling = r->prepared;
	r->prepared = p;
	link_newest(s, p);
	s->octets += size;
}

static bool is_repeated(const struct journal_record *r)
{
	return r->source == JOURNAL_SOURCE_CACHE || r->source == JOURNAL_SOURCE_STALE;
}

const struct line_text *prepared_find(
	struct prepared_store *s, const struct journal_record *r, const struct journal_context *c)
{
	struct resolution *resolution = (struct resolution *)r->resolution;
	struct line_key key;

	for (struct prepared *p = resolution->prepared; p; p = p->sibling) {
		if (is_same(&p->key, r, c)) {
			p->used = true;
			return &p->text;
		}
	}
	key = line_key_of(r, c);
	line_prepare(&key, resolution, &s->scratch, &s->text);
	if (s->scratch.overflow)
		return NULL;
	if (is_repeated(r))
		keep(s, &key, resolution);
	return &s->text;
}

uint64_t journal_prepared_max(const struct conf *conf)
{
	return conf->queries.keep_s || conf->events.keep_s ? conf->cache_size / 8 : 0;
}
