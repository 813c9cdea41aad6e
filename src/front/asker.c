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
	limits_end_wait(w, a);
	if (a->transport == JOURNAL_UDP)
		udp_send(w->udp, len);
	else
		tcp_send(w->tcp, a->connection, len);
}

bool asker_withhold(struct worker *w, struct asker *a, uint8_t *room, size_t size)
{
	if (a->transport != JOURNAL_UDP)
		return false;
	switch (limits_take_reply(w, a, room)) {
	case LIMITS_SEND:
		return false;
	case LIMITS_SLIP:
		asker_send(w, a, reply_truncated(&a->to, room, size));
		return true;
	case LIMITS_WITHHOLD:
		break;
	}
	asker_drop(w, a);
	return true;
}

void asker_drop(struct worker *w, struct asker *a)
{
	limits_end_wait(w, a);
	if (a->transport == JOURNAL_TCP)
		tcp_drop(w->tcp, a->connection);
}
