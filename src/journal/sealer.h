/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JOURNAL_SEALER_H
#define JOURNAL_SEALER_H

/*
 * The thread that compresses and hashes closed segments, and writes the texts of configurations
 * beside them. It runs when the processor and the disk have nothing else to do (SCHED_IDLE, idle
 * class of the disk), so it holds no lock and nobody waits for it: the writer gives it one segment
 * at a time and takes the result when it is there. All else about sealing is the writer's.
 *
 * What it makes is a file SEGMENT_HALF beside the segment, which no reader takes for one; it is on
 * the disk, and was read back and compared, before it is called done. A crash leaves at most that
 * file, which is made anew.
 */

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "lane.h"
#include "summary.h"

enum seal_state { SEAL_NONE, SEAL_ASKED, SEAL_DONE };

/* The writer's, but for SEAL_ASKED: then it is the sealer's. */
struct seal {
	_Atomic int state; /* enum seal_state */
	char segment[SEGMENT_NAME_MAX];
	struct summary summary;
	uint64_t torn; /* octets behind the last whole line, left out */
	int err; /* then nothing was made */
	int failing_errno; /* with ERR_IO */
};

struct config_text;

struct sealer {
	const char *directory;
	struct bell *bell; /* of who waits for results */
	struct seal seal;
	_Atomic(struct config_text *) configs; /* handed over */
	struct config_text *waiting; /* the thread's: not written so far */
	_Atomic int config_errno; /* 0: all configurations' texts are written */
	sem_t work;
	pthread_t thread;
	_Atomic bool stopping, ended;
};

/* ERR_IO when there can be no thread. */
int sealer_start(struct sealer *s, const char *directory, struct bell *bell) MUST_CHECK;
/* Ends what it is at in its middle. False when it has not ended within wait_ms. */
bool sealer_stop(struct sealer *s, unsigned wait_ms);
/* Frees what it holds; when it has ended. */
void sealer_release(struct sealer *s);
/* The writer's, in state SEAL_NONE: the segment is closed and stays as it is. */
void sealer_ask(struct sealer *s, const char *segment);
/* Takes over text, which is written as JOURNAL_CONFIG_FILE of its digest; from any thread. */
void sealer_keep_config(struct sealer *s, const char *digest, char *text, size_t len);
/* Tries again what could not be written. */
void sealer_wake(struct sealer *s);

#endif
