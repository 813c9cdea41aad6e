/* SPDX-License-Identifier: BSD-3-Clause */

/* Included files add items to lists and members to mappings; they never override. */

#include <string.h>

#include "schema.h"

static void refuse_twice(
	struct draft *d, const struct yaml_node *first, const struct yaml_node *second)
{
	char excerpt[CONF_EXCERPT_MAX];

	draft_error(d, &second->key_place,
		"'%s' is already set in %s:%u, and an included file adds but never overrides; "
		"remove one of them",
		conf_excerpt(second->key, excerpt), first->key_place.file, first->key_place.line);
}

/* A lone item becomes a list of one. */
static bool make_sequence(struct draft *d, struct yaml_node *node)
{
	struct yaml_node *item;

	if (node->kind == YAML_SEQUENCE)
		return true;
	if (node->kind != YAML_EMPTY) {
		item = draft_alloc(d, 1, sizeof(*item));
		if (!item)
			return false;
		*item = *node;
		item->key = NULL;
		item->next = NULL;
		node->first = node->last = NULL;
		node->count = 0;
		yaml_append(node, item);
	}
	node->kind = YAML_SEQUENCE;
	return true;
}

static void move_children(struct yaml_node *to, struct yaml_node *from)
{
	struct yaml_node *next;

	for (struct yaml_node *n = from->first; n; n = next) {
		next = n->next;
		yaml_append(to, n);
	}
	from->first = from->last = NULL;
	from->count = 0;
}

static void merge_lists(struct draft *d, struct yaml_node *to, struct yaml_node *from)
{
	if (make_sequence(d, to) && make_sequence(d, from))
		move_children(to, from);
}

static void merge_members(
	struct draft *d, enum schema_section in, struct yaml_node *to, struct yaml_node *from);

/* Mappings of names to whatever: each name once. */
static void merge_names(struct draft *d, struct yaml_node *to, struct yaml_node *from)
{
	struct yaml_node *next;

	for (struct yaml_node *n = from->first; n; n = next) {
		const struct yaml_node *known = yaml_member(to, n->key);

		next = n->next;
		if (known)
			refuse_twice(d, known, n);
		else
			yaml_append(to, n);
	}
}

static void merge_value(
	struct draft *d, const struct schema_row *row, struct yaml_node *to, struct yaml_node *from)
{
	bool mappings = to->kind == YAML_MAPPING && from->kind == YAML_MAPPING;

	if (to->kind == YAML_REFUSED || from->kind == YAML_REFUSED)
		return;
	if (row->type == TYPE_ITEMS || (row->list && row->type != TYPE_UPSTREAMS))
		merge_lists(d, to, from);
	else if (row->type == TYPE_SECTION && mappings)
		merge_members(d, row->section, to, from);
	else if ((row->type == TYPE_MEMBERS || row->type == TYPE_DEVICES) && mappings)
		merge_names(d, to, from);
	else
		refuse_twice(d, to, from);
}

static void merge_members(
	struct draft *d, enum schema_section in, struct yaml_node *to, struct yaml_node *from)
{
	struct yaml_node *next;

	for (struct yaml_node *n = from->first; n; n = next) {
		struct yaml_node *known = NULL;
		const struct schema_row *row = schema_find(in, n->key);

		next = n->next;
		for (struct yaml_node *m = to->first; m && !known; m = m->next)
			known = strcmp(m->key, n->key) == 0 ? m : NULL;
		if (!known)
			yaml_append(to, n);
		else if (row)
			merge_value(d, row, known, n);
		else
			refuse_twice(d, known, n);
	}
}

/* The version may be repeated, so that a part says what it is written for. */
static void take_out(struct draft *d, struct yaml_node *root)
{
	struct yaml_node *node = root->first, *next;

	root->first = root->last = NULL;
	root->count = 0;
	for (; node; node = next) {
		next = node->next;
		if (strcmp(node->key, "include") == 0)
			draft_error(d, &node->key_place,
				"an included file cannot include; move 'include' to the main file");
		else if (strcmp(node->key, "version") != 0 || node->kind != YAML_SCALAR ||
			 strcmp(node->text, "1") != 0)
			yaml_append(root, node);
	}
}

struct yaml_node *merge_roots(struct draft *d, struct yaml_node **roots, unsigned count)
{
	struct yaml_node *root = roots[0];

	for (unsigned i = 1; i < count; i++) {
		if (!roots[i])
			continue;
		if (roots[i]->kind != YAML_MAPPING) {
			draft_error(d, &roots[i]->place,
				"a file holds 'key: value' lines; write for example 'policy:'");
			continue;
		}
		take_out(d, roots[i]);
		merge_members(d, IN_FILE, root, roots[i]);
	}
	return root;
}
