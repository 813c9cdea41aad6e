/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/outbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct outbox_item {
	struct outbox_item *next;
	struct channel_message message; /* its text stands behind, its descriptor is ours */
	uint8_t text[];
};

void outbox_init(struct outbox *o, struct channel *c)
{
	*o = (struct outbox){.channel = c};
	o->last = &o->first;
}

static void drop_first(struct outbox *o)
{
	struct outbox_item *item = o->first;

	if ((o->first = item->next) == NULL)
		o->last = &o->first;
	o->count--;
	if (item->message.fd >= 0)
		close(item->message.fd);
	free(item);
}

void outbox_release(struct outbox *o)
{
	while (o->first != NULL)
		drop_first(o);
}

static int keep(struct outbox *o, const struct channel_message *m)
{
	struct outbox_item *item;
	int fd = -1;

	if (o->count == OUTBOX_MAX || m->text.len > CHANNEL_TEXT_MAX)
		return ERR_LIMIT;
	if (m->fd >= 0 && (fd = fcntl(m->fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return ERR_IO;
	item = malloc(sizeof(*item) + m->text.len);
	if (item == NULL) {
		if (fd >= 0)
			close(fd);
		return ERR_MEMORY;
	}
	item->next = NULL;
	item->message = *m;
	item->message.fd = fd;
	if (m->text.len > 0)
		memcpy(item->text, m->text.data, m->text.len);
	item->message.text = span_of(item->text, m->text.len);
	*o->last = item;
	o->last = &item->next;
	o->count++;
	return 0;
}

int outbox_put(struct outbox *o, const struct channel_message *m)
{
	int err = o->first == NULL ? channel_send(o->channel, m) : ERR_AGAIN;

	return err == ERR_AGAIN ? keep(o, m) : err;
}

int outbox_flush(struct outbox *o)
{
	int err = 0;

	while (o->first != NULL && (err = channel_send(o->channel, &o->first->message)) == 0)
		drop_first(o);
	return err;
}
