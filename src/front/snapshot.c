/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

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

static int copy_fd(int fd, int *out)
{
	*out = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd >= 0 && *out < 0 ? ERR_IO : 0;
}

/* Released with the snapshot, also after a failure. */
static int copy_files(const struct snapshot_files *from, struct snapshot_files *to)
{
	int err;

	*to = *from;
	to->conf = to->lists = to->asn = -1;
	to->country_count = 0;
	err = copy_fd(from->conf, &to->conf);
	if (!err)
		err = copy_fd(from->lists, &to->lists);
	if (!err)
		err = copy_fd(from->asn, &to->asn);
	for (unsigned i = 0; !err && i < from->country_count; i++) {
		err = copy_fd(from->country[i], &to->country[i]);
		to->country_count += !err;
	}
	return err;
}

static void snapshot_free(struct snapshot *s)
{
	snapshot_files_release(&s->files);
	policy_free(s->policy);
	for (unsigned i = 0; i < s->sources.country_count; i++)
		mmdb_close(s->sources.country[i]);
	mmdb_close(s->sources.asn);
	store_close(s->sources.store);
	conf_free(s->conf);
	free(s->conf_text);
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
	if (!err)
		err = conf_files_text(files, &s->conf_text, &s->conf_text_len);
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

static int digest_file(struct digest_state *d, int fd)
{
	uint8_t part[16384];
	off_t at = 0;
	ssize_t n = 0;

	while (fd >= 0 && (n = pread(fd, part, sizeof(part), at)) > 0) {
		digest_add(d, span_of(part, (size_t)n));
		at += n;
	}
	return n < 0 ? ERR_IO : 0;
}

/* What is answered from them may have changed when, and only when, their content has. */
static int digest_databases(
	struct snapshot *s, const struct snapshot_files *f, const struct snapshot *before)
{
	struct digest_state *d;
	int err;

	if (before && f == &before->files) {
		memcpy(s->databases, before->databases, sizeof(s->databases));
		return 0;
	}
	d = digest_new();
	err = d ? digest_file(d, f->asn) : ERR_MEMORY;
	for (unsigned i = 0; !err && i < f->country_count; i++)
		err = digest_file(d, f->country[i]);
	if (err)
		digest_free(d);
	else
		digest_finish(d, s->databases);
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
	s->sources.nat64 = s->conf->nat64;
	s->sources.nat64_count = s->conf->nat64_count;
	return 0;
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

static bool same_nat64(const struct matcher_sources *a, const struct matcher_sources *b)
{
	if (a->nat64_count != b->nat64_count)
		return false;
	for (unsigned i = 0; i < a->nat64_count; i++)
		if (a->nat64[i].len != b->nat64[i].len ||
			inet_addr_compare(&a->nat64[i].addr, &b->nat64[i].addr) != 0)
			return false;
	return true;
}

static bool same_servers(const struct inet_endpoint *a, unsigned a_count,
	const struct inet_endpoint *b, unsigned b_count)
{
	if (a_count != b_count)
		return false;
	for (unsigned i = 0; i < a_count; i++)
		if (!inet_endpoint_equal(&a[i], &b[i]))
			return false;
	return true;
}

/* Whom is asked, and whether what they say is validated. */
static bool same_source(const struct conf *a, const struct conf *b)
{
	if (a->zone_count != b->zone_count || a->validate != b->validate ||
		strcmp(a->trust_anchors, b->trust_anchors) != 0 ||
		a->upstreams_system != b->upstreams_system ||
		!same_servers(a->upstreams, a->upstream_count, b->upstreams, b->upstream_count))
		return false;
	for (unsigned i = 0; i < a->zone_count; i++) {
		const struct conf_zone *x = &a->zones[i], *y = &b->zones[i];

		if (!name_equal(&x->zone, &y->zone) || x->validate != y->validate ||
			!same_servers(x->servers, x->server_count, y->servers, y->server_count))
			return false;
	}
	return true;
}

static void number(struct snapshot *s, const struct snapshot *before)
{
	bool same = before && strcmp(s->context.lists, before->context.lists) == 0 &&
		    memcmp(s->databases, before->databases, sizeof(s->databases)) == 0 &&
		    same_zones(&s->sources, &before->sources) &&
		    same_nat64(&s->sources, &before->sources);

	s->source_number = before ? before->source_number + !same_source(s->conf, before->conf) : 1;
	s->policy_number = before ? before->policy_number + 1 : 1;
	s->lists_number = before ? before->lists_number + !same : 1;
}

int snapshot_new(const struct snapshot_files *files, const struct snapshot *before,
	const struct suspensions *suspensions, char problem[SNAPSHOT_PROBLEM_MAX],
	struct snapshot **out)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	int err = s ? 0 : ERR_MEMORY;

	snprintf(problem, SNAPSHOT_PROBLEM_MAX, "%s", err_text(ERR_MEMORY));
	if (!err)
		err = copy_files(files, &s->files);
	if (!err)
		err = read_conf(s, files->conf, problem);
	if (!err)
		err = open_databases(s, files, problem);
	if (!err)
		err = digest_databases(s, files, before);
	if (!err)
		err = open_lists(s, files->lists, problem);
	if (!err) {
		policy_moment_at(s->conf, clock_real_ns(), suspensions, &s->at);
		err = policy_new(s->conf, &s->at, &s->policy);
	}
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
