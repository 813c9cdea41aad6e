/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_FIELD_H
#define LISTS_FIELD_H

/*
 * What may stand in one field of a list. Each reader returns NULL, or in words why the field cannot
 * be taken and what to do instead; the result is then untouched.
 */

#include "base/inet.h"
#include "store/store.h"
#include "wire/name.h"

/*
 * A host name of letters, digits, '-' and '_', a dot behind it is fine; U-labels become A-labels.
 * Only match tld may name a single label: any other row there would catch a whole top-level domain
 * by mistake.
 */
const char *field_name(struct span text, enum name_match match, struct name *out);
/* A prefix, an address, or `first-last`; at most an IPv4 /8 or an IPv6 /16. */
const char *field_range(struct span text, struct inet_addr *first, struct inet_addr *last);
/* 1 to 4294967295, with or without AS before it. */
const char *field_asn(struct span text, uint32_t *out);
/* Two capital letters. */
const char *field_country(struct span text, char out[3]);
/* An id of a vendor or category: small letters, digits and '-'. */
const char *field_id(struct span text);
const char *field_match(struct span text, enum name_match *out);
const char *field_fact(struct span text, enum fact *out);
const char *field_confidence(struct span text, enum confidence *out);

#endif
