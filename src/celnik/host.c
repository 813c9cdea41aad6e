/* SPDX-License-Identifier: BSD-3-Clause */

#include "host.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "generation.h"

#define PACKAGE_USER "celnik"
#define ZONES "/usr/share/zoneinfo/"

struct host {
	const struct conf *conf;
	const struct conf_files *files;
	struct report *report;
	struct conf_place whole; /* for keys whose place is not kept */
};

static void check_file(
	const struct host *h, const struct conf_place *place, const char *key, const char *path)
{
	if (path && access(path, R_OK) != 0)
		conf_files_report(h->files, h->report, REPORT_WARNING, place,
			"cannot read '%s', which '%s' names: %s; mend the path or make the file",
			path, key, strerror(errno));
}

static void check_files(const struct host *h)
{
	const struct conf *c = h->conf;

	for (unsigned i = 0; i < c->source_count; i++) {
		const struct conf_source *s = &c->sources[i];

		for (unsigned k = 0; s->format != CONF_FORMAT_SHIPPED && k < s->file_count; k++)
			check_file(h, &s->place, "files", s->files[k]);
	}
	for (unsigned i = 0; i < c->geoip_country_count; i++)
		check_file(h, &h->whole, "geoip: country", c->geoip_country[i]);
	check_file(h, &h->whole, "geoip: asn", c->geoip_asn);
	if (c->validate != CONF_VALIDATE_NO)
		check_file(h, &h->whole, "dnssec: trust_anchors", c->trust_anchors);
}

static void check_user(const struct host *h)
{
	if (strcmp(h->conf->user, PACKAGE_USER) != 0 && !getpwnam(h->conf->user))
		conf_files_report(h->files, h->report, REPORT_WARNING, &h->whole,
			"this host has no user '%s', which 'user' names; add it or name another",
			h->conf->user);
}

static void check_timezone(const struct host *h)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), ZONES "%s", h->conf->timezone);
	if (access(ZONES, R_OK) == 0 && access(path, R_OK) != 0)
		conf_files_report(h->files, h->report, REPORT_WARNING, &h->whole,
			"this host has no time zone '%s', which 'timezone' names, and takes UTC; "
			"'timedatectl list-timezones' shows those it has",
			h->conf->timezone);
}

/* hint is what to do before anything else. */
static void check_match(const struct host *h, const struct store *store, const struct conf_match *m,
	const char *hint)
{
	for (unsigned i = 0; i < m->vendor_count; i++)
		if (!store_has_vendor(store, span_text(m->vendors[i])))
			conf_files_report(h->files, h->report, REPORT_WARNING, &m->place,
				"no list knows the vendor '%s', so it matches nothing; %s"
				"the ids of the shipped ones stand in %s/vendors.tsv",
				m->vendors[i], hint, h->conf->lists_shipped);
	for (unsigned i = 0; i < m->category_count; i++)
		if (!store_has_category(store, span_text(m->categories[i])))
			conf_files_report(h->files, h->report, REPORT_WARNING, &m->place,
				"no list knows the category '%s', so it matches nothing; %s"
				"the shipped ones stand in celnik-lists(5)",
				m->categories[i], hint);
}

static void check_rules(const struct host *h)
{
	char path[GENERATIONS_PATH_MAX];
	struct store *store = NULL;
	const char *hint;

	if (generation_open(h->conf, path, &store) != 0)
		return;
	hint = generation_age(h->conf, store) == AGE_CURRENT
		       ? ""
		       : "run 'celnik lists build', as the compiled lists are "
			 "older than this; ";
	for (unsigned i = 0; i < h->conf->rule_count; i++)
		for (unsigned k = 0; k < h->conf->rules[i].match_count; k++)
			check_match(h, store, &h->conf->rules[i].matches[k], hint);
	store_close(store);
}

void host_check(
	const struct conf *conf, const char *path, const struct conf_files *files, struct report *r)
{
	const struct host h = {conf, files, r, {.file = path}};

	check_user(&h);
	check_timezone(&h);
	check_files(&h);
	check_rules(&h);
}
