/* SPDX-License-Identifier: BSD-3-Clause */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/main.h"

#define TEXT_MAX 1024
#define PROBLEM_MAX 512

static struct suspender_now now(void)
{
	return (struct suspender_now){clock_real_ns(), clock_monotonic_ns()};
}

int suspend_open(struct front *f)
{
	int err = suspender_open(&f->suspender, f->snapshot->conf->state, now());
	char text[SUSPENDER_PROBLEM_MAX], what[SUSPENSION_TEXT_MAX * 2];

	if (!err && f->suspender.problem[0]) {
		snprintf(text, sizeof(text),
			"nothing is suspended, as the suspensions cannot be read: %.400s; remove "
			"the file, or suspend again, which replaces it",
			f->suspender.problem);
		memcpy(f->suspender.problem, text, sizeof(text));
		log_error("%s", text);
	}
	for (unsigned i = 0; !err && i < f->suspender.all.count; i++)
		log_warning("enforcement for group '%s' was suspended %s",
			f->suspender.all.items[i].group,
			suspension_describe(&f->suspender.all.items[i], what));
	return err;
}

static void note(struct front *f, const char *action, const struct suspension *s, const char *end,
	const char *who)
{
	char text[TEXT_MAX], what[SUSPENSION_TEXT_MAX * 2];

	snprintf(text, sizeof(text), "enforcement for group '%s' %s; it was suspended %s", s->group,
		end, suspension_describe(s, what));
	log_warning("%s (by %s)", text, who);
	journal_change(f->lane, action, text, who);
}

static void note_begin(struct front *f, const struct suspension *s)
{
	char text[TEXT_MAX], what[SUSPENSION_TEXT_MAX * 2];

	snprintf(text, sizeof(text), "enforcement for group '%s' is suspended %s", s->group,
		suspension_describe(s, what));
	log_warning("%s", text);
	journal_change(f->lane, "suspension-begin", text, s->who);
}

/* It is over even if the file keeps it: it will be found over again. */
static int end_at(struct front *f, unsigned index, const char *who)
{
	struct suspension gone;
	int err = suspender_end(&f->suspender, index, &gone);

	note(f, "suspension-end", &gone, "is in force again", who);
	if (err)
		log_error("'%s' cannot be written: %s; make room or mend its directory",
			f->suspender.path, err == ERR_IO ? strerror(errno) : err_text(err));
	return err;
}

void suspend_turn(struct front *f)
{
	const struct conf *conf = f->snapshot->conf;
	unsigned i;

	while ((i = suspender_over(&f->suspender, conf, now())) < f->suspender.all.count)
		(void)!end_at(f, i, "clock");
}

static int begin(
	struct front *f, const char *group, const char *who, const char *reason, uint64_t for_s)
{
	struct suspension s = {.since_ns = clock_real_ns()};
	int err;

	s.until_ns = s.since_ns + for_s * NS_PER_S;
	snprintf(s.group, sizeof(s.group), "%s", group);
	snprintf(s.who, sizeof(s.who), "%s", who);
	snprintf(s.reason, sizeof(s.reason), "%s", reason);
	err = suspender_begin(&f->suspender, &s, now());
	if (!err)
		note_begin(f, &s);
	return err;
}

struct wish {
	const char *group; /* NULL: all */
	const char *who, *reason;
	uint64_t for_s;
	bool end;
};

static bool is_group(const struct conf *conf, const char *name)
{
	for (unsigned i = 0; i < conf->group_count; i++)
		if (strcmp(conf->groups[i].name, name) == 0)
			return true;
	return false;
}

static bool is_one_line(const char *text)
{
	while (*text && (unsigned char)*text >= ' ' && *text != '\x7f')
		text++;
	return *text == '\0';
}

/* What is wrong with it, or NULL. */
static const char *fault(
	const struct front *f, const struct wish *w, bool all, char text[PROBLEM_MAX])
{
	if (f->suspending || swap_is_reload(f))
		return "another change is under way; try again";
	if (!w->group == !all)
		return "say one group, or all";
	if (w->group && !is_group(f->snapshot->conf, w->group)) {
		snprintf(text, PROBLEM_MAX, "no group '%.63s' in the configuration in force",
			w->group);
		return text;
	}
	if (w->end)
		return NULL;
	if (w->for_s == 0 || w->for_s > SUSPENSION_MAX_S)
		return "a suspension lasts 1 s to 24 h; what is to last longer is an exception, "
		       "with an owner and a last day";
	if (!*w->reason || strlen(w->reason) >= SUSPENSION_TEXT_MAX || !is_one_line(w->reason))
		return "a suspension has a reason of 1 to 255 octets, in one line";
	return NULL;
}

