/* SPDX-License-Identifier: BSD-3-Clause */

/* What one group, zone, source or exception must fulfil beyond its single keys. */

#include <string.h>

#include "conf/value.h"
#include "schema.h"

#define DAYS_AHEAD_MAX 366
#define V4_BITS 96 /* before the 32 of IPv4 */

/* Networks that are right and yet mostly not meant so. */
static void warn_of_network(
	struct draft *d, const struct yaml_node *node, const struct inet_prefix *prefix)
{
	char text[INET_TEXT_MAX];
	bool is_v4 = prefix->addr.is_v4;

	if (prefix->len == (is_v4 ? V4_BITS : 0))
		draft_warning(d, &node->place,
			"'%s' lets the whole Internet ask, and open resolvers are abused for "
			"attacks; name the networks of the site",
			node->text);
	else if (is_v4 && prefix->addr.octets[15] == 0 && !strchr(node->text, '/'))
		draft_warning(d, &node->place,
			"'%s' is one address; write %s/24 for a network, or %s/32 if it is meant",
			node->text, inet_addr_format(&prefix->addr, text), text);
}

/* What a group does not say itself is said for all, under block. */
static void fill_sinkhole(
	const struct draft *d, const struct yaml_node *node, struct conf_sinkhole *sinkhole)
{
	bool is_own = node && node->kind == YAML_MAPPING;

	if (!is_own || !yaml_member(node, "ipv4"))
		sinkhole->ipv4 = d->conf->block.sinkhole.ipv4;
	if (!is_own || !yaml_member(node, "ipv6"))
		sinkhole->ipv6 = d->conf->block.sinkhole.ipv6;
}

void check_group(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	struct conf_group *group = item;
	const struct yaml_node *networks = yaml_member(node, "networks");

	(void)has_errors;
	fill_sinkhole(d, yaml_member(node, "sinkhole"), &group->sinkhole);
	if (!networks || networks->kind == YAML_REFUSED)
		return;
	for (const struct yaml_node *n = yaml_first_item(networks); n;
		n = yaml_next_item(networks, n)) {
		struct draft_network *network;
		struct inet_prefix prefix;

		if (n->kind != YAML_SCALAR || inet_prefix_parse(span_text(n->text), &prefix) != 0)
			continue;
		warn_of_network(d, n, &prefix);
		network = draft_alloc(d, 1, sizeof(*network));
		if (!network)
			return;
		*network = (struct draft_network){prefix, n->place, group->name, d->networks};
		d->networks = network;
		d->network_count++;
	}
}

void check_zone(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	const struct conf_zone *zone = item;
	const struct yaml_node *name = yaml_member(node, "zone");
	char text[NAME_TEXT_MAX];

	if (has_errors || !name)
		return;
	if (zone->zone.labels == 0)
		draft_error(d, &name->place,
			"the root is no internal zone; write its servers as 'upstreams'");
	for (const struct conf_zone *z = d->conf->zones; z < zone; z++)
		if (z->zone.len && name_equal(&z->zone, &zone->zone))
			draft_error(d, &name->place,
				"the zone '%s' stands twice, first in line %u; give it all its "
				"servers there",
				name_format(&zone->zone, text), z->place.line);
}

static void check_source_kind(
	struct draft *d, const struct yaml_node *node, const struct conf_source *source)
{
	const struct yaml_node *shipped = yaml_member(node, "shipped");
	const struct yaml_node *files = yaml_member(node, "files");
	const struct yaml_node *format = yaml_member(node, "format");

	if (shipped && (files || format))
		draft_error(d, files ? &files->key_place : &format->key_place,
			"a shipped list has its files and formats; remove '%s'",
			files ? "files" : "format");
	if (!shipped && !files)
		draft_error(d, &source->place,
			"a source without files; write 'files: /etc/celnik/block.txt' or "
			"'shipped: prc'");
	if (!shipped && files && !format)
		draft_error(d, &source->place,
			"'format' is missing in a source of 'lists'; write tsv, domains, "
			"hosts, dnsmasq, adblock, rpz, v2fly, cidr or delegated");
}

#define FORMAT(word) (1u << CONF_FORMAT_##word)
#define FORMATS_OF_NAMES                                                                           \
	(FORMAT(DOMAINS) | FORMAT(HOSTS) | FORMAT(DNSMASQ) | FORMAT(ADBLOCK) | FORMAT(RPZ) |       \
		FORMAT(V2FLY))

