/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_PACKET_H
#define TESTS_PACKET_H

/* Messages for tests, written as text and made by ldns, which knows nothing of our code. */

#include "base/span.h"

#define PACKET_MAX 65535

struct packet {
	uint8_t octets[PACKET_MAX];
	size_t len;
};

/*
 * One line each; the first is the question and the rcode, then sections by their first sign:
 *
 *   ? www.example.com. A NOERROR
 *   = www.example.com. 300 IN A 192.0.2.1       answer
 *   - example.com. 300 IN SOA ...               authority
 *   + ...                                       additional
 *   E 1232 do                                   EDNS: size, DO or nothing
 *
 * QR, RD, RA are set. Fails the test when ldns does not take it.
 */
void packet_make(const char *text, struct packet *out);
struct span packet_span(const struct packet *p);
/* A message made otherwise. Fails the test when it is too long. */
void packet_copy(struct packet *out, const void *octets, size_t len);

/* The messages that the tests share: many types, chains, signed, negative. NULL at the end. */
extern const char *const packet_texts[];

#endif
