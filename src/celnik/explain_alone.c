/* SPDX-License-Identifier: BSD-3-Clause */

#include "explain_alone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer_file.h"
#include "base/clock.h"
#include "cli.h"
#include "journal/explain.h"
#include "judge/judged.h"
#include "judging.h"
#include "policy/special.h"
#include "upstream.h"

/* An explanation under way. */
struct explaining {
	const struct explain_alone *asked;
	struct judging judging;
	struct policy *policy;
	uint16_t group;
	struct buf packet; /* empty: nobody has answered */
	struct resolution *resolution;
};

static int ask(const struct explain_alone *e, struct buf *packet)
{
	char text[INET_ENDPOINT_TEXT_MAX];
	struct inet_endpoint from;
	int err = upstream_ask(e->conf, &e->question, packet, &from);

	if (!err)
		fprintf(stderr,
			"celnik: asked %s, and judged by the compiled lists and the configuration "
			"as they are now; DNSSEC was not checked\n",
			inet_endpoint_format(&from, text));
	else if (err == ERR_MISSING)
		fputs("celnik: none of the configured servers gave a usable answer; only the name "
		      "is judged\n",
			stderr);
	else if (err != ERR_MEMORY)
		fprintf(stderr, "celnik: asking the configured servers: %s\n",
			err == ERR_IO ? strerror(errno) : err_text(err));
	return err == ERR_MISSING ? 0 : err;
}

static int make_policy(struct explaining *x)
{
	const struct explain_alone *e = x->asked;
	struct policy_moment at;
	int err;

	policy_moment_at(e->conf, e->at_ns ? e->at_ns : clock_real_ns(), NULL, &at);
	err = policy_new(e->conf, &at, &x->policy);
	if (!err)
		x->group = policy_group(x->policy, &e->client);
	return err;
}

/* What policy decides on the name alone is not asked for: such a question never leaves the site. */
static int decide_by_name(struct explaining *x)
{
	const struct policy_query query = {x->group, x->asked->question.type};
	struct decision decision = {.resolve_first = true};
	struct resolution *r = NULL;
	int err = resolution_of_name(x->judging.matcher, &x->asked->question, &r);

	if (!err && x->group != POLICY_GROUP_NONE)
		policy_decide(x->policy, &query, r->evidence, &decision);
	if (decision.resolve_first)
		resolution_free(r);
	else
		x->resolution = r;
	return err;
}

static int judge_packet(struct explaining *x)
{
	const struct question *q = &x->asked->question;

	if (x->packet.len > 0)
		x->resolution = judging_answer(&x->judging, q, buf_span(&x->packet));
	else
		x->resolution = resolution_failed(x->judging.matcher, q, EDE_NO_REACHABLE_AUTHORITY,
			"no upstream has given a usable answer");
	return x->resolution ? 0 : ERR_MEMORY;
}

/* As the daemon gets to its resolution. */
static int resolve(struct explaining *x)
{
	const struct explain_alone *e = x->asked;
	uint8_t special[SPECIAL_ANSWER_MAX];
	size_t len = special_answer(e->conf, &e->question, special);
	int err = 0;

	if (len > 0)
		buf_put(&x->packet, special, len);
	else
		err = decide_by_name(x);
	if (!err && !x->resolution && len == 0)
		err = ask(e, &x->packet);
	return err;
}

static int explain(struct explaining *x, struct buf *out)
{
	const struct explain_request request = {
		.conf = x->asked->conf,
		.policy = x->policy,
		.resolution = x->resolution,
		.client = &x->asked->client,
		.group = x->group,
	};

	explain_format(&request, out);
	return out->overflow ? ERR_MEMORY : 0;
}

static int run(struct explaining *x, struct buf *out)
{
	int err = make_policy(x);

	if (!err && !x->asked->answer)
		err = resolve(x);
	if (!err && !x->resolution)
		err = judge_packet(x);
	if (!err)
		err = explain(x, out);
	if (err == ERR_MEMORY)
		fprintf(stderr, "celnik: %s\n", err_text(err));
	return err ? CLI_IO : CLI_OK;
}

int explain_alone(const struct explain_alone *e, struct buf *out)
{
	struct explaining x = {.asked = e};
	int code = judging_open(&x.judging, e->conf, false);

	buf_init_heap(&x.packet, MESSAGE_MAX);
	if (code == CLI_OK && e->answer)
		code = answer_file_read(e->answer, &e->question, &x.packet);
	if (code == CLI_OK)
		code = run(&x, out);
	resolution_free(x.resolution);
	policy_free(x.policy);
	buf_release(&x.packet);
	judging_close(&x.judging);
	return code;
}
