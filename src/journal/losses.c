/* SPDX-License-Identifier: BSD-3-Clause */

/* What the writer itself records: losses, segments deleted. */

#include <string.h>

#include "base/clock.h"
#include "writer.h"

#define REASON_MAX 512

/* To the stream itself first, so that it is told only when that has room again; the other gets a
 * copy. */
static bool tell(struct journal *j, struct stream *first, struct remark remark)
{
	char id[REMARK_ID_MAX];

	remark.real_ns = clock_real_ns();
	remark.boot = j->boot;
	remark.worker = j->lane_count;
	remark.number = j->remarks + 1;
	remark.site = j->site;

	buf_clear(&j->line);
	remark_format(&remark, &j->line);
	if (j->line.overflow || !stream_tell(first, buf_span(&j->line)))
		return false;
	event_id_format(j->boot, remark.worker, remark.number, id);
	for (int i = 0; i < STREAM_COUNT; i++)
		if (&j->streams[i] != first && stream_is_on(&j->streams[i]))
			stream_add(&j->streams[i], buf_span(&j->line), id);
	j->remarks++;
	return true;
}

static bool tell_loss(struct journal *j, struct stream *first, struct buf *reason)
{
	return tell(j, first, (struct remark){.kind = "loss", .reason = buf_text(reason)});
}

/* Where to say what concerns no stream in particular. */
static struct stream *first_of(struct journal *j)
{
	return &j->streams[stream_is_on(&j->streams[STREAM_EVENTS]) ? STREAM_EVENTS
								    : STREAM_QUERIES];
}

static void tell_lane(struct journal *j, struct journal_lane *l)
{
	uint64_t queries = atomic_load_explicit(&l->lost_queries, memory_order_relaxed);
	uint64_t events = atomic_load_explicit(&l->lost_events, memory_order_relaxed);
	struct stream *first = first_of(j);
	char storage[REASON_MAX];
	struct buf text;

	if (queries == l->told_queries && events == l->told_events)
		return;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "lost %llu queries and %llu events of worker %u: the writer was behind",
		(unsigned long long)(queries - l->told_queries),
		(unsigned long long)(events - l->told_events), l->index);
	if (stream_is_on(first) && !tell_loss(j, first, &text))
		return;
	l->told_queries = queries;
	l->told_events = events;
}

static void tell_stream(struct journal *j, struct stream *s)
{
	uint64_t lost = s->lost;
	char storage[REASON_MAX];
	struct buf text;

	if (lost == s->told)
		return;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "lost %llu lines of %s: they could not be written%s%s",
		(unsigned long long)(lost - s->told), s->kind->name, s->failing_errno ? ": " : "",
		s->failing_errno ? strerror(s->failing_errno) : "");
	if (!stream_is_on(s) || tell_loss(j, s, &text))
		s->told = lost;
}

void writer_tell_losses(struct journal *j, bool now)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (!now && now_ns - j->told_ns < NS_PER_S)
		return;
	j->told_ns = now_ns;
	for (unsigned i = 0; i < j->lane_count; i++)
		tell_lane(j, &j->lanes[i]);
	for (int i = 0; i < STREAM_COUNT; i++)
		tell_stream(j, &j->streams[i]);
}

void writer_tell_torn(struct journal *j, struct stream *s, const char *segment, uint64_t octets)
{
	char storage[REASON_MAX];
	struct buf text;

	if (!stream_is_on(s))
		return;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text,
		"a torn line of %llu octets at the end of %s was left out: the daemon ended while "
		"it "
		"was written",
		(unsigned long long)octets, segment);
	/* Where that cannot be written, the chain says it. */
	(void)tell_loss(j, s, &text);
}

static void tell_deletions(struct journal *j, struct stream *s)
{
	struct stream *first = first_of(j);
	uint64_t counts[SEGMENTS_REASONS], all = 0;
	char storage[REASON_MAX];
	struct buf text;

	for (int i = 0; i < SEGMENTS_REASONS; i++) {
		counts[i] = s->deleted[i] - s->deleted_told[i];
		all += counts[i];
	}
	if (all == 0 || !stream_is_on(first))
		return;
	buf_init_fixed(&text, storage, sizeof(storage));
	buf_printf(&text, "deleted %llu files of %s", (unsigned long long)all, s->kind->name);
	for (int i = 0; i < SEGMENTS_REASONS; i++)
		if (counts[i])
			buf_printf(&text, "; %llu: %s", (unsigned long long)counts[i],
				segments_reason_text[i]);
	if (!tell(j, first,
		    (struct remark){
			    .kind = "change", .action = "delete", .reason = buf_text(&text)}))
		return;
	for (int i = 0; i < SEGMENTS_REASONS; i++)
		s->deleted_told[i] += counts[i];
}

void writer_tell_deletions(struct journal *j)
{
	for (int i = 0; i < STREAM_COUNT; i++)
		tell_deletions(j, &j->streams[i]);
}
