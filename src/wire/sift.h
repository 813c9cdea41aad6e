/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_SIFT_H
#define WIRE_SIFT_H

/*
 * Chooses what of a response belongs to its question: the aliases from the question's name on, what
 * was asked for at their end, or the SOA of a negative answer, the signatures of all that, and
 * proofs. Linear in the number of records, at most ANSWER_CHAIN_MAX times over.
 */

#include "base/err.h"
#include "collection.h"
#include "wire/message.h"

struct sifted {
	struct collection records; /* released by the caller after success */
	uint32_t ttl_s; /* the smallest; 0 when the answer is not to be kept */
	bool is_positive;
};

/* m answers q. ERR_FORMAT, ERR_LIMIT as answer_read says; *out is then empty. */
int sift_records(const struct message *m, const struct question *q, uint32_t ttl_max_s,
	struct sifted *out) MUST_CHECK;

#endif
