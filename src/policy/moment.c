/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "policy/policy.h"

#define DAY_MINUTES (24 * 60)

/* localtime_r need not look at TZ by itself. */
static void take_timezone(const char *timezone)
{
	const char *set = getenv("TZ");

	if (!set || strcmp(set, timezone) != 0) {
		setenv("TZ", timezone, 1);
		tzset();
	}
}

static unsigned minute_of_week(uint64_t real_ns)
{
	time_t seconds = (time_t)(real_ns / NS_PER_S);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return 0;
	return (unsigned)((local.tm_wday + 6) % 7 * DAY_MINUTES + local.tm_hour * 60 +
			  local.tm_min);
}

void policy_moment_at(const struct conf *conf, uint64_t real_ns,
	const struct suspensions *suspensions, struct policy_moment *out)
{
	take_timezone(conf->timezone);
	*out = (struct policy_moment){
		.day = clock_day(real_ns),
		.minute = minute_of_week(real_ns),
	};
	for (unsigned i = 0; suspensions && i < suspensions->count; i++) {
		const struct suspension *s = &suspensions->items[i];

		if (s->since_ns <= real_ns && real_ns < s->until_ns)
			out->suspensions.items[out->suspensions.count++] = *s;
	}
}

bool policy_rule_is_open(const struct conf_rule *rule, const struct policy_moment *at)
{
	return conf_hours_have(rule->hours, rule->hours_count, at->minute);
}

bool policy_moments_agree(
	const struct conf *conf, const struct policy_moment *a, const struct policy_moment *b)
{
	if (a->day != b->day || a->suspensions.count != b->suspensions.count)
		return false;
	for (unsigned i = 0; i < a->suspensions.count; i++)
		if (!suspension_equal(&a->suspensions.items[i], &b->suspensions.items[i]))
			return false;
	for (unsigned i = 0; i < conf->rule_count; i++)
		if (policy_rule_is_open(&conf->rules[i], a) !=
			policy_rule_is_open(&conf->rules[i], b))
			return false;
	return true;
}

const char *suspension_describe(const struct suspension *s, char out[SUSPENSION_TEXT_MAX * 2])
{
	char until[CLOCK_TEXT_MAX];

	snprintf(out, SUSPENSION_TEXT_MAX * 2, "until %s, by %s: %s",
		clock_format(s->until_ns, until), s->who, s->reason);
	return out;
}

bool suspension_equal(const struct suspension *a, const struct suspension *b)
{
	return a->since_ns == b->since_ns && a->until_ns == b->until_ns &&
	       strcmp(a->group, b->group) == 0 && strcmp(a->who, b->who) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

const struct suspension *suspensions_find(const struct suspensions *all, const char *group)
{
	for (unsigned i = 0; i < all->count; i++)
		if (strcmp(all->items[i].group, group) == 0)
			return &all->items[i];
	return NULL;
}
