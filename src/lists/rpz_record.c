/* SPDX-License-Identifier: BSD-3-Clause */

#include "rpz_record.h"

#include "base/buf.h"

#define WORDS 8

void rpz_record_put(FILE *out, const char *owner, enum rpz_action action, enum rpz_family family,
	const struct lists_rpz *r)
{
	static const char *const targets[RPZ_ACTION_COUNT] = {
		[RPZ_PASSTHRU] = "rpz-passthru.",
		[RPZ_NXDOMAIN] = ".",
		[RPZ_NODATA] = "*.",
		[RPZ_DROP] = "rpz-drop.",
	};
	char text[INET_TEXT_MAX];

	if (targets[action])
		fprintf(out, "%s CNAME %s\n", owner, targets[action]);
	if (action == RPZ_SINKHOLE && family != RPZ_IPV6)
		fprintf(out, "%s A %s\n", owner, inet_addr_format(&r->ipv4, text));
	if (action == RPZ_SINKHOLE && family != RPZ_IPV4)
		fprintf(out, "%s AAAA %s\n", owner, inet_addr_format(&r->ipv6, text));
}

/* The first of the longest runs of zeros, from the end of the address: BIND insists on that one. */
static void zeros_find(const uint16_t words[WORDS], int *first, int *count)
{
	int run = 0;

	*first = -1;
	*count = 1;
	for (int i = 0; i < WORDS; i++) {
		run = words[i] == 0 ? run + 1 : 0;
		if (run > *count) {
			*count = run;
			*first = i + 1 - run;
		}
	}
}

static void put_v6(struct buf *out, const struct inet_addr *addr)
{
	uint16_t words[WORDS]; /* the last one first */
	int zeros, count;

	for (int i = 0; i < WORDS; i++)
		words[i] = (uint16_t)(addr->octets[14 - 2 * i] << 8 | addr->octets[15 - 2 * i]);
	zeros_find(words, &zeros, &count);
	for (int i = 0; i < WORDS; i++) {
		if (i == zeros) {
			buf_printf(out, ".zz");
			i += count - 1;
		} else {
			buf_printf(out, ".%x", words[i]);
		}
	}
}

const char *rpz_owner_format(
	const struct inet_prefix *prefix, const char *trigger, char owner[RPZ_OWNER_MAX])
{
	const uint8_t *octets = prefix->addr.octets;
	struct buf b;

	buf_init_fixed(&b, owner, RPZ_OWNER_MAX);
	if (prefix->addr.is_v4) {
		buf_printf(&b, "%u.%u.%u.%u.%u", prefix->len - 96u, octets[15], octets[14],
			octets[13], octets[12]);
	} else {
		buf_printf(&b, "%u", prefix->len);
		put_v6(&b, &prefix->addr);
	}
	buf_printf(&b, ".%s", trigger);
	return buf_text(&b);
}
