/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_EXPORT_H
#define LISTS_EXPORT_H

/* A generation in the words of other programs. */

#include <stdio.h>

#include "store/store.h"
#include "wire/name.h"

/* Which rows; what is NULL is not asked. */
struct lists_filter {
	const char *list, *country, *category, *vendor; /* vendor: it, or one it belongs to */
	const enum fact *fact;
};

bool lists_filter_has(const struct lists_filter *filter, const struct store_row *row);

struct lists_export_result {
	uint64_t names, ranges, clients; /* written, ranges and clients as prefixes */
	uint64_t left_out; /* names that are too long for the format */
	uint64_t passed; /* names that pass with whatever address, because a name above them is
			    blocked */
};

/*
 * One writer per format. Overlapping and adjacent ranges are joined and written as prefixes.
 * Whether all of it was written is for the caller to ask the stream. ERR_MEMORY, or what store_walk
 * gives.
 */
/* A prefix a line. */
int lists_export_cidr(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result) MUST_CHECK;
/* Commands for nft(8) that fill the sets `ipv4` and `ipv6` of the table `inet celnik` anew. */
int lists_export_nft(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result) MUST_CHECK;

enum rpz_action {
	RPZ_NONE, /* nothing is said */
	RPZ_PASSTHRU, /* passes, whatever else the zone says */
	RPZ_NXDOMAIN,
	RPZ_NODATA,
	RPZ_DROP,
	RPZ_SINKHOLE, /* gets the addresses of the zone */
	RPZ_ACTION_COUNT
};

/*
 * What a response policy zone says. Lists do not know policy: whoever asks for the zone decides.
 * Decisions are asked for the names of the lists and those given here, and for a label `*` below
 * each; for an address of every piece into which ranges and networks cut; for a client likewise.
 */
struct lists_rpz {
	struct inet_addr ipv4, ipv6; /* of RPZ_SINKHOLE */
	uint32_t ttl_s, serial;
	const char *about; /* one line, for a comment */
	const struct name *names;
	size_t name_count;
	const struct inet_prefix *networks, *clients;
	size_t network_count, client_count;
	enum rpz_action (*name)(void *context, const struct name *name);
	enum rpz_action (*address)(void *context, const struct inet_addr *addr);
	enum rpz_action (*client)(void *context, const struct inet_addr *addr);
	void *context;
};

/* A response policy zone with relative names. What a wildcard above says is not repeated. */
int lists_export_rpz(struct store *s, const struct lists_rpz *rpz, FILE *out,
	struct lists_export_result *result) MUST_CHECK;

#endif
