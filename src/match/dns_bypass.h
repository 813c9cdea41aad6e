/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MATCH_DNS_BYPASS_H
#define MATCH_DNS_BYPASS_H

/* The rows of lists/dns-bypass.txt, of which make writes dns_bypass.c. */

#include <stddef.h>
#include <stdint.h>

struct dns_bypass_row {
	const char *entry; /* a name or an address */
	const char *category, *source;
	uint32_t line;
};

extern const struct dns_bypass_row dns_bypass_rows[];
extern const size_t dns_bypass_count;

#endif
