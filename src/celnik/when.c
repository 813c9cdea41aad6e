/* SPDX-License-Identifier: BSD-3-Clause */

#include "when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define AGO_MAX_S UINT64_C(3200000000) /* a hundred years */

static int from_seconds(time_t s, uint64_t *out)
{
	if (s < 0)
		return ERR_FORMAT;
	*out = (uint64_t)s * NS_PER_S;
	return 0;
}

/* Midnight so many days before today; summer time makes some days longer than others. */
static int midnight(uint64_t now_ns, int days_before, uint64_t *out)
{
	time_t now = (time_t)(now_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&now, &tm))
		return ERR_FORMAT;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday -= days_before;
	tm.tm_isdst = -1;
	return from_seconds(mktime(&tm), out);
}

static int parse_ago(const char *text, uint64_t now_ns, uint64_t *out)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	const char *digits = text + (*text == '-');
	unsigned long long count;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return ERR_FORMAT;
	count = strtoull(digits, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].unit || end[1] != '\0')
			continue;
		if (count > AGO_MAX_S / units[i].seconds)
			return ERR_FORMAT;
		count *= units[i].seconds * NS_PER_S;
		*out = count < now_ns ? now_ns - count : 0;
		return 0;
	}
	return ERR_FORMAT;
}

/* `Z`, `+01:00`, `+0100`; *local when there is none. */
static int parse_zone(const char *text, bool *local, long *offset_s)
{
	unsigned hours, minutes;
	int used = 0;

	*local = *text == '\0';
	*offset_s = 0;
	if (*local || strcmp(text, "Z") == 0)
		return 0;
	if (*text != '+' && *text != '-')
		return ERR_FORMAT;
	if (sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 || text[1 + used] != '\0')
		used = 0;
	if (used == 0 && (sscanf(text + 1, "%2u%2u%n", &hours, &minutes, &used) != 2 ||
				 text[1 + used] != '\0'))
		return ERR_FORMAT;
	if (hours > 14 || minutes > 59)
		return ERR_FORMAT;
	*offset_s = (long)(hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
	return 0;
}

static const char *parse_clock(const char *text, struct tm *tm)
{
	const char *rest = strptime(text, "%H:%M", tm);

	if (rest && *rest == ':')
		rest = strptime(rest + 1, "%S", tm);
	/* Fractions of a second are read and dropped. */
	if (rest && *rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	return rest;
}

static int parse_iso(const char *text, uint64_t *out)
{
	struct tm tm = {.tm_isdst = -1}, given;
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	bool local = true;
	long offset_s = 0;
	time_t s;
	int err = 0;

	if (rest && (*rest == 'T' || *rest == ' '))
		rest = parse_clock(rest + 1, &tm);
	if (!rest)
		return ERR_FORMAT;
	err = parse_zone(rest, &local, &offset_s);
	if (err)
		return err;
	given = tm;
	s = local ? mktime(&tm) : timegm(&tm);
	/* The thirty-first of a short month. */
	if (tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
		return ERR_FORMAT;
	return from_seconds(s - offset_s, out);
}

int when_parse(const char *text, uint64_t now_ns, uint64_t *out)
{
	if (strcmp(text, "now") == 0) {
		*out = now_ns;
		return 0;
	}
	if (strcmp(text, "today") == 0)
		return midnight(now_ns, 0, out);
	if (strcmp(text, "yesterday") == 0)
		return midnight(now_ns, 1, out);
	if (parse_ago(text, now_ns, out) == 0)
		return 0;
	return parse_iso(text, out);
}

bool when_or_say(const char *text, uint64_t now_ns, uint64_t *out)
{
	if (when_parse(text, now_ns, out) == 0)
		return true;
	fprintf(stderr,
		"celnik: '%s' is no time; write 2026-11-23, 2026-11-23T10:14, 2h, today or "
		"yesterday\n",
		text);
	return false;
}
