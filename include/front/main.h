/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef FRONT_MAIN_H
#define FRONT_MAIN_H

/*
 * The front's main thread: the channel to the supervisor, the control socket, and the workers'
 * start, snapshots and health. Sees no query.
 */

#include "control/control.h"
#include "front/suspender.h"
#include "front/worker.h"
#include "link/channel.h"
#include "json/writer.h"

#define FRONT_LISTENS_MAX 16

struct explainer;

struct front {
	struct loop *loop;
	struct channel *channel;
	struct watch *channel_watch, *wake_watch, *tick;
	int wake; /* eventfd: a worker has adopted a snapshot */
	struct snapshot_files files; /* what came since the last start or swap */
	struct snapshot *snapshot; /* in force; NULL before the start */
	struct snapshot *coming; /* sent to the workers, not adopted by all yet */
	bool is_reload; /* what is coming; otherwise it is another moment */
	bool moment_failed; /* was said */
	struct suspender suspender;
	struct control_request *suspending; /* who waits until what is kept is in force */
	char suspending_text[256]; /* what is answered then */
	bool was_sent[CHANNEL_WORKERS_MAX]; /* to the worker */
	char coming_text[256]; /* who asked for it */
	char lists_alarm[256]; /* the supervisor's word on the lists, "" when they are right */
	char coming_lists_alarm[256];
	struct journal *journal;
	struct journal_lane *lane;
	struct worker *workers[CHANNEL_WORKERS_MAX];
	unsigned worker_count, resolver_count;
	int udp[CHANNEL_WORKERS_MAX][FRONT_LISTENS_MAX]; /* until the start */
	int tcp[CHANNEL_WORKERS_MAX][FRONT_LISTENS_MAX];
	unsigned udp_count[CHANNEL_WORKERS_MAX], tcp_count[CHANNEL_WORKERS_MAX];
	int links[CHANNEL_WORKERS_MAX][CHANNEL_RESOLVERS_MAX]; /* until the start; -1 for none */
	int control_links[CHANNEL_RESOLVERS_MAX];
	struct quarantine *quarantine;
	struct explainer *explainer;
	struct control_server *control; /* NULL while its socket cannot be made */
	bool control_failing;
	uint64_t control_tried_ns;
	struct control_request *reload; /* who waits for the result of a reload */
	char *resolver_status[CHANNEL_RESOLVERS_MAX]; /* JSON, heap, NULL until it came */
	uint32_t resolver_restarts[CHANNEL_RESOLVERS_MAX];
	uint64_t started_ns; /* monotonic */
	/* As it was said last. */
	bool journal_failing, journal_stuck, journal_unsealed, journal_unkept, journal_over;
	char journal_head[DIGEST_TEXT_MAX];
	int exit_code;
};

/* src/front/front.c: a message to the supervisor. */
void front_tell(struct front *f, enum channel_type type, uint32_t a, const char *text);

/* src/front/querylog.c: the journal. Errors and what else an operator has to know are logged. */
int querylog_open(struct front *f) MUST_CHECK;
/* Hands it the text of the configuration in force. */
void querylog_keep_config(struct front *f);
/* At each tick. */
void querylog_watch(struct front *f);
/* False when its writer hangs. */
bool querylog_close(struct front *f);

/* src/front/swap.c: makes a snapshot of the files that came and gives it to the workers. */
void swap_start(struct front *f, struct span who);
bool swap_is_reload(const struct front *f);
/* Goes on with that, or begins another moment; when a worker may have taken it, and at each tick.
 */
void swap_turn(struct front *f);

/* src/front/suspend.c: the verb `suspend`, and what there is to say of suspensions. */
int suspend_open(struct front *f) MUST_CHECK;
void suspend_verb(void *arg, struct control_request *request, const struct json_value *body);
/* Ends what is over. */
void suspend_turn(struct front *f);
/* The snapshot in force has all that is kept. */
void suspend_settled(struct front *f);
/* For status: an array of objects; a warning for each in the array that is being written. */
void suspend_put(const struct snapshot *s, struct json_writer *w);
void suspend_warn(const struct snapshot *s, struct json_writer *w);

/* src/front/expiry.c: warnings of exceptions that end soon or have ended: in the log, and as texts
 * in the array that is being written. */
void expiry_warn(const struct snapshot *s);
void expiry_put(const struct snapshot *s, struct json_writer *w);

/* src/front/verbs.c: what the control socket answers; the table ends with a NULL name. */
extern const struct control_verb front_verbs[];

/* src/front/explain.c: questions that the main thread asks for `explain`. */
int explainer_new(struct front *f, struct explainer **out) MUST_CHECK;
void explainer_free(struct explainer *e);
/* Takes over fd. */
int explainer_link(struct explainer *e, unsigned resolver, int fd) MUST_CHECK;
void explainer_ask(
	struct explainer *e, struct control_request *request, const struct json_value *body);
/* Gives up what is past its deadline. */
void explainer_tick(struct explainer *e);

#endif
