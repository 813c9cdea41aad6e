/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{"B", 1},
	{"kB", 1000},
	{"MB", 1000000},
	{"GB", 1000000000},
	{"TB", 1000000000000},
	{"KiB", UINT64_C(1) << 10},
	{"MiB", UINT64_C(1) << 20},
	{"GiB", UINT64_C(1) << 30},
	{"TiB", UINT64_C(1) << 40},
	{NULL, 0},
};

static const struct unit durations[] = {
	{"s", 1},
	{"second", 1},
	{"seconds", 1},
	{"min", 60},
	{"minute", 60},
	{"minutes", 60},
	{"h", 3600},
	{"hour", 3600},
	{"hours", 3600},
	{"d", 86400},
	{"day", 86400},
	{"days", 86400},
	{"w", 7 * 86400},
	{"week", 7 * 86400},
	{"weeks", 7 * 86400},
	{"month", 31 * 86400},
	{"months", 31 * 86400},
	{"y", 366 * 86400},
	{"year", 366 * 86400},
	{"years", 366 * 86400},
	{NULL, 0},
};

static const struct {
	const char *text;
	bool value;
} bools[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}};

int value_bool(const char *text, bool *out)
{
	for (size_t i = 0; i < sizeof(bools) / sizeof(bools[0]); i++) {
		if (strcmp(text, bools[i].text) == 0) {
			*out = bools[i].value;
			return 0;
		}
	}
	return ERR_FORMAT;
}

/* The digits that text begins with; *rest is what stands behind them. */
static int read_digits(const char *text, uint64_t *out, const char **rest)
{
	uint64_t value = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return ERR_LIMIT;
		value = value * 10 + digit;
	}
	if (p == text)
		return ERR_FORMAT;
	*out = value;
	*rest = p;
	return 0;
}

int value_count(const char *text, uint64_t *out)
{
	uint64_t value;
	const char *rest;
	int err = read_digits(text, &value, &rest);

	if (err)
		return err;
	if (*rest)
		return ERR_FORMAT;
	*out = value;
	return 0;
}

int value_percent(const char *text, unsigned *out)
{
	uint64_t value;
	const char *rest;
	int err = read_digits(text, &value, &rest);

	if (err)
		return err;
	while (*rest == ' ')
		rest++;
	if (*rest && strcmp(rest, "%") != 0)
		return ERR_FORMAT;
	if (value > 100)
		return ERR_LIMIT;
	*out = (unsigned)value;
	return 0;
}

static int read_quantity(const char *text, const struct unit *units, uint64_t *out)
{
	uint64_t value;
	const char *rest;
	int err = read_digits(text, &value, &rest);

	if (err)
		return err;
	while (*rest == ' ')
		rest++;
	if (!*rest && value == 0) {
		*out = 0;
		return 0;
	}
	for (; units->name; units++) {
		if (strcmp(rest, units->name) != 0)
			continue;
		if (value > UINT64_MAX / units->factor)
			return ERR_LIMIT;
		*out = value * units->factor;
		return 0;
	}
	return ERR_FORMAT;
}

int value_size(const char *text, uint64_t *out)
{
	return read_quantity(text, sizes, out);
}

int value_duration(const char *text, uint64_t *out)
{
	return read_quantity(text, durations, out);
}

int value_asn(const char *text, uint32_t *out)
{
	uint64_t value;
	int err = value_count(strncasecmp(text, "AS", 2) == 0 ? text + 2 : text, &value);

	if (err)
		return err;
	if (value == 0 || value > UINT32_MAX)
		return ERR_LIMIT;
	*out = (uint32_t)value;
	return 0;
}

bool value_is_id(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > VALUE_ID_MAX || !isalnum((unsigned char)text[0]))
		return false;
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
	       len;
}
