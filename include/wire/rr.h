/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_RR_H
#define WIRE_RR_H

/* Numbers of the DNS and their mnemonics: types, classes, response codes, header flags (IANA DNS
 * parameters). */

#include "base/err.h"
#include "base/span.h"

enum rr_type {
	RR_A = 1,
	RR_NS = 2,
	RR_CNAME = 5,
	RR_SOA = 6,
	RR_NULL = 10,
	RR_WKS = 11,
	RR_PTR = 12,
	RR_MX = 15,
	RR_TXT = 16,
	RR_AAAA = 28,
	RR_SRV = 33,
	RR_NAPTR = 35,
	RR_A6 = 38,
	RR_DNAME = 39,
	RR_OPT = 41,
	RR_APL = 42,
	RR_DS = 43,
	RR_IPSECKEY = 45,
	RR_RRSIG = 46,
	RR_NSEC = 47,
	RR_DNSKEY = 48,
	RR_NSEC3 = 50,
	RR_NSEC3PARAM = 51,
	RR_TLSA = 52,
	RR_SVCB = 64,
	RR_HTTPS = 65,
	RR_L32 = 105,
	RR_L64 = 106,
	RR_LP = 107,
	RR_TKEY = 249,
	RR_TSIG = 250,
	RR_IXFR = 251,
	RR_AXFR = 252,
	RR_ANY = 255,
	RR_CAA = 257,
	RR_AMTRELAY = 260,
};

enum rr_class { RR_CLASS_IN = 1, RR_CLASS_CH = 3, RR_CLASS_NONE = 254, RR_CLASS_ANY = 255 };

enum rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_BADVERS = 16,
};

enum header_flag {
	FLAG_QR = 0x8000,
	FLAG_AA = 0x0400,
	FLAG_TC = 0x0200,
	FLAG_RD = 0x0100,
	FLAG_RA = 0x0080,
	FLAG_AD = 0x0020,
	FLAG_CD = 0x0010,
};

#define RR_TEXT_MAX 16

/* Mnemonic or "TYPE123" (RFC 3597); returns out. */
const char *rr_type_format(uint16_t type, char out[RR_TEXT_MAX]);
/* Mnemonic in any case or TYPE123. ERR_FORMAT. */
int rr_type_parse(struct span text, uint16_t *out) MUST_CHECK;
/* Mnemonic or "CLASS123"; returns out. */
const char *rr_class_format(uint16_t class, char out[RR_TEXT_MAX]);
/* Mnemonic or "RCODE23"; returns out. */
const char *rcode_format(uint16_t rcode, char out[RR_TEXT_MAX]);
/* RRSIG, NSEC, NSEC3: what only a client that asked with DO gets (RFC 4035 3.2.1). */
bool rr_type_is_dnssec(uint16_t type);

#endif
