/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "resolver/bogus.h"
#include "wire/reply.h"

struct ask *ask_new(const struct link_question *q, engine_done done, void *arg)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->question = q->question;
	a->asked_ns = clock_monotonic_ns();
	a->done = done;
	a->arg = arg;
	a->answer.id = q->id;
	a->answer.ede = EDE_NONE;
	return a;
}

void ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	free(a->packet);
	free(a);
}

uint64_t ask_age_ms(const struct ask *a)
{
	return (clock_monotonic_ns() - a->asked_ns) / NS_PER_MS;
}

void ask_fail(struct ask *a, uint16_t ede, const char *why)
{
	struct link_answer *answer = &a->answer;

	answer->failed = true;
	answer->dnssec = DNSSEC_UNCHECKED;
	answer->ede = ede;
	snprintf(answer->why, sizeof(answer->why), "%s", why);
	answer->packet = span_of(NULL, 0);
}

void ask_fail_with(struct ask *a, int rcode)
{
	if (rcode == RCODE_NOTIMP)
		ask_fail(a, EDE_NOT_SUPPORTED, "this type cannot be asked for");
	else
		ask_fail(a, EDE_NO_REACHABLE_AUTHORITY, "no upstream has given a usable answer");
}

void ask_read(struct ask *a, const void *packet, int len, int sec, const char *why, bool validates)
{
	const uint8_t *octets = packet;
	unsigned rcode;

	if (packet == NULL || len < MESSAGE_HEADER_LEN || len > MESSAGE_MAX) {
		ask_fail(a, EDE_OTHER, "the answer has no size that an answer can have");
		return;
	}
	rcode = octets[3] & 0xf;
	/* These are libunbound's own, from its cache or for a root without a forwarder. */
	if (sec != 1 && (rcode == RCODE_SERVFAIL || rcode == RCODE_REFUSED)) {
		ask_fail_with(a, RCODE_SERVFAIL);
		return;
	}
	a->packet = malloc((size_t)len);
	if (a->packet == NULL) {
		ask_fail(a, EDE_OTHER, err_text(ERR_MEMORY));
		return;
	}
	memcpy(a->packet, packet, (size_t)len);
	a->answer.packet = span_of(a->packet, (size_t)len);
	a->answer.dnssec = !validates ? DNSSEC_UNCHECKED
			   : sec == 2 ? DNSSEC_SECURE
			   : sec == 1 ? DNSSEC_BOGUS
				      : DNSSEC_INSECURE;
	if (a->answer.dnssec == DNSSEC_BOGUS)
		a->answer.ede = bogus_explain(why, a->answer.why);
}

void ask_queue_init(struct ask_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

void ask_queue_put(struct ask_queue *q, struct ask *a)
{
	a->next = NULL;
	*q->last = a;
	q->last = &a->next;
}

struct ask *ask_queue_take(struct ask_queue *q)
{
	struct ask *a = q->first;

	if (a != NULL && (q->first = a->next) == NULL)
		q->last = &q->first;
	return a;
}

void ask_ages_add(struct ask_ages *l, struct ask *a)
{
	a->older = l->newest;
	*(l->newest != NULL ? &l->newest->newer : &l->oldest) = a;
	l->newest = a;
}

void ask_ages_remove(struct ask_ages *l, struct ask *a)
{
	*(a->older != NULL ? &a->older->newer : &l->oldest) = a->newer;
	*(a->newer != NULL ? &a->newer->older : &l->newest) = a->older;
	a->older = a->newer = NULL;
}
