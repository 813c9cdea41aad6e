/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_YAML_H
#define CONF_YAML_H

/*
 * YAML text to a tree of nodes with places. Only the part of YAML that cannot surprise is taken:
 * one document, no aliases, anchors, tags, merge keys or directives, keys are words, every scalar
 * is a string. src/conf/yaml.c is the only module that sees libfyaml.
 */

#include "conf/text.h"

#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 300000 /* of one file */

enum yaml_kind {
	YAML_SCALAR,
	YAML_EMPTY, /* nothing was written */
	YAML_SEQUENCE,
	YAML_MAPPING,
	YAML_REFUSED, /* an error was reported here; to be passed over */
};

struct yaml_node {
	enum yaml_kind kind;
	unsigned count; /* of children */
	struct conf_place place; /* of the value; of its key when it is empty */
	struct conf_place key_place; /* members of a mapping */
	const char *key; /* the same; NULL elsewhere */
	const char *text; /* scalars; no NUL inside */
	struct yaml_node *first, *last; /* children in the order of the file */
	struct yaml_node *next;
};

/*
 * *out is NULL for a file without content. Nodes live in the arena, their places point at t->path.
 * What is refused alone (an alias, a duplicate key) is reported and left out, and the tree is made.
 * ERR_FORMAT when there can be no tree, ERR_LIMIT, both with the reason in r; ERR_MEMORY.
 */
int yaml_parse(const struct conf_text *t, struct arena *arena, struct report *r,
	struct yaml_node **out) MUST_CHECK;

/* The member of a mapping, or NULL; mapping may be NULL. */
const struct yaml_node *yaml_member(const struct yaml_node *mapping, const char *key);
/*
 * The items of a value that is a sequence or one lone item: the first, then the one behind item.
 * NULL at the end.
 */
const struct yaml_node *yaml_first_item(const struct yaml_node *value);
const struct yaml_node *yaml_next_item(const struct yaml_node *value, const struct yaml_node *item);
void yaml_append(struct yaml_node *parent, struct yaml_node *child);

#endif
