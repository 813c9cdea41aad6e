/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_CONF_H
#define CONF_CONF_H

/*
 * The configuration as one immutable value, made from a bundle of file texts by conf_parse and from
 * nothing else, so that the process that checked it and the process that uses it see the same. All
 * pointers belong to it. Defaults are filled in; relative paths are made absolute against the main
 * file's directory.
 */

#include "base/digest.h"
#include "base/err.h"
#include "base/inet.h"
#include "base/report.h"
#include "wire/name.h"
#include "wire/rr.h"

#define CONF_GROUPS_MAX 64
#define CONF_RULES_MAX 256
#define CONF_EXCEPTIONS_MAX 1024
#define CONF_FILES_MAX 64
#define CONF_FILE_MAX (4u << 20) /* octets of one file */

/* Where a thing stands, for messages: the file as the operator wrote its path. */
struct conf_place {
	const char *file;
	uint32_t line; /* from 1 */
	uint32_t column; /* from 1 */
};

enum mode { MODE_OBSERVE, MODE_ENFORCE };

enum action {
	ACTION_ALLOW,
	ACTION_LOG,
	ACTION_STRIP,
	ACTION_SINKHOLE,
	ACTION_NXDOMAIN,
	ACTION_NODATA,
	ACTION_REFUSE,
	ACTION_DROP,
	ACTION_COUNT
};
extern const char *const action_text[ACTION_COUNT]; /* "allow", "log", ... */
extern const char *const mode_text[2];

enum conf_journal_extent { CONF_JOURNAL_ALL, CONF_JOURNAL_EVENTS, CONF_JOURNAL_NONE };
enum conf_validate { CONF_VALIDATE_AUTO, CONF_VALIDATE_YES, CONF_VALIDATE_NO };
enum conf_clients { CONF_CLIENTS_FULL, CONF_CLIENTS_TRUNCATED, CONF_CLIENTS_NONE };
enum conf_format {
	CONF_FORMAT_SHIPPED,
	CONF_FORMAT_TSV,
	CONF_FORMAT_DOMAINS,
	CONF_FORMAT_HOSTS,
	CONF_FORMAT_DNSMASQ,
	CONF_FORMAT_ADBLOCK,
	CONF_FORMAT_RPZ,
	CONF_FORMAT_V2FLY,
	CONF_FORMAT_CIDR,
	CONF_FORMAT_DELEGATED,
	CONF_FORMAT_COUNT
};

/* What the sinkhole action answers with. */
struct conf_sinkhole {
	struct inet_addr ipv4, ipv6;
};

struct conf_group {
	const char *name;
	struct conf_place place;
	const struct inet_prefix *networks;
	unsigned network_count;
	enum conf_journal_extent journal;
	struct conf_sinkhole sinkhole; /* that of block where the group has none */
};

/* What one client, or all together, may take; 0 of a number per second is no limit. */
struct conf_limits {
	unsigned queries_per_second; /* of a client, UDP and TCP each */
	unsigned outstanding_misses; /* of a client: queries that wait for an answer; 0: no limit */
	unsigned responses_per_second; /* over UDP, to a network and of one kind */
	unsigned refusals_per_second; /* over UDP, to a network outside of all groups */
	unsigned ipv6_network; /* IPv6 addresses that share this many bits are one client */
	unsigned tcp_connections; /* in total */
	unsigned tcp_connections_per_client;
	uint32_t tcp_idle_s;
};

struct conf_device {
	struct inet_addr addr;
	const char *name;
};

struct conf_zone {
	struct name zone;
	const struct inet_endpoint *servers;
	unsigned server_count;
	bool validate; /* `trusted: yes`: validated as the rest is */
	struct conf_place place;
};

/* One source of lists. */
struct conf_source {
	const char *name;
	struct conf_place place;
	enum conf_format format;
	const char *const *files; /* absolute; for shipped one directory */
	unsigned file_count;
	bool scope_exact; /* plain lines match the name alone */
	int confidence; /* enum confidence: rows below are off */
	const char *vendor; /* given to plain rows; NULL */
	const char *category; /* the same */
	const char *const *countries; /* of delegated: the only ones taken; none: all */
	unsigned country_count;
	const char *const *attributes; /* of v2fly: `ads` a row must have, `-ads` must not */
	unsigned attribute_count;
	unsigned shrink_percent; /* a list that loses more is refused */
};

/* `example.com`, `*.example.com`, `.example.com`. */
struct conf_pattern {
	struct name name;
	bool self;
	bool below;
};

/*
 * One set of conditions. list, vendor, category, operated, owned and `listed` facts describe one
 * list entry: what is asked of them must hold for one and the same entry. located, asn, network and
 * sources describe one address, likewise. name describes a name of the chain. `on` limits where
 * findings count. Empty lists ask nothing.
 */
struct conf_match {
	struct conf_place place;
	const struct conf_pattern *names;
	unsigned name_count;
	const char *const *lists;
	unsigned list_count;
	const char *const *vendors;
	unsigned vendor_count;
	const char *const *categories;
	unsigned category_count;
	const char *const *operated;
	unsigned operated_count; /* ISO codes, upper case */
	const char *const *owned;
	unsigned owned_count;
	const char *const *located;
	unsigned located_count; /* the same, or "--" for unknown */
	const uint32_t *asns;
	unsigned asn_count;
	const struct inet_prefix *networks;
	unsigned network_count;
	const uint16_t *qtypes;
	unsigned qtype_count;
	uint32_t on; /* a bit for each enum on; 0: everywhere */
	unsigned sources; /* at least so many must agree on located; 0 or 1: any */
};

