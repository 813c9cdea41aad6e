/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef RESOLVER_ENGINE_H
#define RESOLVER_ENGINE_H

/*
 * libunbound behind a narrow door: asks the configured upstreams and zones, validates. The only
 * module that sees libunbound. One engine in a process (its settings are process-global), on one
 * loop, in one thread.
 *
 * Outstanding questions are bounded here, in all and for each zone, and end at a deadline a little
 * behind the asker's. libunbound cannot be stopped and works on for up to 17 seconds: what it does
 * for nobody is bounded as well.
 */

#include "conf/conf.h"
#include "link/link.h"
#include "loop/loop.h"

enum engine_validation {
	ENGINE_VALIDATION_OFF,
	ENGINE_VALIDATION_ON,
	ENGINE_VALIDATION_MISSING, /* auto, and the upstreams do not give the anchors' DNSKEYs: an
				      alarm */
	ENGINE_VALIDATION_UNKNOWN, /* auto, and no upstream has answered yet: treated as missing
				      until one does */
};

#define ENGINE_OUTSTANDING_MAX 4096
#define ENGINE_ABANDONED_MAX 4096 /* past their deadline, and libunbound works on them */
#define ENGINE_ZONE_MAX (ENGINE_OUTSTANDING_MAX / 8) /* both of one zone (resolver/quota.h) */
#define ENGINE_DEADLINE_MS 5000 /* the front waits for 4500 */
#define ENGINE_UPSTREAMS_MAX 64 /* more are not used */

#define ENGINE_PROBLEM_MAX 200

struct engine;

struct engine_options {
	const struct conf *conf;
	/* What conf says, or what the system says when conf says so; none is fine, then only zones
	 * are asked. */
	const struct inet_endpoint *upstreams;
	unsigned upstream_count;
	unsigned shares; /* of the cache size, this engine takes one */
	const char *anchors; /* path to read the trust anchors from, "" when they cannot be */
	const char *anchors_problem; /* then: why */
};

/*
 * Whoever asked gets exactly one call, never from inside engine_ask. a->id is that of the question;
 * a->packet is valid during the call. Bogus data come with dnssec DNSSEC_BOGUS, an EDE and the
 * reason in words.
 */
typedef void (*engine_done)(void *arg, const struct link_answer *a);

/*
 * What options points to must stay. ERR_IO, ERR_MEMORY, ERR_STATE when the trust anchors are needed
 * and cannot be had or libunbound refuses its configuration; problem then says what.
 */
int engine_new(struct loop *l, const struct engine_options *options,
	char problem[ENGINE_PROBLEM_MAX], struct engine **out) MUST_CHECK;
/* Not from inside a callback of the engine. Outstanding questions get a failed answer. */
void engine_free(struct engine *e);
/* ERR_LIMIT when too much is outstanding, in all or below the zone, ERR_MEMORY. arg comes back in
 * done. */
int engine_ask(
	struct engine *e, const struct link_question *q, engine_done done, void *arg) MUST_CHECK;
/*
 * Forgets what was cached and which upstreams did not answer, and asks again what is outstanding:
 * for the moment when an upstream is back, or the clock has jumped. From now on each is given
 * wait_ms (resolver/pace.h). Not from inside a callback of the engine.
 */
void engine_renew(struct engine *e, uint32_t wait_ms);
enum engine_validation engine_validation(const struct engine *e);
unsigned engine_outstanding(const struct engine *e);
unsigned engine_abandoned(const struct engine *e);
/* libunbound seems to send nothing any more (resolver/giveup.h): when upstreams are up, renew. */
bool engine_has_given_up(struct engine *e);
/* Signatures speak for a clock that is wrong. */
bool engine_doubts_clock(const struct engine *e);
#endif