/* Rows of lists that have columns say it themselves. */
static void check_source_extras(
	struct draft *d, const struct yaml_node *node, const struct conf_source *source)
{
	static const struct {
		const char *key;
		uint32_t formats;
		const char *of;
	} extras[] = {
		{"scope", FORMAT(DOMAINS) | FORMAT(HOSTS), "format domains or hosts"},
		{"vendor", FORMATS_OF_NAMES | FORMAT(CIDR),
			"format domains, hosts, dnsmasq, "
			"adblock, rpz, v2fly or cidr"},
		{"category", FORMATS_OF_NAMES | FORMAT(CIDR),
			"format domains, hosts, dnsmasq, "
			"adblock, rpz, v2fly or cidr"},
		{"countries", FORMAT(DELEGATED), "format delegated"},
		{"attributes", FORMAT(V2FLY), "format v2fly"},
	};

	for (size_t i = 0; i < sizeof(extras) / sizeof(extras[0]); i++) {
		const struct yaml_node *value = yaml_member(node, extras[i].key);

		if (value && !(extras[i].formats & 1u << source->format))
			draft_error(d, &value->key_place, "'%s' is for lists of the %s; remove it",
				extras[i].key, extras[i].of);
	}
}

static void check_source_attributes(
	struct draft *d, const struct yaml_node *node, const struct conf_source *source)
{
	const struct yaml_node *value = yaml_member(node, "attributes");

	for (unsigned i = 0; value && i < source->attribute_count; i++) {
		const char *word = source->attributes[i];

		word += word[0] == '-';
		if (word[0] == '\0' || strpbrk(word, "@ \t"))
			draft_error(d, &value->place,
				"'attributes' are words such as cn, or -ads for rows without it; "
				"write them without @");
	}
}

void check_source(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	static const char *const taken[] = {"geoip", "dns-bypass", "rebinding"};
	struct conf_source *source = item;
	const struct yaml_node *name = yaml_member(node, "name");

	/* A line of a hosts file has only ever meant the names that stand there. */
	if (source->format == CONF_FORMAT_HOSTS && !yaml_member(node, "scope"))
		source->scope_exact = true;

	if (!has_errors) {
		check_source_kind(d, node, source);
		check_source_extras(d, node, source);
		check_source_attributes(d, node, source);
	}
	if (!name || !source->name)
		return;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(source->name, taken[i]) == 0)
			draft_error(d, &name->place,
				"the name '%s' belongs to a built-in list; choose another",
				taken[i]);
	for (const struct conf_source *s = d->conf->sources; s < source; s++)
		if (s->name && strcmp(s->name, source->name) == 0)
			draft_error(d, &name->place,
				"a list named '%s' stands already in line %u; choose another name",
				source->name, s->place.line);
}

static void check_expiry(
	struct draft *d, const struct yaml_node *node, const struct conf_exception *exception)
{
	const struct yaml_node *expires = yaml_member(node, "expires");
	char text[VALUE_DATE_TEXT_MAX];

	if (!expires || exception->expires == 0)
		return;
	if (exception->expires > d->today + DAYS_AHEAD_MAX)
		draft_error(d, &expires->place,
			"'expires' is more than a year ahead; write at most %s and renew it then",
			value_date_format(d->today + DAYS_AHEAD_MAX, text));
	else if (exception->expires < d->today - 1)
		draft_warning(d, &expires->place,
			"the exception '%s' has expired; remove it or renew it",
			exception->id ? exception->id : "");
}

void check_exception(struct draft *d, const struct yaml_node *node, void *item, bool has_errors)
{
	struct conf_exception *exception = item;
	const struct yaml_node *id = yaml_member(node, "id");

	(void)has_errors;
	if (!yaml_member(node, "clients"))
		exception->groups = UINT64_MAX;
	check_expiry(d, node, exception);
	if (!yaml_member(node, "names") && !yaml_member(node, "networks"))
		draft_error(d, &exception->place,
			"an exception for nothing; write 'names' or 'networks' that it is for");
	for (const struct conf_exception *e = d->conf->exceptions;
		id && exception->id && e < exception; e++)
		if (e->id && strcmp(e->id, exception->id) == 0)
			draft_error(d, &id->place,
				"an exception '%s' stands already in line %u; choose another id",
				exception->id, e->place.line);
}
