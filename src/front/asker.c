/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/asker.h"

#include "front/tcp.h"
#include "front/udp.h"
#include "front/worker.h"

uint8_t *asker_room(struct worker *w, struct asker *a, size_t *size)
{
	return a->transport == JOURNAL_UDP ? udp_room(w->udp, &a->udp, size)
					   : tcp_room(w->tcp, size);
}

void asker_send(struct worker *w, struct asker *a, size_t len)
{
	if (a->transport == JOURNAL_UDP)
		udp_send(w->udp, len);
	else
		tcp_send(w->tcp, a->connection, len);
}

void asker_drop(struct worker *w, struct asker *a)
{
	if (a->transport == JOURNAL_TCP)
		tcp_drop(w->tcp, a->connection);
}
