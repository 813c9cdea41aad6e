/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/doubt.h"

#include "base/clock.h"
#include "base/log.h"
#include "wire/reply.h"

#define SILENT_NS (600 * NS_PER_S)

static void tell(struct doubt *d, const struct question *q, const char *what)
{
	char name[NAME_TEXT_MAX], time[CLOCK_TEXT_MAX];
	uint64_t now_ns = clock_monotonic_ns();

	if (d->told_ns != 0 && now_ns - d->told_ns < SILENT_NS)
		return;
	d->told_ns = now_ns;
	log_warning("a DNSSEC signature for '%s' %s; is the clock right? it says '%s'",
		name_format(&q->name, name), what, clock_format(clock_real_ns(), time));
}

void doubt_note(struct doubt *d, const struct question *q, const struct link_answer *a)
{
	bool expired = a->dnssec == DNSSEC_BOGUS && a->ede == EDE_SIGNATURE_EXPIRED;
	bool early = a->dnssec == DNSSEC_BOGUS && a->ede == EDE_SIGNATURE_NOT_YET_VALID;

	if (a->dnssec == DNSSEC_SECURE)
		d->is_on = false;
	if (!expired && !early)
		return;
	if (!d->is_on)
		tell(d, q, expired ? "has expired" : "is not valid yet");
	d->is_on = true;
}
