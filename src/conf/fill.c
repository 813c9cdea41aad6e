/* SPDX-License-Identifier: BSD-3-Clause */

/* Reads mappings into structs by the rows of the schema. */

#include <string.h>

#include "base/buf.h"
#include "conf/suggest.h"
#include "conf/value.h"
#include "schema.h"

/* Adds why a scalar was not taken, if that is not said yet. */
static void refuse_scalar(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, int err)
{
	const char *write = schema_scalars[row->type].write;
	char excerpt[CONF_EXCERPT_MAX];

	conf_excerpt(node->text, excerpt);
	if (err == ERR_LIMIT)
		draft_error(d, &node->place, "'%s' is out of range for '%s'; write %s", excerpt,
			row->key, row->write ? row->write : write);
	else if (err != ERR_STATE)
		draft_error(d, &node->place, "bad value '%s' for '%s'; write %s", excerpt, row->key,
			write);
}

static bool read_scalar(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *out)
{
	const struct schema_scalar *scalar = &schema_scalars[row->type];
	int err;

	if (node->kind == YAML_REFUSED)
		return false;
	if (node->kind != YAML_SCALAR) {
		draft_error(d, &node->place, "'%s' takes %s; write %s", row->key,
			row->list ? "a plain list" : "one value", scalar->write);
		return false;
	}
	err = scalar->read(d, row, node, out);
	if (err)
		refuse_scalar(d, row, node, err);
	return err == 0;
}

static bool too_many(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, unsigned count)
{
	if (count <= row->most_items)
		return false;
	draft_error(d, &node->place, "'%s' holds %u items, more than %u; write fewer", row->key,
		count, row->most_items);
	return true;
}

static unsigned item_count(const struct yaml_node *node)
{
	return node->kind == YAML_SEQUENCE ? node->count : 1;
}

/* Bits gather in the member itself; other values go into an array beside a count. */
static bool gathers_bits(const struct schema_row *row)
{
	return row->type == TYPE_BIT || row->type == TYPE_GROUP;
}

void schema_fill_list(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	char *members = base;
	size_t size = schema_scalars[row->type].size;
	unsigned count = item_count(node), taken = 0;
	char *array = NULL;

	if (count == 0) {
		draft_error(d, &node->place, "'%s' is an empty list; name one item or remove it",
			row->key);
		return;
	}
	if (too_many(d, row, node, count))
		return;
	if (!gathers_bits(row)) {
		array = draft_alloc(d, count, size);
		if (!array)
			return;
	}
	for (const struct yaml_node *n = yaml_first_item(node); n; n = yaml_next_item(node, n)) {
		void *out = array ? array + taken * size : members + row->offset;

		taken += read_scalar(d, row, n, out);
	}
	if (array) {
		memcpy(members + row->offset, &array, sizeof(array));
		memcpy(members + row->count_offset, &taken, sizeof(taken));
	}
}

static bool is_mapping(struct draft *d, const struct schema_row *row, const struct yaml_node *node)
{
	if (node->kind == YAML_MAPPING)
		return true;
	if (node->kind != YAML_REFUSED)
		draft_error(d, &node->place, "'%s' takes a mapping; write for example %s", row->key,
			row->write ? row->write : row->key);
	return false;
}

static void fill_item(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, char *item)
{
	const struct schema_section_info *info = &schema_sections[row->section];
	size_t before = draft_errors(d);

	if (info->place_offset != SIZE_MAX) {
		const struct conf_place *place =
			row->type == TYPE_MEMBERS ? &node->key_place : &node->place;

		memcpy(item + info->place_offset, place, sizeof(*place));
	}
	schema_fill(d, row->section, node, item);
	if (info->check)
		info->check(d, node, item, draft_errors(d) != before);
}

