/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MATCH_BUILTIN_H
#define MATCH_BUILTIN_H

/*
 * The two lists that are part of the program and need no source, build or configuration.
 * `dns-bypass` holds the names and addresses of other resolvers, HTTPDNS services and signals by
 * which devices ask whether they may use such; it is lists/dns-bypass.txt. `rebinding` holds every
 * address that leads to the host itself or into its site (inet_addr_near): whether that is wrong
 * depends on the name it belongs to, so the judge decides where it counts. Immutable; one may be
 * read by many threads.
 */

#include "base/err.h"
#include "base/inet.h"
#include "store/store.h"

#define BUILTIN_BYPASS "dns-bypass"
#define BUILTIN_REBINDING "rebinding"
/* Categories of dns-bypass whose names nobody connects to: only that they do not exist says no. */
#define BUILTIN_CANARY "canary"
#define BUILTIN_RELAY "private-relay"

struct builtin;

int builtin_new(struct builtin **out) MUST_CHECK;
void builtin_free(struct builtin *b);
/* The row of dns-bypass at or above the name of that key (wire/name.h); false: none. */
bool builtin_find_name(const struct builtin *b, struct span key, struct store_row *out);
/* The row of dns-bypass for the address. */
bool builtin_find_address(
	const struct builtin *b, const struct inet_addr *addr, struct store_row *out);
/* The row of rebinding for the address. */
bool builtin_rebinding(const struct inet_addr *addr, struct store_row *out);
/* Rows of dns-bypass, as `lists info` shows them. */
void builtin_count(uint32_t *names, uint32_t *ranges);

#endif
