/* SPDX-License-Identifier: BSD-3-Clause */

#include "schema.h"

#include <string.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define DAY UINT64_C(86400)

#define TO(type, member) .offset = offsetof(struct type, member)
#define LIST(type, member, number)                                                                 \
	.list = true, .offset = offsetof(struct type, member),                                     \
	.count_offset = offsetof(struct type, number)
#define ITEMS(type, member, number, of)                                                            \
	.section = of, .offset = offsetof(struct type, member),                                    \
	.count_offset = offsetof(struct type, number)

static const struct schema_word modes[] = {
	{"observe", MODE_OBSERVE}, {"enforce", MODE_ENFORCE}, {NULL}};
static const struct schema_word rule_modes[] = {{"enforce", 0}, {"observe", 1}, {NULL}};
static const struct schema_word extents[] = {{"all", CONF_JOURNAL_ALL},
	{"events", CONF_JOURNAL_EVENTS}, {"none", CONF_JOURNAL_NONE}, {NULL}};
static const struct schema_word validates[] = {
	{"auto", CONF_VALIDATE_AUTO}, {"yes", CONF_VALIDATE_YES}, {"no", CONF_VALIDATE_NO}, {NULL}};
static const struct schema_word identities[] = {{"full", CONF_CLIENTS_FULL},
	{"truncated", CONF_CLIENTS_TRUNCATED}, {"none", CONF_CLIENTS_NONE}, {NULL}};
static const struct schema_word formats[] = {{"tsv", CONF_FORMAT_TSV},
	{"domains", CONF_FORMAT_DOMAINS}, {"hosts", CONF_FORMAT_HOSTS},
	{"dnsmasq", CONF_FORMAT_DNSMASQ}, {"adblock", CONF_FORMAT_ADBLOCK},
	{"rpz", CONF_FORMAT_RPZ}, {"v2fly", CONF_FORMAT_V2FLY}, {"cidr", CONF_FORMAT_CIDR},
	{"delegated", CONF_FORMAT_DELEGATED}, {NULL}};
static const struct schema_word scopes[] = {{"suffix", 0}, {"exact", 1}, {NULL}};
/* enum confidence of store/store.h, which this layer does not know. */
static const struct schema_word confidences[] = {{"low", 0}, {"medium", 1}, {"high", 2}, {NULL}};
static const struct schema_word actions[] = {{"allow", ACTION_ALLOW}, {"log", ACTION_LOG},
	{"sinkhole", ACTION_SINKHOLE}, {"nxdomain", ACTION_NXDOMAIN}, {"nodata", ACTION_NODATA},
	{"refuse", ACTION_REFUSE}, {"strip", ACTION_STRIP}, {"drop", ACTION_DROP}, {NULL}};
/* Where nothing matched there is nothing to strip. */
static const struct schema_word other_actions[] = {{"allow", ACTION_ALLOW}, {"log", ACTION_LOG},
	{"sinkhole", ACTION_SINKHOLE}, {"nxdomain", ACTION_NXDOMAIN}, {"nodata", ACTION_NODATA},
	{"refuse", ACTION_REFUSE}, {"drop", ACTION_DROP}, {NULL}};
/* enum on of judge/evidence.h, which this layer does not know. */
static const struct schema_word places[] = {{"qname", 0}, {"cname", 1}, {"target", 2},
	{"address", 3}, {"hint", 4}, {"embedded", 5}, {"mention", 6}, {"client", 7}, {NULL}};
static const struct schema_word covers[] = {
	{"chain", CONF_COVERS_CHAIN}, {"name", CONF_COVERS_NAME}, {NULL}};