/* Times of the week on the wall's clock. to < from: until then of the next day. */
struct conf_hours {
	uint8_t days; /* a bit for each on which it begins, from Monday on */
	uint16_t from, to; /* minutes of the day; to is not in it, 1440 at most */
	const char *text; /* as written */
};

struct conf_rule {
	const char *name;
	struct conf_place place;
	uint64_t groups; /* a bit for each group; all ones when the rule names none */
	const struct conf_match *matches; /* any of; none: always */
	unsigned match_count;
	enum action action;
	const struct conf_hours *hours; /* when it holds; none: always */
	unsigned hours_count;
	bool observed; /* recorded as what would be done, while the rules behind it decide */
};

/*
 * Removes from the decision, never from the record, the evidence that it waives: a name exception
 * that of the name and, with covers_chain, of all that the name leads to; a network exception that
 * of addresses in the networks.
 */
struct conf_exception {
	const char *id;
	struct conf_place place;
	const struct conf_pattern *names;
	unsigned name_count;
	const struct inet_prefix *networks;
	unsigned network_count;
	uint64_t groups; /* a bit for each group; all ones when it names none */
	uint32_t covers; /* enum conf_covers */
	const char *reason;
	const char *owner;
	const char *ticket; /* NULL */
	int64_t expires; /* the last day it holds: days since 1970-01-01, in the timezone */
};

enum conf_covers { CONF_COVERS_CHAIN, CONF_COVERS_NAME };

struct conf_journal_stream {
	uint64_t keep_s; /* 0: the stream is off */
	uint64_t max_size; /* octets; 0: no limit */
	enum conf_clients clients;
};

struct conf {
	uint8_t digest[DIGEST_LEN]; /* of what conf_files_text gives: logs call it celnik.config */
	uint8_t lists_digest[DIGEST_LEN]; /* of what the lists section says and the names of zones,
					     not of the files it names */
	const char *path; /* of the main file, absolute */
	const char *site;
	enum mode mode;
	const char *timezone;
	const char *user;
	const struct inet_endpoint *listen;
	unsigned listen_count;
	unsigned workers; /* 0: one per core */
	unsigned resolvers; /* 0: chosen from workers */
	const struct conf_group *groups;
	unsigned group_count;
	const struct conf_device *devices;
	unsigned device_count; /* sorted by address */
	const struct inet_endpoint *upstreams;
	unsigned upstream_count;
	bool upstreams_system; /* upstreams are to be taken from /etc/resolv.conf */
	enum conf_validate validate;
	const char *trust_anchors;
	const struct conf_zone *zones;
	unsigned zone_count;
	const struct inet_prefix *nat64; /* prefixes of the site's own NAT64 (RFC 6052) */
	unsigned nat64_count;
	struct conf_limits limits;
	uint64_t cache_size; /* octets in total */
	uint32_t cache_max_ttl_s;
	uint32_t cache_stale_s; /* how long an answer may serve after its time; 0: not at all */
	const char *lists_store; /* directory */
	const char *lists_shipped; /* directory of what the package brings */
	const struct conf_source *sources;
	unsigned source_count;
	const char *const *geoip_country;
	unsigned geoip_country_count;
	const char *geoip_asn; /* NULL */
	const struct conf_rule *rules;
	unsigned rule_count;
	const struct conf_exception *exceptions;
	unsigned exception_count;
	enum action otherwise; /* allow or log, or a block */
	struct {
		struct conf_sinkhole sinkhole;
		uint32_t ttl_s;
		const char *explain;
	} block;
	const char *state;
	const char *journal_directory;
	uint64_t journal_ring; /* octets of all rings of the workers */
	struct conf_journal_stream queries, events;
	const char *control; /* socket path */
};

/* The texts a configuration is made of: the main file first, then each included file. */
struct conf_files;

/*
 * Reads the main file and what it includes (one level; `include:` takes paths and globs relative to
 * the main file). Problems go to r. ERR_IO, ERR_FORMAT, ERR_LIMIT, ERR_MEMORY.
 */
int conf_files_read(const char *path, struct report *r, struct conf_files **out) MUST_CHECK;
/*
 * One text in memory as the main file at path, which need not exist; includes are not followed.
 * real_ns stands for the time of reading. ERR_LIMIT, ERR_IO, ERR_MEMORY.
 */
int conf_files_from_text(
	const char *path, struct span text, uint64_t real_ns, struct conf_files **out) MUST_CHECK;
/* As a sealed memfd for another process, and back. */
int conf_files_seal(const struct conf_files *f, int *fd) MUST_CHECK;
int conf_files_unseal(int fd, struct conf_files **out) MUST_CHECK;
void conf_files_free(struct conf_files *f);
/* A message about a place in one of f, with its line. f may be NULL: then without the line. */
void conf_files_report(const struct conf_files *f, struct report *r, enum report_level level,
	const struct conf_place *place, const char *format, ...) PRINTF_LIKE(5, 6);

/*
 * All problems go to r, errors and warnings; ERR_FORMAT when there was an error. Does not keep f. A
 * pure function: "today", which dates are compared with, is the day f was read.
 */
int conf_parse(const struct conf_files *f, struct report *r, struct conf **out) MUST_CHECK;
void conf_free(struct conf *c);

/* Minutes of the week count from Monday 00:00. No hours: always. */
bool conf_hours_have(const struct conf_hours *hours, unsigned count, unsigned minute_of_week);
bool conf_pattern_has(const struct conf_pattern *p, const struct name *name);
/* The device's name or NULL. */
const char *conf_device_name(const struct conf *c, const struct inet_addr *addr);
/*
 * The main file's text and all others, one after the other with their names as comments, relative
 * to the main file's directory: what the journal keeps. The same wherever celnik was started.
 * Freed with free(3).
 */
int conf_files_text(const struct conf_files *f, char **out, size_t *len) MUST_CHECK;

#endif
