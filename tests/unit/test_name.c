/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "oracle.h"
#include "wire/name.h"

#define HEADER "............" /* twelve octets in front, as in a message */
#define LABEL_63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"
#define LABEL_61 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghija"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61

static struct name parse(const char *text)
{
	struct name n;

	if (name_parse(span_text(text), &n) != 0)
		fail_msg("'%s' is not parsed", text);
	return n;
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		const char *formatted; /* NULL: refused */
		unsigned labels;
	} cases[] = {
		{".", ".", 0},
		{"com", "com", 1},
		{"www.Example.com.", "www.Example.com", 3},
		{"a\\.b.c", "a\\046b.c", 2},
		{"\\065\\000.x", "A\\000.x", 2},
		{"a\\ b", "a\\032b", 1},
		{"\xc3\xa9.x", "\\195\\169.x", 2},
		{"_dns.*.x-y", "_dns.*.x-y", 3},
		{"a@b;c\"d", "a\\064b\\059c\\034d", 1},
		{LABEL_63, LABEL_63, 1},
		{NAME_253, NAME_253, 4},
		{"", NULL, 0},
		{"..", NULL, 0},
		{".a", NULL, 0},
		{"a..b", NULL, 0},
		{"a..", NULL, 0},
		{"a b", NULL, 0},
		{"a\tb", NULL, 0},
		{"a\\", NULL, 0},
		{"a\\2", NULL, 0},
		{"a\\25", NULL, 0},
		{"a\\256", NULL, 0},
		{"a\\2x5", NULL, 0},
		{LABEL_63 "d", NULL, 0},
		{NAME_253 "b", NULL, 0},
		{"a." NAME_253, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct name n = {.len = 77};
		char text[NAME_TEXT_MAX];
		int err = name_parse(span_text(cases[i].text), &n);

		if (!cases[i].formatted) {
			assert_int_equal(err, ERR_FORMAT);
			assert_int_equal(n.len, 77);
			continue;
		}
		assert_int_equal(err, 0);
		assert_string_equal(name_format(&n, text), cases[i].formatted);
		assert_int_equal(n.labels, cases[i].labels);
	}
	assert_int_equal(name_parse(SPAN_LITERAL("a\0b"), &(struct name){0}), ERR_FORMAT);
}

static void test_limits(void **state)
{
	char text[NAME_TEXT_MAX];
	struct name n;

	(void)state;
	for (size_t i = 0; i < 254; i++)
		text[i] = i % 2 ? '.' : 'a';
	text[253] = '\0'; /* 127 labels of one octet */
	n = parse(text);
	assert_int_equal(n.labels, NAME_LABELS_MAX);
	assert_int_equal(n.len, NAME_LEN_MAX);
	text[253] = '.';
	text[254] = 'a';
	text[255] = '\0';
	assert_int_equal(name_parse(span_text(text), &n), ERR_FORMAT);
}

#define WIRE(octets) octets, sizeof(octets) - 1

