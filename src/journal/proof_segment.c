/* SPDX-License-Identifier: BSD-3-Clause */

/* One segment against its link. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "proof.h"

#define TEXT_MAX 1024

static void add_gap(struct gaps *g, unsigned worker, uint64_t from, uint64_t to)
{
	if (g->count < PROOF_GAPS_MAX) {
		g->list[g->count].worker = worker;
		g->list[g->count].from = from;
		g->list[g->count++].to = to;
	}
	g->records += to - from + 1;
}

/* Parts of boot-worker-number; false for what is none. */
static bool split_id(const char *id, size_t *boot_len, unsigned *worker, uint64_t *number)
{
	const char *dash = strchr(id, '-');
	char *end;

	if (!dash)
		return false;
	*boot_len = (size_t)(dash - id);
	*worker = (unsigned)strtoul(dash + 1, &end, 10);
	if (*end != '-' || *worker >= PROOF_WORKERS_MAX)
		return false;
	*number = strtoull(end + 1, &end, 10);
	return *end == '\0';
}

/* All records of a run stand in `queries`, where the numbers of each worker have no gaps. */
static void see_number(struct run_seen *run, const char *id, struct gaps *gaps)
{
	unsigned worker;
	uint64_t number;
	size_t len;

	if (!split_id(id, &len, &worker, &number))
		return;
	if (strlen(run->boot) != len || memcmp(run->boot, id, len) != 0) {
		*run = (struct run_seen){.ended = true};
		memcpy(run->boot, id, len);
	}
	if (run->numbers[worker] && number > run->numbers[worker] + 1)
		add_gap(gaps, worker, run->numbers[worker] + 1, number - 1);
	run->numbers[worker] = number;
}

static bool is_of_queries(const struct link_seen *l)
{
	return strncmp(l->segment, "queries-", 8) == 0;
}

static struct run_seen *run_of(struct proof *p, const struct link_seen *l)
{
	return is_of_queries(l) ? &p->queries : &p->events;
}

/* Another run has begun: whether the one before said that it ended. */
static void see_run(struct proof *p, const struct link_seen *l)
{
	const struct run_seen *run = run_of(p, l);
	size_t len = strcspn(l->first, "-");

	if (*run->boot && *l->first && !run->ended &&
		(strlen(run->boot) != len || memcmp(run->boot, l->first, len) != 0))
		proof_tell(p, VERIFY_ENDED, l->segment,
			"the run before it, %s, ended without a record of its end: what it had "
			"not written behind %s is lost",
			run->boot, run->last);
}

static void note_run(struct proof *p, const struct link_seen *l, const struct summary *s)
{
	struct run_seen *run = run_of(p, l);

	if (!*s->last)
		return;
	snprintf(run->boot, sizeof(run->boot), "%.*s", (int)strcspn(s->last, "-"), s->last);
	memcpy(run->last, s->last, sizeof(run->last));
	run->ended = s->ended;
}

void proof_forget_run(struct proof *p, const struct link_seen *l)
{
	*run_of(p, l) = (struct run_seen){.ended = true};
}

/* ERR_FORMAT when it cannot be unpacked. */
static int read_segment(struct proof *p, const struct link_seen *l, struct segment *file,
	struct summary *s, struct gaps *gaps)
{
	struct segment_lines *lines = NULL;
	struct span line;
	uint64_t torn;
	int err = segment_lines_open(file, p->fd, &lines);

	while (!err && (err = segment_lines_next(lines, &line)) == 0) {
		summary_add(s, line);
		if (is_of_queries(l))
			see_number(&p->queries, s->last, gaps);
	}
	if (err == ERR_MISSING) {
		/* It may still be there where sealing has just been cut short by a crash. */
		torn = segment_lines_torn(lines);
		s->inside |= torn > 0 && (file->is_packed || torn != l->torn);
		err = 0;
	}
	segment_lines_close(lines);
	return err;
}

static void put_gaps(struct buf *out, const char *boot, const struct gaps *g)
{
	for (unsigned i = 0; i < g->count; i++) {
		buf_printf(out, "%s%s-%u-%llu", i ? ", " : "", boot, g->list[i].worker,
			(unsigned long long)g->list[i].from);
		if (g->list[i].to > g->list[i].from)
			buf_printf(out, " to %llu", (unsigned long long)g->list[i].to);
	}
	if (g->count == PROOF_GAPS_MAX)
		buf_put_text(out, " and maybe more");
}

