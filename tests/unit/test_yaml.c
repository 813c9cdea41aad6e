/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/yaml.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define DUMP_MAX (512 * 1024)

/* A tree in one line: mappings {key:value}, sequences [..], scalars 'text', empty -, refused !. */
static void dump(const struct yaml_node *node, struct buf *out)
{
	unsigned count = 0;

	switch (node->kind) {
	case YAML_SCALAR:
		buf_printf(out, "'%s'", node->text);
		return;
	case YAML_EMPTY:
		buf_put_text(out, "-");
		return;
	case YAML_REFUSED:
		buf_put_text(out, "!");
		return;
	case YAML_SEQUENCE:
	case YAML_MAPPING:
		break;
	}
	buf_put_text(out, node->kind == YAML_MAPPING ? "{" : "[");
	for (const struct yaml_node *n = node->first; n; n = n->next, count++) {
		if (node->kind == YAML_MAPPING)
			buf_printf(out, "%s:", n->key);
		dump(n, out);
		if (n->next)
			buf_put_text(out, ",");
	}
	buf_put_text(out, node->kind == YAML_MAPPING ? "}" : "]");
	assert_int_equal(count, node->count);
}

struct outcome {
	struct arena *arena;
	struct report *report;
	struct yaml_node *root;
	int err;
	char *messages;
	char tree[DUMP_MAX];
};

static void parse(struct span text, struct outcome *o)
{
	struct conf_text t;
	struct buf b;

	o->arena = arena_new((size_t)64 << 20);
	o->report = report_new(100);
	o->root = NULL;
	assert_int_equal(conf_text_init(&t, "f", text, o->arena), 0);
	o->err = yaml_parse(&t, o->arena, o->report, &o->root);
	o->messages = report_text(o->report, DUMP_MAX);
	buf_init_fixed(&b, o->tree, sizeof(o->tree));
	if (o->root)
		dump(o->root, &b);
	buf_put_u8(&b, 0);
	assert_false(b.overflow);
}

static void release(struct outcome *o)
{
	free(o->messages);
	report_free(o->report);
	arena_free(o->arena);
}

