/* SPDX-License-Identifier: BSD-3-Clause */

/* From one snapshot to the next: the workers get it, and it is in force when all have taken it. */

#include <stdio.h>
#include <string.h>

#include "front/main.h"

/* Who has not got it for a full pipe gets it at the next turn. */
static void send_coming(struct front *f)
{
	for (unsigned i = 0; i < f->worker_count; i++)
		if (!f->was_sent[i] && worker_adopt(f->workers[i], f->coming) == 0)
			f->was_sent[i] = true;
}

void swap_start(struct front *f, struct span who)
{
	char problem[SNAPSHOT_PROBLEM_MAX] = "";
	int err;

	if (!f->snapshot || f->coming) {
		front_tell(f, CHANNEL_SWAPPED, 1, "another reload is under way; try again");
		return;
	}
	err = snapshot_new(&f->files, f->snapshot, problem, &f->coming);
	snapshot_files_release(&f->files);
	if (err) {
		front_tell(f, CHANNEL_SWAPPED, 1, *problem ? problem : err_text(err));
		return;
	}
	snprintf(f->coming_text, sizeof(f->coming_text), "%.*s", SPAN_ARGS(who));
	memset(f->was_sent, 0, sizeof(f->was_sent));
	send_coming(f);
}

static void finish(struct front *f)
{
	const struct conf *conf = f->coming->conf;

	snapshot_drop(f->snapshot);
	f->snapshot = f->coming;
	f->coming = NULL;
	memcpy(f->lists_alarm, f->coming_lists_alarm, sizeof(f->lists_alarm));
	journal_adopt(f->lane, &snapshot_hold(f->snapshot)->context);
	journal_retain(f->journal, &conf->queries, &conf->events);
	journal_change(f->lane, "reload", "took over the configuration and lists named here",
		f->coming_text);
	front_tell(f, CHANNEL_SWAPPED, 0, "");
}

void swap_turn(struct front *f)
{
	if (!f->coming)
		return;
	send_coming(f);
	for (unsigned i = 0; i < f->worker_count; i++)
		if (atomic_load(&f->workers[i]->adopted) != f->coming->policy_number)
			return;
	finish(f);
}