static void fill_items(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, char *base)
{
	const struct schema_section_info *info = &schema_sections[row->section];
	unsigned count = item_count(node), taken = 0;
	char *array;

	if (count == 0 && !row->may_be_empty)
		draft_error(d, &node->place, "'%s' is an empty list; name one item or remove it",
			row->key);
	if (count == 0 || too_many(d, row, node, count))
		return;
	array = draft_alloc(d, count, info->size);
	if (!array)
		return;
	/* Published before it is filled: an item's check may look at those before it. */
	memcpy(base + row->offset, &array, sizeof(array));
	for (const struct yaml_node *n = yaml_first_item(node); n; n = yaml_next_item(node, n)) {
		if (!is_mapping(d, row, n))
			continue;
		fill_item(d, row, n, array + taken * info->size);
		taken++;
		memcpy(base + row->count_offset, &taken, sizeof(taken));
	}
}

static bool take_member_name(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, char *member)
{
	const char *name;
	char excerpt[CONF_EXCERPT_MAX];

	if (!value_is_id(node->key))
		draft_error(d, &node->key_place, "bad name '%s' in '%s'; write %s",
			conf_excerpt(node->key, excerpt), row->key, schema_scalars[TYPE_ID].write);
	name = draft_text(d, node->key);
	if (!name)
		return false;
	memcpy(member + schema_sections[row->section].name_offset, &name, sizeof(name));
	return true;
}

static void fill_members(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, char *base)
{
	const struct schema_section_info *info = &schema_sections[row->section];
	unsigned taken = 0;
	char *array;

	if (!is_mapping(d, row, node) || too_many(d, row, node, node->count))
		return;
	if (node->count == 0) {
		draft_error(d, &node->place, "'%s' is empty; write for example %s", row->key,
			row->write);
		return;
	}
	array = draft_alloc(d, node->count, info->size);
	if (!array)
		return;
	memcpy(base + row->offset, &array, sizeof(array));
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		char *member = array + taken * info->size;

		if (!take_member_name(d, row, n, member))
			return;
		if (n->kind == YAML_MAPPING)
			fill_item(d, row, n, member);
		else if (n->kind != YAML_REFUSED)
			draft_error(d, &n->place,
				"'%s' in '%s' takes a mapping; write for example %s", n->key,
				row->key, row->write);
		taken++;
		memcpy(base + row->count_offset, &taken, sizeof(taken));
	}
}

static void fill_section(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, char *base)
{
	if (node->kind != YAML_EMPTY && !is_mapping(d, row, node))
		node = NULL;
	schema_fill(d, row->section, node, base + row->offset);
}

static void fill_row(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	switch (row->type) {
	case TYPE_ELSEWHERE:
		break;
	case TYPE_UPSTREAMS:
		special_upstreams(d, row, node, base);
		break;
	case TYPE_DEVICES:
		special_devices(d, row, node, base);
		break;
	case TYPE_SHIPPED:
		special_shipped(d, row, node, base);
		break;
	case TYPE_SECTION:
		fill_section(d, row, node, base);
		break;
	case TYPE_ITEMS:
		fill_items(d, row, node, base);
		break;
	case TYPE_MEMBERS:
		fill_members(d, row, node, base);
		break;
	default:
		if (row->list)
			schema_fill_list(d, row, node, base);
		else
			read_scalar(d, row, node, (char *)base + row->offset);
		break;
	}
}

static void fill_default_list(
	struct draft *d, const struct schema_row *row, const char *text, void *base)
{
	struct yaml_node list = {.kind = YAML_SEQUENCE};

	while (*text) {
		size_t len = strcspn(text, " ");
		struct yaml_node *item = draft_alloc(d, 1, sizeof(*item));

		if (!item)
			return;
		item->kind = YAML_SCALAR;
		item->text = arena_text(d->values, span_of(text, len));
		if (!item->text) {
			d->exhausted = true;
			return;
		}
		yaml_append(&list, item);
		text += len + strspn(text + len, " ");
	}
	fill_row(d, row, &list, base);
}

/* The default goes the way of a written value. */
static void fill_default(struct draft *d, const struct schema_row *row, void *base)
{
	if (row->list && row->type != TYPE_UPSTREAMS)
		fill_default_list(d, row, row->otherwise, base);
	else
		fill_row(d, row, &(struct yaml_node){.kind = YAML_SCALAR, .text = row->otherwise},
			base);
}

