/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/inet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define V4_BITS 96 /* in front of the 32 of an IPv4 address */

struct inet_addr inet_addr_v4(const uint8_t octets[4])
{
	struct inet_addr a = {.octets = {[10] = 0xff, [11] = 0xff}, .is_v4 = true};

	memcpy(a.octets + 12, octets, 4);
	return a;
}

struct inet_addr inet_addr_v6(const uint8_t octets[16])
{
	struct inet_addr a = {.is_v4 = false};

	memcpy(a.octets, octets, 16);
	return a;
}

int inet_addr_compare(const struct inet_addr *a, const struct inet_addr *b)
{
	return memcmp(a->octets, b->octets, sizeof(a->octets));
}

int inet_addr_parse(struct span text, struct inet_addr *out)
{
	char terminated[INET_TEXT_MAX];
	uint8_t octets[16];

	/* A NUL inside would let inet_pton see less than the caller gave. */
	if (text.len == 0 || text.len >= sizeof(terminated) || memchr(text.data, 0, text.len))
		return ERR_FORMAT;
	memcpy(terminated, text.data, text.len);
	terminated[text.len] = 0;
	if (inet_pton(AF_INET, terminated, octets) == 1)
		*out = inet_addr_v4(octets);
	else if (inet_pton(AF_INET6, terminated, octets) == 1)
		*out = inet_addr_v6(octets);
	else
		return ERR_FORMAT;
	return 0;
}

