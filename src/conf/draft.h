/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_DRAFT_H
#define CONF_DRAFT_H

/*
 * One run of conf_parse: what is being made, and where problems and memory go. Everything reports
 * its own problems here and goes on, so that one run shows all of them.
 */

#include "conf/yaml.h"

/* A network of a group with its place, for finding one that two groups claim. */
struct draft_network {
	struct inet_prefix prefix;
	struct conf_place place;
	const char *group;
	struct draft_network *next;
};

struct draft {
	struct report *report;
	struct arena *tree; /* ends with the run */
	struct arena *values; /* what the configuration keeps */
	const struct conf_text *texts;
	unsigned text_count;
	const char *directory; /* of the main file, absolute */
	int64_t today; /* days since 1970-01-01 in UTC */
	struct conf *conf;
	const struct yaml_node *root;
	struct draft_network *networks;
	unsigned network_count;
	bool rule_refused[CONF_RULES_MAX]; /* has errors of its own */
	bool exhausted; /* memory ran out; the run fails */
};

void draft_error(struct draft *d, const struct conf_place *place, const char *format, ...)
	PRINTF_LIKE(3, 4);
void draft_warning(struct draft *d, const struct conf_place *place, const char *format, ...)
	PRINTF_LIKE(3, 4);
size_t draft_errors(const struct draft *d);

/* From values, or NULL with exhausted set. */
void *draft_alloc(struct draft *d, size_t count, size_t size);
char *draft_text(struct draft *d, const char *text);
/* Absolute, against the main file's directory. */
char *draft_path(struct draft *d, const char *path);

#endif
