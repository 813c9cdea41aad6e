/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_DRAFT_H
#define JUDGE_DRAFT_H

/* The inside of evidence being gathered, for who has one on the stack: judging what usual answers
 * hold allocates nothing but the evidence itself. */

#include "judge/evidence.h"

/* What fits without allocating. */
#define DRAFT_PLACES 32
#define DRAFT_ROWS 32
#define DRAFT_FINDINGS 128
#define DRAFT_NAMES 1024 /* octets */

struct draft_place {
	enum on on;
	struct inet_addr addr;
	const char *kind;
	size_t name_at; /* in names */
	uint16_t record;
	uint8_t name_len;
};

struct draft_finding {
	uint16_t place, row;
};

/* An array that grows up to a maximum; its first storage is not freed. */
struct draft_list {
	void *items, *first;
	size_t size; /* of one */
	size_t count, capacity, max;
};

struct evidence_draft {
	struct draft_list places, rows, findings, names;
	uint16_t record; /* where what comes next stands */
	bool overflow;
	bool exhausted; /* memory was */
	struct draft_place first_places[DRAFT_PLACES];
	struct store_row first_rows[DRAFT_ROWS];
	struct draft_finding first_findings[DRAFT_FINDINGS];
	uint8_t first_names[DRAFT_NAMES];
};

void evidence_draft_init(struct evidence_draft *d);
void evidence_draft_release(struct evidence_draft *d);

#endif