/* By hand, as each line of the log has two or three. */
static void format_v4(const uint8_t octets[4], char *at)
{
	for (unsigned i = 0; i < 4; i++) {
		if (octets[i] >= 100)
			*at++ = (char)('0' + octets[i] / 100);
		if (octets[i] >= 10)
			*at++ = (char)('0' + octets[i] / 10 % 10);
		*at++ = (char)('0' + octets[i] % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
}

const char *inet_addr_format(const struct inet_addr *a, char out[INET_TEXT_MAX])
{
	/* Cannot fail: the family is known and the text has room. */
	if (a->is_v4)
		format_v4(a->octets + 12, out);
	else
		inet_ntop(AF_INET6, a->octets, out, INET_TEXT_MAX);
	return out;
}

/* A decimal number without sign and leading zeros, at most max. */
static int number_parse(struct span text, uint32_t max, uint32_t *out)
{
	uint32_t value = 0;

	if (text.len == 0 || text.len > 5 || (text.len > 1 && text.data[0] == '0'))
		return ERR_FORMAT;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return ERR_FORMAT;
		value = value * 10 + (text.data[i] - '0');
	}
	if (value > max)
		return ERR_FORMAT;
	*out = value;
	return 0;
}

/* The bits of octet i that belong to the first len bits of an address. */
static uint8_t mask_octet(unsigned len, unsigned i)
{
	if (len >= 8 * (i + 1))
		return 0xff;
	return len <= 8 * i ? 0 : (uint8_t)(0xff << (8 * (i + 1) - len));
}

int inet_prefix_parse(struct span text, struct inet_prefix *out)
{
	const uint8_t *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
	size_t addr_len = slash ? (size_t)(slash - text.data) : text.len;
	struct inet_addr addr;
	uint32_t len;
	int err = inet_addr_parse(span_part(text, 0, addr_len), &addr);

	if (err)
		return err;
	len = addr.is_v4 ? 32 : 128;
	if (slash) {
		err = number_parse(span_part(text, addr_len + 1, text.len), len, &len);
		if (err)
			return err;
	}
	if (addr.is_v4)
		len += V4_BITS;
	for (unsigned i = 0; i < 16; i++)
		if (addr.octets[i] & (uint8_t)~mask_octet(len, i))
			return ERR_LIMIT;
	*out = (struct inet_prefix){addr, (uint8_t)len};
	return 0;
}

const char *inet_prefix_format(const struct inet_prefix *p, char out[INET_PREFIX_TEXT_MAX])
{
	char addr[INET_TEXT_MAX];
	unsigned len = p->addr.is_v4 ? p->len - V4_BITS : p->len;

	snprintf(out, INET_PREFIX_TEXT_MAX, "%s/%u", inet_addr_format(&p->addr, addr), len);
	return out;
}

bool inet_prefix_has(const struct inet_prefix *p, const struct inet_addr *a)
{
	unsigned whole = p->len / 8;

	if (memcmp(p->addr.octets, a->octets, whole) != 0)
		return false;
	return p->len % 8 == 0 ||
	       ((p->addr.octets[whole] ^ a->octets[whole]) & mask_octet(p->len, whole)) == 0;
}

struct inet_addr inet_prefix_last(const struct inet_prefix *p)
{
	struct inet_addr last = p->addr;

	for (unsigned i = 0; i < 16; i++)
		last.octets[i] |= (uint8_t)~mask_octet(p->len, i);
	return last;
}

/* Divides "[v6]:port", "a.b.c.d:port" and addresses without a port; an absent port is empty.
 * Brackets are for IPv6 alone, and a colon in what has none is the port's. */
static int endpoint_divide(struct span text, struct span *addr, struct span *port)
{
	bool bracket = text.len > 0 && text.data[0] == '[';
	struct span rest = span_part(text, bracket ? 1 : 0, text.len);
	const uint8_t *end = rest.len > 0 ? memchr(rest.data, bracket ? ']' : ':', rest.len) : NULL;
	size_t len = end ? (size_t)(end - rest.data) : rest.len;
	struct span tail = span_part(rest, len + (bracket ? 1 : 0), rest.len);
	bool second = tail.len > 1 && memchr(tail.data + 1, ':', tail.len - 1);

	if (bracket && (!end || !memchr(rest.data, ':', len) || (tail.len && tail.data[0] != ':')))
		return ERR_FORMAT;
	if (!bracket && second) {
		*addr = text;
		*port = span_part(text, text.len, 0);
		return 0;
	}
	if (tail.len == 1)
		return ERR_FORMAT;
	*addr = span_part(rest, 0, len);
	*port = span_part(tail, 1, tail.len);
	return 0;
}

int inet_endpoint_parse(struct span text, uint16_t default_port, struct inet_endpoint *out)
{
	struct span addr_text, port_text;
	struct inet_addr addr;
	uint32_t port = default_port;
	int err = endpoint_divide(text, &addr_text, &port_text);

	if (err)
		return err;
	err = inet_addr_parse(addr_text, &addr);
	if (err)
		return err;
	if (port_text.len > 0) {
		err = number_parse(port_text, UINT16_MAX, &port);
		if (err)
			return err;
	}
	if (port == 0)
		return ERR_FORMAT;
	*out = (struct inet_endpoint){addr, (uint16_t)port};
	return 0;
}

const char *inet_endpoint_format(const struct inet_endpoint *e, char out[INET_ENDPOINT_TEXT_MAX])
{
	char addr[INET_TEXT_MAX];

	inet_addr_format(&e->addr, addr);
	snprintf(out, INET_ENDPOINT_TEXT_MAX, e->addr.is_v4 ? "%s:%u" : "[%s]:%u", addr, e->port);
	return out;
}

bool inet_endpoint_equal(const struct inet_endpoint *a, const struct inet_endpoint *b)
{
	return a->port == b->port && inet_addr_compare(&a->addr, &b->addr) == 0;
}

socklen_t inet_endpoint_to_sockaddr(const struct inet_endpoint *e, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(e->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(e->port)};

	memset(out, 0, sizeof(*out));
	if (e->addr.is_v4) {
		memcpy(&v4.sin_addr, e->addr.octets + 12, 4);
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, e->addr.octets, 16);
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

int inet_endpoint_from_sockaddr(const struct sockaddr *sa, socklen_t len, struct inet_endpoint *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	/* Copied out, because the caller's octets may be aligned for less. */
	if (len >= sizeof(v4) && sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		out->addr = inet_addr_v4((const uint8_t *)&v4.sin_addr);
		out->port = ntohs(v4.sin_port);
		return 0;
	}
	if (len >= sizeof(v6) && sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		out->addr = inet_addr_v6(v6.sin6_addr.s6_addr);
		out->addr.is_v4 = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
		out->port = ntohs(v6.sin6_port);
		return 0;
	}
	return ERR_FORMAT;
}
