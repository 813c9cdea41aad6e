/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/bogus.h"

#include <string.h>

#include "wire/reply.h"

/* libunbound 1.17 has no code for its reasons, only these words (validator/); the first that fits
 * counts. */
static const struct {
	const char *words;
	uint16_t ede;
} reasons[] = {
	{"signature expired", EDE_SIGNATURE_EXPIRED},
	{"signature before inception", EDE_SIGNATURE_NOT_YET_VALID},
	{"no DNSKEY", EDE_DNSKEY_MISSING},
	{"DNSKEY missing", EDE_DNSKEY_MISSING},
	{"no signatures over NSEC", EDE_NSEC_MISSING},
	{"no NSEC", EDE_NSEC_MISSING},
	{"no valid NSEC", EDE_NSEC_MISSING},
	{"nodata proof failed", EDE_NSEC_MISSING},
	{"nameerror proof failed", EDE_NSEC_MISSING},
	{"no DNSSEC records", EDE_NSEC_MISSING},
	{"no DS but also no proof", EDE_NSEC_MISSING},
	{"signatures from unknown keys", EDE_DNSSEC_BOGUS},
	{"no signatures", EDE_RRSIGS_MISSING},
	{"signature missing", EDE_RRSIGS_MISSING},
};

uint16_t bogus_explain(const char *why, char out[LINK_WHY_MAX])
{
	const char *reason;
	size_t len = 0;

	if (why == NULL || why[0] == '\0')
		why = "validation failure";
	/* "validation failure <name TYPE CLASS>: reason": the question is known. */
	reason = strncmp(why, "validation failure <", 20) == 0 ? strstr(why, ">: ") : NULL;
	for (reason = reason ? reason + 3 : why; *reason && len < LINK_WHY_MAX - 1; reason++, len++)
		out[len] = *reason >= ' ' && *reason <= '~' ? *reason : '?';
	out[len] = '\0';
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strstr(why, reasons[i].words) != NULL)
			return reasons[i].ede;
	return EDE_DNSSEC_BOGUS;
}