static void test_read(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		size_t at;
		const char *text; /* NULL: refused */
		size_t behind;
	} cases[] = {
		{WIRE(HEADER "\0"), 12, ".", 13},
		{WIRE(HEADER "\3www\2cz\0"), 12, "www.cz", 20},
		{WIRE(HEADER "\2cz\0\3www\xc0\x0c"), 16, "www.cz", 22},
		{WIRE(HEADER "\2cz\0\xc0\x0c"), 16, "cz", 18},
		{WIRE(HEADER "\2cz\0\xc0\x0c\xc0\x10"), 18, "cz", 20}, /* pointer to pointer */
		{WIRE(HEADER "\3www\2cz\0\1x\xc0\x10"), 20, "x.cz", 24}, /* into a name */
		{WIRE(HEADER), 12, NULL, 0},
		{WIRE(HEADER "\3ww"), 12, NULL, 0},
		{WIRE(HEADER "\3www"), 12, NULL, 0},
		{WIRE(HEADER "\xc0"), 12, NULL, 0},
		{WIRE(HEADER "\xc0\x0c"), 12, NULL, 0}, /* itself */
		{WIRE(HEADER "\1a\xc0\x0c"), 12, NULL, 0}, /* the start of its own name */
		{WIRE(HEADER "\xc0\x0e\0"), 12, NULL, 0}, /* forward */
		{WIRE(HEADER "\xc0\x0e\xc0\x0c"), 14, NULL, 0}, /* each other */
		{WIRE("\0..........."
		      "\xc0\x00"),
			12, NULL, 0}, /* the header */
		{WIRE(HEADER "\x40"
			     "a\0"),
			12, NULL, 0}, /* extended label (RFC 6891 5) */
		{WIRE(HEADER "\x80"
			     "a\0"),
			12, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span octets = span_of(cases[i].octets, cases[i].len);
		size_t pos = cases[i].at;
		struct name n;
		char text[NAME_TEXT_MAX];
		int err = name_read(octets, &pos, &n);

		if (!cases[i].text) {
			assert_int_equal(err, ERR_FORMAT);
			assert_int_equal(pos, cases[i].at);
			continue;
		}
		assert_int_equal(err, 0);
		assert_string_equal(name_format(&n, text), cases[i].text);
		assert_int_equal(pos, cases[i].behind);
	}
}

/* A chain of pointers is followed as far as 127 of them. */
static void test_pointer_count(void **state)
{
	uint8_t octets[12 + 1 + 2 * 200] = {0};
	struct span all = span_of(octets, sizeof(octets));
	struct name n;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		unsigned target = i == 0 ? 12 : 13 + 2 * (i - 1);

		octets[13 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
		octets[14 + 2 * i] = (uint8_t)target;
	}
	assert_int_equal(name_read(all, &(size_t){13 + 2 * 126}, &n), 0);
	assert_int_equal(name_read(all, &(size_t){13 + 2 * 127}, &n), ERR_FORMAT);
}

static void test_from_span(void **state)
{
	struct name n;

	(void)state;
	assert_int_equal(name_from_span(SPAN_LITERAL("\3www\2CZ\0"), &n), 0);
	assert_int_equal(n.labels, 2);
	assert_true(span_equal(name_span(&n), SPAN_LITERAL("\3www\2CZ\0")));
	assert_int_equal(name_from_span(SPAN_LITERAL("\3www\2CZ"), &n), ERR_FORMAT);
	assert_int_equal(name_from_span(SPAN_LITERAL("\3www\2CZ\0\0"), &n), ERR_FORMAT);
	assert_int_equal(name_from_span(SPAN_LITERAL("\3www\xc0\x0c"), &n), ERR_FORMAT);
	assert_int_equal(name_from_span(SPAN_LITERAL(""), &n), ERR_FORMAT);
}

static void test_relations(void **state)
{
	static const struct {
		const char *name, *ancestor;
		bool below, equal;
	} cases[] = {
		{"www.example.com", "EXAMPLE.com", true, false},
		{"example.com", "Example.Com", true, true}, {"example.com", ".", true, false},
		{".", ".", true, true}, {".", "com", false, false},
		{"badexample.com", "example.com", false, false},
		{"example.com", "www.example.com", false, false},
		{"a\\.example.com", "example.com", false, false},
		{"x\\003com", "com", false, false}, {"a.example.org", "example.com", false, false},
		{"a\\@.com", "a`.com", false, false}, /* only letters fold */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct name n = parse(cases[i].name);
		struct name ancestor = parse(cases[i].ancestor);

		assert_int_equal(name_is_below(&n, &ancestor), cases[i].below);
		assert_int_equal(name_equal(&n, &ancestor), cases[i].equal);
	}
}

