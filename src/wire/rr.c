/* SPDX-License-Identifier: BSD-3-Clause */

#include "wire/rr.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct mnemonic {
	uint16_t value;
	const char *text;
};

/* Ordered by value. */
static const struct mnemonic types[] = {
	{1, "A"},
	{2, "NS"},
	{3, "MD"},
	{4, "MF"},
	{5, "CNAME"},
	{6, "SOA"},
	{7, "MB"},
	{8, "MG"},
	{9, "MR"},
	{10, "NULL"},
	{11, "WKS"},
	{12, "PTR"},
	{13, "HINFO"},
	{14, "MINFO"},
	{15, "MX"},
	{16, "TXT"},
	{17, "RP"},
	{18, "AFSDB"},
	{19, "X25"},
	{20, "ISDN"},
	{21, "RT"},
	{22, "NSAP"},
	{23, "NSAP-PTR"},
	{24, "SIG"},
	{25, "KEY"},
	{26, "PX"},
	{27, "GPOS"},
	{28, "AAAA"},
	{29, "LOC"},
	{30, "NXT"},
	{33, "SRV"},
	{34, "ATMA"},
	{35, "NAPTR"},
	{36, "KX"},
	{37, "CERT"},
	{38, "A6"},
	{39, "DNAME"},
	{41, "OPT"},
	{42, "APL"},
	{43, "DS"},
	{44, "SSHFP"},
	{45, "IPSECKEY"},
	{46, "RRSIG"},
	{47, "NSEC"},
	{48, "DNSKEY"},
	{49, "DHCID"},
	{50, "NSEC3"},
	{51, "NSEC3PARAM"},
	{52, "TLSA"},
	{53, "SMIMEA"},
	{55, "HIP"},
	{59, "CDS"},
	{60, "CDNSKEY"},
	{61, "OPENPGPKEY"},
	{62, "CSYNC"},
	{63, "ZONEMD"},
	{64, "SVCB"},
	{65, "HTTPS"},
	{99, "SPF"},
	{104, "NID"},
	{105, "L32"},
	{106, "L64"},
	{107, "LP"},
	{108, "EUI48"},
	{109, "EUI64"},
	{249, "TKEY"},
	{250, "TSIG"},
	{251, "IXFR"},
	{252, "AXFR"},
	{253, "MAILB"},
	{254, "MAILA"},
	{255, "ANY"},
	{256, "URI"},
	{257, "CAA"},
	{260, "AMTRELAY"},
	{32768, "TA"},
	{32769, "DLV"},
};

static const struct mnemonic classes[] = {
	{1, "IN"},
	{3, "CH"},
	{4, "HS"},
	{254, "NONE"},
	{255, "ANY"},
};

static const struct mnemonic rcodes[] = {
	{0, "NOERROR"},
	{1, "FORMERR"},
	{2, "SERVFAIL"},
	{3, "NXDOMAIN"},
	{4, "NOTIMP"},
	{5, "REFUSED"},
	{6, "YXDOMAIN"},
	{7, "YXRRSET"},
	{8, "NXRRSET"},
	{9, "NOTAUTH"},
	{10, "NOTZONE"},
	{11, "DSOTYPENI"},
	{16, "BADVERS"},
	{17, "BADKEY"},
	{18, "BADTIME"},
	{19, "BADMODE"},
	{20, "BADNAME"},
	{21, "BADALG"},
	{22, "BADTRUNC"},
	{23, "BADCOOKIE"},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *format(const struct mnemonic *table, size_t count, const char *generic,
	uint16_t value, char out[RR_TEXT_MAX])
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		if (table[middle].value == value) {
			/* The longest of them is "NSEC3PARAM". */
			return memcpy(out, table[middle].text, strlen(table[middle].text) + 1);
		}
		if (table[middle].value < value)
			low = middle + 1;
		else
			count = middle;
	}
	snprintf(out, RR_TEXT_MAX, "%s%u", generic, value);
	return out;
}

const char *rr_type_format(uint16_t type, char out[RR_TEXT_MAX])
{
	return format(types, COUNT(types), "TYPE", type, out);
}

const char *rr_class_format(uint16_t class, char out[RR_TEXT_MAX])
{
	return format(classes, COUNT(classes), "CLASS", class, out);
}

const char *rcode_format(uint16_t rcode, char out[RR_TEXT_MAX])
{
	return format(rcodes, COUNT(rcodes), "RCODE", rcode, out);
}

/* "TYPE" and one to five digits (RFC 3597 5). */
static int parse_generic(struct span text, uint16_t *out)
{
	uint32_t value = 0;

	if (text.len < 5 || text.len > 9 || strncasecmp((const char *)text.data, "TYPE", 4) != 0)
		return ERR_FORMAT;
	for (size_t i = 4; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return ERR_FORMAT;
		value = value * 10 + (text.data[i] - '0');
	}
	if (value > UINT16_MAX)
		return ERR_FORMAT;
	*out = (uint16_t)value;
	return 0;
}

int rr_type_parse(struct span text, uint16_t *out)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strlen(types[i].text) == text.len &&
			strncasecmp(types[i].text, (const char *)text.data, text.len) == 0) {
			*out = types[i].value;
			return 0;
		}
	}
	return parse_generic(text, out);
}

bool rr_type_is_dnssec(uint16_t type)
{
	return type == RR_RRSIG || type == RR_NSEC || type == RR_NSEC3;
}
