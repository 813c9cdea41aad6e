/* SPDX-License-Identifier: BSD-3-Clause */

/* Values that have a form of their own. */

#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "schema.h"

#define SHIPPED_NAME "prc"

void special_upstreams(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	struct schema_row endpoints = *row;
	struct conf *conf = base;

	if (node->kind == YAML_SCALAR && strcmp(node->text, "system") == 0) {
		conf->upstreams_system = true;
		return;
	}
	endpoints.type = TYPE_ENDPOINT;
	schema_fill_list(d, &endpoints, node, base);
}

static int compare_devices(const void *a, const void *b)
{
	const struct conf_device *x = a, *y = b;

	return inet_addr_compare(&x->addr, &y->addr);
}

static bool read_device(struct draft *d, const struct yaml_node *node, struct conf_device *out)
{
	char excerpt[CONF_EXCERPT_MAX];

	if (node->kind == YAML_REFUSED)
		return false;
	if (inet_addr_parse(span_text(node->key), &out->addr) != 0) {
		draft_error(d, &node->key_place,
			"bad address '%s' in 'devices'; write for example 10.20.8.11: "
			"cam-gate-north",
			conf_excerpt(node->key, excerpt));
		return false;
	}
	if (node->kind != YAML_SCALAR || !value_is_id(node->text)) {
		draft_error(d, &node->place, "bad name for the device '%s'; write %s",
			conf_excerpt(node->key, excerpt), schema_scalars[TYPE_ID].write);
		return false;
	}
	out->name = draft_text(d, node->text);
	return out->name != NULL;
}

/* Two spellings of one address are two keys to YAML. */
static void find_twins(struct draft *d, const struct yaml_node *node,
	const struct conf_device *devices, unsigned count)
{
	char text[INET_TEXT_MAX];

	for (unsigned i = 1; i < count; i++)
		if (compare_devices(&devices[i - 1], &devices[i]) == 0)
			draft_error(d, &node->key_place,
				"the device %s stands here twice, as '%s' and '%s'; remove one",
				inet_addr_format(&devices[i].addr, text), devices[i - 1].name,
				devices[i].name);
}

void special_devices(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	struct conf *conf = base;
	struct conf_device *devices;
	unsigned count = 0;

	if (node->kind != YAML_MAPPING) {
		draft_error(d, &node->place, "'devices' takes a mapping; write for example %s",
			row->write);
		return;
	}
	if (node->count > row->most_items) {
		draft_error(d, &node->key_place, "'devices' holds %u, more than %u; name fewer",
			node->count, row->most_items);
		return;
	}
	devices = draft_alloc(d, node->count + 1, sizeof(*devices));
	if (!devices)
		return;
	for (const struct yaml_node *n = node->first; n; n = n->next)
		count += read_device(d, n, &devices[count]);
	qsort(devices, count, sizeof(*devices), compare_devices);
	find_twins(d, node, devices, count);
	conf->devices = devices;
	conf->device_count = count;
}

void special_shipped(
	struct draft *d, const struct schema_row *row, const struct yaml_node *node, void *base)
{
	struct conf_source *source = base;
	const char **directory;
	char excerpt[CONF_EXCERPT_MAX];

	if (node->kind != YAML_SCALAR || strcmp(node->text, SHIPPED_NAME) != 0) {
		draft_error(d, &node->place, "unknown shipped list '%s'; write %s",
			node->kind == YAML_SCALAR ? conf_excerpt(node->text, excerpt) : "",
			row->write);
		return;
	}
	directory = draft_alloc(d, 1, sizeof(*directory));
	if (!directory)
		return;
	directory[0] = d->conf->lists_shipped;
	source->format = CONF_FORMAT_SHIPPED;
	source->files = directory;
	source->file_count = 1;
}
