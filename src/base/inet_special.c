/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/inet.h"

/*
 * The registries that RFC 6890 (with RFC 8190) set up for special-purpose addresses: what is
 * globally reachable among them, and what is not. The first row that has the address decides, so an
 * exception stands before what it is taken from. Blocks that the registries call globally reachable
 * and that are in no other row need none.
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
} specials[] = {
	{V4(0, 0, 0, 0, 8), false}, /* this network */
	{V4(10, 0, 0, 0, 8), false}, /* private */
	{V4(100, 64, 0, 0, 10), false}, /* carrier-grade NAT */
	{V4(127, 0, 0, 0, 8), false}, /* loopback */
	{V4(169, 254, 0, 0, 16), false}, /* link-local */
	{V4(172, 16, 0, 0, 12), false}, /* private */
	{V4(192, 0, 0, 9, 32), true}, /* Port Control Protocol anycast */
	{V4(192, 0, 0, 10, 32), true}, /* TURN anycast */
	{V4(192, 0, 0, 0, 24), false}, /* IETF protocol assignments */
	{V4(192, 0, 2, 0, 24), false}, /* documentation */
	{V4(192, 168, 0, 0, 16), false}, /* private */
	{V4(198, 18, 0, 0, 15), false}, /* benchmarking */
	{V4(198, 51, 100, 0, 24), false}, /* documentation */
	{V4(203, 0, 113, 0, 24), false}, /* documentation */
	{V4(224, 0, 0, 0, 4), false}, /* multicast */
	{V4(240, 0, 0, 0, 4), false}, /* reserved, limited broadcast */
	{V4(0, 0, 0, 0, 0), true}, /* the rest of IPv4 */

	{V6(96, 0x00, 0x64, 0xff, 0x9b), true}, /* NAT64 */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 1), true}, /* Port Control Protocol anycast */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 2), true}, /* TURN anycast */
	{V6(128, 0x20, 0x01, 0x00, 0x01, [15] = 3), true}, /* DNS-SD registration anycast */
	{V6(32, 0x20, 0x01, 0x00, 0x03), true}, /* AMT */
	{V6(48, 0x20, 0x01, 0x00, 0x04, 0x01, 0x12), true}, /* AS112 */
	{V6(28, 0x20, 0x01, 0x00, 0x20), true}, /* ORCHIDv2 */
	{V6(28, 0x20, 0x01, 0x00, 0x30), true}, /* drone remote identification */
	{V6(23, 0x20, 0x01), false}, /* IETF protocol assignments, Teredo */
	{V6(32, 0x20, 0x01, 0x0d, 0xb8), false}, /* documentation */
	{V6(20, 0x3f, 0xff), false}, /* documentation */
	{V6(3, 0x20), true}, /* global unicast */
	{V6(0, 0), false}, /* not assigned, or unique local, link-local, multicast */
};

bool inet_addr_is_global(const struct inet_addr *a)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (inet_prefix_has(&specials[i].prefix, a))
			return specials[i].global;
	return false;
}