/* The key that an unknown one most likely means, or NULL. */
static const char *meant_key(enum schema_section in, const char *key)
{
	struct suggestion near;

	suggestion_init(&near, key);
	for (unsigned i = 0; i < schema_count; i++)
		if (schema[i].in == in)
			suggestion_offer(&near, schema[i].key);
	return near.best;
}

/* A misspelt key is one mistake, not two. */
static bool is_misspelt(const struct yaml_node *mapping, const struct schema_row *row)
{
	for (const struct yaml_node *n = mapping->first; n; n = n->next) {
		const char *meant =
			schema_find(row->in, n->key) ? NULL : meant_key(row->in, n->key);

		if (meant && strcmp(meant, row->key) == 0)
			return true;
	}
	return false;
}

static void refuse_missing(
	struct draft *d, const struct schema_row *row, const struct yaml_node *mapping)
{
	if (!is_misspelt(mapping, row))
		draft_error(d, mapping->key ? &mapping->key_place : &mapping->place,
			"'%s' is missing %s; write for example '%s'", row->key,
			schema_sections[row->in].label, row->write);
}

static void fill_absent(
	struct draft *d, const struct schema_row *row, const struct yaml_node *mapping, void *base)
{
	static const struct yaml_node nothing = {.kind = YAML_EMPTY};

	if (row->required && mapping)
		refuse_missing(d, row, mapping);
	else if (row->type == TYPE_SECTION)
		fill_section(d, row, &nothing, base);
	else if (row->otherwise)
		fill_default(d, row, base);
}

static void fill_present(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	if (node->kind == YAML_EMPTY && !row->may_be_empty && row->type != TYPE_SECTION)
		draft_error(d, &node->key_place, "'%s' has no value; write one or remove the line",
			row->key);
	else if (node->kind == YAML_EMPTY && row->type != TYPE_SECTION)
		return;
	else if (node->kind != YAML_REFUSED)
		fill_row(d, row, node, base);
}

static void list_keys(enum schema_section in, struct buf *out)
{
	bool first = true;

	for (unsigned i = 0; i < schema_count; i++) {
		if (schema[i].in != in)
			continue;
		buf_printf(out, "%s%s", first ? "" : ", ", schema[i].key);
		first = false;
	}
}

/* A key that stands in the wrong mapping is mostly one with the wrong indentation. */
static const struct schema_row *find_elsewhere(const char *key)
{
	for (unsigned i = 0; i < schema_count; i++)
		if (strcmp(schema[i].key, key) == 0)
			return &schema[i];
	return NULL;
}

static void refuse_unknown(struct draft *d, enum schema_section in, const struct yaml_node *node)
{
	const struct schema_row *elsewhere = find_elsewhere(node->key);
	char excerpt[CONF_EXCERPT_MAX], storage[512];
	const char *label = schema_sections[in].label;
	const char *meant = meant_key(in, node->key);
	struct buf known;

	conf_excerpt(node->key, excerpt);
	if (meant) {
		draft_error(d, &node->key_place, "unknown key '%s' %s; did you mean '%s'?", excerpt,
			label, meant);
		return;
	}
	if (elsewhere) {
		draft_error(d, &node->key_place,
			"unknown key '%s' %s; it is a key %s, look at the indentation", excerpt,
			label, schema_sections[elsewhere->in].label);
		return;
	}
	buf_init_fixed(&known, storage, sizeof(storage));
	list_keys(in, &known);
	draft_error(d, &node->key_place, "unknown key '%s' %s; known are %s", excerpt, label,
		buf_text(&known));
}

void schema_fill(struct draft *d, enum schema_section in, const struct yaml_node *node, void *base)
{
	const struct yaml_node *mapping = node && node->kind == YAML_MAPPING ? node : NULL;

	for (const struct yaml_node *n = mapping ? mapping->first : NULL; n; n = n->next)
		if (!schema_find(in, n->key))
			refuse_unknown(d, in, n);
	for (unsigned i = 0; i < schema_count; i++) {
		const struct schema_row *row = &schema[i];
		const struct yaml_node *value;

		if (row->in != in)
			continue;
		value = yaml_member(mapping, row->key);
		if (value)
			fill_present(d, row, value, base);
		else
			fill_absent(d, row, mapping, base);
	}
}
