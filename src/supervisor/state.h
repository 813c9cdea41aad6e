/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_STATE_H
#define SUPERVISOR_STATE_H

/*
 * What the files of the supervisor share: its one state, and the calls between starting and ending
 * (supervisor.c), the children in their places (places.c), what they are given (handover.c), and
 * the reload (reload.c).
 */

#include "supervisor/child.h"
#include "supervisor/snapshot.h"
#include "supervisor/sockets.h"

/* Where one child after the other stands: the front, or the resolver of one number. */
struct place {
	struct supervisor *all;
	int resolver; /* its number; -1: the front */
	struct child *child; /* NULL while there is none */
	struct child *next; /* a resolver of the configuration that is being loaded */
	bool linked; /* child has its links with the front that there is */
	unsigned restarts;
	unsigned early; /* deaths in a row before it served for a while */
	struct watch *timer; /* until the restart */
	char *status; /* the last that a resolver told */
};

enum reload_step { RELOAD_NONE, RELOAD_RESOLVERS, RELOAD_SWAP };

struct reload {
	enum reload_step step;
	struct snapshot *snapshot; /* the new one */
	char *warnings; /* about it, NULL */
	char who[64];
	unsigned answers; /* RESULTs that the front waits for */
	/* Asked for while one was under way; all of these get one more reload. */
	bool again;
	char again_who[64];
	unsigned again_answers;
};

struct supervisor {
	struct loop *loop;
	const char *config_path;
	int executable;
	struct identity who;
	struct snapshot *snapshot;
	struct sockets *sockets;
	unsigned workers, resolvers;
	struct place front;
	struct place resolver[CHANNEL_RESOLVERS_MAX];
	struct child **leaving; /* resolvers that are drained */
	unsigned leaving_count, leaving_max;
	struct reload reload;
	bool announced; /* was ready once */
	bool stopping;
	int exit_code;
};

/* supervisor.c */
void supervisor_stop(struct supervisor *s, int exit_code);
/* Says that all is ready, the first time or after a reload. */
void supervisor_tell_ready(struct supervisor *s);

/* places.c */
int places_init(struct supervisor *s) MUST_CHECK;
void places_release(struct supervisor *s);
int places_start(struct supervisor *s) MUST_CHECK;
void places_stop(struct supervisor *s);
void places_kill(struct supervisor *s);
bool places_are_empty(const struct supervisor *s);
/* A process has ended. */
void places_reaped(struct supervisor *s, pid_t pid, int status);
/* Starts a resolver of a snapshot beside each one in place. */
int places_start_next(struct supervisor *s, const struct snapshot *snapshot) MUST_CHECK;
/* The next of each place takes over; those before are drained. */
void places_take_next(struct supervisor *s);
/* The next of each place are of no use. */
void places_drop_next(struct supervisor *s);

/* handover.c */
int handover_resolver(struct place *p, const struct snapshot *snapshot,
	const struct child_events *events, struct child **out) MUST_CHECK;
int handover_front(struct supervisor *s, const struct child_events *events) MUST_CHECK;
/* Gives the files of a snapshot to the front. */
void handover_snapshot(struct child *front, const struct snapshot *snapshot);
/* New links between the child in place, if there is one, and the front. */
void handover_link(struct place *p, struct child *front);
/* What the resolver in place last told, to the front if that serves. */
void handover_status(const struct place *p);

/* reload.c */
/* who is asked for; answer: the front waits for a RESULT. */
void reload_start(struct supervisor *s, const char *who, bool answer);
void reload_next_ready(struct supervisor *s);
void reload_swapped(struct supervisor *s, bool failed, struct span why);
/* Something that the reload under way needs has died; nothing happens when none is. */
void reload_fail(struct supervisor *s, const char *why);
/* The same for the front, and nobody waits for an answer any more. */
void reload_front_gone(struct supervisor *s);
void reload_release(struct supervisor *s);

#endif
