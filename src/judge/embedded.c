/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "judge/judge.h"

/* Prefixes under which an IPv6 address holds an IPv4 one, and where. */
static const struct form {
	const char *kind;
	uint8_t prefix[12];
	uint8_t prefix_len; /* octets */
	uint8_t at;
} forms[] = {
	{"mapped", {[10] = 0xff, 0xff}, 12, 12}, /* RFC 4291 2.5.5.2 */
	{"6to4", {0x20, 0x02}, 2, 2}, /* RFC 3056 */
	{"nat64", {0x00, 0x64, 0xff, 0x9b}, 12, 12}, /* RFC 6052 2.1 */
};

int embedded_v4(const struct inet_addr *addr, struct inet_addr *inner, const char **kind)
{
	if (addr->is_v4)
		return ERR_MISSING;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];

		if (memcmp(addr->octets, f->prefix, f->prefix_len) != 0)
			continue;
		*inner = inet_addr_v4(addr->octets + f->at);
		*kind = f->kind;
		return 0;
	}
	return ERR_MISSING;
}
