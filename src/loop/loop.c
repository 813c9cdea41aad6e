/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/loop.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/time.h>

struct loop {
	struct event_base *base;
};

/* libevent touches an event no more once it has called back, and takes one that is deleted out of
 * what is due; the functions below call back last. So a watch can be freed at once, anywhere. */
struct watch {
	struct event_base *base;
	struct event *event;
	unsigned io;
	void (*on_io)(void *arg, unsigned io);
	void (*on_event)(void *arg);
	void *arg;
};

/* What goes wrong comes back as an error, and its caller knows more to say about it. */
static void say_nothing(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

int loop_new(struct loop **out)
{
	struct loop *l = calloc(1, sizeof(*l));
	struct event_config *config = event_config_new();
	int err = ERR_MEMORY;

	if (!l || !config)
		goto out;
	event_set_log_callback(say_nothing);
	/* One thread owns it, so there is nothing to lock. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	l->base = event_base_new_with_config(config);
	if (!l->base) {
		err = ERR_IO;
		goto out;
	}
	*out = l;
	l = NULL;
	err = 0;
out:
	if (config)
		event_config_free(config);
	free(l);
	return err;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	event_base_free(l->base);
	free(l);
}

int loop_run(struct loop *l)
{
	return event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0 ? ERR_IO : 0;
}

void loop_stop(struct loop *l)
{
	event_base_loopbreak(l->base);
}

void *loop_base(struct loop *l)
{
	return l->base;
}

static short events_of(unsigned io)
{
	return (short)(EV_PERSIST | (io & LOOP_READ ? EV_READ : 0) |
		       (io & LOOP_WRITE ? EV_WRITE : 0));
}

static void on_fd(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	w->on_io(w->arg, (what & EV_READ ? LOOP_READ : 0u) | (what & EV_WRITE ? LOOP_WRITE : 0u));
}

static void on_timer_or_signal(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	w->on_event(w->arg);
}

/* The watch's callback and argument are the caller's to fill in. */
static struct watch *watch_new(struct loop *l, int fd, short events, event_callback_fn fn)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->base = l->base;
	w->event = event_new(l->base, fd, events, fn, w);
	if (!w->event) {
		free(w);
		return NULL;
	}
	return w;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	event_free(w->event);
	free(w);
}

int watch_fd(struct loop *l, int fd, unsigned io, void (*fn)(void *arg, unsigned io), void *arg,
	struct watch **out)
{
	struct watch *w = watch_new(l, fd, events_of(0), on_fd);
	int err;

	if (!w)
		return ERR_MEMORY;
	w->on_io = fn;
	w->arg = arg;
	err = watch_fd_change(w, io);
	if (err) {
		watch_free(w);
		return err;
	}
	*out = w;
	return 0;
}

int watch_fd_change(struct watch *w, unsigned io)
{
	evutil_socket_t fd = event_get_fd(w->event);

	if (io == w->io)
		return 0;
	event_del(w->event);
	w->io = 0;
	if (io == 0)
		return 0;
	if (event_assign(w->event, w->base, fd, events_of(io), on_fd, w) != 0 ||
		event_add(w->event, NULL) != 0)
		return ERR_IO;
	w->io = io;
	return 0;
}

int watch_timer(struct loop *l, void (*fn)(void *arg), void *arg, struct watch **out)
{
	struct watch *w = watch_new(l, -1, 0, on_timer_or_signal);

	if (!w)
		return ERR_MEMORY;
	w->on_event = fn;
	w->arg = arg;
	*out = w;
	return 0;
}

int watch_timer_set(struct watch *w, uint32_t ms)
{
	struct timeval after = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	/* libevent only fails for want of room in its heap of timers. */
	return event_add(w->event, &after) != 0 ? ERR_MEMORY : 0;
}

void watch_timer_clear(struct watch *w)
{
	event_del(w->event);
}

int watch_signal(struct loop *l, int signal, void (*fn)(void *arg), void *arg, struct watch **out)
{
	struct watch *w = watch_new(l, signal, EV_SIGNAL | EV_PERSIST, on_timer_or_signal);

	if (!w)
		return ERR_MEMORY;
	w->on_event = fn;
	w->arg = arg;
	if (event_add(w->event, NULL) != 0) {
		watch_free(w);
		return ERR_IO;
	}
	*out = w;
	return 0;
}
