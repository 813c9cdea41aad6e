/* SPDX-License-Identifier: BSD-3-Clause */

#include "judge/judged.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

int resolution_of_name(struct matcher *m, const struct question *q, struct resolution **out)
{
	struct evidence *evidence = NULL;
	struct resolution *r;
	int err = judge_name(m, q, &evidence);

	if (err)
		return err;
	r = resolution_new(q, NULL, evidence, DNSSEC_UNCHECKED);
	if (!r)
		return ERR_MEMORY;
	r->ede = EDE_NONE;
	r->real_ns = clock_real_ns();
	*out = r;
	return 0;
}

struct resolution *resolution_failed(
	struct matcher *m, const struct question *q, enum ede ede, const char *why)
{
	struct resolution *r = NULL;

	if (resolution_of_name(m, q, &r) != 0)
		return NULL;
	r->evidence->extent = EXTENT_FULL;
	r->rcode = RCODE_SERVFAIL;
	r->ede = ede;
	snprintf(r->why, sizeof(r->why), "%s", why);
	return r;
}

int resolution_of_answer(struct matcher *m, const struct question *q, struct span packet,
	uint32_t max_ttl_s, enum dnssec dnssec, struct resolution **out)
{
	struct evidence *evidence = NULL;
	struct answer *answer = NULL;
	struct resolution *r;
	int err = answer_read(packet, q, max_ttl_s, &answer);

	if (!err)
		err = judge_answer(m, q, answer, &evidence);
	if (err) {
		free(answer);
		return err;
	}
	r = resolution_new(q, answer, evidence, dnssec);
	if (!r)
		return ERR_MEMORY;
	r->ede = EDE_NONE;
	r->real_ns = clock_real_ns();
	*out = r;
	return 0;
}

const char *resolution_problem(int err)
{
	return err == ERR_LIMIT ? "the upstream's answer holds more than can be judged"
				: "the upstream's answer is malformed";
}

int resolution_again(struct matcher *m, const struct resolution *old, uint32_t max_ttl_s,
	struct resolution **out)
{
	struct resolution *r = NULL;
	int err = 0;

	if (old->answer)
		err = resolution_of_answer(
			m, &old->question, old->answer->full.octets, max_ttl_s, old->dnssec, &r);
	else
		err = resolution_of_name(m, &old->question, &r);
	if (err)
		return err;
	r->evidence->extent = old->evidence->extent;
	r->rcode = old->rcode;
	r->ede = old->ede;
	snprintf(r->why, sizeof(r->why), "%s", old->why);
	r->real_ns = old->real_ns;
	*out = r;
	return 0;
}
