/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_MATCH_ON_H
#define CONF_MATCH_ON_H

/* The bits of struct conf_match's `on`, numbered as enum on of judge/evidence.h. */

enum match_on {
	ON_BIT_QNAME = 1 << 0,
	ON_BIT_CNAME = 1 << 1,
	ON_BIT_TARGET = 1 << 2,
	ON_BIT_ADDRESS = 1 << 3,
	ON_BIT_HINT = 1 << 4,
	ON_BIT_EMBEDDED = 1 << 5,
	ON_BIT_MENTION = 1 << 6,
	ON_BIT_CLIENT = 1 << 7,
};

#define ON_NAMES (ON_BIT_QNAME | ON_BIT_CNAME | ON_BIT_TARGET | ON_BIT_MENTION)
#define ON_ADDRESSES (ON_BIT_ADDRESS | ON_BIT_HINT | ON_BIT_EMBEDDED)

#endif
