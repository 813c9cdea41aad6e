/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_REFERENCE_H
#define TESTS_REFERENCE_H

/*
 * The decision once more, written from celnik.yaml(5) as plainly as can be: everything is text,
 * everything is looked at every time. It shares nothing with the daemon but what a name is
 * (wire/name.h). What it says and what judge and policy say must be equal.
 */

#include <stdbool.h>
#include <stdint.h>

#define REF_VALUES 3 /* of one list of words, ended by NULL */
#define REF_ROWS 24
#define REF_MATCHES 2
#define REF_RULES 5
#define REF_EXCEPTIONS 2
#define REF_ALIASES 2
#define REF_FINALS 4
#define REF_ADDRESSES 3

/* Some words; fewer than REF_VALUES + 1 are not NULL. */
typedef const char *ref_words[REF_VALUES + 1];

/* One row of a list or of an address database: about a name, a network, or an AS. */
struct ref_row {
	const char *list, *fact, *country, *vendor, *category, *source; /* "" for none */
	const char *name; /* or NULL */
	bool below; /* and everything below it */
	const char *network; /* or NULL */
	uint32_t asn; /* of a row without name and network, or what a database says */
};

struct ref_world {
	struct ref_row rows[REF_ROWS];
	unsigned row_count;
	const char *zone; /* the site's own */
	bool has_countries, has_asns; /* the databases are there: these rows */
	const struct ref_row *databases;
	unsigned database_count;
	const char *const (*parents)[2]; /* of vendors: id, its parent; ended by NULL */
};

enum ref_key {
	REF_NAME,
	REF_LIST,
	REF_VENDOR,
	REF_CATEGORY,
	REF_OPERATED,
	REF_OWNED,
	REF_LOCATED,
	REF_SOURCES,
	REF_ASN,
	REF_NETWORK,
	REF_QTYPE,
	REF_ON,
	REF_KEYS
};
extern const char *const ref_key_text[REF_KEYS];

struct ref_match {
	ref_words asked[REF_KEYS];
};

struct ref_rule {
	const char *name, *action;
	ref_words groups; /* none: all */
	struct ref_match matches[REF_MATCHES];
	unsigned match_count;
	bool observed;
};

struct ref_exception {
	const char *id;
	ref_words names, networks, groups;
	bool covers_name, expired;
};

struct ref_policy {
	bool enforce;
	struct ref_rule rules[REF_RULES];
	unsigned rule_count;
	struct ref_exception exceptions[REF_EXCEPTIONS];
	unsigned exception_count;
	const char *otherwise;
};

/* A record at the end of the chain: A and AAAA have an address, HTTPS a target and hints, MX a
 * target. */
struct ref_final {
	const char *target; /* or NULL */
	const char *addresses[REF_ADDRESSES];
	unsigned address_count;
};

struct ref_question {
	const char *name, *type, *group;
	const char *aliases[REF_ALIASES]; /* one after the other */
	unsigned alias_count;
	struct ref_final finals[REF_FINALS];
	unsigned final_count;
	bool is_signed;
};

struct ref_outcome {
	bool asked; /* upstream was */
	const char *action, *would;
	const char *rule; /* "" for otherwise */
	bool exception; /* one made a difference */
	bool alert;
	bool kept[REF_FINALS]; /* with action strip; none is NODATA */
};

void ref_decide(const struct ref_world *w, const struct ref_policy *p, const struct ref_question *q,
	struct ref_outcome *out);

#endif