static void test_trees(void **state)
{
	static const struct {
		const char *text, *tree;
	} cases[] = {
		{"a: b\n", "{a:'b'}"},
		{"a: b\r\nc: d\r\n", "{a:'b',c:'d'}"},
		{"---\na: b\n", "{a:'b'}"},
		{"# note\n\na: b # note\n", "{a:'b'}"},
		{"a: no\nb: 010\nc: 12:30\nd: ~\ne: null\n",
			"{a:'no',b:'010',c:'12:30',d:'~',e:'null'}"},
		{"a:\nb: ''\nc: \"\"\n", "{a:-,b:'',c:''}"},
		{"a: [ b, 'c d', \"e\" ]\n", "{a:['b','c d','e']}"},
		{"a: []\nb: {}\n", "{a:[],b:{}}"},
		{"a:\n  - b\n  -\n  - c: d\n    e: f\n", "{a:['b',-,{c:'d',e:'f'}]}"},
		{"a: { b: { c: [ d ] } }\n", "{a:{b:{c:['d']}}}"},
		{"a: ::1\nb: [ \"::1/128\" ]\n", "{a:'::1',b:['::1/128']}"},
		{"a: >-\n  b\n  c\nd: |\n  e\n  f\n", "{a:'b c',d:'e\nf'}"},
		{"\"a b\": c\n", "{a b:'c'}"},
		{"a: \xc5\x99\n", "{a:'\xc5\x99'}"},
		{"- a\n- b\n", "['a','b']"},
		{"a\n", "'a'"},
		{"a: b\n...\n", "{a:'b'}"},
		{"", ""},
		{"# nothing\n", ""},
		{"\n\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct outcome o;

		parse(span_text(cases[i].text), &o);
		if (o.err || strcmp(o.tree, cases[i].tree) != 0)
			fail_msg("%s gives %d %s\n%s", cases[i].text, o.err, o.tree, o.messages);
		assert_int_equal(report_count(o.report, REPORT_ERROR), 0);
		release(&o);
	}
}

/* What has no tree at all: the first line of the message begins with this. */
static void test_failures(void **state)
{
	static const struct {
		struct span text;
		int err;
		const char *message;
	} cases[] = {
		{SPAN_LITERAL("a: [ b\n"), ERR_FORMAT, "f:1:4: error: not valid YAML: a bracket"},
		{SPAN_LITERAL("a:\n  b: { c: [ d }\n"), ERR_FORMAT,
			"f:2:15: error: not valid YAML: "},
		{SPAN_LITERAL("a: \"b\n"), ERR_FORMAT, "f:1:5: error: not valid YAML: "},
		{SPAN_LITERAL("a:\n\tb: c\n"), ERR_FORMAT, "f:2:1: error: not valid YAML: tab"},
		{SPAN_LITERAL("a: b\nc:d\ne: f\n"), ERR_FORMAT,
			"f:2:1: error: not valid YAML: could not find expected ':'; write 'key: "
			"value' with a space behind the colon"},
		{SPAN_LITERAL("a:\n  b: c\n   d: e\n"), ERR_FORMAT,
			"f:2:6: error: not valid YAML: invalid multiline plain key; write 'key: "
			"value' "
			"with a space behind the colon, or begin the next line in the same column"},
		{SPAN_LITERAL("a: [ [::1]:53 ]\n"), ERR_FORMAT,
			"f:1:6: error: a key must be a word, not a list or a mapping; put an "
			"address such as \"[::1]:53\" in quotes"},
		{SPAN_LITERAL("a: \"b\nc: d\n"), ERR_FORMAT,
			"f:1:4: error: not valid YAML: wrongly indented double-quoted scalar; "
			"close "
			"the quotes"},
		{SPAN_LITERAL("a: b: c\n"), ERR_FORMAT, "f:1:5: error: not valid YAML: "},
		{SPAN_LITERAL("a: @b\n"), ERR_FORMAT, "f:1:4: error: not valid YAML: "},
		{SPAN_LITERAL("a: b\n---\nc: d\n"), ERR_FORMAT, "f:2:1: error: a second document"},
		{SPAN_LITERAL("%YAML 1.1\n---\na: b\n"), ERR_FORMAT, "f:1:1: error: directives"},
		{SPAN_LITERAL("# x\n%TAG ! x\n---\na: b\n"), ERR_FORMAT,
			"f:2:1: error: directives"},
		{SPAN_LITERAL("? [ a ]\n: b\n"), ERR_FORMAT, "f:1:3: error: a key must be a word"},
		{SPAN_LITERAL("a: { : b }\n"), ERR_FORMAT, "f:1:4: error: a ':' without a word"},
		{SPAN_LITERAL("a: [[[[[[[[[[[[[[[[ b ]]]]]]]]]]]]]]]]\n"), ERR_LIMIT,
			"f:1:19: error: nested too deeply"},
		{SPAN_LITERAL("a: \0\n"), ERR_FORMAT, "f:1:4: error: a NUL octet"},
		{SPAN_LITERAL("a: b\nc: \x01\n"), ERR_FORMAT, "f:2:4: error: a control character"},
		{SPAN_LITERAL("a: b\rc: d\n"), ERR_FORMAT, "f:1:5: error: a carriage return"},
		{SPAN_LITERAL("a: \xff\n"), ERR_FORMAT, "f:1:4: error: not valid UTF-8"},
		{SPAN_LITERAL("a: \xc0\xaf\n"), ERR_FORMAT, "f:1:4: error: not valid UTF-8"},
		{SPAN_LITERAL("\xc3\xa9: \xed\xa0\x80\n"), ERR_FORMAT,
			"f:1:4: error: not valid UTF-8"},
		{SPAN_LITERAL("a: \xc5"), ERR_FORMAT, "f:1:4: error: not valid UTF-8"},
		{SPAN_LITERAL("\xef\xbb\xbf"
			      "a: b\n"),
			ERR_FORMAT, "f:1: error: begins with a byte order mark"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct outcome o;

		parse(cases[i].text, &o);
		if (o.err != cases[i].err || o.root ||
			strncmp(o.messages, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%.*s gives %d\n%s", SPAN_ARGS(cases[i].text), o.err, o.messages);
		assert_int_equal(report_count(o.report, REPORT_ERROR), 1);
		release(&o);
	}
}

/* What is refused alone, with the tree that remains. */
static void test_refusals(void **state)
{
	static const struct {
		const char *text, *tree, *message;
		unsigned errors;
	} cases[] = {
		{"a: b\nc: d\na: e\n", "{a:'b',c:'d'}",
			"f:3:1: error: 'a' stands here a second time, first in line 1", 1},
		{"- a: b\n  a: c\n", "[{a:'b'}]",
			"f:2:3: error: 'a' stands here a second time, first in line 1; remove one "
			"of them, or begin the next item with '- '",
			1},
		{"a: { b: 1, b: 2, b: 3 }\n", "{a:{b:'1'}}",
			"f:1:12: error: 'b' stands here a second time", 2},
		{"a: *b\n", "{a:!}", "f:1:4: error: a word that begins with * is an alias", 1},
		{"a: [ *.example.com, c ]\n", "{a:[!,'c']}", "f:1:6: error: a word that begins", 1},
		{"*a : b\nc: d\n", "{c:'d'}", "f:1:1: error: a word that begins", 1},
		{"a: &b c\n", "{a:'c'}", "f:1:7: error: anchors (&)", 1},
		{"a: &b [ c ]\n", "{a:['c']}", "f:1:7: error: anchors (&)", 1},
		{"a: !b c\n", "{a:'c'}", "f:1:7: error: tags (!)", 1},
		{"a: !!str c\n", "{a:'c'}", "f:1:10: error: tags (!)", 1},
		{"<<: { a: b }\nc: d\n", "{c:'d'}", "f:1:1: error: merge keys", 1},
		{"a: \"\\e[31m\"\n", "{a:!}", "f:1:4: error: a control character in a value", 1},
		{"a: \"\\0\"\nb: c\n", "{a:!,b:'c'}", "f:1:4: error: a control character", 1},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct outcome o;

		parse(span_text(cases[i].text), &o);
		if (o.err || strcmp(o.tree, cases[i].tree) != 0 ||
			strncmp(o.messages, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s gives %d %s\n%s", cases[i].text, o.err, o.tree, o.messages);
		assert_int_equal(report_count(o.report, REPORT_ERROR), cases[i].errors);
		release(&o);
	}
}

static void check_place(const struct conf_place *place, uint32_t line, uint32_t column)
{
	assert_string_equal(place->file, "f");
	assert_int_equal(place->line, line);
	assert_int_equal(place->column, column);
}

static void test_places(void **state)
{
	static const char text[] = "\xc5\x99:  b\nc:\n  - \"d\"\n  - 'e'\n  - { f:  [ g ] }\nh:\n";
	const struct yaml_node *n;
	struct outcome o;

	(void)state;
	parse(span_text(text), &o);
	assert_int_equal(o.err, 0);
	n = o.root->first;
	check_place(&n->key_place, 1, 1);
	check_place(&n->place, 1, 5);
	n = yaml_member(o.root, "c");
	check_place(&n->key_place, 2, 1);
	n = yaml_first_item(n);
	check_place(&n->place, 3, 5);
	n = yaml_next_item(yaml_member(o.root, "c"), n);
	check_place(&n->place, 4, 5);
	n = yaml_next_item(yaml_member(o.root, "c"), n);
	check_place(&n->place, 5, 5);
	check_place(&n->first->key_place, 5, 7);
	check_place(&n->first->place, 5, 11);
	check_place(&n->first->first->place, 5, 13);
	assert_null(yaml_next_item(yaml_member(o.root, "c"), n));
	n = yaml_member(o.root, "h");
	check_place(&n->place, 6, 1);
	assert_null(yaml_first_item(n));
	assert_null(yaml_member(o.root, "x"));
	assert_null(yaml_member(NULL, "x"));
	release(&o);
}

/* A lone value is a list of one. */
static void test_lone_item(void **state)
{
	struct outcome o;
	const struct yaml_node *a;

	(void)state;
	parse(SPAN_LITERAL("a: b\n"), &o);
	a = yaml_member(o.root, "a");
	assert_ptr_equal(yaml_first_item(a), a);
	assert_null(yaml_next_item(a, a));
	release(&o);
}

/* A message points at the line it means, and the caret at the character. */
static void test_caret(void **state)
{
	struct outcome o;

	(void)state;
	parse(SPAN_LITERAL("x: y\na:  [ \xc5\x99, *b ]\n"), &o);
	assert_non_null(strstr(o.messages, "\na:  [ \xc5\x99, *b ]\n         ^\n"));
	release(&o);
}

static void test_many_members(void **state)
{
	struct outcome o;
	struct buf b;

	(void)state;
	buf_init_heap(&b, (size_t)4 << 20);
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(&b, "k%u: v\n", i % 19999);
	parse(buf_span(&b), &o);
	assert_int_equal(o.err, 0);
	assert_int_equal(o.root->count, 19999);
	assert_int_equal(report_count(o.report, REPORT_ERROR), 1);
	release(&o);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_lone_item),
		cmocka_unit_test(test_caret),
		cmocka_unit_test(test_many_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
