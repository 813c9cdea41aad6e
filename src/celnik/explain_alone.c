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
	else
		fprintf(stderr, "celnik: asking the configured servers: %s\n",
			err == ERR_IO ? strerror(errno) : err_text(err));
	return err == ERR_MISSING ? 0 : err;
}

/* No packet: nobody has answered. */
static int get_packet(const struct explain_alone *e, struct buf *packet)
{
	uint8_t special[SPECIAL_ANSWER_MAX];
	size_t len;

	if (e->answer)
		return answer_file_read(e->answer, &e->question, packet);
	len = special_answer(e->conf, &e->question, special);
	if (len > 0)
		buf_put(packet, special, len);
	else if (ask(e, packet) != 0)
		return CLI_IO;
	return CLI_OK;
}

static int decide(const struct explain_alone *e, const struct resolution *r, struct buf *out)
{
	struct policy_moment at;
	struct policy *policy = NULL;
	int err;

	policy_moment_at(e->conf, e->at_ns ? e->at_ns : clock_real_ns(), NULL, &at);
	err = policy_new(e->conf, &at, &policy);
	if (!err) {
		const struct explain_request request = {
			.conf = e->conf,
			.policy = policy,
			.resolution = r,
			.client = &e->client,
			.group = policy_group(policy, &e->client),
		};

		explain_format(&request, out);
	}
	policy_free(policy);
	return err || out->overflow ? ERR_MEMORY : 0;
}

static int explain(
	const struct explain_alone *e, struct judging *j, struct span packet, struct buf *out)
{
	struct resolution *r;
	int err = ERR_MEMORY;

	if (packet.len > 0)
		r = judging_answer(j, &e->question, packet);
	else
		r = resolution_failed(j->matcher, &e->question, EDE_NO_REACHABLE_AUTHORITY,
			"no upstream has given a usable answer");
	if (r)
		err = decide(e, r, out);
	resolution_free(r);
	if (err)
		fprintf(stderr, "celnik: %s\n", err_text(err));
	return err ? CLI_IO : CLI_OK;
}

int explain_alone(const struct explain_alone *e, struct buf *out)
{
	struct judging judging;
	struct buf packet;
	int code = judging_open(&judging, e->conf, false);

	buf_init_heap(&packet, MESSAGE_MAX);
	if (code == CLI_OK)
		code = get_packet(e, &packet);
	if (code == CLI_OK)
		code = explain(e, &judging, buf_span(&packet), out);
	buf_release(&packet);
	judging_close(&judging);
	return code;
}
