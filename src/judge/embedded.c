/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "judge/judge.h"

#define SKIPPED 8 /* RFC 6052 2.2: octet 8 of an IPv6 address never is part of an embedded one */

/* Octets that tell such an address, and where the IPv4 one begins. */
static const struct form {
	const char *kind;
	uint8_t octets[12];
	uint8_t first, count; /* of octets in the address */
	uint8_t at;
	bool inverted;
} forms[] = {
	{"mapped", {[10] = 0xff, 0xff}, 0, 12, 12, false}, /* RFC 4291 2.5.5.2 */
	{"compatible", {0}, 0, 12, 12, false}, /* RFC 4291 2.5.5.1 */
	{"siit", {[8] = 0xff, 0xff, 0, 0}, 0, 12, 12, false}, /* RFC 2765 2.1 */
	{"6to4", {0x20, 0x02}, 0, 2, 2, false}, /* RFC 3056 2 */
	{"teredo server", {0x20, 0x01, 0, 0}, 0, 4, 4, false}, /* RFC 4380 4 */
	{"teredo client", {0x20, 0x01, 0, 0}, 0, 4, 12, true},
	{"nat64", {0x00, 0x64, 0xff, 0x9b}, 0, 12, 12, false}, /* RFC 6052 2.1 */
	{"local nat64", {0x00, 0x64, 0xff, 0x9b, 0, 1}, 0, 6, 6, false}, /* RFC 8215 as a /48 */
	{"local nat64", {0x00, 0x64, 0xff, 0x9b, 0, 1}, 0, 6, 12, false}, /* and as /96 within */
	{"isatap", {0, 0, 0x5e, 0xfe}, 8, 4, 12, false}, /* RFC 5214 6.1 */
	{"isatap", {2, 0, 0x5e, 0xfe}, 8, 4, 12, false},
};

static struct inet_addr inner_of(const struct inet_addr *addr, unsigned at, bool inverted)
{
	uint8_t octets[4];

	for (unsigned i = 0; i < sizeof(octets); i++, at++) {
		if (at == SKIPPED)
			at++;
		octets[i] = inverted ? (uint8_t)~addr->octets[at] : addr->octets[at];
	}
	return inet_addr_v4(octets);
}

/* ::, ::1 and the like are not IPv4 addresses in disguise. */
static bool is_plausible(const struct inet_addr *inner)
{
	return inner->octets[12] != 0;
}

unsigned embedded_v4(const struct inet_addr *addr, const struct inet_prefix *nat64,
	unsigned nat64_count, struct embedded out[EMBEDDED_MAX])
{
	unsigned count = 0;

	if (addr->is_v4)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];

		if (memcmp(addr->octets + f->first, f->octets, f->count) == 0)
			out[count++] =
				(struct embedded){inner_of(addr, f->at, f->inverted), f->kind};
	}
	for (unsigned i = 0; i < nat64_count && count < EMBEDDED_MAX; i++)
		if (inet_prefix_has(&nat64[i], addr))
			out[count++] = (struct embedded){
				inner_of(addr, nat64[i].len / 8, false), "configured nat64"};
	for (unsigned i = count; i-- > 0;)
		if (!is_plausible(&out[i].addr))
			out[i] = out[--count];
	return count;
}
