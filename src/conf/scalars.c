/* SPDX-License-Identifier: BSD-3-Clause */

/* How each type of scalar is read. */

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "conf/suggest.h"
#include "conf/value.h"
#include "schema.h"

#define TEXT_MAX 255
#define PATH_LEN_MAX 4000
#define PORT_DNS 53

static int in_range(const struct schema_row *row, uint64_t value)
{
	return value < row->least || (row->most && value > row->most) ? ERR_LIMIT : 0;
}

static int read_bool(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return value_bool(node->text, out);
}

static int read_count(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint64_t value;
	int err = value_count(node->text, &value);

	(void)d;
	if (!err)
		err = in_range(row, value);
	if (!err)
		*(unsigned *)out = (unsigned)value;
	return err;
}

static int read_auto(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	if (strcmp(node->text, "auto") != 0)
		return read_count(d, row, node, out);
	*(unsigned *)out = 0;
	return 0;
}

static int read_percent(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return value_percent(node->text, out);
}

static int read_size(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint64_t value;
	int err = value_size(node->text, &value);

	(void)d;
	if (!err)
		err = in_range(row, value);
	if (!err)
		*(uint64_t *)out = value;
	return err;
}

static int read_duration(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint64_t value;
	int err = value_duration(node->text, &value);

	(void)d;
	if (!err)
		err = in_range(row, value);
	if (!err)
		*(uint64_t *)out = value;
	return err;
}

static int read_ttl(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint64_t value;
	int err = read_duration(d, row, node, &value);

	if (!err && value > INT32_MAX)
		err = ERR_LIMIT;
	if (!err)
		*(uint32_t *)out = (uint32_t)value;
	return err;
}

static int read_date(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return value_date(node->text, out);
}

/* NULL: memory ran out, which the draft remembers. */
static int keep_text(const char *text, void *out)
{
	if (!text)
		return ERR_STATE;
	*(const char **)out = text;
	return 0;
}

static int read_id(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)row;
	if (!value_is_id(node->text))
		return ERR_FORMAT;
	return keep_text(draft_text(d, node->text), out);
}

static int read_hours(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	struct conf_hours hours = {0};
	int err = value_hours(node->text, &hours);

	(void)row;
	if (!err)
		err = keep_text(draft_text(d, node->text), &hours.text);
	if (!err)
		memcpy(out, &hours, sizeof(hours));
	return err;
}