/* What is different, as far as it can be seen. */
static void tell_altered(struct proof *p, const struct link_seen *l, const struct summary *s,
	const struct gaps *gaps)
{
	char storage[TEXT_MAX];
	struct buf text;

	buf_init_fixed(&text, storage, sizeof(storage));
	for (size_t i = 0; i < p->count; i++)
		if (&p->links[i] != l && p->links[i].sealed &&
			strcmp(p->links[i].digest, s->digest) == 0) {
			proof_tell(p, VERIFY_ALTERED, l->segment,
				"holds the text of %s (link %llu)", p->links[i].segment,
				(unsigned long long)l->line);
			return;
		}
	if (s->records != l->records)
		buf_printf(&text, "; %llu records, not %llu", (unsigned long long)s->records,
			(unsigned long long)l->records);
	if (strcmp(s->first, l->first) != 0)
		buf_printf(&text, "; the first is %s, not %s", s->first, l->first);
	if (strcmp(s->last, l->last) != 0)
		buf_printf(&text, "; the last is %s, not %s", s->last, l->last);
	if (s->inside)
		buf_put_text(&text, "; there is text behind the last line");
	if (gaps->records) {
		buf_put_text(&text, "; not there: ");
		put_gaps(&text, p->queries.boot, gaps);
	}
	proof_tell(p, VERIFY_ALTERED, l->segment, "is not what was sealed (link %llu)%s",
		(unsigned long long)l->line, buf_text(&text));
}

static void tell_whole(struct proof *p, const struct link_seen *l, const struct gaps *gaps)
{
	char storage[TEXT_MAX];
	struct buf text;

	if (gaps->records) {
		buf_init_fixed(&text, storage, sizeof(storage));
		put_gaps(&text, p->queries.boot, gaps);
		proof_tell(p, VERIFY_LOST, l->segment,
			"%llu records were lost before they were written: %s",
			(unsigned long long)gaps->records, buf_text(&text));
	}
	if (l->torn)
		proof_tell(p, VERIFY_TORN, l->segment,
			"a torn line of %llu octets behind %s was left out when it was sealed",
			(unsigned long long)l->torn, l->last);
}

static int check_file(struct proof *p, const struct link_seen *l, struct segment *file)
{
	struct gaps gaps = {.count = 0};
	struct summary s;
	int err = summary_begin(&s);

	if (err)
		return err;
	/* The numbers go on from what stood before. */
	err = read_segment(p, l, file, &s, &gaps);
	if (err) {
		summary_abandon(&s);
		if (err != ERR_FORMAT)
			return err;
		proof_tell(p, VERIFY_ALTERED, l->segment,
			"is damaged: it cannot be unpacked (link %llu)",
			(unsigned long long)l->line);
		proof_forget_run(p, l);
		return 0;
	}
	summary_end(&s);
	if (strcmp(s.digest, l->digest) != 0 || s.inside) {
		tell_altered(p, l, &s, &gaps);
		proof_forget_run(p, l);
		return 0;
	}
	tell_whole(p, l, &gaps);
	note_run(p, l, &s);
	p->result.segments++;
	p->result.records += s.records;
	return 0;
}

/* Readers take the plain file where both are there, so both are looked at. */
int proof_check_segment(struct proof *p, const struct link_seen *l)
{
	struct segment file = {.is_packed = false};
	bool found = false;
	char name[SEGMENT_FILE_MAX];
	struct stat st;
	int err = 0;

	memcpy(file.name, l->segment, sizeof(file.name));
	see_run(p, l);
	for (int packed = 0; !err && packed < 2; packed++) {
		file.is_packed = packed;
		if (fstatat(p->fd, segment_file(&file, name), &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		found = true;
		err = check_file(p, l, &file);
	}
	if (!err && !found) {
		proof_forget_run(p, l);
		proof_tell(p, VERIFY_MISSING, l->segment,
			"is missing (link %llu): %llu records from %s to %s",
			(unsigned long long)l->line, (unsigned long long)l->records, l->first,
			l->last);
	}
	return err;
}