static void test_change(void **state)
{
	struct name n = parse("WWW.Ex\\200.com");
	struct name longest = parse(NAME_253);
	struct name owner = parse("example.com");
	struct name target = parse("other.example.net");
	struct name out = {.len = 77};
	char text[NAME_TEXT_MAX];

	(void)state;
	name_to_lower(&n);
	assert_string_equal(name_format(&n, text), "www.ex\\200.com");
	name_to_parent(&n);
	assert_string_equal(name_format(&n, text), "ex\\200.com");
	name_to_parent(&n);
	name_to_parent(&n);
	name_to_parent(&n);
	assert_string_equal(name_format(&n, text), ".");
	assert_int_equal(n.labels, 0);

	n = parse("a.b.example.com");
	assert_int_equal(name_substitute(&n, &owner, &longest, &out), ERR_LIMIT);
	assert_int_equal(out.len, 77);
	assert_int_equal(name_substitute(&n, &owner, &target, &out), 0);
	assert_string_equal(name_format(&out, text), "a.b.other.example.net");
	assert_int_equal(out.labels, 5);
}

/* Each octet at each place of labels of any length. */
static void test_to_lower(void **state)
{
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		uint8_t lower = (uint8_t)(octet >= 'A' && octet <= 'Z' ? octet + 32 : octet);

		for (uint8_t len = 1; len <= 20; len++) {
			for (size_t at = 1; at <= len; at++) {
				uint8_t wire[22] = {len}, expected[22];
				struct name n;

				memset(wire + 1, 'Q', len);
				wire[at] = (uint8_t)octet;
				assert_int_equal(name_from_span(span_of(wire, len + 2u), &n), 0);
				memset(expected + 1, 'q', len);
				expected[0] = len;
				expected[at] = lower;
				expected[len + 1] = 0;
				name_to_lower(&n);
				assert_memory_equal(n.octets, expected, len + 2u);
			}
		}
	}
}

static void test_key(void **state)
{
	struct name n = parse("Www.Example.COM");
	struct name back;
	uint8_t key[NAME_LEN_MAX];
	size_t len = name_to_key(&n, key);
	char text[NAME_TEXT_MAX];

	(void)state;
	assert_true(span_equal(span_of(key, len), SPAN_LITERAL("\3com\7example\3www")));
	assert_int_equal(name_from_key(span_of(key, len), &back), 0);
	assert_string_equal(name_format(&back, text), "www.example.com");
	assert_int_equal(back.labels, 3);
	n = parse(".");
	assert_int_equal(name_to_key(&n, key), 0);
	assert_int_equal(name_from_key(span_of(NULL, 0), &back), 0);
	assert_int_equal(back.len, 1);
	n = parse(NAME_253);
	len = name_to_key(&n, key);
	assert_int_equal(len, 254);
	assert_int_equal(name_from_key(span_of(key, len), &back), 0);
	assert_true(name_equal(&back, &n));
	assert_int_equal(name_from_key(SPAN_LITERAL("\3COM"), &back), ERR_FORMAT);
	assert_int_equal(name_from_key(SPAN_LITERAL("\3co"), &back), ERR_FORMAT);
	assert_int_equal(name_from_key(SPAN_LITERAL("\0"), &back), ERR_FORMAT);
	assert_int_equal(name_from_key(SPAN_LITERAL("\x40"), &back), ERR_FORMAT);
}

static uint32_t draw(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Random names: text, wire and key lead back to the same name, and ldns reads our text alike. */
static void test_round_trip(void **state)
{
	uint32_t seed = 20260723;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		uint8_t wire[NAME_LEN_MAX + 1], key[NAME_LEN_MAX];
		struct name n, back;
		char text[NAME_TEXT_MAX];
		size_t len = 0;

		for (size_t label; (label = draw(&seed) % 20) != 0 && len + label < 250;) {
			wire[len++] = (uint8_t)label;
			while (label--)
				wire[len++] = (uint8_t)draw(&seed);
		}
		wire[len++] = 0;
		assert_int_equal(name_from_span(span_of(wire, len), &n), 0);
		assert_int_equal(name_parse(span_text(name_format(&n, text)), &back), 0);
		assert_true(span_equal(name_span(&n), name_span(&back)));
		assert_int_equal(oracle_name(text, wire), n.len);
		assert_memory_equal(wire, n.octets, n.len);
		len = name_to_key(&n, key);
		assert_int_equal(name_from_key(span_of(key, len), &back), 0);
		assert_true(name_equal(&n, &back));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_pointer_count),
		cmocka_unit_test(test_from_span),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_to_lower),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