static int read_lower_id(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	for (const char *p = node->text; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return ERR_FORMAT;
	return read_id(d, row, node, out);
}

static int read_text(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	size_t most = row->most ? row->most : TEXT_MAX;

	if (strpbrk(node->text, "\n\t"))
		return ERR_FORMAT;
	if (node->text[0] == '\0' || strlen(node->text) > most) {
		draft_error(d, &node->place, "'%s' holds 1 to %zu octets; write a text within that",
			row->key, most);
		return ERR_STATE;
	}
	return keep_text(draft_text(d, node->text), out);
}

/* Whether the zone exists is for those to find out who may read /usr/share/zoneinfo. */
static int read_timezone(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	size_t len = strlen(node->text);

	(void)row;
	if (len == 0 || len > VALUE_ID_MAX || node->text[0] == '/' || strstr(node->text, "..") ||
		strspn(node->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "/_+-") != len)
		return ERR_FORMAT;
	return keep_text(draft_text(d, node->text), out);
}

static int read_path(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	size_t most = row->most ? row->most : PATH_LEN_MAX;
	const char *path;

	if (node->text[0] == '\0' || strpbrk(node->text, "\n\t"))
		return ERR_FORMAT;
	path = draft_path(d, node->text);
	if (path && strlen(path) > most) {
		draft_error(d, &node->place,
			"the path of '%s' is longer than %zu octets; choose a shorter one",
			row->key, most);
		return ERR_STATE;
	}
	return keep_text(path, out);
}

static const struct schema_word *find_word(const struct schema_word *words, const char *text)
{
	for (; words->text; words++)
		if (strcmp(words->text, text) == 0)
			return words;
	return NULL;
}

/* "a, b or c" */
static void list_words(const struct schema_word *words, struct buf *out)
{
	unsigned left = 0;

	for (const struct schema_word *w = words; w->text; w++)
		left++;
	for (; words->text; words++, left--)
		buf_printf(out, "%s%s", words->text, left > 2 ? ", " : left == 2 ? " or " : "");
}

static int read_word(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	const struct schema_word *word = find_word(row->words, node->text);
	char excerpt[CONF_EXCERPT_MAX], storage[256];
	struct suggestion near;
	struct buf known;

	buf_init_fixed(&known, storage, sizeof(storage));
	list_words(row->words, &known);
	if (word) {
		*(uint32_t *)out = word->value;
		return 0;
	}
	suggestion_init(&near, node->text);
	for (word = row->words; word->text; word++)
		suggestion_offer(&near, word->text);
	conf_excerpt(node->text, excerpt);
	if (near.best)
		draft_error(d, &node->place, "unknown %s '%s'; did you mean '%s'? known are %s",
			row->key, excerpt, near.best, buf_text(&known));
	else
		draft_error(d, &node->place, "unknown %s '%s'; write %s", row->key, excerpt,
			buf_text(&known));
	return ERR_STATE;
}

static int read_flag(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint32_t value;
	int err = read_word(d, row, node, &value);

	if (!err)
		*(bool *)out = value != 0;
	return err;
}

static int read_bit(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	uint32_t value;
	int err = read_word(d, row, node, &value);

	if (!err)
		*(uint32_t *)out |= UINT32_C(1) << value;
	return err;
}

static int read_address(const struct yaml_node *node, bool v4, void *out)
{
	struct inet_addr addr;
	int err = inet_addr_parse(span_text(node->text), &addr);

	if (!err && addr.is_v4 != v4)
		err = ERR_FORMAT;
	if (!err)
		*(struct inet_addr *)out = addr;
	return err;
}

static int read_ipv4(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return read_address(node, true, out);
}

static int read_ipv6(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return read_address(node, false, out);
}

static int read_endpoint(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return inet_endpoint_parse(span_text(node->text), PORT_DNS, out);
}

static int read_prefix(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	struct inet_prefix meant;
	char text[INET_PREFIX_TEXT_MAX], excerpt[CONF_EXCERPT_MAX];
	int err = inet_prefix_parse(span_text(node->text), out);

	(void)row;
	if (err != ERR_LIMIT || value_prefix_mend(node->text, &meant) != 0)
		return err;
	draft_error(d, &node->place,
		"bad prefix '%s': bits behind the prefix length are set; write %s",
		conf_excerpt(node->text, excerpt), inet_prefix_format(&meant, text));
	return ERR_STATE;
}

/* RFC 6052 2.2 */
static int read_nat64(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	struct inet_prefix prefix;
	int err = read_prefix(d, row, node, &prefix);

	if (err)
		return err;
	if (prefix.addr.is_v4 || prefix.len % 8 != 0 || prefix.len < 32 ||
		(prefix.len > 64 && prefix.len != 96)) {
		draft_error(d, &node->place,
			"'%s' cannot be a NAT64 prefix; write an IPv6 one of 32, 40, 48, 56, 64 or "
			"96 bits",
			node->text);
		return ERR_STATE;
	}
	*(struct inet_prefix *)out = prefix;
	return 0;
}

static int name_error(struct draft *d, const struct yaml_node *node, int err)
{
	char excerpt[CONF_EXCERPT_MAX];

	if (err != ERR_LIMIT)
		return err;
	draft_error(d, &node->place,
		"'%s' has letters beyond ASCII; write the name's xn-- form, as idn2 prints it",
		conf_excerpt(node->text, excerpt));
	return ERR_STATE;
}

static int read_zone(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)row;
	return name_error(d, node, value_name(node->text, out));
}

static int read_pattern(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)row;
	return name_error(d, node, value_pattern(node->text, out));
}

static int read_country(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	char code[3];
	int err = value_country(node->text, code);

	(void)row;
	if (err == ERR_LIMIT) {
		draft_error(d, &node->place, "'%s' is no country; write an ISO 3166 code%s",
			node->text,
			strcasecmp(node->text, "UK") == 0 ? ", which is GB" : " such as CN");
		return ERR_STATE;
	}
	return err ? err : keep_text(draft_text(d, code), out);
}

static int read_location(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	if (strcmp(node->text, "unknown") != 0)
		return read_country(d, row, node, out);
	return keep_text("--", out);
}

static int read_asn(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return value_asn(node->text, out);
}

static int read_qtype(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)d, (void)row;
	return rr_type_parse(span_text(node->text), out);
}

static int unknown_reference(
	struct draft *d, const struct yaml_node *node, const char *kind, const char *near)
{
	char excerpt[CONF_EXCERPT_MAX];

	conf_excerpt(node->text, excerpt);
	if (near)
		draft_error(d, &node->place, "unknown %s '%s'; did you mean '%s'?", kind, excerpt,
			near);
	else
		draft_error(d, &node->place, "unknown %s '%s'; name one that stands below %s", kind,
			excerpt,
			strcmp(kind, "group") == 0 ? "'clients' at the top, or leave 'clients' out "
						     "here for all of them"
						   : "'lists: sources'");
	return ERR_STATE;
}

static int read_group(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	struct suggestion near;

	(void)row;
	suggestion_init(&near, node->text);
	for (unsigned i = 0; i < d->conf->group_count; i++) {
		if (strcmp(d->conf->groups[i].name, node->text) == 0) {
			*(uint64_t *)out |= UINT64_C(1) << i;
			return 0;
		}
		suggestion_offer(&near, d->conf->groups[i].name);
	}
	return unknown_reference(d, node, "group", near.best);
}