static int end_wished(struct front *f, const struct wish *w, unsigned *count)
{
	struct suspensions *all = &f->suspender.all;
	int err = 0;

	for (unsigned i = 0; i < all->count;) {
		if (w->group && strcmp(all->items[i].group, w->group) != 0) {
			i++;
			continue;
		}
		if (end_at(f, i, w->who) != 0)
			err = ERR_IO;
		(*count)++;
	}
	return err;
}

static int begin_wished(struct front *f, const struct wish *w, unsigned *count)
{
	const struct conf *conf = f->snapshot->conf;
	int err = 0;

	for (unsigned i = 0; !err && i < conf->group_count; i++) {
		if (w->group && strcmp(conf->groups[i].name, w->group) != 0)
			continue;
		err = begin(f, conf->groups[i].name, w->who, w->reason, w->for_s);
		*count += !err;
	}
	return err;
}

static void refuse(struct front *f, struct control_request *request, const struct wish *w, int err)
{
	char text[PROBLEM_MAX];

	snprintf(text, sizeof(text), "'%.300s' cannot be written: %s; %s", f->suspender.path,
		err == ERR_IO ? strerror(errno) : err_text(err),
		w->end ? "it has ended, and comes back if the daemon is started again before its "
			 "time"
		       : "nothing that cannot be kept is suspended");
	control_refuse(request, text);
}

void suspend_verb(void *arg, struct control_request *request, const struct json_value *body)
{
	struct front *f = arg;
	const struct wish w = {
		.group = json_get_string(body, "group", NULL),
		.who = control_who(request),
		.reason = json_get_string(body, "reason", ""),
		.for_s = json_get_u64(body, "for_s", 0),
		.end = json_get_bool(body, "end", false),
	};
	char text[PROBLEM_MAX];
	const char *problem = fault(f, &w, json_get_bool(body, "all", false), text);
	unsigned count = 0;
	int err;

	if (problem) {
		control_refuse(request, problem);
		return;
	}
	err = w.end ? end_wished(f, &w, &count) : begin_wished(f, &w, &count);
	if (err) {
		refuse(f, request, &w, err);
	} else if (count == 0) {
		control_refuse(request, "nothing is suspended there");
	} else {
		snprintf(f->suspending_text, sizeof(f->suspending_text), "%s for %u group%s",
			w.end ? "enforcement is in force again" : "enforcement is suspended", count,
			count == 1 ? "" : "s");
		f->suspending = request;
	}
	swap_turn(f);
}

void suspend_settled(struct front *f)
{
	char storage[sizeof(f->suspending_text) + 64];
	struct json_writer w;
	struct buf out;

	if (!f->suspending)
		return;
	buf_init_fixed(&out, storage, sizeof(storage));
	json_writer_init(&w, &out);
	json_begin_object(&w, NULL);
	json_put_bool(&w, "ok", true);
	json_put_string(&w, "text", f->suspending_text);
	json_end_object(&w);
	control_answer(f->suspending, buf_span(&out));
	f->suspending = NULL;
}

void suspend_put(const struct snapshot *s, struct json_writer *w)
{
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];

	json_begin_array(w, "suspensions");
	for (unsigned i = 0; i < s->at.suspensions.count; i++) {
		const struct suspension *x = &s->at.suspensions.items[i];

		json_begin_object(w, NULL);
		json_put_string(w, "group", x->group);
		json_put_string(w, "since", clock_format(x->since_ns, since));
		json_put_string(w, "until", clock_format(x->until_ns, until));
		json_put_string(w, "who", x->who);
		json_put_string(w, "reason", x->reason);
		json_end_object(w);
	}
	json_end_array(w);
}

void suspend_warn(const struct snapshot *s, struct json_writer *w)
{
	char text[TEXT_MAX], what[SUSPENSION_TEXT_MAX * 2];

	for (unsigned i = 0; i < s->at.suspensions.count; i++) {
		const struct suspension *x = &s->at.suspensions.items[i];

		snprintf(text, sizeof(text), "group '%s' is answered without enforcement %s",
			x->group, suspension_describe(x, what));
		json_put_string(w, NULL, text);
	}
}
