/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_LISTS_H
#define LISTS_LISTS_H

/* List sources into a generation (store/generations.h), which becomes the current one. */

#include "conf/conf.h"
#include "store/builder.h"
#include "store/generations.h"

#define LISTS_SOURCES_MAX 64

struct lists_build_result {
	bool unchanged; /* the current generation was built from the same; nothing was written */
	char path[GENERATIONS_PATH_MAX];
	uint32_t duplicates[LISTS_SOURCES_MAX]; /* rows of each source that it had said before */
};

/*
 * Reads all sources, writes a generation and makes it current. One build at a time: another in the
 * same directory is an error. Bad lines are skipped and reported
 * as warnings; a source that is missing, empty or shrank too much is an error, and the current
 * generation stays. force allows shrinking and builds although nothing has changed.
 */
int lists_build(const struct conf *conf, bool force, uint64_t now_ns, struct report *r,
	struct lists_build_result *out) MUST_CHECK;
/*
 * Importers: one source file of a format into the builder. text is the whole file: lines ended by
 * LF or CRLF, a byte order mark in front is skipped. A line that is not understood is skipped with
 * a warning; the codes are for what ends the file: ERR_MEMORY, ERR_LIMIT (too many rows),
 * ERR_FORMAT (an error that is in the report).
 */
struct import_result {
	uint32_t accepted; /* rows, vendors not counted */
	uint32_t duplicate; /* said before in the same list */
	uint32_t skipped; /* refused with a warning */
	uint32_t off; /* below the confidence the source asks for */
};
struct guard;
/* Refuses names at or above the zones of conf, which must outlive it, and whole public suffixes.
 * ERR_MEMORY, or ERR_MISSING when libpsl has no list. */
int guard_new(const struct conf *conf, struct guard **out) MUST_CHECK;
/* NULL is fine. */
void guard_free(struct guard *g);

struct import_target {
	struct builder *builder;
	const struct guard *guard; /* NULL: all names are welcome */
	uint32_t list;
	const struct conf_source *source;
	struct span file; /* the name rows carry */
	const char *path; /* the name messages carry */
	struct report *report;
};
/*
 * Tab-separated. The first line that is no comment (`#`) names the columns. Which key column stands
 * there says what the rows are: `domain` (with `match`: exact, suffix, tld), `range` (a prefix or
 * `first-last`), `asn`, or `vendor` (with `name`, and optionally `parent`); where several stand
 * there, the first of these counts. Further columns, each optional: `vendor category fact country
 * asn confidence source`. Without them a row is listed, of high confidence. Unknown columns are an
 * error of the file. A vendor that builder_vendor was not told of is a bad line.
 */
int import_tsv(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* True when the file describes vendors: such files are read before others. */
bool import_tsv_has_vendors(struct span text);
/*
 * A name a line, `#` comments. `example.com` covers the name and everything below it (the name
 * alone where the source says `scope: exact`), `*.example.com` and `.example.com` always both.
 */
int import_domains(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/*
 * `address name ...`, `#` comments: the names alone (and what is below where the source says
 * `scope: suffix`). An address that is neither unspecified nor loopback does not block, and is
 * skipped.
 */
int import_hosts(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* `address=/x/...`, `server=/x/...`, `local=/x/`: the names with all below; `bogus-nxdomain=` and
 * an address. */
int import_dnsmasq(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* The rules of ad blockers that a name can decide alone: `||x^`, `|x^`, `x`, and lines of hosts. */
int import_adblock(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* A response policy zone (draft-vixie-dnsop-dns-rpz-00): what its triggers QNAME and response IP
 * block. */
int import_rpz(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/*
 * A domain list of v2fly: `domain:`, `full:`, `include:` of files beside t->path, attributes. With
 * attributes of the source only rows that have them.
 */
int import_v2fly(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* Statistics of a registry: ranges allocated or assigned are located in their country. */
int import_delegated(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;
/* A prefix, an address or `first-last` a line, `#` and `;` comments. */
int import_cidr(
	const struct import_target *t, struct span text, struct import_result *out) MUST_CHECK;

#endif
