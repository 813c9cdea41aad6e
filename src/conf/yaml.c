/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct conf_text *text;
	struct arena *arena;
	struct report *report;
	struct yaml_node *root;
	struct yaml_node *open[YAML_DEPTH_MAX]; /* sequences and mappings not ended yet */
	bool flow[YAML_DEPTH_MAX]; /* written with brackets */
	unsigned depth;
	unsigned documents;
	unsigned nodes;
	const char *key; /* the mapping on top waits for this key's value */
	struct conf_place key_place;
	bool key_refused;
	int err;
};

static int report_at(struct reader *rd, const struct conf_place *place, int err, const char *what)
{
	conf_text_report(
		rd->text, rd->report, REPORT_ERROR, place->line, place->column, "%s", what);
	return err;
}

static struct conf_place place_of(const struct reader *rd, struct fy_event *event)
{
	struct fy_token *token = fy_event_get_token(event);
	const struct fy_mark *mark =
		token ? fy_token_start_mark(token) : fy_event_start_mark(event);
	int style = event->type == FYET_SCALAR ? (int)fy_event_get_node_style(event) : -1;
	struct conf_place place = {.file = rd->text->path};

	if (!mark || mark->line < 0 || mark->column < 0) {
		return rd->key     ? rd->key_place
		       : rd->depth ? rd->open[rd->depth - 1]->place
				   : (struct conf_place){rd->text->path, 1, 1};
	}
	place.line = (uint32_t)mark->line + 1;
	place.column = (uint32_t)mark->column + 1;
	/* libfyaml's mark stands behind the quote or the star. */
	if (place.column > 1 && (style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED ||
					event->type == FYET_ALIAS))
		place.column--;
	return place;
}

static struct yaml_node *node_new(struct reader *rd, enum yaml_kind kind, struct conf_place place)
{
	struct yaml_node *node;

	if (++rd->nodes > YAML_NODES_MAX) {
		rd->err = report_at(rd, &place, ERR_LIMIT, "too many values in one file; split it");
		return NULL;
	}
	node = arena_alloc(rd->arena, sizeof(*node));
	if (!node) {
		rd->err = ERR_MEMORY;
		return NULL;
	}
	node->kind = kind;
	node->place = place;
	return node;
}

