/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/quarantine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct row {
	struct question question;
	uint64_t ends_ms; /* 0: free */
	unsigned deaths;
	bool held;
	bool told;
};

struct quarantine {
	pthread_mutex_t lock;
	uint64_t hold_ms;
	_Atomic unsigned used; /* rows that are not free */
	_Atomic unsigned
		trials[QUARANTINE_RESOLVERS_MAX]; /* the worker that has the right, plus one */
	_Atomic unsigned trying[QUARANTINE_RESOLVERS_MAX]; /* the same while it asks something */
	struct row rows[QUARANTINE_MAX];
};

int quarantine_new(uint64_t hold_ms, struct quarantine **out)
{
	struct quarantine *q = calloc(1, sizeof(*q));

	if (!q)
		return ERR_MEMORY;
	pthread_mutex_init(&q->lock, NULL);
	q->hold_ms = hold_ms;
	*out = q;
	return 0;
}

void quarantine_free(struct quarantine *q)
{
	if (!q)
		return;
	pthread_mutex_destroy(&q->lock);
	free(q);
}

static void clear(struct quarantine *q, struct row *row)
{
	row->ends_ms = 0;
	atomic_fetch_sub(&q->used, 1);
}

static struct row *find(struct quarantine *q, const struct question *question, uint64_t now_ms)
{
	for (struct row *row = q->rows; row < q->rows + QUARANTINE_MAX; row++) {
		if (row->ends_ms == 0 || row->question.type != question->type ||
			!name_equal(&row->question.name, &question->name))
			continue;
		if (row->ends_ms > now_ms)
			return row;
		clear(q, row);
		return NULL;
	}
	return NULL;
}

/* A free row, or the one that would end first: of the suspects, as long as there is one. */
static struct row *take_row(struct quarantine *q, const struct question *question)
{
	struct row *best = q->rows;

	for (struct row *row = q->rows; row < q->rows + QUARANTINE_MAX; row++) {
		if (row->ends_ms == 0) {
			best = row;
			break;
		}
		if (row->held == best->held ? row->ends_ms < best->ends_ms : best->held)
			best = row;
	}
	if (best->ends_ms == 0)
		atomic_fetch_add(&q->used, 1);
	*best = (struct row){.question = *question};
	return best;
}

static void enter(struct quarantine *q, const struct question *question, unsigned deaths, bool held,
	uint64_t now_ms)
{
	struct row *row;

	pthread_mutex_lock(&q->lock);
	row = find(q, question, now_ms);
	if (!row)
		row = take_row(q, question);
	if (held || !row->held) {
		row->deaths = deaths;
		row->held = held;
		row->ends_ms = now_ms + q->hold_ms;
	}
	pthread_mutex_unlock(&q->lock);
}

void quarantine_put(struct quarantine *q, const struct question *question, uint64_t now_ms)
{
	enter(q, question, 0, true, now_ms);
}

void quarantine_suspect(
	struct quarantine *q, const struct question *question, unsigned deaths, uint64_t now_ms)
{
	enter(q, question, deaths, false, now_ms);
}

static bool look(
	struct quarantine *q, const struct question *question, uint64_t now_ms, struct row *out)
{
	const struct row *row;

	if (atomic_load_explicit(&q->used, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&q->lock);
	row = find(q, question, now_ms);
	if (row)
		*out = *row;
	pthread_mutex_unlock(&q->lock);
	return row != NULL;
}

bool quarantine_holds(struct quarantine *q, const struct question *question, uint64_t now_ms)
{
	struct row row;

	return look(q, question, now_ms, &row) && row.held;
}

unsigned quarantine_deaths(struct quarantine *q, const struct question *question, uint64_t now_ms)
{
	struct row row;

	return look(q, question, now_ms, &row) ? row.deaths : 0;
}

void quarantine_acquit(struct quarantine *q, const struct question *question)
{
	struct row *row;

	if (atomic_load_explicit(&q->used, memory_order_relaxed) == 0)
		return;
	pthread_mutex_lock(&q->lock);
	row = find(q, question, 0);
	if (row && !row->held)
		clear(q, row);
	pthread_mutex_unlock(&q->lock);
}

bool quarantine_enter_trial(struct quarantine *q, unsigned resolver, unsigned worker)
{
	unsigned nobody = 0;

	return atomic_compare_exchange_strong(&q->trials[resolver], &nobody, worker + 1) ||
	       nobody == worker + 1;
}

void quarantine_set_trying(struct quarantine *q, unsigned resolver, unsigned worker, bool trying)
{
	unsigned mine = worker + 1;

	if (trying)
		atomic_store(&q->trying[resolver], mine);
	else
		(void)!atomic_compare_exchange_strong(&q->trying[resolver], &mine, 0);
}

bool quarantine_is_trial_of_other(const struct quarantine *q, unsigned resolver, unsigned worker)
{
	unsigned trying = atomic_load(&q->trying[resolver]);

	return trying != 0 && trying != worker + 1;
}

void quarantine_leave_trial(struct quarantine *q, unsigned resolver, unsigned worker)
{
	unsigned holder = worker + 1;

	(void)!atomic_compare_exchange_strong(&q->trials[resolver], &holder, 0);
}

unsigned quarantine_count(struct quarantine *q, uint64_t now_ms)
{
	unsigned count = 0;

	pthread_mutex_lock(&q->lock);
	for (const struct row *row = q->rows; row < q->rows + QUARANTINE_MAX; row++)
		count += row->held && row->ends_ms > now_ms;
	pthread_mutex_unlock(&q->lock);
	return count;
}

bool quarantine_news(struct quarantine *q, struct question *out)
{
	bool found = false;

	pthread_mutex_lock(&q->lock);
	for (struct row *row = q->rows; !found && row < q->rows + QUARANTINE_MAX; row++) {
		if (row->ends_ms == 0 || !row->held || row->told)
			continue;
		row->told = found = true;
		*out = row->question;
	}
	pthread_mutex_unlock(&q->lock);
	return found;
}
