/* SPDX-License-Identifier: BSD-3-Clause */

/* From one snapshot to the next, at a reload or at midnight: the workers get it, and it is in force
 * when all have taken it. */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/value.h"
#include "front/main.h"

/* Who has not got it for a full pipe gets it at the next turn. */
static void send_coming(struct front *f)
{
	for (unsigned i = 0; i < f->worker_count; i++)
		if (!f->was_sent[i] && worker_adopt(f->workers[i], f->coming) == 0)
			f->was_sent[i] = true;
}

/* Takes over next. What a worker has not taken yet of the one before is of no use any more. */
static void offer(struct front *f, struct snapshot *next, bool is_reload)
{
	snapshot_drop(f->coming);
	f->coming = next;
	f->is_reload = is_reload;
	memset(f->was_sent, 0, sizeof(f->was_sent));
	send_coming(f);
}

bool swap_is_reload(const struct front *f)
{
	return f->coming && f->is_reload;
}

void swap_start(struct front *f, struct span who)
{
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	struct snapshot *next = NULL;
	int err;

	if (!f->snapshot || swap_is_reload(f)) {
		front_tell(f, CHANNEL_SWAPPED, 1, "another reload is under way; try again");
		return;
	}
	err = snapshot_new(&f->files, f->coming ? f->coming : f->snapshot, problem, &next);
	snapshot_files_release(&f->files);
	if (err) {
		front_tell(f, CHANNEL_SWAPPED, 1, *problem ? problem : err_text(err));
		return;
	}
	snprintf(f->coming_text, sizeof(f->coming_text), "%.*s", SPAN_ARGS(who));
	offer(f, next, true);
}

/* Exceptions hold until the end of a day: another day needs another policy. */
static void watch_day(struct front *f)
{
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	struct snapshot *next = NULL;

	if (snapshot_today(f->snapshot->conf) == f->snapshot->at.day)
		return;
	if (snapshot_new(&f->snapshot->files, f->snapshot, problem, &next) == 0) {
		f->day_failed = false;
		offer(f, next, false);
	} else if (!f->day_failed) {
		f->day_failed = true;
		log_error("the policy is still that of yesterday: %s; tried again", problem);
	}
}

static void finish(struct front *f)
{
	const struct conf *conf = f->coming->conf;
	char date[VALUE_DATE_TEXT_MAX], text[80];

	snapshot_drop(f->snapshot);
	f->snapshot = f->coming;
	f->coming = NULL;
	journal_adopt(f->lane, &snapshot_hold(f->snapshot)->context);
	if (!f->is_reload) {
		snprintf(text, sizeof(text), "exceptions are those that hold on %s",
			value_date_format(f->snapshot->at.day, date));
		log_info("%s", text);
		journal_change(f->lane, "policy-day", text, "clock");
		return;
	}
	memcpy(f->lists_alarm, f->coming_lists_alarm, sizeof(f->lists_alarm));
	journal_retain(f->journal, &conf->queries, &conf->events);
	querylog_keep_config(f);
	journal_change(f->lane, "reload", "took over the configuration and lists named here",
		f->coming_text);
	front_tell(f, CHANNEL_SWAPPED, 0, "");
}

void swap_turn(struct front *f)
{
	if (!f->coming)
		watch_day(f);
	if (!f->coming)
		return;
	send_coming(f);
	for (unsigned i = 0; i < f->worker_count; i++)
		if (atomic_load(&f->workers[i]->adopted) != f->coming->policy_number)
			return;
	finish(f);
}
