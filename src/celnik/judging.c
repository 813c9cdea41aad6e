/* SPDX-License-Identifier: BSD-3-Clause */

#include "judging.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "generation.h"
#include "judge/judged.h"

static const char *reason(int err)
{
	return err == ERR_IO ? strerror(errno) : err_text(err);
}

/* What to run, for the lists of this very configuration. */
static void say_build(const struct conf *conf, const char *what)
{
	fprintf(stderr,
		"celnik: the compiled lists in '%s' %s; run 'celnik -c %s lists build', with a "
		"lists.store of its own in the file where celnikd uses that one\n",
		conf->lists_store, what, conf->path);
}

static int open_lists(struct judging *j, bool exact)
{
	char path[GENERATIONS_PATH_MAX];
	enum generation_age age;
	int err;

	if (j->conf->source_count == 0)
		return CLI_OK;
	err = generation_open(j->conf, path, &j->sources.store);
	if (err) {
		say_build(j->conf, err == ERR_MISSING ? "are not there" : reason(err));
		return err == ERR_MISSING ? CLI_NONE : CLI_IO;
	}
	age = generation_age(j->conf, j->sources.store);
	if (age == AGE_CURRENT)
		return CLI_OK;
	say_build(j->conf, "are not what the configuration and its files say");
	return exact ? CLI_NONE : CLI_OK;
}

static int open_database(const char *path, struct mmdb **out)
{
	int err = mmdb_open(path, out);

	if (!err)
		return CLI_OK;
	fprintf(stderr,
		"celnik: address database '%s': %s; replace the file or take it out of geoip\n",
		path, reason(err));
	return CLI_IO;
}

static int open_databases(struct judging *j)
{
	const struct conf *conf = j->conf;
	struct matcher_sources *to = &j->sources;
	int code = CLI_OK;

	for (unsigned i = 0; code == CLI_OK && i < conf->geoip_country_count; i++) {
		code = open_database(conf->geoip_country[i], &to->country[i]);
		to->country_count += code == CLI_OK;
	}
	if (code == CLI_OK && conf->geoip_asn)
		code = open_database(conf->geoip_asn, &to->asn);
	return code;
}

/* Names of the site's own zones are not matched. */
static int take_zones(struct judging *j)
{
	unsigned count = j->conf->zone_count;
	struct name *zones = calloc(count ? count : 1, sizeof(*zones));

	if (!zones)
		return ERR_MEMORY;
	for (unsigned i = 0; i < count; i++)
		zones[i] = j->conf->zones[i].zone;
	j->sources.zones = zones;
	j->sources.zone_count = count;
	j->sources.nat64 = j->conf->nat64;
	j->sources.nat64_count = j->conf->nat64_count;
	return 0;
}

int judging_open(struct judging *j, const struct conf *conf, bool exact)
{
	int err, code;

	*j = (struct judging){.conf = conf};
	code = open_lists(j, exact);
	if (code == CLI_OK)
		code = open_databases(j);
	if (code != CLI_OK)
		return code;
	err = take_zones(j);
	if (!err)
		err = matcher_new(&j->sources, &j->matcher);
	if (err)
		fprintf(stderr, "celnik: %s\n", err_text(err));
	return err ? CLI_IO : CLI_OK;
}

void judging_close(struct judging *j)
{
	matcher_free(j->matcher);
	for (unsigned i = 0; i < j->sources.country_count; i++)
		mmdb_close(j->sources.country[i]);
	mmdb_close(j->sources.asn);
	store_close(j->sources.store);
	free((void *)j->sources.zones);
	*j = (struct judging){0};
}

static bool is_failure(struct span packet)
{
	struct message m;
	unsigned rcode;

	if (message_read(packet, &m) != 0)
		return false;
	rcode = message_rcode(&m);
	return rcode != RCODE_NOERROR && rcode != RCODE_NXDOMAIN;
}

struct resolution *judging_answer(struct judging *j, const struct question *q, struct span packet)
{
	struct resolution *r = NULL;
	int err;

	if (is_failure(packet))
		return resolution_failed(j->matcher, q, EDE_NO_REACHABLE_AUTHORITY,
			"no upstream has given a usable answer");
	err = resolution_of_answer(
		j->matcher, q, packet, j->conf->cache_max_ttl_s, DNSSEC_UNCHECKED, &r);
	if (err == ERR_FORMAT || err == ERR_LIMIT)
		r = resolution_failed(j->matcher, q, EDE_OTHER, resolution_problem(err));
	return r;
}
