/* SPDX-License-Identifier: BSD-3-Clause */

#include "generation.h"

#include <string.h>

#include "conf/sources.h"

int generation_open(const struct conf *conf, char path[GENERATIONS_PATH_MAX], struct store **out)
{
	if (generations_current(conf->lists_store, path) != 0)
		return ERR_MISSING;
	return store_open(path, out);
}

enum generation_age generation_age(const struct conf *conf, const struct store *store)
{
	struct report *quiet = report_new(1);
	enum generation_age age = AGE_UNKNOWN;
	uint8_t sources[DIGEST_LEN];
	struct store_info info;

	store_info_read(store, &info);
	if (quiet && conf_sources_digest(conf, quiet, sources) == 0)
		age = memcmp(sources, info.sources, DIGEST_LEN) == 0 ? AGE_CURRENT : AGE_OUTDATED;
	report_free(quiet);
	return age;
}
