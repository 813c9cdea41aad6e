/* SPDX-License-Identifier: BSD-3-Clause */

/* From one snapshot to the next, at a reload or when the time has come: the workers get it, and it
 * is in force when all have taken it. */

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
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
	err = snapshot_new(
		&f->files, f->coming ? f->coming : f->snapshot, &f->suspender.all, problem, &next);
	snapshot_files_release(&f->files);
	if (err) {
		front_tell(f, CHANNEL_SWAPPED, 1, *problem ? problem : err_text(err));
		return;
	}
	snprintf(f->coming_text, sizeof(f->coming_text), "%.*s", SPAN_ARGS(who));
	offer(f, next, true);
}

/* The end of a day, of hours or of a suspension needs another policy. */
static void watch_moment(struct front *f)
{
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	struct snapshot *next = NULL;
	struct policy_moment now;

	suspend_turn(f);
	policy_moment_at(f->snapshot->conf, clock_real_ns(), &f->suspender.all, &now);
	if (policy_moments_agree(f->snapshot->conf, &f->snapshot->at, &now))
		return;
	if (snapshot_new(&f->snapshot->files, f->snapshot, &f->suspender.all, problem, &next) ==
		0) {
		f->moment_failed = false;
		offer(f, next, false);
	} else if (!f->moment_failed) {
		f->moment_failed = true;
		log_error("the policy is still that of a time that is over: %s; tried again",
			problem);
	}
}

static void note(struct front *f, const char *action, const char *text)
{
	log_info("%s", text);
	journal_change(f->lane, action, text, "clock");
}

/* What the new snapshot decides otherwise for the time alone. Suspensions tell of themselves. */
static void note_moment(struct front *f, const struct snapshot *before)
{
	const struct conf *conf = f->snapshot->conf;
	const struct policy_moment *at = &f->snapshot->at;
	char date[VALUE_DATE_TEXT_MAX], text[160];

	if (before->at.day != at->day) {
		snprintf(text, sizeof(text), "exceptions are those that hold on %s",
			value_date_format(at->day, date));
		note(f, "policy-day", text);
		expiry_warn(f->snapshot);
	}
	for (unsigned i = 0; i < conf->rule_count; i++) {
		bool open = policy_rule_is_open(&conf->rules[i], at);

		if (open == policy_rule_is_open(&conf->rules[i], &before->at))
			continue;
		snprintf(text, sizeof(text), "by its hours, the rule '%s' %s", conf->rules[i].name,
			open ? "holds from now on" : "holds no longer");
		note(f, "policy-hours", text);
	}
}

static void finish(struct front *f)
{
	struct snapshot *before = f->snapshot;
	const struct conf *conf = f->coming->conf;

	f->snapshot = f->coming;
	f->coming = NULL;
	journal_adopt(f->lane, &snapshot_hold(f->snapshot)->context);
	if (!f->is_reload)
		note_moment(f, before);
	snapshot_drop(before);
	if (!f->is_reload)
		return;
	memcpy(f->lists_alarm, f->coming_lists_alarm, sizeof(f->lists_alarm));
	journal_retain(f->journal, &conf->queries, &conf->events);
	querylog_keep_config(f);
	journal_change(f->lane, "reload", "took over the configuration and lists named here",
		f->coming_text);
	expiry_warn(f->snapshot);
	front_tell(f, CHANNEL_SWAPPED, 0, "");
}

static bool is_taken(const struct front *f)
{
	for (unsigned i = 0; i < f->worker_count; i++)
		if (atomic_load(&f->workers[i]->adopted) != f->coming->policy_number)
			return false;
	return true;
}

void swap_turn(struct front *f)
{
	if (f->coming) {
		send_coming(f);
		if (!is_taken(f))
			return;
		finish(f);
	}
	watch_moment(f);
	if (!f->coming)
		suspend_settled(f);
}
