/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

/* Small pieces that tests of judge, policy and journal are made of. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/resolution.h"
#include "packet.h"

#define UNUSED __attribute__((unused))

UNUSED static struct name sample_name(const char *text)
{
	struct name name;

	assert_int_equal(name_parse(span_text(text), &name), 0);
	name_to_lower(&name);
	return name;
}

UNUSED static struct inet_addr sample_addr(const char *text)
{
	struct inet_addr addr;

	assert_int_equal(inet_addr_parse(span_text(text), &addr), 0);
	return addr;
}

UNUSED static struct inet_prefix sample_prefix(const char *text)
{
	struct inet_prefix prefix;

	assert_int_equal(inet_prefix_parse(span_text(text), &prefix), 0);
	return prefix;
}

UNUSED static struct question sample_question(const char *name, uint16_t type)
{
	return (struct question){sample_name(name), type, RR_CLASS_IN};
}

/* What celnik makes of a message written as packet.h says; its question is *q. */
UNUSED static struct answer *sample_answer(const struct question *q, const char *text)
{
	struct packet *packet = malloc(sizeof(*packet));
	struct answer *answer = NULL;

	packet_make(text, packet);
	if (answer_read(packet_span(packet), q, 3600, &answer) != 0)
		fail_msg("answer '%s'", text);
	free(packet);
	return answer;
}

/* The key of a name for a row, in the caller's storage. */
UNUSED static struct span sample_key(const char *text, uint8_t key[NAME_LEN_MAX])
{
	struct name name = sample_name(text);

	return span_of(key, name_to_key(&name, key));
}

#endif
