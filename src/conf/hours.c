/* SPDX-License-Identifier: BSD-3-Clause */

/* Times of the week: "Mon-Fri 06:00-18:00". */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/value.h"

#define DAYS 7
#define DAY_MINUTES (24 * 60)
#define ALL_DAYS 0x7f

/* The day that text begins with, 0 for Monday, or -1. */
static int read_day(const char **text)
{
	static const char names[DAYS][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	for (int day = 0; day < DAYS; day++) {
		if (strncasecmp(*text, names[day], 3) == 0) {
			*text += 3;
			return day;
		}
	}
	return -1;
}

/* "Mon-Fri,Sun"; a range may go over the end of the week. */
static int read_days(const char **text, uint8_t *out)
{
	uint8_t days = 0;

	for (;;) {
		int first = read_day(text), last = first;

		if (first >= 0 && **text == '-') {
			(*text)++;
			last = read_day(text);
		}
		if (first < 0 || last < 0)
			return ERR_FORMAT;
		for (int day = first;; day = (day + 1) % DAYS) {
			days = (uint8_t)(days | 1u << day);
			if (day == last)
				break;
		}
		if (**text != ',')
			break;
		(*text)++;
	}
	*out = days;
	return 0;
}

/* "18:00"; "24:00" is the end of the day. */
static int read_minute(const char **text, uint16_t *out)
{
	const char *t = *text;
	unsigned minute;

	for (unsigned i = 0; i < 5; i++)
		if (i == 2 ? t[i] != ':' : t[i] < '0' || t[i] > '9')
			return ERR_FORMAT;
	minute = (unsigned)((t[0] - '0') * 10 + t[1] - '0') * 60;
	minute += (unsigned)((t[3] - '0') * 10 + t[4] - '0');
	if (minute > DAY_MINUTES || t[3] > '5')
		return ERR_LIMIT;
	*out = (uint16_t)minute;
	*text += 5;
	return 0;
}

static int read_span(const char **text, struct conf_hours *h)
{
	int err = read_minute(text, &h->from);

	if (!err && *(*text)++ != '-')
		err = ERR_FORMAT;
	if (!err)
		err = read_minute(text, &h->to);
	/* One that is empty or whole would be a guess. */
	return !err && (h->from == h->to || h->from == DAY_MINUTES) ? ERR_LIMIT : err;
}

int value_hours(const char *text, struct conf_hours *out)
{
	struct conf_hours h = {.days = ALL_DAYS, .from = 0, .to = DAY_MINUTES};
	const char *rest = text;
	int err = 0;

	if (*rest < '0' || *rest > '9') {
		err = read_days(&rest, &h.days);
		if (!err && *rest == '\0') {
			*out = h;
			return 0;
		}
		if (!err && *rest++ != ' ')
			err = ERR_FORMAT;
	}
	if (!err)
		err = read_span(&rest, &h);
	if (!err && *rest)
		err = ERR_FORMAT;
	if (!err)
		*out = h;
	return err;
}

bool conf_hours_have(const struct conf_hours *hours, unsigned count, unsigned minute_of_week)
{
	unsigned day = minute_of_week / DAY_MINUTES % DAYS;
	unsigned minute = minute_of_week % DAY_MINUTES;

	for (unsigned i = 0; i < count; i++) {
		const struct conf_hours *h = &hours[i];
		bool over_midnight = h->to < h->from;

		if ((h->days >> day & 1) && minute >= h->from && (over_midnight || minute < h->to))
			return true;
		/* What began the day before. */
		if (over_midnight && (h->days >> (day + DAYS - 1) % DAYS & 1) && minute < h->to)
			return true;
	}
	return count == 0;
}
