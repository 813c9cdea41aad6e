/* SPDX-License-Identifier: BSD-3-Clause */

/* Names, name patterns and prefixes, with what covers what. */

#include <string.h>

#include "conf/value.h"

int value_name(const char *text, struct name *out)
{
	struct name name;

	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return ERR_LIMIT;
	/* Anything else than host names is mostly a URL or a pattern of another program. */
	if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-\\") !=
		strlen(text))
		return ERR_FORMAT;
	if (name_parse(span_text(text), &name) != 0)
		return ERR_FORMAT;
	name_to_lower(&name);
	*out = name;
	return 0;
}

int value_pattern(const char *text, struct conf_pattern *out)
{
	struct conf_pattern pattern = {.self = true};
	int err;

	if (text[0] == '*' && text[1] == '.') {
		pattern.self = false;
		pattern.below = true;
		text += 2;
	} else if (text[0] == '.') {
		pattern.below = true;
		text++;
	}
	err = value_name(text, &pattern.name);
	if (err)
		return err;
	if (pattern.below && pattern.name.labels == 0)
		return ERR_FORMAT;
	*out = pattern;
	return 0;
}

bool value_pattern_covers(const struct conf_pattern *a, const struct conf_pattern *b)
{
	if (name_equal(&a->name, &b->name))
		return (a->self || !b->self) && (a->below || !b->below);
	return a->below && name_is_below(&b->name, &a->name);
}

bool value_prefix_covers(const struct inet_prefix *a, const struct inet_prefix *b)
{
	return a->len <= b->len && inet_prefix_has(a, &b->addr);
}

bool value_prefix_equal(const struct inet_prefix *a, const struct inet_prefix *b)
{
	return a->len == b->len && inet_addr_compare(&a->addr, &b->addr) == 0;
}

int value_prefix_mend(const char *text, struct inet_prefix *out)
{
	const char *slash = strchr(text, '/');
	struct inet_addr addr;
	uint64_t len;
	unsigned most;

	if (!slash || inet_addr_parse(span_of(text, (size_t)(slash - text)), &addr) != 0 ||
		value_count(slash + 1, &len) != 0)
		return ERR_FORMAT;
	most = addr.is_v4 ? 32 : 128;
	if (len > most)
		return ERR_FORMAT;
	len += 128 - most;
	for (unsigned bit = (unsigned)len; bit < 128; bit++)
		addr.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	*out = (struct inet_prefix){addr, (uint8_t)len};
	return 0;
}