void yaml_append(struct yaml_node *parent, struct yaml_node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

/* Hangs a finished or opened node below what is open. */
static void attach(struct reader *rd, struct yaml_node *node)
{
	struct yaml_node *parent = rd->depth ? rd->open[rd->depth - 1] : NULL;

	if (!parent) {
		rd->root = node;
		return;
	}
	if (parent->kind == YAML_MAPPING) {
		node->key = rd->key;
		node->key_place = rd->key_place;
		rd->key = NULL;
		if (rd->key_refused) {
			rd->key_refused = false;
			return;
		}
	}
	yaml_append(parent, node);
}

static bool wants_key(const struct reader *rd)
{
	return rd->depth && rd->open[rd->depth - 1]->kind == YAML_MAPPING && !rd->key;
}

/* A terminated copy of a scalar without the line ends that block scalars end with. */
static const char *scalar_text(struct reader *rd, struct fy_event *event, struct conf_place place)
{
	size_t len = 0;
	const char *text = fy_token_get_text(event->scalar.value, &len);
	char *copy;

	while (len && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char octet = (unsigned char)text[i];

		if ((octet < 0x20 && octet != '\n' && octet != '\t') || octet == 0x7f) {
			report_at(rd, &place, 0, "a control character in a value; remove it");
			return NULL;
		}
	}
	copy = arena_text(rd->arena, span_of(text, text ? len : 0));
	if (!copy)
		rd->err = ERR_MEMORY;
	return copy;
}

static void take_key(struct reader *rd, struct fy_event *event, struct conf_place place)
{
	const char *text = scalar_text(rd, event, place);

	rd->key = text ? text : "";
	rd->key_place = place;
	rd->key_refused = !text;
	if (text && strcmp(text, "<<") == 0 && fy_event_get_node_style(event) == FYNS_PLAIN) {
		report_at(rd, &place, 0, "merge keys are not taken; write the members out");
		rd->key_refused = true;
	}
}

static void take_scalar(struct reader *rd, struct fy_event *event, struct conf_place place)
{
	bool empty = !event->scalar.value ||
		     (fy_token_get_text_length(event->scalar.value) == 0 &&
			     fy_event_get_node_style(event) != FYNS_SINGLE_QUOTED &&
			     fy_event_get_node_style(event) != FYNS_DOUBLE_QUOTED);
	struct yaml_node *node = node_new(rd, empty ? YAML_EMPTY : YAML_SCALAR, place);

	if (!node)
		return;
	if (!empty) {
		node->text = scalar_text(rd, event, place);
		if (!node->text)
			node->kind = YAML_REFUSED;
	}
	attach(rd, node);
}

static void open_node(struct reader *rd, struct fy_event *event, struct conf_place place)
{
	bool mapping = event->type == FYET_MAPPING_START;
	struct yaml_node *node;

	if (wants_key(rd)) {
		rd->err = report_at(rd, &place, ERR_FORMAT,
			"a key must be a word, not a list or a mapping; put an address such as "
			"\"[::1]:53\" in quotes");
		return;
	}
	if (rd->depth == YAML_DEPTH_MAX) {
		rd->err = report_at(rd, &place, ERR_LIMIT, "nested too deeply; write it flatter");
		return;
	}
	node = node_new(rd, mapping ? YAML_MAPPING : YAML_SEQUENCE, place);
	if (!node)
		return;
	attach(rd, node);
	rd->flow[rd->depth] = fy_event_get_node_style(event) == FYNS_FLOW;
	rd->open[rd->depth++] = node;
	rd->key = NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const struct yaml_node *const *x = a, *const *y = b;
	int order = strcmp((*x)->key, (*y)->key);

	if (order)
		return order;
	if ((*x)->key_place.line != (*y)->key_place.line)
		return (*x)->key_place.line < (*y)->key_place.line ? -1 : 1;
	return (*x)->key_place.column < (*y)->key_place.column ? -1 : 1;
}

static void keep_named(struct yaml_node *mapping)
{
	struct yaml_node *node = mapping->first;

	mapping->first = mapping->last = NULL;
	mapping->count = 0;
	while (node) {
		struct yaml_node *next = node->next;

		if (node->key)
			yaml_append(mapping, node);
		node = next;
	}
}

/* Sorted, not compared each with each: a mapping of devices may be long. */
static void drop_duplicates(struct reader *rd, struct yaml_node *mapping)
{
	struct yaml_node **sorted, *kept;
	unsigned count = mapping->count, at = 0;
	bool is_item = rd->depth && rd->open[rd->depth - 1]->kind == YAML_SEQUENCE;
	char excerpt[CONF_EXCERPT_MAX];

	if (count < 2)
		return;
	sorted = arena_alloc_array(rd->arena, count, sizeof(*sorted));
	if (!sorted) {
		rd->err = ERR_MEMORY;
		return;
	}
	for (struct yaml_node *n = mapping->first; n; n = n->next)
		sorted[at++] = n;
	qsort(sorted, count, sizeof(*sorted), compare_keys);
	kept = sorted[0];
	for (unsigned i = 1; i < count; i++) {
		if (strcmp(kept->key, sorted[i]->key) != 0) {
			kept = sorted[i];
			continue;
		}
		conf_text_report(rd->text, rd->report, REPORT_ERROR, sorted[i]->key_place.line,
			sorted[i]->key_place.column,
			"'%s' stands here a second time, first in line %u; remove one of them%s",
			conf_excerpt(kept->key, excerpt), kept->key_place.line,
			is_item ? ", or begin the next item with '- '" : "");
		sorted[i]->key = NULL;
	}
	keep_named(mapping);
}

static void close_node(struct reader *rd)
{
	struct yaml_node *node;

	if (rd->depth == 0)
		return;
	node = rd->open[--rd->depth];
	rd->key = NULL;
	if (node->kind == YAML_MAPPING)
		drop_duplicates(rd, node);
}

/* An alias is mostly a name pattern that lacks its quotes. */
static void refuse_alias(struct reader *rd, struct conf_place place)
{
	struct yaml_node *node;

	report_at(rd, &place, 0,
		"a word that begins with * is an alias in YAML, which is not taken; put a name "
		"such as \"*.example.com\" in quotes");
	if (wants_key(rd)) {
		rd->key = "";
		rd->key_place = place;
		rd->key_refused = true;
		return;
	}
	node = node_new(rd, YAML_REFUSED, place);
	if (node)
		attach(rd, node);
}

/* Anchors and tags change nothing by themselves; they are errors because somebody expects that they
 * do. */
static void refuse_marks(struct reader *rd, struct fy_event *event, struct conf_place place)
{
	if (fy_event_get_anchor_token(event))
		report_at(rd, &place, 0,
			"anchors (&) are not taken; write the value out, or quote it");
	if (fy_event_get_tag_token(event))
		report_at(rd, &place, 0, "tags (!) are not taken; remove it, or quote the value");
}

static void begin_document(struct reader *rd, struct conf_place place)
{
	if (++rd->documents > 1)
		rd->err = report_at(rd, &place, ERR_FORMAT,
			"a second document begins here; a file holds one, remove the line ---");
}

static void take_event(struct reader *rd, struct fy_event *event)
{
	struct conf_place place = place_of(rd, event);

	switch (event->type) {
	case FYET_DOCUMENT_START:
		begin_document(rd, place);
		break;
	case FYET_SCALAR:
		refuse_marks(rd, event, place);
		if (wants_key(rd) && event->scalar.value)
			take_key(rd, event, place);
		else if (wants_key(rd))
			rd->err = report_at(rd, &place, ERR_FORMAT,
				"a ':' without a word before it; name the key");
		else
			take_scalar(rd, event, place);
		break;
	case FYET_SEQUENCE_START:
	case FYET_MAPPING_START:
		refuse_marks(rd, event, place);
		open_node(rd, event, place);
		break;
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		close_node(rd);
		break;
	case FYET_ALIAS:
		refuse_alias(rd, place);
		break;
	default:
		break;
	}
}

/* What to do about it, by what libfyaml says. */
static const char *syntax_remedy(const char *what)
{
	static const struct {
		const char *part, *remedy;
	} remedies[] = {
		{"expected ':'", "write 'key: value' with a space behind the colon"},
		{"multiline plain key",
			"write 'key: value' with a space behind the colon, or begin the next line "
			"in the same column"},
		{"tab character", "indent with spaces"},
		{"indentation", "begin the line in the same column as its neighbours"},
		{"quoted scalar", "close the quotes"},
		{"indented", "begin the line in the same column as its neighbours"},
		{"expected key", "begin the line in the same column as its neighbours"},
		{"'-' indicator", "begin the line in the same column as its neighbours"},
	};

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strstr(what, remedies[i].part))
			return remedies[i].remedy;
	return "look at brackets, quotes and indentation here and in the line above";
}

