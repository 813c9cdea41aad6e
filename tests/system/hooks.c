/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What makes a celnikd of which a question can take the resolver along: linked in front of what is
 * tested (--wrap), so that the program that is installed has nothing of it.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "front/quarantine.h"
#include "resolver/engine.h"

int __real_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
int __wrap_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg);
int __real_quarantine_new(uint64_t hold_ms, struct quarantine **out);
int __wrap_quarantine_new(uint64_t hold_ms, struct quarantine **out);

static bool begins_with(const struct name *name, const char *label)
{
	size_t len = strlen(label);

	return name->octets[0] == len && memcmp(name->octets + 1, label, len) == 0;
}

int __wrap_engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg)
{
	volatile bool spinning = true;

	if (begins_with(&q->question.name, "kill"))
		raise(SIGKILL);
	while (begins_with(&q->question.name, "spin") && spinning)
		;
	return __real_engine_ask(e, q, done, arg);
}

int __wrap_quarantine_new(uint64_t hold_ms, struct quarantine **out)
{
	const char *wanted = getenv("CELNIK_TEST_QUARANTINE_MS");

	return __real_quarantine_new(wanted ? strtoull(wanted, NULL, 10) : hold_ms, out);
}
