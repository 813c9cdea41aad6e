/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

/*
 * One scalar of a configuration at a time: text to value, with nothing but the text known. All
 * return 0, ERR_FORMAT when the text has not the form, or ERR_LIMIT when its value is out of range.
 */

#include "conf/conf.h"

#define VALUE_ID_MAX 63
#define VALUE_DATE_TEXT_MAX 32

/* yes, no, true, false. */
int value_bool(const char *text, bool *out) MUST_CHECK;
/* Decimal digits without sign. */
int value_count(const char *text, uint64_t *out) MUST_CHECK;
/* "30%" or "30": at most 100. */
int value_percent(const char *text, unsigned *out) MUST_CHECK;
/* "256 MiB" in octets: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; only 0 needs no unit. */
int value_size(const char *text, uint64_t *out) MUST_CHECK;
/*
 * "90d", "18 months", "60s" in seconds: s, min, h, d, w, months, y and their words; only 0 needs no
 * unit. A month is 31 days and a year 366, so that nothing that is kept so long goes too early.
 */
int value_duration(const char *text, uint64_t *out) MUST_CHECK;
/* "2027-06-30" as days since 1970-01-01. */
int value_date(const char *text, int64_t *days) MUST_CHECK;
const char *value_date_format(int64_t days, char out[VALUE_DATE_TEXT_MAX]);
/* "Mon-Fri 06:00-18:00", "22:00-06:00", "Sat,Sun"; text is left alone. */
int value_hours(const char *text, struct conf_hours *out) MUST_CHECK;
/* "AS4134" or "4134", not 0. */
int value_asn(const char *text, uint32_t *out) MUST_CHECK;
/* ISO 3166-1 alpha-2 in any case, given back in upper case; XK too. ERR_LIMIT: two letters that are
 * no country. */
int value_country(const char *text, char out[3]) MUST_CHECK;
/* A letter or digit, then letters, digits, '.', '_', '-'; at most VALUE_ID_MAX octets. */
bool value_is_id(const char *text);
/* A domain name in ASCII, given back in lower case. ERR_LIMIT: it has other characters than ASCII.
 */
int value_name(const char *text, struct name *out) MUST_CHECK;
/* A name or a pattern. Errors as value_name. */
int value_pattern(const char *text, struct conf_pattern *out) MUST_CHECK;
/* True when everything that b matches is matched by a. */
bool value_pattern_covers(const struct conf_pattern *a, const struct conf_pattern *b);
/* True when b lies within a. */
bool value_prefix_covers(const struct inet_prefix *a, const struct inet_prefix *b);
/* The prefix that a text with host bits most likely means. ERR_FORMAT when it is no prefix at all.
 */
int value_prefix_mend(const char *text, struct inet_prefix *out) MUST_CHECK;
/* The same prefix by its octets and length. */
bool value_prefix_equal(const struct inet_prefix *a, const struct inet_prefix *b);

#endif
