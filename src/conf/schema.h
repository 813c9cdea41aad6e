/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

/*
 * What may stand in a configuration: one table with a row per key, from which filling, validation,
 * defaults and messages come. A new key is a row here and a member of a struct in conf/conf.h.
 */

#include "draft.h"

enum schema_section {
	IN_FILE,
	IN_GROUP,
	IN_SINKHOLE,
	IN_DNSSEC,
	IN_ZONE,
	IN_CACHE,
	IN_LIMITS,
	IN_LISTS,
	IN_SOURCE,
	IN_GEOIP,
	IN_RULE,
	IN_MATCH,
	IN_EXCEPTION,
	IN_BLOCK,
	IN_JOURNAL,
	IN_QUERIES,
	IN_EVENTS,
	SECTION_COUNT
};

/* How a value is written. */
enum schema_type {
	TYPE_BOOL,
	TYPE_COUNT,
	TYPE_AUTO, /* a count, or `auto`, which is 0 */
	TYPE_PERCENT,
	TYPE_SIZE,
	TYPE_DURATION,
	TYPE_TTL, /* a duration of 32 bits */
	TYPE_DATE,
	TYPE_HOURS,
	TYPE_ID,
	TYPE_LOWER_ID,
	TYPE_TEXT,
	TYPE_TIMEZONE,
	TYPE_PATH,
	TYPE_WORD, /* one of row.words */
	TYPE_FLAG, /* the same with two words, as a bool */
	TYPE_BIT, /* one of row.words, in a list that becomes bits */
	TYPE_IPV4,
	TYPE_IPV6,
	TYPE_ENDPOINT,
	TYPE_PREFIX,
	TYPE_NAT64,
	TYPE_ZONE,
	TYPE_PATTERN,
	TYPE_COUNTRY,
	TYPE_LOCATION, /* a country or `unknown` */
	TYPE_ASN,
	TYPE_QTYPE,
	TYPE_LIST, /* the name of a source of lists */
	TYPE_GROUP, /* the name of a group, in a list that becomes bits */
	TYPE_VERSION,
	TYPE_ELSEWHERE, /* read by others */
	TYPE_UPSTREAMS,
	TYPE_DEVICES,
	TYPE_SHIPPED,
	TYPE_SECTION, /* a mapping with the keys of row.section */
	TYPE_ITEMS, /* a list of such mappings, or one alone */
	TYPE_MEMBERS, /* a mapping of names to such mappings */
	TYPE_COUNT_OF
};

struct schema_word {
	const char *text;
	uint32_t value;
};

struct schema_row {
	enum schema_section in;
	const char *key;
	enum schema_type type;
	bool list; /* several values, or one alone */
	bool required;
	bool may_be_empty;
	size_t offset; /* in the section's struct */
	size_t count_offset; /* of lists and items */
	uint64_t least, most; /* of the value, or of a text's length; most 0: no limit of its own */
	unsigned most_items; /* of lists, items and members */
	const struct schema_word *words; /* ended by a NULL text */
	enum schema_section section;
	const char *otherwise; /* the default, as it would be written; of lists apart by spaces */
	const char *write; /* an example for messages */
};

struct schema_section_info {
	const char *label; /* "in 'cache'" */
	size_t size; /* of the struct of items and members */
	size_t place_offset; /* of its struct conf_place; SIZE_MAX: none */
	size_t name_offset; /* of a member's name */
	/* What no single key can tell; called with the item when all keys are read. NULL: nothing.
	 */
	void (*check)(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
};

extern const struct schema_row schema[];
extern const unsigned schema_count;
extern const struct schema_section_info schema_sections[SECTION_COUNT];
/* NULL when the section has no such key. */
const struct schema_row *schema_find(enum schema_section in, const char *key);

/* Reads one scalar. Returns 0, ERR_FORMAT and ERR_LIMIT for the caller to report, ERR_STATE when it
 * was reported. */
struct schema_scalar {
	size_t size;
	int (*read)(struct draft *d, const struct schema_row *row, const struct yaml_node *node,
		void *out);
	const char *write; /* what to write, for messages */
};
/* Rows of the types before TYPE_VERSION and that itself; others have no read. */
extern const struct schema_scalar schema_scalars[TYPE_COUNT_OF];

/* Reads a mapping into base by the rows of the section; node NULL gives the defaults. */
void schema_fill(struct draft *d, enum schema_section in, const struct yaml_node *node, void *base);
/* The values of a list row, a sequence or one alone. */
void schema_fill_list(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base);

/* Types that read a whole value into the section's struct at base, src/conf/special.c. */
void special_upstreams(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base);
void special_devices(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base);
void special_shipped(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base);

/* Checks of sections. */
void check_group(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
void check_zone(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
void check_source(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
void check_match(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
void check_rule(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
void check_exception(struct draft *d, const struct yaml_node *node, void *item, bool has_errors);
/* Checks of the whole, once everything is read. */
void check_networks(struct draft *d);
void check_devices(struct draft *d);
void check_servers(struct draft *d);
void check_reach(struct draft *d);
/* Whether there is anything that could know what matches ask for. */
void check_knowledge(struct draft *d);

/* Several files as one: parts add to lists and mappings of the main file's root. */
struct yaml_node *merge_roots(struct draft *d, struct yaml_node **roots, unsigned count);

#endif