/* Rows of one section are read in this order: what is referred to comes first. */
const struct schema_row schema[] = {
	{IN_FILE, "version", TYPE_VERSION, .required = true, .write = "version: 1"},
	{IN_FILE, "include", TYPE_ELSEWHERE},
	{IN_FILE, "site", TYPE_ID, TO(conf, site), .otherwise = "celnik"},
	{IN_FILE, "mode", TYPE_WORD, TO(conf, mode), .words = modes, .otherwise = "observe"},
	{IN_FILE, "timezone", TYPE_TIMEZONE, TO(conf, timezone), .otherwise = "UTC"},
	{IN_FILE, "user", TYPE_ID, TO(conf, user), .otherwise = "celnik"},
	{IN_FILE, "listen", TYPE_ENDPOINT, LIST(conf, listen, listen_count), .most_items = 16,
		.otherwise = "127.0.0.1:5335 [::1]:5335"},
	{IN_FILE, "workers", TYPE_AUTO, TO(conf, workers), .least = 1, .most = 64,
		.otherwise = "auto", .write = "auto or 1 to 64"},
	{IN_FILE, "resolvers", TYPE_AUTO, TO(conf, resolvers), .least = 1, .most = 16,
		.otherwise = "auto", .write = "auto or 1 to 16"},
	{IN_FILE, "block", TYPE_SECTION, .section = IN_BLOCK, .write = "block: { ttl: 60s }"},
	{IN_FILE, "clients", TYPE_MEMBERS, ITEMS(conf, groups, group_count, IN_GROUP),
		.required = true, .most_items = CONF_GROUPS_MAX,
		.write = "clients: { local: { networks: [ 127.0.0.0/8, \"::1/128\" ] } }"},
	{IN_FILE, "devices", TYPE_DEVICES, .most_items = 65536, .may_be_empty = true,
		.write = "devices: { 10.20.8.11: cam-gate-north }"},
	{IN_FILE, "upstreams", TYPE_UPSTREAMS, LIST(conf, upstreams, upstream_count),
		.most_items = 32, .otherwise = "system"},
	{IN_FILE, "nat64", TYPE_NAT64, LIST(conf, nat64, nat64_count), .most_items = 4,
		.write = "nat64: 2001:db8:64::/96"},
	{IN_FILE, "dnssec", TYPE_SECTION, .section = IN_DNSSEC,
		.write = "dnssec: { validate: auto }"},
	{IN_FILE, "zones", TYPE_ITEMS, ITEMS(conf, zones, zone_count, IN_ZONE), .most_items = 256,
		.may_be_empty = true,
		.write = "zones: [ { zone: corp.example.com, servers: [ 10.10.0.10 ] } ]"},
	{IN_FILE, "cache", TYPE_SECTION, .section = IN_CACHE, .write = "cache: { size: 256 MiB }"},
	{IN_FILE, "limits", TYPE_SECTION, .section = IN_LIMITS,
		.write = "limits: { queries_per_second: 10000 }"},
	{IN_FILE, "lists", TYPE_SECTION, .section = IN_LISTS,
		.write = "lists: { sources: [ { name: prc, shipped: prc } ] }"},
	{IN_FILE, "geoip", TYPE_SECTION, .section = IN_GEOIP,
		.write = "geoip: { country: /usr/share/GeoIP/country.mmdb }"},
	{IN_FILE, "policy", TYPE_ITEMS, ITEMS(conf, rules, rule_count, IN_RULE),
		.most_items = CONF_RULES_MAX, .may_be_empty = true,
		.write = "policy: [ { rule: prc, match: { operated: CN }, action: log } ]"},
	{IN_FILE, "otherwise", TYPE_WORD, TO(conf, otherwise), .words = other_actions,
		.otherwise = "allow"},
	{IN_FILE, "exceptions", TYPE_ITEMS, ITEMS(conf, exceptions, exception_count, IN_EXCEPTION),
		.most_items = CONF_EXCEPTIONS_MAX, .may_be_empty = true,
		.write = "exceptions: [ { id: EX-1, names: example.com, ... } ]"},
	{IN_FILE, "state", TYPE_PATH, TO(conf, state), .otherwise = LOCALSTATEDIR "/lib/celnik"},
	{IN_FILE, "journal", TYPE_SECTION, .section = IN_JOURNAL,
		.write = "journal: { directory: /var/log/celnik }"},
	{IN_FILE, "control", TYPE_PATH, TO(conf, control), .most = 100,
		.otherwise = RUNSTATEDIR "/celnik/control.sock"},

	{IN_GROUP, "networks", TYPE_PREFIX, LIST(conf_group, networks, network_count),
		.required = true, .most_items = 1024, .write = "networks: [ 10.20.0.0/24 ]"},
	{IN_GROUP, "journal", TYPE_WORD, TO(conf_group, journal), .words = extents,
		.otherwise = "all"},
	{IN_GROUP, "sinkhole", TYPE_SECTION, .section = IN_SINKHOLE, TO(conf_group, sinkhole),
		.write = "sinkhole: { ipv4: 10.20.0.9 }"},

	{IN_SINKHOLE, "ipv4", TYPE_IPV4, TO(conf_sinkhole, ipv4)},
	{IN_SINKHOLE, "ipv6", TYPE_IPV6, TO(conf_sinkhole, ipv6)},

	{IN_DNSSEC, "validate", TYPE_WORD, TO(conf, validate), .words = validates,
		.otherwise = "auto"},
	{IN_DNSSEC, "trust_anchors", TYPE_PATH, TO(conf, trust_anchors),
		.otherwise = "/usr/share/dns/root.key"},

	{IN_ZONE, "zone", TYPE_ZONE, TO(conf_zone, zone), .required = true,
		.write = "zone: corp.example.com"},
	{IN_ZONE, "servers", TYPE_ENDPOINT, LIST(conf_zone, servers, server_count),
		.required = true, .most_items = 16, .write = "servers: [ 10.10.0.10 ]"},
	{IN_ZONE, "trusted", TYPE_BOOL, TO(conf_zone, validate), .otherwise = "no"},

	{IN_CACHE, "size", TYPE_SIZE, TO(conf, cache_size), .least = MIB, .most = TIB,
		.otherwise = "256 MiB", .write = "a size from 1 MiB to 1 TiB"},
	{IN_CACHE, "max_ttl", TYPE_TTL, TO(conf, cache_max_ttl_s), .least = 1, .most = 7 * DAY,
		.otherwise = "1h", .write = "a duration from 1s to 7d"},
	{IN_CACHE, "stale", TYPE_TTL, TO(conf, cache_stale_s), .least = 0, .most = 7 * DAY,
		.otherwise = "1d", .write = "a duration up to 7d, or 0 for none"},

	{IN_LIMITS, "queries_per_second", TYPE_COUNT, TO(conf, limits.queries_per_second),
		.most = 1000000, .otherwise = "10000", .write = "0 (no limit) to 1000000"},
	{IN_LIMITS, "outstanding_misses", TYPE_COUNT, TO(conf, limits.outstanding_misses),
		.most = 16384, .otherwise = "500", .write = "0 (no limit) to 16384"},
	{IN_LIMITS, "responses_per_second", TYPE_COUNT, TO(conf, limits.responses_per_second),
		.most = 1000000, .otherwise = "5000", .write = "0 (no limit) to 1000000"},
	{IN_LIMITS, "refusals_per_second", TYPE_COUNT, TO(conf, limits.refusals_per_second),
		.most = 1000000, .otherwise = "50", .write = "0 (no limit) to 1000000"},
	{IN_LIMITS, "ipv6_network", TYPE_COUNT, TO(conf, limits.ipv6_network), .least = 32,
		.most = 64, .otherwise = "56", .write = "32 to 64"},
	{IN_LIMITS, "tcp_connections", TYPE_COUNT, TO(conf, limits.tcp_connections), .least = 1,
		.most = 65536, .otherwise = "1024", .write = "1 to 65536"},
	{IN_LIMITS, "tcp_connections_per_client", TYPE_COUNT,
		TO(conf, limits.tcp_connections_per_client), .least = 1, .most = 65536,
		.otherwise = "100", .write = "1 to 65536"},
	{IN_LIMITS, "tcp_idle", TYPE_TTL, TO(conf, limits.tcp_idle_s), .least = 1, .most = 3600,
		.otherwise = "10s", .write = "a duration from 1s to 1h"},

	{IN_LISTS, "store", TYPE_PATH, TO(conf, lists_store),
		.otherwise = LOCALSTATEDIR "/lib/celnik/lists"},
	{IN_LISTS, "shipped_directory", TYPE_PATH, TO(conf, lists_shipped),
		.otherwise = PKGDATADIR "/lists"},
	{IN_LISTS, "sources", TYPE_ITEMS, ITEMS(conf, sources, source_count, IN_SOURCE),
		.most_items = 64, .may_be_empty = true,
		.write = "sources: [ { name: prc, shipped: prc } ]"},

	{IN_SOURCE, "name", TYPE_ID, TO(conf_source, name), .required = true,
		.write = "name: blocked"},
	{IN_SOURCE, "files", TYPE_PATH, LIST(conf_source, files, file_count), .most_items = 64,
		.write = "files: /etc/celnik/block.txt"},
	{IN_SOURCE, "format", TYPE_WORD, TO(conf_source, format), .words = formats},
	{IN_SOURCE, "shipped", TYPE_SHIPPED, .write = "shipped: prc"},
	{IN_SOURCE, "scope", TYPE_FLAG, TO(conf_source, scope_exact), .words = scopes},
	{IN_SOURCE, "confidence", TYPE_WORD, TO(conf_source, confidence), .words = confidences,
		.otherwise = "medium"},
	{IN_SOURCE, "vendor", TYPE_LOWER_ID, TO(conf_source, vendor)},
	{IN_SOURCE, "category", TYPE_LOWER_ID, TO(conf_source, category)},
	{IN_SOURCE, "countries", TYPE_COUNTRY, LIST(conf_source, countries, country_count),
		.most_items = 256},
	{IN_SOURCE, "attributes", TYPE_TEXT, LIST(conf_source, attributes, attribute_count),
		.most = 64, .most_items = 16, .write = "attributes: [ cn, \"-ads\" ]"},
	{IN_SOURCE, "max_shrink", TYPE_PERCENT, TO(conf_source, shrink_percent), .otherwise = "50%",
		.write = "0% to 100%"},

	{IN_GEOIP, "country", TYPE_PATH, LIST(conf, geoip_country, geoip_country_count),
		.most_items = 8},
	{IN_GEOIP, "asn", TYPE_PATH, TO(conf, geoip_asn)},

	{IN_RULE, "rule", TYPE_ID, TO(conf_rule, name), .required = true,
		.write = "rule: camera-clouds"},
	{IN_RULE, "clients", TYPE_GROUP, .list = true, TO(conf_rule, groups),
		.most_items = CONF_GROUPS_MAX},
	{IN_RULE, "match", TYPE_ITEMS, ITEMS(conf_rule, matches, match_count, IN_MATCH),
		.most_items = 32, .write = "match: { vendor: [ hikvision ] }"},
	{IN_RULE, "action", TYPE_WORD, TO(conf_rule, action), .words = actions, .required = true,
		.write = "action: log"},
	{IN_RULE, "mode", TYPE_FLAG, TO(conf_rule, observed), .words = rule_modes},
	{IN_RULE, "hours", TYPE_HOURS, LIST(conf_rule, hours, hours_count), .most_items = 32,
		.write = "hours from 00:00 to 24:00 that are not empty"},

	{IN_MATCH, "name", TYPE_PATTERN, LIST(conf_match, names, name_count), .most_items = 1024},
	{IN_MATCH, "list", TYPE_LIST, LIST(conf_match, lists, list_count), .most_items = 64},
	{IN_MATCH, "vendor", TYPE_LOWER_ID, LIST(conf_match, vendors, vendor_count),
		.most_items = 1024},
	{IN_MATCH, "category", TYPE_LOWER_ID, LIST(conf_match, categories, category_count),
		.most_items = 256},
	{IN_MATCH, "operated", TYPE_COUNTRY, LIST(conf_match, operated, operated_count),
		.most_items = 256},
	{IN_MATCH, "owned", TYPE_COUNTRY, LIST(conf_match, owned, owned_count), .most_items = 256},
	{IN_MATCH, "located", TYPE_LOCATION, LIST(conf_match, located, located_count),
		.most_items = 256},
	{IN_MATCH, "asn", TYPE_ASN, LIST(conf_match, asns, asn_count), .most_items = 1024,
		.write = "1 to 4294967295"},
	{IN_MATCH, "network", TYPE_PREFIX, LIST(conf_match, networks, network_count),
		.most_items = 1024},
	{IN_MATCH, "qtype", TYPE_QTYPE, LIST(conf_match, qtypes, qtype_count), .most_items = 64},
	{IN_MATCH, "on", TYPE_BIT, .list = true, TO(conf_match, on), .words = places,
		.most_items = 16},
	{IN_MATCH, "sources", TYPE_COUNT, TO(conf_match, sources), .least = 1, .most = 16,
		.write = "1 to 16"},

	{IN_EXCEPTION, "id", TYPE_ID, TO(conf_exception, id), .required = true,
		.write = "id: EX-2026-007"},
	{IN_EXCEPTION, "names", TYPE_PATTERN, LIST(conf_exception, names, name_count),
		.most_items = 1024},
	{IN_EXCEPTION, "networks", TYPE_PREFIX, LIST(conf_exception, networks, network_count),
		.most_items = 1024},
	{IN_EXCEPTION, "clients", TYPE_GROUP, .list = true, TO(conf_exception, groups),
		.most_items = CONF_GROUPS_MAX},
	{IN_EXCEPTION, "covers", TYPE_WORD, TO(conf_exception, covers), .words = covers,
		.otherwise = "chain"},
	{IN_EXCEPTION, "reason", TYPE_TEXT, TO(conf_exception, reason), .required = true,
		.most = 500, .write = "reason: warranty requires vendor monitoring"},
	{IN_EXCEPTION, "owner", TYPE_TEXT, TO(conf_exception, owner), .required = true, .most = 200,
		.write = "owner: it-security@example.com"},
	{IN_EXCEPTION, "ticket", TYPE_TEXT, TO(conf_exception, ticket), .most = 100},
	{IN_EXCEPTION, "expires", TYPE_DATE, TO(conf_exception, expires), .required = true,
		.write = "expires: 2027-06-30"},

	{IN_BLOCK, "ipv4", TYPE_IPV4, TO(conf, block.sinkhole.ipv4), .otherwise = "0.0.0.0"},
	{IN_BLOCK, "ipv6", TYPE_IPV6, TO(conf, block.sinkhole.ipv6), .otherwise = "::"},
	{IN_BLOCK, "ttl", TYPE_TTL, TO(conf, block.ttl_s), .most = DAY, .otherwise = "60s",
		.write = "a duration up to 1d"},
	{IN_BLOCK, "explain", TYPE_TEXT, TO(conf, block.explain), .most = 200,
		.otherwise = "blocked by site policy"},

	{IN_JOURNAL, "directory", TYPE_PATH, TO(conf, journal_directory),
		.otherwise = LOCALSTATEDIR "/log/celnik"},
	{IN_JOURNAL, "ring", TYPE_SIZE, TO(conf, journal_ring), .least = MIB, .most = TIB,
		.otherwise = "32 MiB", .write = "a size from 1 MiB to 1 TiB"},
	{IN_JOURNAL, "queries", TYPE_SECTION, .section = IN_QUERIES, TO(conf, queries),
		.write = "queries: { keep: 90d }"},
	{IN_JOURNAL, "events", TYPE_SECTION, .section = IN_EVENTS, TO(conf, events),
		.write = "events: { keep: 18 months }"},

	{IN_QUERIES, "keep", TYPE_DURATION, TO(conf_journal_stream, keep_s), .most = 36600 * DAY,
		.otherwise = "90d", .write = "a duration up to 100 years"},
	{IN_QUERIES, "max_size", TYPE_SIZE, TO(conf_journal_stream, max_size), .most = 1024 * TIB,
		.otherwise = "20 GiB", .write = "a size up to 1024 TiB"},
	{IN_QUERIES, "clients", TYPE_WORD, TO(conf_journal_stream, clients), .words = identities,
		.otherwise = "full"},

	{IN_EVENTS, "keep", TYPE_DURATION, TO(conf_journal_stream, keep_s), .most = 36600 * DAY,
		.otherwise = "18 months", .write = "a duration up to 100 years"},
	{IN_EVENTS, "max_size", TYPE_SIZE, TO(conf_journal_stream, max_size), .most = 1024 * TIB,
		.otherwise = "0", .write = "a size up to 1024 TiB; 0: no limit"},
	{IN_EVENTS, "clients", TYPE_WORD, TO(conf_journal_stream, clients), .words = identities,
		.otherwise = "full"},
};
const unsigned schema_count = sizeof(schema) / sizeof(schema[0]);

