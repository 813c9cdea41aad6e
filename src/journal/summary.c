/* SPDX-License-Identifier: BSD-3-Clause */

#include "summary.h"

#include <string.h>

/* Where the writer puts what is looked for: ids, kind and action stand first, digests last. Parsing
 * each line would cost fifty times as much. What is looked for cannot be inside of a string, where
 * a quote has a backslash before it. */
#define HEAD 320
#define TAIL 256

#define EVENT_ID "\"event.id\":\""
#define LOSS "\"event.kind\":\"loss\""
#define CHANGE "\"event.kind\":\"change\""
#define STOP "\"event.action\":\"stop\""
#define CONFIG "\"celnik.config\":\""
#define LISTS "\"celnik.lists\":\""

int summary_begin(struct summary *s)
{
	*s = (struct summary){.state = digest_new()};
	return s->state ? 0 : ERR_MEMORY;
}

static bool has(struct span text, const char *what)
{
	return memmem(text.data, text.len, what, strlen(what)) != NULL;
}

/* The text of a string behind its key, as far as it fits; false when there is none. */
static bool find_text(struct span text, const char *key, char *out, size_t size)
{
	const uint8_t *at = memmem(text.data, text.len, key, strlen(key)), *end;
	size_t left, len;

	if (!at)
		return false;
	at += strlen(key);
	left = text.len - (size_t)(at - text.data);
	end = memchr(at, '"', left);
	len = end ? (size_t)(end - at) : left;
	if (len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static void note_digest(struct summary_digests *d, struct span tail, const char *key)
{
	char found[DIGEST_TEXT_MAX];

	if (d->count == SUMMARY_DIGESTS_MAX || !find_text(tail, key, found, sizeof(found)))
		return;
	for (unsigned i = d->count; i-- > 0;)
		if (strcmp(d->text[i], found) == 0)
			return;
	memcpy(d->text[d->count++], found, sizeof(found));
}

static void read_head(struct summary *s, struct span head)
{
	bool is_loss = has(head, LOSS), is_change = has(head, CHANGE);

	s->losses += is_loss;
	if (is_change && has(head, STOP))
		s->ended = true;
	else if (!is_loss && !is_change)
		s->ended = false;
	if (find_text(head, EVENT_ID, s->last, sizeof(s->last)) && !*s->first)
		memcpy(s->first, s->last, sizeof(s->first));
}

void summary_add(struct summary *s, struct span line)
{
	struct span tail = line.len > TAIL ? span_part(line, line.len - TAIL, TAIL) : line;

	digest_add(s->state, line);
	s->size += line.len;
	if (!s->inside)
		read_head(s, span_part(line, 0, HEAD));
	s->inside = line.data[line.len - 1] != '\n';
	if (s->inside)
		return;
	s->records++;
	note_digest(&s->configs, tail, CONFIG);
	note_digest(&s->lists, tail, LISTS);
}

void summary_end(struct summary *s)
{
	uint8_t digest[DIGEST_LEN];

	digest_finish(s->state, digest);
	s->state = NULL;
	digest_format(digest, s->digest);
}

void summary_abandon(struct summary *s)
{
	digest_free(s->state);
	s->state = NULL;
}
