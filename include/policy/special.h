/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POLICY_SPECIAL_H
#define POLICY_SPECIAL_H

/*
 * Names that never leave the site (RFC 6761, 6762, 7686, 8375, 9462, 9476, 9665): answered here, as
 * a message that then goes the way of every other answer.
 */

#include "conf/conf.h"
#include "wire/reply.h"

#define SPECIAL_ANSWER_MAX 1232

/*
 * Writes the answer to q (name in lower case) and returns its length; 0 when the name is not
 * special, stands in one of the site's own zones, or has to be asked all the same.
 */
size_t special_answer(
	const struct conf *conf, const struct question *q, uint8_t out[SPECIAL_ANSWER_MAX]);

#endif
