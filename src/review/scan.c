/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "journal/reader.h"

#define PAUSE_OCTETS ((uint64_t)4 << 20)
#define TIME_LEN 24 /* 2026-11-23T10:14:02.123Z */

struct scan {
	struct journal_reader *reader;
	const struct expression *filter;
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX]; /* as in the log; until may be "" */
	struct scan_stats stats;
	uint64_t paused; /* octets read at the last pause */
};

int scan_open(const struct scan_request *request, struct scan **out)
{
	struct scan *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return ERR_MEMORY;
	s->filter = request->filter;
	clock_format(request->since_ns, s->since);
	if (request->until_ns)
		clock_format(request->until_ns, s->until);
	err = journal_reader_new(
		request->directory, request->stream, request->since_ns, &s->reader);
	if (err) {
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void scan_close(struct scan *s)
{
	if (!s)
		return;
	journal_reader_free(s->reader);
	free(s);
}

struct scan_stats scan_stats(const struct scan *s)
{
	return s->stats;
}

/* Times of the log are all written alike, so their texts compare as they do. */
static bool is_in_time(const struct scan *s, const char *at)
{
	return strcmp(at, s->since) >= 0 && (!*s->until || strcmp(at, s->until) < 0);
}

/* The daemon writes the time first; other lines are parsed to find it. */
static bool may_be_in_time(const struct scan *s, struct span line)
{
	static const struct span head = SPAN_LITERAL("{\"@timestamp\":\"");
	char at[TIME_LEN + 1];

	if (line.len < head.len + TIME_LEN + 1 || line.data[head.len + TIME_LEN] != '"' ||
		!span_equal(span_part(line, 0, head.len), head))
		return true;
	memcpy(at, line.data + head.len, TIME_LEN);
	at[TIME_LEN] = '\0';
	return is_in_time(s, at);
}

static bool take(struct scan *s, struct span line, struct entry *out)
{
	struct entry entry;

	if (!may_be_in_time(s, line) || !expression_may_match(s->filter, line))
		return false;
	if (entry_parse(line, &entry) != 0) {
		s->stats.unreadable++;
		return false;
	}
	if (is_in_time(s, entry_text(&entry, "@timestamp", "")) &&
		expression_matches(s->filter, &entry)) {
		*out = entry;
		return true;
	}
	entry_release(&entry);
	return false;
}

int scan_next(struct scan *s, struct entry *out)
{
	struct span line;
	int err;

	while ((err = journal_reader_next(s->reader, &line)) == 0 || err == ERR_FORMAT) {
		if (err) {
			s->stats.damaged++;
			continue;
		}
		s->stats.octets += line.len + 1;
		if (take(s, line, out))
			return 0;
		if (s->stats.octets - s->paused >= PAUSE_OCTETS) {
			s->paused = s->stats.octets;
			return ERR_AGAIN;
		}
	}
	return err;
}
