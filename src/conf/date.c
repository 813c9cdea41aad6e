/* SPDX-License-Identifier: BSD-3-Clause */

/* Dates as days since 1970-01-01 in the proleptic Gregorian calendar. */

#include <stdio.h>
#include <string.h>

#include "conf/value.h"

#define YEAR_FIRST 1970
#define YEAR_LAST 9999

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static int64_t days_before(int year)
{
	int64_t before = year - 1;
	int64_t epoch = INT64_C(1969) * 365 + 1969 / 4 - 1969 / 100 + 1969 / 400;

	return before * 365 + before / 4 - before / 100 + before / 400 - epoch;
}

int value_date(const char *text, int64_t *days)
{
	static const char form[] = "dddd-dd-dd";
	int year, month, day;
	int64_t value;

	if (strlen(text) != sizeof(form) - 1)
		return ERR_FORMAT;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return ERR_FORMAT;
	year = digits(text, 4);
	month = digits(text + 5, 2);
	day = digits(text + 8, 2);
	if (year < YEAR_FIRST || month < 1 || month > 12 || day < 1 ||
		day > month_days(year, month))
		return ERR_LIMIT;
	value = days_before(year) + day - 1;
	for (int m = 1; m < month; m++)
		value += month_days(year, m);
	*days = value;
	return 0;
}

const char *value_date_format(int64_t days, char out[VALUE_DATE_TEXT_MAX])
{
	int year = YEAR_FIRST, month = 1;

	while (year < YEAR_LAST && days_before(year + 1) <= days)
		year++;
	days -= days_before(year);
	while (month < 12 && days >= month_days(year, month))
		days -= month_days(year, month++);
	snprintf(out, VALUE_DATE_TEXT_MAX, "%04d-%02d-%02d", year, month, (int)days + 1);
	return out;
}