static int read_list(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	static const char *const builtin[] = {"geoip", "dns-bypass", "rebinding"};
	struct suggestion near;

	(void)row;
	suggestion_init(&near, node->text);
	for (unsigned i = 0; i < d->conf->source_count; i++) {
		const char *name = d->conf->sources[i].name;

		if (!name)
			continue;
		if (strcmp(name, node->text) == 0)
			return keep_text(name, out);
		suggestion_offer(&near, name);
	}
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
		if (strcmp(builtin[i], node->text) == 0)
			return keep_text(builtin[i], out);
		suggestion_offer(&near, builtin[i]);
	}
	return unknown_reference(d, node, "list", near.best);
}

static int read_version(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	(void)out, (void)row;
	if (strcmp(node->text, "1") == 0)
		return 0;
	draft_error(d, &node->place, "this celnik reads version 1 alone; write 'version: 1'");
	return ERR_STATE;
}

#define DURATION_EXAMPLES "60s, 5 min, 12h, 90d or 18 months"

const struct schema_scalar schema_scalars[TYPE_COUNT_OF] = {
	[TYPE_BOOL] = {sizeof(bool), read_bool, "yes or no"},
	[TYPE_COUNT] = {sizeof(unsigned), read_count, "a number"},
	[TYPE_AUTO] = {sizeof(unsigned), read_auto, "a number or auto"},
	[TYPE_PERCENT] = {sizeof(unsigned), read_percent, "a share such as 30%"},
	[TYPE_SIZE] = {sizeof(uint64_t), read_size, "a size such as 256 MiB or 20 GiB"},
	[TYPE_DURATION] = {sizeof(uint64_t), read_duration,
		"a duration such as " DURATION_EXAMPLES},
	[TYPE_TTL] = {sizeof(uint32_t), read_ttl, "a duration such as " DURATION_EXAMPLES},
	[TYPE_DATE] = {sizeof(int64_t), read_date, "a date such as 2027-06-30"},
	[TYPE_HOURS] = {sizeof(struct conf_hours), read_hours,
		"days, hours or both such as \"Mon-Fri 06:00-18:00\", \"22:00-06:00\" or "
		"\"Sat,Sun\""},
	[TYPE_ID] = {sizeof(char *), read_id,
		"a word of at most 63 letters, digits and the characters . _ -"},
	[TYPE_LOWER_ID] = {sizeof(char *), read_lower_id,
		"an id in lower case, as 'celnik lists lookup' shows it"},
	[TYPE_TEXT] = {sizeof(char *), read_text, "text in one line"},
	[TYPE_TIMEZONE] = {sizeof(char *), read_timezone,
		"a name of the time zone database such as Europe/Prague"},
	[TYPE_PATH] = {sizeof(char *), read_path, "a path"},
	[TYPE_WORD] = {sizeof(uint32_t), read_word, "a word"},
	[TYPE_FLAG] = {sizeof(bool), read_flag, "a word"},
	[TYPE_BIT] = {sizeof(uint32_t), read_bit, "a word"},
	[TYPE_IPV4] = {sizeof(struct inet_addr), read_ipv4, "an IPv4 address such as 0.0.0.0"},
	[TYPE_IPV6] = {sizeof(struct inet_addr), read_ipv6,
		"an IPv6 address in quotes such as \"::\""},
	[TYPE_ENDPOINT] = {sizeof(struct inet_endpoint), read_endpoint,
		"an address such as 192.0.2.53, 192.0.2.53:5300 or \"[2001:db8::53]:5300\""},
	[TYPE_NAT64] = {sizeof(struct inet_prefix), read_nat64,
		"a prefix such as 2001:db8:64::/96"},
	[TYPE_PREFIX] = {sizeof(struct inet_prefix), read_prefix,
		"a network such as 10.20.0.0/24 or \"fd00:30::/48\""},
	[TYPE_ZONE] = {sizeof(struct name), read_zone, "a domain name such as corp.example.com"},
	[TYPE_PATTERN] = {sizeof(struct conf_pattern), read_pattern,
		"example.com (that name), \"*.example.com\" (below it) or .example.com (both)"},
	[TYPE_COUNTRY] = {sizeof(char *), read_country, "an ISO 3166 code such as CN"},
	[TYPE_LOCATION] = {sizeof(char *), read_location,
		"an ISO 3166 code such as CN, or unknown"},
	[TYPE_ASN] = {sizeof(uint32_t), read_asn, "an AS number such as AS4134"},
	[TYPE_QTYPE] = {sizeof(uint16_t), read_qtype, "a record type such as AAAA or TYPE65"},
	[TYPE_LIST] = {sizeof(char *), read_list, "the name of a list"},
	[TYPE_GROUP] = {sizeof(uint64_t), read_group, "the name of a group"},
	[TYPE_VERSION] = {0, read_version, "1"},
};
