/* SPDX-License-Identifier: BSD-3-Clause */

#include "edns.h"

#include "octets.h"

/* A client's half of 8 octets, with or without a server's of 8 to 32 (RFC 7873 5.2.2). */
static bool is_cookie(struct span data)
{
	return data.len == 8 || (data.len >= 16 && data.len <= 40);
}

/* Family, two prefix lengths, and as many octets of address as the first one needs (RFC 7871 6). */
static bool is_subnet(struct span data)
{
	unsigned family, source, most;

	if (data.len < 4)
		return false;
	family = get_u16(data.data);
	source = data.data[2];
	if (family != 1 && family != 2)
		return true;
	most = family == 1 ? 32 : 128;
	if (source > most || data.data[3] > most || data.len != 4 + (source + 7) / 8)
		return false;
	return source % 8 == 0 || (uint8_t)(data.data[data.len - 1] << source % 8) == 0;
}

/* RFC 7314 2: empty in a query. */
static bool is_expire(struct span data)
{
	return data.len == 0 || data.len == 4;
}

/* RFC 7828 3.1: empty in a query. */
static bool is_keepalive(struct span data)
{
	return data.len == 0 || data.len == 2;
}

static bool is_error(struct span data)
{
	return data.len >= 2;
}

static const struct option_form {
	uint16_t code;
	bool (*has_form)(struct span data);
} option_forms[] = {
	{EDNS_CLIENT_SUBNET, is_subnet},
	{EDNS_EXPIRE, is_expire},
	{EDNS_COOKIE, is_cookie},
	{EDNS_KEEPALIVE, is_keepalive},
	{EDNS_ERROR, is_error},
};

static int option_check(uint16_t code, struct span data)
{
	for (size_t i = 0; i < sizeof(option_forms) / sizeof(option_forms[0]); i++) {
		if (option_forms[i].code == code && !option_forms[i].has_form(data))
			return ERR_FORMAT;
	}
	return 0;
}

static int options_check(struct span options)
{
	size_t at = 0;

	while (at < options.len) {
		const uint8_t *option = options.data + at;
		size_t left = options.len - at;
		size_t len;

		if (left < 4)
			return ERR_FORMAT;
		len = get_u16(option + 2);
		if (left - 4 < len || option_check(get_u16(option), span_of(option + 4, len)) != 0)
			return ERR_FORMAT;
		at += 4 + len;
	}
	return 0;
}

/* The options of a version that we do not know are not looked at: the answer is BADVERS. */
int edns_read(uint16_t class, uint32_t ttl, struct span options, struct edns *out)
{
	uint8_t version = (uint8_t)(ttl >> 16);

	if (version == 0 && options_check(options) != 0)
		return ERR_FORMAT;
	*out = (struct edns){
		.present = true,
		.dnssec_ok = ttl & EDNS_FLAG_DO,
		.version = version,
		.udp_size = class < EDNS_UDP_SIZE_MIN ? EDNS_UDP_SIZE_MIN : class,
		.rcode_high = (uint16_t)(ttl >> 24 << 4),
	};
	return 0;
}
