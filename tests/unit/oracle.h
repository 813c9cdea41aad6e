/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

/* What ldns reads in the same octets, for comparison. */

#include "base/span.h"

struct oracle;

/* One record as our view has it. */
struct oracle_record {
	int section; /* 0 answer, 1 authority, 2 additional */
	unsigned index; /* in its section, OPT not counted */
	struct span owner; /* wire form */
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	const char *rdata_text; /* NULL: not compared */
};

/* NULL when ldns does not read it. */
struct oracle *oracle_read(struct span octets);
void oracle_free(struct oracle *o);
unsigned oracle_count(const struct oracle *o, int section);
/* The text is read by ldns and its RDATA compared; *why says what differs. */
bool oracle_agrees(const struct oracle *o, const struct oracle_record *r, const char **why);
/* The RDATA with names in full; the length, at most size. */
size_t oracle_rdata(const struct oracle *o, int section, unsigned index, uint8_t *out, size_t size);
/* A type whose RDATA ldns checks by a form of its own. */
bool oracle_knows_type(uint16_t type);
/* The number of a mnemonic; 0 when ldns has none. */
uint16_t oracle_type(const char *text);
/* Wire form of a name's text; the length, 0 when ldns does not read it. */
size_t oracle_name(const char *text, uint8_t out[256]);

#endif