/* What libfyaml found wrong. A bracket that is never closed is reported where it was opened, not at
 * the end of the file. */
static void report_syntax(struct reader *rd, struct fy_diag *diag)
{
	void *iterator = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iterator);
	uint32_t line = e && e->line > 0 ? (uint32_t)e->line : 0;
	uint32_t column = e && e->column > 0 ? (uint32_t)e->column : 0;
	const char *what = e && e->msg ? e->msg : "this cannot be read";
	char excerpt[CONF_EXCERPT_MAX];
	unsigned depth = rd->depth;

	while (depth && !rd->flow[depth - 1])
		depth--;
	if (depth && conf_text_line(rd->text, line).len == 0) {
		line = rd->open[depth - 1]->place.line;
		column = rd->open[depth - 1]->place.column;
		what = "a bracket that is not closed";
	}
	conf_text_report(rd->text, rd->report, REPORT_ERROR, line, column, "not valid YAML: %s; %s",
		conf_excerpt(what, excerpt), syntax_remedy(what));
}

static int read_events(struct reader *rd, struct fy_parser *parser, struct fy_diag *diag)
{
	struct fy_event *event;
	bool ended = false;

	while (!rd->err && (event = fy_parser_parse(parser))) {
		ended = event->type == FYET_STREAM_END;
		take_event(rd, event);
		fy_parser_event_free(parser, event);
	}
	if (!rd->err && (fy_parser_get_stream_error(parser) || !ended || rd->depth)) {
		report_syntax(rd, diag);
		rd->err = ERR_FORMAT;
	}
	return rd->err;
}

static struct fy_diag *diag_new(void)
{
	struct fy_diag_cfg cfg;
	struct fy_diag *diag;

	fy_diag_cfg_default(&cfg);
	cfg.fp = NULL;
	cfg.colorize = false;
	diag = fy_diag_create(&cfg);
	if (diag)
		fy_diag_set_collect_errors(diag, true);
	return diag;
}

/* A directive would change how the rest is read. */
static int refuse_directives(struct reader *rd)
{
	for (uint32_t line = 1; line <= rd->text->line_count; line++) {
		struct span s = conf_text_line(rd->text, line);

		if (s.len && s.data[0] == '%')
			return report_at(rd, &(struct conf_place){rd->text->path, line, 1},
				ERR_FORMAT, "directives (%) are not taken; remove the line");
		if (s.len && s.data[0] != '#')
			return 0;
	}
	return 0;
}

int yaml_parse(
	const struct conf_text *t, struct arena *arena, struct report *r, struct yaml_node **out)
{
	struct reader rd = {.text = t, .arena = arena, .report = r};
	struct fy_diag *diag = NULL;
	struct fy_parser *parser = NULL;
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_DISABLE_MMAP_OPT};
	int err = conf_text_check(t, r);

	if (!err)
		err = refuse_directives(&rd);
	if (err)
		goto out;
	err = ERR_MEMORY;
	diag = diag_new();
	cfg.diag = diag;
	parser = diag ? fy_parser_create(&cfg) : NULL;
	if (!parser || fy_parser_set_string(parser, (const char *)t->text.data, t->text.len) != 0)
		goto out;
	err = read_events(&rd, parser, diag);
	if (!err)
		*out = rd.root && rd.root->kind != YAML_EMPTY ? rd.root : NULL;
out:
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return err;
}

const struct yaml_node *yaml_member(const struct yaml_node *mapping, const char *key)
{
	if (!mapping || mapping->kind != YAML_MAPPING)
		return NULL;
	for (const struct yaml_node *n = mapping->first; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}

const struct yaml_node *yaml_first_item(const struct yaml_node *value)
{
	if (!value || value->kind == YAML_EMPTY)
		return NULL;
	return value->kind == YAML_SEQUENCE ? value->first : value;
}

const struct yaml_node *yaml_next_item(const struct yaml_node *value, const struct yaml_node *item)
{
	return value->kind == YAML_SEQUENCE ? item->next : NULL;
}
