/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/sources.h"

static char directory[] = "/tmp/celnik-sources-XXXXXX";
static const char *const made[] = {"block.txt", "other.txt", "lists/a.tsv", "lists/README.md",
	"lists/domains/b.tsv", "lists/domains/z.tsv", "lists/.c.tsv", "main.yaml", "cn", "cloud"};

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void put_file(const char *name, const char *text)
{
	assert_int_equal(file_replace(path_of(name), span_text(text), 0600), 0);
}

static void remove_all(void)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		unlink(path_of(made[i]));
}

static int make_directories(void **state)
{
	(void)state;
	return mkdtemp(directory) ? file_make_directory(path_of("lists/domains"), 0700) : -1;
}

static int remove_directories(void **state)
{
	(void)state;
	remove_all();
	rmdir(path_of("lists/domains"));
	rmdir(path_of("lists"));
	return rmdir(directory);
}

static int fill(void **state)
{
	(void)state;
	remove_all();
	put_file("block.txt", "example.com\n");
	put_file("other.txt", "");
	put_file("lists/a.tsv", "a\n");
	put_file("lists/README.md", "read\n");
	put_file("lists/domains/b.tsv", "b\n");
	return 0;
}

static struct conf *conf_of(const char *sources)
{
	struct report *report = report_new(10);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;
	char text[1024];

	snprintf(text, sizeof(text),
		"version: 1\nclients: { a: { networks: 10.0.0.0/8 } }\n"
		"lists: { shipped_directory: lists, sources: [ %s ] }\n",
		sources);
	assert_int_equal(conf_files_from_text(path_of("main.yaml"), span_text(text), 0, &files), 0);
	assert_int_equal(conf_parse(files, report, &conf), 0);
	conf_files_free(files);
	report_free(report);
	return conf;
}

#define SOURCES                                                                                    \
	"{ name: prc, shipped: prc }, { name: x, files: [ block.txt, other.txt ], format: "        \
	"domains }"

static void digest_now(const char *sources, uint8_t out[DIGEST_LEN])
{
	struct report *report = report_new(10);
	struct conf *conf = conf_of(sources);

	assert_int_equal(conf_sources_digest(conf, report, out), 0);
	assert_int_equal(report_count(report, REPORT_ERROR), 0);
	conf_free(conf);
	report_free(report);
}

static void test_same(void **state)
{
	uint8_t first[DIGEST_LEN], second[DIGEST_LEN];

	(void)state;
	digest_now(SOURCES, first);
	digest_now(SOURCES, second);
	assert_memory_equal(first, second, DIGEST_LEN);
	/* What is no list does not count. */
	put_file("lists/README.md", "read more\n");
	put_file("lists/.c.tsv", "hidden\n");
	digest_now(SOURCES, second);
	assert_memory_equal(first, second, DIGEST_LEN);
}

/* Each change is seen, also one that only moves a boundary between files. */
static void test_changes(void **state)
{
	static const struct {
		const char *name, *text;
	} changes[] = {
		{"block.txt", "example.org\n"},
		{"block.txt", ""},
		{"other.txt", "x"},
		{"lists/a.tsv", "a\na\n"},
		{"lists/domains/b.tsv", "c\n"},
		{"lists/domains/z.tsv", ""},
	};
	uint8_t seen[8][DIGEST_LEN];
	size_t count = 1;

	digest_now(SOURCES, seen[0]);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++, count++) {
		fill(state);
		put_file(changes[i].name, changes[i].text);
		digest_now(SOURCES, seen[count]);
	}
	fill(state);
	put_file("block.txt", "example");
	put_file("other.txt", ".com\n");
	digest_now(SOURCES, seen[count++]);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(seen[i], seen[j], DIGEST_LEN);
}

static void test_configuration_counts(void **state)
{
	uint8_t first[DIGEST_LEN], second[DIGEST_LEN];

	(void)state;
	digest_now("{ name: x, files: block.txt, format: domains }", first);
	digest_now("{ name: x, files: block.txt, format: domains, scope: exact }", second);
	assert_memory_not_equal(first, second, DIGEST_LEN);
	digest_now("{ name: x, files: block.txt, format: cidr }", second);
	assert_memory_not_equal(first, second, DIGEST_LEN);
}

