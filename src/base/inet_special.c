/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/inet.h"

/*
 * The registries that RFC 6890 (with RFC 8190) set up for special-purpose addresses: what is
 * globally reachable among them, and what is not. The first row that has the address decides, so an
 * exception stands before what it is taken from. Blocks that the registries call globally reachable
 * and that are in no other row need none. `near` is how the addresses are called that lead to this
 * host, into this site or to the carrier's inside; the others that are not global lead nowhere.
 */

#define V4(a, b, c, d, bits)                                                                       \
	{                                                                                          \
		{{[10] = 0xff, [11] = 0xff, a, b, c, d}, true}, 96 + (bits)                        \
	}
#define V6(bits, ...)                                                                              \
	{                                                                                          \
		{{__VA_ARGS__}, false}, bits                                                       \
	}

static const struct {
	struct inet_prefix prefix;
	bool global;
	const char *near;
} specials[] = {
	{V4(0, 0, 0, 0, 8), false, "unspecified"}, /* this network: this host */
	{V4(10, 0, 0, 0, 8), false, "private"},
	{V4(100, 64, 0, 0, 10), false, "carrier-nat"}, /* RFC 6598 */
	{V4(127, 0, 0, 0, 8), false, "loopback"}, {V4(169, 254, 0, 0, 16), false, "link-local"},
	{V4(172, 16, 0, 0, 12), false, "private"},
	{V4(192, 0, 0, 9, 32), true, NULL}, /* Port Control Protocol anycast */
	{V4(192, 0, 0, 10, 32), true, NULL}, /* TURN anycast */
	{V4(192, 0, 0, 170, 31), false, NULL}, /* what ipv4only.arpa has (RFC 7050) */
	{V4(192, 0, 0, 0, 24), false, "reserved"}, /* IETF protocol assignments */
	{V4(192, 0, 2, 0, 24), false, NULL}, /* documentation */
	{V4(192, 168, 0, 0, 16), false, "private"}, {V4(198, 18, 0, 0, 15), false, "benchmarking"},
	{V4(198, 51, 100, 0, 24), false, NULL}, /* documentation */
	{V4(203, 0, 113, 0, 24), false, NULL}, /* documentation */
	{V4(224, 0, 0, 0, 4), false, "multicast"},
	{V4(240, 0, 0, 0, 4), false, "reserved"}, /* limited broadcast with it */
	{V4(0, 0, 0, 0, 0), true, NULL}, /* the rest of IPv4 */

	{V6(96, 0x00, 0x64, 0xff, 0x9b), true, NULL}, /* NAT64 */
	{V6(48, 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01), false, NULL}, /* local NAT64 (RFC 8215) */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 1), true, NULL}, /* Port Control Protocol anycast */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 2), true, NULL}, /* TURN anycast */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 3), true, NULL}, /* DNS-SD registration anycast */
	{V6(32, 0x20, 0x01, 0x00, 0x03), true, NULL}, /* AMT */
	{V6(48, 0x20, 0x01, 0x00, 0x04, 0x01, 0x12), true, NULL}, /* AS112 */
	{V6(28, 0x20, 0x01, 0x00, 0x20), true, NULL}, /* ORCHIDv2 */
	{V6(28, 0x20, 0x01, 0x00, 0x30), true, NULL}, /* drone remote identification */
	{V6(48, 0x20, 0x01, 0x00, 0x02), false, "benchmarking"}, /* RFC 5180 */
	{V6(23, 0x20, 0x01), false, NULL}, /* IETF protocol assignments, Teredo */
	{V6(32, 0x20, 0x01, 0x0d, 0xb8), false, NULL}, /* documentation */
	{V6(20, 0x3f, 0xff), false, NULL}, /* documentation */
	{V6(3, 0x20), true, NULL}, /* global unicast */
	{V6(128, 0), false, "unspecified"}, {V6(128, [15] = 1), false, "loopback"},
	{V6(96, 0), false, NULL}, /* IPv4-compatible: as near as the address within */
	{V6(96, [8] = 0xff, 0xff), false, NULL}, /* SIIT: the same */
	{V6(64, 0x01, 0x00), false, NULL}, /* discarded (RFC 6666) */
	{V6(7, 0xfc), false, "unique-local"}, {V6(10, 0xfe, 0x80), false, "link-local"},
	{V6(10, 0xfe, 0xc0), false, "site-local"}, /* RFC 3879 */
	{V6(8, 0xff), false, "multicast"}, {V6(0, 0), false, "reserved"}, /* not assigned */
};

static const size_t specials_count = sizeof(specials) / sizeof(specials[0]);

bool inet_addr_is_global(const struct inet_addr *a)
{
	for (size_t i = 0; i < specials_count; i++)
		if (inet_prefix_has(&specials[i].prefix, a))
			return specials[i].global;
	return false;
}

const char *inet_addr_near(const struct inet_addr *a)
{
	for (size_t i = 0; i < specials_count; i++)
		if (inet_prefix_has(&specials[i].prefix, a))
			return specials[i].near;
	return NULL;
}
