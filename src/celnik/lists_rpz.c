/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "conf/value.h"
#include "lists_show.h"
#include "rpz_policy.h"
#include "screen.h"

#define MESSAGES_MAX 100
#define ABOUT_MAX 512

static uint64_t all_groups(const struct conf *conf)
{
	return conf->group_count < 64 ? (UINT64_C(1) << conf->group_count) - 1 : UINT64_MAX;
}

static bool is_one_sinkhole(const struct conf *conf)
{
	const struct conf_sinkhole *first = &conf->groups[0].sinkhole;

	for (unsigned i = 1; i < conf->group_count; i++) {
		const struct conf_sinkhole *other = &conf->groups[i].sinkhole;

		if (inet_addr_compare(&first->ipv4, &other->ipv4) != 0 ||
			inet_addr_compare(&first->ipv6, &other->ipv6) != 0)
			return false;
	}
	return true;
}

/* Whether rules, exceptions and sinkholes treat all groups alike. */
static bool is_one_policy(const struct conf *conf)
{
	uint64_t all = all_groups(conf), differing = 0;

	for (unsigned i = 0; i < conf->rule_count; i++)
		differing |= ~conf->rules[i].groups & all;
	for (unsigned i = 0; i < conf->exception_count; i++)
		differing |= ~conf->exceptions[i].groups & all;
	return differing == 0 && is_one_sinkhole(conf);
}

static void say_groups(const struct conf *conf)
{
	for (unsigned i = 0; i < conf->group_count; i++)
		fprintf(stderr, "%s%s", i > 0 ? ", " : "", conf->groups[i].name);
	fputc('\n', stderr);
}

/* Its number; false with a message. */
static bool find_group(const struct conf *conf, const char *name, uint16_t *out)
{
	*out = 0;
	if (!name && is_one_policy(conf))
		return true;
	for (unsigned i = 0; name && i < conf->group_count; i++) {
		*out = (uint16_t)i;
		if (strcmp(conf->groups[i].name, name) == 0)
			return true;
	}
	if (name)
		fprintf(stderr, "celnik: there is no group '%s'; the groups are ", name);
	else
		fputs("celnik: the policy is not the same for all clients, and a zone has one; "
		      "write --group with one of ",
			stderr);
	say_groups(conf);
	return false;
}

static int64_t today(const struct conf *conf)
{
	setenv("TZ", conf->timezone, 1);
	tzset();
	return clock_day(clock_real_ns());
}

static void say_losses(const struct lists_export_result *r)
{
	if (r->left_out > 0)
		fprintf(stderr, "celnik: %llu name%s too long for a zone and not in it\n",
			(unsigned long long)r->left_out, r->left_out == 1 ? " is" : "s are");
	if (r->passed > 0 && r->ranges > 0)
		fprintf(stderr,
			"celnik: %llu name%s below blocked ones pass, and in a zone they do with "
			"any address\n",
			(unsigned long long)r->passed, screen_plural(r->passed));
}

static int put_zone(struct rpz_policy *p, const char *about, struct store *s,
	struct lists_export_result *result)
{
	struct lists_rpz zone = *rpz_policy_zone(p);
	int err;

	zone.about = about;
	zone.serial = (uint32_t)(clock_real_ns() / NS_PER_S);
	err = lists_export_rpz(s, &zone, stdout, result);
	if (!err && rpz_policy_failed(p))
		err = ERR_MEMORY;
	if (err) {
		fprintf(stderr, "celnik: cannot write the zone: %s\n", err_text(err));
		return CLI_IO;
	}
	say_losses(result);
	return CLI_OK;
}

int lists_show_rpz(const struct conf *conf, const char *group, struct store *s,
	const struct lists_filter *filter, struct lists_export_result *result)
{
	char about[ABOUT_MAX], date[VALUE_DATE_TEXT_MAX];
	struct report *report = report_new(MESSAGES_MAX);
	struct rpz_policy *policy = NULL;
	int64_t day = today(conf);
	uint16_t number;
	int err = report ? 0 : ERR_MEMORY, code;

	if (!err && !find_group(conf, group, &number)) {
		report_free(report);
		return CLI_USAGE;
	}
	if (!err)
		err = rpz_policy_new(conf, number, !group, day, s, filter, report, &policy);
	if (err) {
		fprintf(stderr, "celnik: cannot write the zone: %s\n", err_text(err));
		code = CLI_IO;
	} else {
		report_print(report, stderr);
		snprintf(about, sizeof(about), "policy for %s%s, exceptions as of %s",
			group ? "group " : "all clients", group ? group : "",
			value_date_format(day, date));
		code = put_zone(policy, about, s, result);
	}
	rpz_policy_free(policy);
	report_free(report);
	return code;
}
