/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervisor/outbox.h"
#include "supervisor/spawn.h"

#define TICK_MS 500
#define MESSAGES_A_TURN 32

enum state { STATE_STARTING, STATE_READY, STATE_STOPPING, STATE_GONE, STATE_COUNT };

/* How many ticks may pass without the word that is waited for. Ticks and not time: when it is the
 * supervisor that was held up, no tick passed either. */
static const unsigned patience[STATE_COUNT] = {
	[STATE_STARTING] = 120,
	[STATE_READY] = 3, /* the next tick is two seconds after the last word */
	[STATE_STOPPING] = 20,
	[STATE_GONE] = 4, /* closed its channel and does not exit */
};
static const char *const silence[STATE_COUNT] = {
	[STATE_STARTING] = "is not ready after a minute",
	[STATE_READY] = "does not answer",
	[STATE_STOPPING] = "does not stop",
	[STATE_GONE] = "has closed its channel",
};

struct child {
	struct loop *loop;
	pid_t pid;
	char name[24];
	struct child_events events;
	void *arg;
	enum state state;
	bool patient;
	bool killed;
	unsigned ticks; /* since the last word */
	uint64_t ready_ns;
	struct channel *channel;
	struct outbox outbox;
	struct watch *watch, *timer;
};

static void set_state(struct child *c, enum state state)
{
	c->state = state;
	c->ticks = 0;
}

static void set_gone(struct child *c)
{
	if (c->state == STATE_GONE)
		return;
	set_state(c, STATE_GONE);
	/* What can still be read from it is nothing that counts. */
	(void)!watch_fd_change(c->watch, 0);
}

static void send_message(struct child *c, const struct channel_message *m)
{
	if (c->state == STATE_GONE)
		return;
	if (outbox_put(&c->outbox, m) != 0)
		set_gone(c);
	else if (c->outbox.first != NULL && watch_fd_change(c->watch, LOOP_READ | LOOP_WRITE) != 0)
		set_gone(c);
}

static void on_tick(void *arg)
{
	struct child *c = arg;
	unsigned limit =
		patience[c->patient && c->state == STATE_READY ? STATE_STARTING : c->state];

	if (watch_timer_set(c->timer, TICK_MS) != 0)
		child_kill(c);
	if (++c->ticks > limit && !c->killed) {
		log_error("%s (process %ld) %s; it is killed", c->name, (long)c->pid,
			silence[c->state]);
		child_kill(c);
	} else if (c->state == STATE_READY && c->outbox.first == NULL) {
		child_send(c, CHANNEL_PING, 0, 0, span_of(NULL, 0), -1);
	}
}

static void take_message(struct child *c, const struct channel_message *m)
{
	switch (m->type) {
	case CHANNEL_READY:
		if (c->state != STATE_STARTING)
			return;
		set_state(c, STATE_READY);
		c->ready_ns = clock_monotonic_ns();
		c->events.ready(c->arg, c);
		return;
	case CHANNEL_PONG:
		if (c->state == STATE_READY)
			c->ticks = 0;
		return;
	default:
		c->events.message(c->arg, c, m);
	}
}

/* No handler frees a child: that happens when its process is reaped. */
static void read_channel(struct child *c)
{
	struct channel_message m;

	for (unsigned i = 0; i < MESSAGES_A_TURN && c->state != STATE_GONE; i++) {
		int err = channel_receive(c->channel, &m);

		if (err == ERR_AGAIN)
			return;
		if (err != 0) {
			set_gone(c);
			return;
		}
		take_message(c, &m);
		if (m.fd >= 0)
			close(m.fd);
	}
}

static void on_channel(void *arg, unsigned io)
{
	struct child *c = arg;

	if (io & LOOP_WRITE) {
		int err = outbox_flush(&c->outbox);

		if (err == 0)
			err = watch_fd_change(c->watch, LOOP_READ);
		if (err != 0 && err != ERR_AGAIN)
			set_gone(c);
	}
	if (io & LOOP_READ)
		read_channel(c);
}

static int start_process(struct child *c, const struct child_start *start)
{
	int ends[2];
	int err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return ERR_IO;
	if ((err = channel_new(ends[0], &c->channel)) != 0)
		close(ends[0]);
	else
		err = spawn(start->executable, start->role, ends[1], &start->who, &c->pid);
	close(ends[1]);
	return err;
}

int child_new(const struct child_start *start, struct child **out)
{
	struct child *c = calloc(1, sizeof(*c));
	int err;

	if (c == NULL)
		return ERR_MEMORY;
	c->loop = start->loop;
	c->events = start->events;
	c->arg = start->arg;
	c->pid = -1;
	snprintf(c->name, sizeof(c->name), "%s", start->name);
	if ((err = start_process(c, start)) != 0)
		goto fail;
	outbox_init(&c->outbox, c->channel);
	if ((err = watch_fd(
		     c->loop, channel_fd(c->channel), LOOP_READ, on_channel, c, &c->watch)) != 0 ||
		(err = watch_timer(c->loop, on_tick, c, &c->timer)) != 0 ||
		(err = watch_timer_set(c->timer, TICK_MS)) != 0)
		goto fail;
	*out = c;
	return 0;
fail:
	child_free(c);
	return err;
}

void child_free(struct child *c)
{
	if (c == NULL)
		return;
	watch_free(c->watch);
	watch_free(c->timer);
	outbox_release(&c->outbox);
	channel_free(c->channel);
	free(c);
}

pid_t child_pid(const struct child *c)
{
	return c->pid;
}

const char *child_name(const struct child *c)
{
	return c->name;
}

bool child_is_ready(const struct child *c)
{
	return c->state == STATE_READY;
}

uint64_t child_ready_ns(const struct child *c)
{
	return c->ready_ns;
}

void child_send(
	struct child *c, enum channel_type type, uint32_t a, uint32_t b, struct span text, int fd)
{
	const struct channel_message m = {type, a, b, text, fd};

	send_message(c, &m);
}

void child_offer(struct child *c, enum channel_type type, uint32_t a, uint32_t b, struct span text)
{
	if (c->outbox.first == NULL)
		child_send(c, type, a, b, text, -1);
}

void child_set_patient(struct child *c, bool patient)
{
	c->patient = patient;
	c->ticks = 0;
}

void child_stop(struct child *c)
{
	if (c->state == STATE_STOPPING || c->state == STATE_GONE)
		return;
	child_send(c, CHANNEL_STOP, 0, 0, span_of(NULL, 0), -1);
	if (c->state != STATE_GONE)
		set_state(c, STATE_STOPPING);
}

/* The process is a child that was not reaped: its id belongs to nobody else. */
void child_kill(struct child *c)
{
	if (c->killed || c->pid <= 0)
		return;
	c->killed = true;
	kill(c->pid, SIGKILL);
}
