/* SPDX-License-Identifier: BSD-3-Clause */

/* Mistakes over several files. */

#include <unistd.h>

#include "base/file.h"
#include "conf_check.h"

static char directory[] = "/tmp/celnik-conf-XXXXXX";
static const char *const file_names[] = {"main.yaml", "a.yaml", "b.yaml"};

static const char *path_of(const char *name)
{
	static char path[4][256];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", directory, name);
	return path[at];
}

static void put_file(const char *name, const char *text)
{
	assert_int_equal(file_replace(path_of(name), span_text(text), 0600), 0);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++)
		unlink(path_of(file_names[i]));
	return rmdir(directory);
}

/* Reads and parses main.yaml; the messages without the directory. */
static char *check_files(size_t *errors)
{
	struct report *report = report_new(100);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;
	char *all, *messages, *at;

	if (conf_files_read(path_of("main.yaml"), report, &files) == 0)
		assert_int_equal(conf_parse(files, report, &conf), ERR_FORMAT);
	*errors = report_count(report, REPORT_ERROR);
	all = report_text(report, TEXT_MAX);
	messages = only_messages(all);
	while ((at = strstr(messages, directory)))
		memmove(at, at + strlen(directory) + 1, strlen(at + strlen(directory) + 1) + 1);
	free(all);
	conf_free(conf);
	conf_files_free(files);
	report_free(report);
	return messages;
}

/* Mistakes of every kind in the main file and two parts, all shown by one run, each with its place.
 */
static void test_all_in_one_run(void **state)
{
	static const char expected[] =
		"main.yaml:4:9: error: unknown key 'netwroks' in a group of 'clients'; did you "
		"mean "
		"'networks'?\n"
		"a.yaml:1:30: error: bad prefix '10.20.8.1/24': bits behind the prefix length are "
		"set; write 10.20.8.0/24\n"
		"a.yaml:3:31: error: unknown group 'camz'; did you mean 'cams'?\n"
		"a.yaml:5:5: error: the rule 'third' can never match: 'second' in a.yaml:4 comes "
		"first and matches always for the same clients; move it before that or remove it\n"
		"b.yaml:2:5: error: 'expires' is missing in an item of 'exceptions'; write for "
		"example 'expires: 2027-06-30'\n";
	char *messages;
	size_t errors;

	(void)state;
	put_file("main.yaml", "version: 1\ninclude: [ a.yaml, b.yaml ]\nclients:\n"
			      "  ot: { netwroks: [ 10.20.0.0/24 ] }\n");
	put_file("a.yaml", "clients: { cams: { networks: 10.20.8.1/24 } }\npolicy:\n"
			   "  - { rule: first, clients: [ camz ], action: nxdomain }\n"
			   "  - { rule: second, action: log }\n"
			   "  - { rule: third, match: { vendor: hikvision }, action: sinkhole }\n");
	put_file("b.yaml",
		"exceptions:\n  - { id: EX-1, names: .example.com, reason: because, owner: me }\n");
	messages = check_files(&errors);
	assert_string_equal(messages, expected);
	assert_int_equal(errors, 5);
	free(messages);
}

static void test_includes(void **state)
{
	static const struct {
		const char *main, *a, *b, *message;
	} cases[] = {
		{"include: none.yaml", "", "",
			"main.yaml:1:10: error: cannot include 'none.yaml': there is no such "
			"file; "},
		{"include: [ a.yaml, a.yaml ]", "", "",
			"main.yaml:1:20: error: cannot include 'a.yaml': it is included already; "},
		{"include: \"*.yaml\"", "", "",
			"main.yaml:1:10: error: cannot include 'main.yaml': it is the main file; "},
		{"include: { a: b }", "", "", "main.yaml:1:10: error: 'include' takes paths; "},
		{"include: a.yaml", "include: b.yaml\n", "",
			"a.yaml:1:1: error: an included file cannot include; "},
		{"include: a.yaml\nmode: observe", "mode: enforce\n", "",
			"a.yaml:1:1: error: 'mode' is already set in main.yaml:2, "},
		{"include: [ a.yaml, b.yaml ]", "clients: { c: { networks: 12.0.0.0/8 } }\n",
			"clients: { c: { networks: 13.0.0.0/8 } }\n",
			"b.yaml:1:12: error: 'c' is already set in a.yaml:1, "},
		{"include: a.yaml", "- a\n", "",
			"a.yaml:1:1: error: a file holds 'key: value' lines; "},
		{"include: a.yaml", "version: 2\n", "",
			"a.yaml:1:1: error: 'version' is already set"},
		{"include: a.yaml", "a: [\n", "", "a.yaml:1:4: error: not valid YAML: a bracket"},
		{"include: [ a.yaml, b.yaml ]", "cache: { size: 1 GiB }\n",
			"cache: { size: 2 GiB }\n",
			"b.yaml:1:10: error: 'size' is already set in a.yaml:1, "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512], *messages;
		size_t errors;

		snprintf(text, sizeof(text), "%s\n" HEAD, cases[i].main);
		put_file("main.yaml", text);
		put_file("a.yaml", cases[i].a);
		put_file("b.yaml", cases[i].b);
		messages = check_files(&errors);
		if (errors != 1 ||
			strncmp(messages, cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("%s\nshould say\n%s\nbut says\n%s", text, cases[i].message,
				messages);
		free(messages);
	}
}

static void test_missing_file(void **state)
{
	char *messages;
	size_t errors;

	(void)state;
	unlink(path_of("main.yaml"));
	messages = check_files(&errors);
	assert_int_equal(
		strncmp(messages, "main.yaml: error: cannot read the configuration: ", 49), 0);
	assert_int_equal(errors, 1);
	free(messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_one_run),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_missing_file),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
