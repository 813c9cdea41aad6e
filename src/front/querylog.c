/* SPDX-License-Identifier: BSD-3-Clause */

/* The front's side of the journal: begun, watched for what an operator has to know, ended. */

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "front/main.h"

void querylog_keep_config(struct front *f)
{
	struct snapshot *s = f->snapshot;

	journal_keep_config(f->journal, s->context.config, s->conf_text, s->conf_text_len);
	s->conf_text = NULL;
}

int querylog_open(struct front *f)
{
	const struct conf *conf = f->snapshot->conf;
	const struct journal_options options = {
		.directory = conf->journal_directory,
		.queries = conf->queries,
		.events = conf->events,
		.lanes = f->worker_count + 1,
		.ring_size = journal_ring_size(conf->journal_ring, f->worker_count),
	};
	int err = journal_open(&options, &f->journal);

	if (err)
		return err;
	f->lane = journal_lane(f->journal, f->worker_count);
	querylog_keep_config(f);
	journal_adopt(f->lane, &snapshot_hold(f->snapshot)->context);
	return 0;
}

static void watch_stuck(struct front *f, bool stuck)
{
	if (stuck == f->journal_stuck)
		return;
	f->journal_stuck = stuck;
	if (stuck)
		log_error("the query log hangs: a write to '%s' does not come back; see to its "
			  "disk",
			f->snapshot->conf->journal_directory);
	else
		log_info("the query log no longer hangs");
}

static const char *sealing_text(int failing_errno)
{
	return failing_errno == EWOULDBLOCK ? "another celnikd writes there"
					    : strerror(failing_errno);
}

/* The head is of use where somebody keeps it elsewhere, as who collects these messages does. */
static void watch_chain(struct front *f, const struct journal_stats *stats)
{
	if (stats->links && strcmp(stats->head, f->journal_head) != 0) {
		memcpy(f->journal_head, stats->head, sizeof(f->journal_head));
		log_info("the chain of the query log has %llu links; its head is %s",
			(unsigned long long)stats->links, stats->head);
	}
	if (stats->sealing_errno && !f->journal_unsealed)
		log_error("closed files of the query log cannot be sealed: %s; see to '%s'",
			sealing_text(stats->sealing_errno), f->snapshot->conf->journal_directory);
	if (stats->config_errno && !f->journal_unkept)
		log_error("the configuration's text cannot be kept beside the query log: %s; see "
			  "to '%s'",
			strerror(stats->config_errno), f->snapshot->conf->journal_directory);
	if (stats->events_over && !f->journal_over)
		log_error("the events of the query log are larger than their max_size; none is "
			  "deleted before its time: raise max_size, or shorten keep");
	f->journal_unsealed = stats->sealing_errno != 0;
	f->journal_unkept = stats->config_errno != 0;
	f->journal_over = stats->events_over;
}

/* Also in the log: status has to be asked for. */
void querylog_watch(struct front *f)
{
	struct journal_stats stats;

	journal_stats_read(f->journal, &stats);
	watch_stuck(f, stats.stuck);
	watch_chain(f, &stats);
	if (stats.failing == f->journal_failing)
		return;
	f->journal_failing = stats.failing;
	if (stats.failing)
		log_error("the query log cannot be written: %s; make room or mend '%s'",
			strerror(stats.failing_errno), f->snapshot->conf->journal_directory);
	else
		log_info("the query log is written again; %llu queries and %llu events have been "
			 "lost since the start",
			(unsigned long long)stats.lost_queries,
			(unsigned long long)stats.lost_events);
}

/* What the log itself cannot tell any more, stderr does. False when its writer hangs. */
bool querylog_close(struct front *f)
{
	int err = journal_stop(f->journal);
	struct journal_stats stats;

	journal_stats_read(f->journal, &stats);
	watch_chain(f, &stats);
	if (err)
		log_error("the query log hangs: a write to '%s' does not come back; %llu records "
			  "that wait are lost; see to its disk",
			f->snapshot->conf->journal_directory, (unsigned long long)stats.waiting);
	if (stats.untold_queries || stats.untold_events)
		log_error("the query log ends without a record of %llu lost queries and %llu lost "
			  "events%s%s; make room or mend '%s'",
			(unsigned long long)stats.untold_queries,
			(unsigned long long)stats.untold_events, stats.failing ? ": " : "",
			stats.failing ? strerror(stats.failing_errno) : "",
			f->snapshot->conf->journal_directory);
	journal_close(f->journal);
	return !err;
}
