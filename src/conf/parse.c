/* SPDX-License-Identifier: BSD-3-Clause */

/* From the texts to the configuration. */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "bundle.h"
#include "schema.h"

#define TREE_MAX ((size_t)512 << 20)
#define VALUES_MAX ((size_t)512 << 20)
#define LISTS_TEXT_MAX ((size_t)64 << 20)
#define DAY_NS (UINT64_C(86400) * NS_PER_S)

const char *const action_text[ACTION_COUNT] = {
	[ACTION_ALLOW] = "allow",
	[ACTION_LOG] = "log",
	[ACTION_STRIP] = "strip",
	[ACTION_SINKHOLE] = "sinkhole",
	[ACTION_NXDOMAIN] = "nxdomain",
	[ACTION_NODATA] = "nodata",
	[ACTION_REFUSE] = "refuse",
	[ACTION_DROP] = "drop",
};

const char *const mode_text[2] = {[MODE_OBSERVE] = "observe", [MODE_ENFORCE] = "enforce"};

/* The configuration together with the memory it lives in. */
struct owner {
	struct conf conf; /* first: conf_free gets its address */
	struct arena *values;
};

void conf_free(struct conf *c)
{
	struct owner *owner = (struct owner *)c;

	if (!owner)
		return;
	arena_free(owner->values);
	free(owner);
}

static int owner_new(struct owner **out)
{
	struct owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return ERR_MEMORY;
	owner->values = arena_new(VALUES_MAX);
	if (!owner->values) {
		free(owner);
		return ERR_MEMORY;
	}
	*out = owner;
	return 0;
}

static int index_texts(struct draft *d, const struct conf_files *f)
{
	struct conf_text *texts = arena_alloc_array(d->tree, f->count, sizeof(*texts));
	int err = texts ? 0 : ERR_MEMORY;

	for (unsigned i = 0; !err && i < f->count; i++) {
		/* Places outlive the texts. */
		const char *path = draft_text(d, f->files[i].path);

		err = path ? conf_text_init(&texts[i], path,
				     span_of(f->files[i].text, f->files[i].len), d->tree)
			   : ERR_MEMORY;
	}
	if (err)
		return err;
	d->texts = texts;
	d->text_count = f->count;
	return 0;
}

/* All files are read before one that cannot be ends the run. */
static int read_trees(struct draft *d)
{
	struct yaml_node *roots[CONF_FILES_MAX] = {NULL};
	struct conf_place top = {d->texts[0].path, 1, 1};
	int err = 0;

	for (unsigned i = 0; i < d->text_count; i++) {
		int failed = yaml_parse(&d->texts[i], d->tree, d->report, &roots[i]);

		err = err ? err : failed;
	}
	if (err)
		return err == ERR_LIMIT ? ERR_FORMAT : err;
	if (!roots[0] || roots[0]->kind != YAML_MAPPING) {
		draft_error(d, roots[0] ? &roots[0]->place : &top,
			"a configuration holds 'key: value' lines; begin with 'version: 1'");
		return ERR_FORMAT;
	}
	d->root = merge_roots(d, roots, d->text_count);
	return 0;
}

static int set_directory(struct draft *d)
{
	const char *slash = strrchr(d->conf->path, '/');
	size_t len = slash && slash > d->conf->path ? (size_t)(slash - d->conf->path) : 1;

	d->directory = arena_text(d->values, span_of(d->conf->path, len));
	return d->directory ? 0 : ERR_MEMORY;
}

static int digest_texts(struct draft *d, const struct conf_files *f)
{
	char *text = NULL;
	size_t len = 0;
	int err = conf_files_text(f, &text, &len);

	if (!err)
		err = digest_of(span_of(text, len), d->conf->digest);
	free(text);
	return err;
}

/* Each text with its end, so that no two settings write the same. */
static void put_setting(struct buf *b, const char *text)
{
	buf_put(b, text ? text : "", text ? strlen(text) + 1 : 1);
}

static int digest_lists(struct draft *d)
{
	struct buf b;
	int err = ERR_MEMORY;

	buf_init_heap(&b, LISTS_TEXT_MAX);
	for (unsigned i = 0; i < d->conf->source_count; i++) {
		const struct conf_source *s = &d->conf->sources[i];

		put_setting(&b, s->name);
		put_setting(&b, s->vendor);
		put_setting(&b, s->category);
		buf_put_u8(&b, (uint8_t)s->format);
		buf_put_u8(&b, s->scope_exact);
		buf_put_u8(&b, (uint8_t)s->confidence);
		buf_put_u8(&b, (uint8_t)s->shrink_percent);
		buf_put_u32(&b, s->file_count);
		for (unsigned j = 0; j < s->file_count; j++)
			put_setting(&b, s->files[j]);
		buf_put_u32(&b, s->country_count);
		for (unsigned j = 0; j < s->country_count; j++)
			put_setting(&b, s->countries[j]);
		buf_put_u32(&b, s->attribute_count);
		for (unsigned j = 0; j < s->attribute_count; j++)
			put_setting(&b, s->attributes[j]);
	}
	/* Rows at or above them are left out. */
	for (unsigned i = 0; i < d->conf->zone_count; i++)
		buf_put_span(&b, name_span(&d->conf->zones[i].zone));
	if (!b.overflow)
		err = digest_of(buf_span(&b), d->conf->lists_digest);
	buf_release(&b);
	return err;
}

static int build(struct draft *d, const struct conf_files *f)
{
	size_t before = draft_errors(d);
	int err = index_texts(d, f);

	d->conf->path = draft_text(d, f->main);
	if (!err && !d->conf->path)
		err = ERR_MEMORY;
	if (!err)
		err = set_directory(d);
	if (!err)
		err = read_trees(d);
	if (err)
		return err;
	schema_fill(d, IN_FILE, d->root, d->conf);
	check_networks(d);
	check_servers(d);
	check_reach(d);
	check_knowledge(d);
	if (d->exhausted)
		return ERR_MEMORY;
	if (draft_errors(d) != before)
		return ERR_FORMAT;
	check_devices(d);
	err = digest_texts(d, f);
	return err ? err : digest_lists(d);
}

int conf_parse(const struct conf_files *f, struct report *r, struct conf **out)
{
	struct draft *d = calloc(1, sizeof(*d));
	struct owner *owner = NULL;
	int err = d ? owner_new(&owner) : ERR_MEMORY;

	if (err)
		goto out;
	err = ERR_MEMORY;
	d->tree = arena_new(TREE_MAX);
	if (!d->tree)
		goto out;
	d->report = r;
	d->values = owner->values;
	d->conf = &owner->conf;
	d->today = (int64_t)(f->real_ns / DAY_NS);
	err = build(d, f);
	if (err)
		goto out;
	*out = &owner->conf;
	owner = NULL;
out:
	conf_free(owner ? &owner->conf : NULL);
	if (d)
		arena_free(d->tree);
	free(d);
	return err;
}

bool conf_pattern_has(const struct conf_pattern *p, const struct name *name)
{
	return name_equal(name, &p->name) ? p->self : p->below && name_is_below(name, &p->name);
}

const char *conf_device_name(const struct conf *c, const struct inet_addr *addr)
{
	unsigned low = 0, high = c->device_count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		int order = inet_addr_compare(&c->devices[middle].addr, addr);

		if (order == 0)
			return c->devices[middle].name;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