#define ITEM(type, check) sizeof(struct type), offsetof(struct type, place), SIZE_MAX, check

const struct schema_section_info schema_sections[SECTION_COUNT] = {
	[IN_FILE] = {"at the top", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_GROUP] = {"in a group of 'clients'", sizeof(struct conf_group),
		offsetof(struct conf_group, place), offsetof(struct conf_group, name), check_group},
	[IN_SINKHOLE] = {"in 'sinkhole'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_DNSSEC] = {"in 'dnssec'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_ZONE] = {"in an item of 'zones'", ITEM(conf_zone, check_zone)},
	[IN_CACHE] = {"in 'cache'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_LIMITS] = {"in 'limits'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_LISTS] = {"in 'lists'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_SOURCE] = {"in a source of 'lists'", ITEM(conf_source, check_source)},
	[IN_GEOIP] = {"in 'geoip'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_RULE] = {"in a rule of 'policy'", ITEM(conf_rule, check_rule)},
	[IN_MATCH] = {"in 'match'", ITEM(conf_match, check_match)},
	[IN_EXCEPTION] = {"in an item of 'exceptions'", ITEM(conf_exception, check_exception)},
	[IN_BLOCK] = {"in 'block'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_JOURNAL] = {"in 'journal'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_QUERIES] = {"in 'queries'", 0, SIZE_MAX, SIZE_MAX, NULL},
	[IN_EVENTS] = {"in 'events'", 0, SIZE_MAX, SIZE_MAX, NULL},
};

const struct schema_row *schema_find(enum schema_section in, const char *key)
{
	for (unsigned i = 0; i < schema_count; i++)
		if (schema[i].in == in && strcmp(schema[i].key, key) == 0)
			return &schema[i];
	return NULL;
}
