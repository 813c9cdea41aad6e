/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void snapshot_files_init(struct snapshot_files *f)
{
	*f = (struct snapshot_files){.conf = -1, .lists = -1, .asn = -1};
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void snapshot_files_release(struct snapshot_files *f)
{
	close_if_open(f->conf);
	close_if_open(f->lists);
	close_if_open(f->asn);
	for (unsigned i = 0; i < f->country_count; i++)
		close_if_open(f->country[i]);
	snapshot_files_init(f);
}

static void snapshot_free(struct snapshot *s)
{
	policy_free(s->policy);
	for (unsigned i = 0; i < s->sources.country_count; i++)
		mmdb_close(s->sources.country[i]);
	mmdb_close(s->sources.asn);
	store_close(s->sources.store);
	conf_free(s->conf);
	free((void *)s->sources.zones);
	free(s);
}

struct snapshot *snapshot_hold(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->holders, 1, memory_order_relaxed);
	return s;
}

void snapshot_drop(struct snapshot *s)
{
	if (s && atomic_fetch_sub_explicit(&s->holders, 1, memory_order_acq_rel) == 1)
		snapshot_free(s);
}

static void release_context(struct journal_context *c)
{
	snapshot_drop((struct snapshot *)c);
}

static int read_conf(struct snapshot *s, int fd, char problem[SNAPSHOT_PROBLEM_MAX])
{
	struct conf_files *files = NULL;
	struct report *report = report_new(1);
	int err = report ? conf_files_unseal(fd, &files) : ERR_MEMORY;

	if (!err)
		err = conf_parse(files, report, &s->conf);
	if (err)
		snprintf(problem, SNAPSHOT_PROBLEM_MAX, "configuration: %s", err_text(err));
	conf_files_free(files);
	report_free(report);
	return err;
}

static int open_databases(
	struct snapshot *s, const struct snapshot_files *f, char problem[SNAPSHOT_PROBLEM_MAX])
{
	struct matcher_sources *to = &s->sources;
	const char *name = "";
	int err = 0;

	for (unsigned i = 0; !err && i < f->country_count; i++) {
		name = f->country_name[i];
		err = mmdb_open_fd(f->country[i], name, &to->country[i]);
		if (!err)
			to->country_count++;
	}
	if (!err && f->asn >= 0) {
		name = f->asn_name;
		err = mmdb_open_fd(f->asn, name, &to->asn);
	}
	if (err)
		snprintf(problem, SNAPSHOT_PROBLEM_MAX,
			"address database '%s': %s; replace the file or take it out of geoip", name,
			err_text(err));
	return err;
}

static int open_lists(struct snapshot *s, int fd, char problem[SNAPSHOT_PROBLEM_MAX])
{
	struct store_info info;
	int err;

	if (fd < 0)
		return 0;
	/* The supervisor has verified this very copy. */
	err = store_open_verified(fd, &s->sources.store);
	if (err) {
		snprintf(problem, SNAPSHOT_PROBLEM_MAX, "lists: %s; run 'celnik lists build'",
			err_text(err));
		return err;
	}
	store_info_read(s->sources.store, &info);
	digest_format(info.digest, s->context.lists);
	return 0;
}

/* Names of the site's own zones are not matched. */
static int take_zones(struct snapshot *s)
{
	unsigned count = s->conf->zone_count;
	struct name *zones = calloc(count ? count : 1, sizeof(*zones));

	if (!zones)
		return ERR_MEMORY;
	for (unsigned i = 0; i < count; i++)
		zones[i] = s->conf->zones[i].zone;
	s->sources.zones = zones;
	s->sources.zone_count = count;
	return 0;
}

static bool same_databases(const struct matcher_sources *a, const struct matcher_sources *b)
{
	if (a->country_count != b->country_count || !a->asn != !b->asn)
		return false;
	for (unsigned i = 0; i < a->country_count; i++)
		if (strcmp(mmdb_name(a->country[i]), mmdb_name(b->country[i])) != 0 ||
			mmdb_built_s(a->country[i]) != mmdb_built_s(b->country[i]))
			return false;
	return !a->asn || mmdb_built_s(a->asn) == mmdb_built_s(b->asn);
}

static bool same_zones(const struct matcher_sources *a, const struct matcher_sources *b)
{
	if (a->zone_count != b->zone_count)
		return false;
	for (unsigned i = 0; i < a->zone_count; i++)
		if (!name_equal(&a->zones[i], &b->zones[i]))
			return false;
	return true;
}

static void number(struct snapshot *s, const struct snapshot *before)
{
	bool same = before && strcmp(s->context.lists, before->context.lists) == 0 &&
		    same_databases(&s->sources, &before->sources) &&
		    same_zones(&s->sources, &before->sources);

	s->policy_number = before ? before->policy_number + 1 : 1;
	s->lists_number = before ? before->lists_number + !same : 1;
}

int snapshot_new(const struct snapshot_files *files, const struct snapshot *before,
	char problem[SNAPSHOT_PROBLEM_MAX], struct snapshot **out)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	int err = s ? 0 : ERR_MEMORY;

	snprintf(problem, SNAPSHOT_PROBLEM_MAX, "%s", err_text(ERR_MEMORY));
	if (!err)
		err = read_conf(s, files->conf, problem);
	if (!err)
		err = open_databases(s, files, problem);
	if (!err)
		err = open_lists(s, files->lists, problem);
	if (!err)
		err = policy_new(s->conf, &s->policy);
	if (!err)
		err = take_zones(s);
	if (err)
		goto out;
	digest_format(s->conf->digest, s->context.config);
	s->context.conf = s->conf;
	s->context.policy = s->policy;
	s->context.release = release_context;
	atomic_init(&s->holders, 1);
	number(s, before);
	*out = s;
	s = NULL;
out:
	if (s)
		snapshot_free(s);
	return err;
}
