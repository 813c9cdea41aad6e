/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A reload in steps, none of which changes anything but the last: load and check; start new
 * resolvers when they need to be, and wait until they are ready; let the front take over; then put
 * the new resolvers in place. Whatever fails before leaves all as it was.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "state.h"
#include "supervisor/notify.h"

#define REPORT_MAX 100 /* messages of each level */

static void answer(struct supervisor *s, bool failed, const char *text)
{
	struct child *front = s->front.child;
	size_t len = strnlen(text, CHANNEL_TEXT_MAX);

	for (; s->reload.answers > 0; s->reload.answers--)
		if (front != NULL)
			child_send(front, CHANNEL_RESULT, failed, 0, span_of(text, len), -1);
}

static void finish(struct supervisor *s)
{
	struct reload *r = &s->reload;

	snapshot_free(r->snapshot);
	free(r->warnings);
	r->snapshot = NULL;
	r->warnings = NULL;
	r->step = RELOAD_NONE;
	supervisor_tell_ready(s);
	if (r->again) {
		char who[sizeof(r->again_who)];

		memcpy(who, r->again_who, sizeof(who));
		r->again = false;
		r->answers = r->again_answers;
		r->again_answers = 0;
		reload_start(s, who, false);
	}
}

/* Each problem stands in the report already; why says it for the asker. */
static void refuse(struct supervisor *s, const char *why)
{
	log_error("the reload was refused; everything stays as it was");
	answer(s, true, why);
	finish(s);
}

void reload_fail(struct supervisor *s, const char *why)
{
	if (s->reload.step == RELOAD_NONE)
		return;
	if (s->reload.step == RELOAD_SWAP && s->front.child != NULL)
		child_set_patient(s->front.child, false);
	places_drop_next(s);
	log_error("cannot reload: %s", why);
	refuse(s, why);
}

void reload_front_gone(struct supervisor *s)
{
	s->reload.again_answers = 0;
	reload_fail(s, "the front has ended meanwhile");
}

static void swap(struct supervisor *s)
{
	struct reload *r = &s->reload;
	struct child *front = s->front.child;

	r->step = RELOAD_SWAP;
	child_set_patient(front, true);
	handover_snapshot(front, r->snapshot);
	child_send(front, CHANNEL_SWAP, 0, 0, span_text(r->who), -1);
}

/* What can be said against it now that both are known. */
static const char *check(struct supervisor *s, struct report *report)
{
	const struct conf *conf = s->reload.snapshot->conf;
	const struct report_place place = {.file = conf->path};
	const char *key = snapshot_needs_restart(s->snapshot->conf, conf);

	if (key != NULL) {
		report_add(report, REPORT_ERROR, &place,
			"'%s' cannot be changed while running; restart celnikd", key);
		return key;
	}
	if (s->front.child == NULL || !child_is_ready(s->front.child)) {
		report_add(report, REPORT_ERROR, &place, "the front is being started; try again");
		return "front";
	}
	return NULL;
}

static int load(struct supervisor *s, struct report *report)
{
	struct reload *r = &s->reload;
	int err = snapshot_load(s->config_path, SNAPSHOT_RELOAD, report, &r->snapshot);

	if (err == 0 && check(s, report) != NULL)
		err = ERR_FORMAT;
	report_print(report, stderr);
	r->warnings = report_text(report, CHANNEL_TEXT_MAX - 1);
	return err;
}

static void begin(struct supervisor *s)
{
	struct reload *r = &s->reload;

	if (memcmp(r->snapshot->resolving, s->snapshot->resolving, DIGEST_LEN) == 0) {
		swap(s);
		return;
	}
	r->step = RELOAD_RESOLVERS;
	if (places_start_next(s, r->snapshot) != 0)
		reload_fail(s, "cannot start a resolver");
}

void reload_start(struct supervisor *s, const char *who, bool wants_answer)
{
	struct reload *r = &s->reload;
	struct report *report;

	if (s->stopping)
		return;
	if (!s->announced) {
		r->answers += wants_answer;
		answer(s, true, "celnikd is being started; try again");
		return;
	}
	if (r->step != RELOAD_NONE) {
		r->again = true;
		r->again_answers += wants_answer;
		snprintf(r->again_who, sizeof(r->again_who), "%s", who);
		return;
	}
	r->answers += wants_answer;
	snprintf(r->who, sizeof(r->who), "%s", who);
	log_info("reload asked for by %s", who);
	notify(NOTIFY_RELOADING, NULL);
	report = report_new(REPORT_MAX);
	if (report != NULL && load(s, report) == 0)
		begin(s);
	else
		refuse(s, r->warnings ? r->warnings : err_text(ERR_MEMORY));
	report_free(report);
}

void reload_next_ready(struct supervisor *s)
{
	if (s->reload.step != RELOAD_RESOLVERS)
		return;
	for (unsigned i = 0; i < s->resolvers; i++)
		if (s->resolver[i].next == NULL || !child_is_ready(s->resolver[i].next))
			return;
	if (s->front.child == NULL || !child_is_ready(s->front.child))
		reload_fail(s, "the front has ended meanwhile");
	else
		swap(s);
}

void reload_swapped(struct supervisor *s, bool failed, struct span why)
{
	struct reload *r = &s->reload;
	struct snapshot *before = s->snapshot;

	if (r->step != RELOAD_SWAP)
		return;
	if (failed) {
		reload_fail(s, why.len > 0 ? (const char *)why.data : "the front refuses it");
		return;
	}
	child_set_patient(s->front.child, false);
	s->snapshot = r->snapshot;
	r->snapshot = before;
	places_take_next(s);
	log_info("reloaded");
	answer(s, false, r->warnings ? r->warnings : "");
	finish(s);
}

void reload_release(struct supervisor *s)
{
	snapshot_free(s->reload.snapshot);
	free(s->reload.warnings);
	s->reload.snapshot = NULL;
	s->reload.warnings = NULL;
}