/* All that cannot be read is named at once, and nothing is written. */
static void test_missing(void **state)
{
	static const char *const names[] = {"block.txt", "gone.txt", "lists"};
	struct report *report = report_new(10);
	struct conf *conf =
		conf_of("{ name: x, files: [ gone.txt, block.txt, lists ], format: domains }, "
			"{ name: y, files: gone.txt, format: cidr }");
	uint8_t digest[DIGEST_LEN], before[DIGEST_LEN];
	char *text;

	(void)state;
	memset(digest, 7, sizeof(digest));
	memcpy(before, digest, sizeof(digest));
	assert_int_equal(conf_sources_digest(conf, report, digest), ERR_IO);
	assert_memory_equal(digest, before, DIGEST_LEN);
	assert_int_equal(report_count(report, REPORT_ERROR), 3);
	text = report_text(report, 65536);
	assert_null(strstr(text, path_of(names[0])));
	assert_non_null(strstr(text, path_of(names[1])));
	assert_non_null(strstr(text, path_of(names[2])));
	free(text);
	conf_free(conf);
	report_free(report);
}

static void test_missing_shipped(void **state)
{
	struct report *report = report_new(10);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;
	uint8_t digest[DIGEST_LEN];

	(void)state;
	assert_int_equal(
		conf_files_from_text("/f",
			SPAN_LITERAL("version: 1\nclients: { a: { networks: 10.0.0.0/8 } }\n"
				     "lists: { shipped_directory: /nowhere/at/all,"
				     " sources: { name: prc, shipped: prc } }\n"),
			0, &files),
		0);
	assert_int_equal(conf_parse(files, report, &conf), 0);
	assert_int_equal(conf_sources_digest(conf, report, digest), ERR_IO);
	assert_int_equal(report_count(report, REPORT_ERROR), 1);
	conf_free(conf);
	conf_files_free(files);
	report_free(report);
}

/* A pipe would never end. */
static void test_no_regular_file(void **state)
{
	struct report *report = report_new(10);
	struct conf *conf = conf_of("{ name: x, files: other.txt, format: domains }");
	uint8_t digest[DIGEST_LEN];

	(void)state;
	unlink(path_of("other.txt"));
	assert_int_equal(mkfifo(path_of("other.txt"), 0600), 0);
	assert_int_equal(conf_sources_digest(conf, report, digest), ERR_IO);
	conf_free(conf);
	report_free(report);
}

#define DOMAIN_LIST "{ name: x, files: cn, format: v2fly }"

/* What a domain list includes belongs to it, circles and all. */
static void test_included(void **state)
{
	uint8_t before[DIGEST_LEN], after[DIGEST_LEN];
	struct report *report = report_new(10);
	struct conf *conf = conf_of(DOMAIN_LIST);
	char *text;

	(void)state;
	put_file("cn", "include:cloud @cn # x\r\ninclude:../up\na.example\n");
	put_file("cloud", "\tinclude:cn\ncloud.example\n");
	digest_now(DOMAIN_LIST, before);
	digest_now(DOMAIN_LIST, after);
	assert_memory_equal(before, after, DIGEST_LEN);
	put_file("cloud", "include:cn\nclouds.example\n");
	digest_now(DOMAIN_LIST, after);
	assert_memory_not_equal(before, after, DIGEST_LEN);
	unlink(path_of("cloud"));
	assert_int_equal(conf_sources_digest(conf, report, after), ERR_IO);
	assert_int_equal(mkfifo(path_of("cloud"), 0600), 0);
	assert_int_equal(conf_sources_digest(conf, report, after), ERR_IO);
	text = report_text(report, 4096);
	assert_non_null(text);
	assert_non_null(strstr(text, "/cloud: error: cannot read the list: No such file"));
	free(text);
	conf_free(conf);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_same, fill),
		cmocka_unit_test_setup(test_changes, fill),
		cmocka_unit_test_setup(test_configuration_counts, fill),
		cmocka_unit_test_setup(test_missing, fill),
		cmocka_unit_test_setup(test_missing_shipped, fill),
		cmocka_unit_test_setup(test_no_regular_file, fill),
		cmocka_unit_test_setup(test_included, fill),
	};

	return cmocka_run_group_tests(tests, make_directories, remove_directories);
}
