/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "lists/lists.h"
#include "store/store.h"

static char directory[] = "/tmp/celnik-lists-XXXXXX";
static char store_path[64], shipped_path[64], domains_path[64], cidr_path[64];
static const char *shipped_files[1] = {shipped_path}, *domains_files[1] = {domains_path},
		  *cidr_files[1] = {cidr_path};
static struct conf_source sources[] = {
	{.name = "prc",
		.format = CONF_FORMAT_SHIPPED,
		.files = shipped_files,
		.file_count = 1,
		.confidence = CONFIDENCE_MEDIUM,
		.shrink_percent = 20},
	{.name = "mine",
		.format = CONF_FORMAT_DOMAINS,
		.files = domains_files,
		.file_count = 1,
		.vendor = "local",
		.shrink_percent = 20},
	{.name = "nets",
		.format = CONF_FORMAT_CIDR,
		.files = cidr_files,
		.file_count = 1,
		.shrink_percent = 20},
};
static struct conf conf = {.lists_store = store_path, .sources = sources, .source_count = 3};
static uint64_t now = UINT64_C(1795521600) * NS_PER_S;

static void put(const char *name, const char *text)
{
	char path[128], *slash;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	assert_int_equal(file_make_directory(path, 0755), 0);
	*slash = '/';
	assert_int_equal(file_replace(path, span_text(text), 0644), 0);
}

static void put_domains(unsigned count)
{
	char text[4096];
	size_t at = 0;

	for (unsigned i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "n%u.example\n", i);
	text[at] = '\0';
	put("mine.txt", text);
}

/* Builds; the messages are on the heap in *said. */
static int build(bool force, struct lists_build_result *result, char **said)
{
	struct report *r = report_new(100);
	int err;

	assert_non_null(r);
	now += NS_PER_S;
	err = lists_build(&conf, force, now, r, result);
	*said = report_text(r, 65536);
	assert_non_null(*said);
	report_free(r);
	return err;
}

static void assert_built(bool force, bool unchanged)
{
	struct lists_build_result result = {0};
	char *said, current[GENERATIONS_PATH_MAX];
	int err = build(force, &result, &said);

	if (err)
		fail_msg("%d: %s", err, said);
	assert_int_equal(result.unchanged, unchanged);
	assert_int_equal(generations_current(store_path, current), 0);
	assert_string_equal(current, result.path);
	free(said);
}

static void assert_failed(int err, const char *what)
{
	char *said, before[GENERATIONS_PATH_MAX] = "", after[GENERATIONS_PATH_MAX] = "";
	struct lists_build_result result = {0};

	(void)!generations_current(store_path, before);
	assert_int_equal(build(false, &result, &said), err);
	if (!strstr(said, what))
		fail_msg("'%s' is not in: %s", what, said);
	(void)!generations_current(store_path, after);
	assert_string_equal(before, after);
	free(said);
}

static void fill(void)
{
	/* The file of vendors comes last by name and is read first. */
	put("shipped/zz-vendors.tsv", "vendor\tname\tparent\nezviz\tEZVIZ\thik\nhik\tHik\t\n");
	put("shipped/domains/cameras.tsv", "domain\tmatch\tvendor\tfact\tcountry\tconfidence\n"
					   "a.example\tsuffix\tezviz\toperated\tCN\thigh\n"
					   "b.example\tsuffix\thik\toperated\tCN\tlow\n"
					   "c.example\tsuffix\tnobody\toperated\tCN\thigh\n");
	put("shipped/.hidden.tsv", "nonsense\n");
	put("shipped/README.md", "nonsense\n");
	put("shipped/operators.tsv", "asn\tvendor\tfact\tcountry\n64500\thik\toperated\tCN\n");
	put("shipped/addresses/as.tsv", "range\tasn\n8.0.0.0/24\t64500\n");
	put_domains(10);
	put("nets.txt", "192.0.2.0/24\n");
}

/* The generation of what fill writes is in force, new or still. */
static void restore(void)
{
	struct lists_build_result result;
	char *said;

	fill();
	assert_int_equal(build(true, &result, &said), 0);
	free(said);
}

static struct store *current_store(void)
{
	char path[GENERATIONS_PATH_MAX];
	struct store *s = NULL;

	assert_int_equal(generations_current(store_path, path), 0);
	assert_int_equal(store_open(path, &s), 0);
	return s;
}

static void test_build(void **state)
{
	struct store_list_info list;
	struct store_reader *r = NULL;
	struct store_row row;
	struct store *s;

	(void)state;
	fill();
	assert_built(false, false);
	s = current_store();
	store_list_info_read(s, 0, &list);
	assert_int_equal(list.names, 1);
	assert_int_equal(list.off, 1);
	assert_int_equal(list.skipped, 1);
	assert_int_equal(list.asns, 1);
	assert_int_equal(list.ranges, 1);
	assert_int_equal(store_reader_new(s, &r), 0);
	assert_int_equal(store_find_name(r, SPAN_LITERAL("\7example\1a\1x"), &row, 1), 1);
	assert_true(span_equal(row.file, SPAN_LITERAL("domains/cameras.tsv")));
	assert_int_equal(row.line, 2);
	assert_int_equal(row.vendor_count, 2);
	assert_int_equal(store_find_name(r, SPAN_LITERAL("\7example\2n1"), &row, 1), 1);
	assert_true(span_equal(row.file, span_text(domains_path)));
	assert_true(span_equal(row.vendor_name, SPAN_LITERAL("local")));
	store_reader_free(r);
	store_close(s);
}

static void test_unchanged(void **state)
{
	struct store_info before, after;
	struct store *s;

	(void)state;
	restore();
	s = current_store();
	store_info_read(s, &before);
	store_close(s);
	assert_built(false, true);
	assert_built(true, false);
	/* A comment changes the sources, not what they say. */
	put("nets.txt", "192.0.2.0/24 # documentation\n");
	assert_built(false, false);
	s = current_store();
	store_info_read(s, &after);
	store_close(s);
	assert_memory_equal(before.digest, after.digest, DIGEST_LEN);
	assert_memory_not_equal(before.sources, after.sources, DIGEST_LEN);
}

static void test_shrunk(void **state)
{
	(void)state;
	restore();
	put_domains(7);
	assert_failed(ERR_FORMAT, "list 'mine' shrank from 10 rows to 7");
	put_domains(8);
	assert_built(false, false);
	put_domains(1);
	assert_failed(ERR_FORMAT, "--force");
	assert_built(true, false);
}

static void test_unusable(void **state)
{
	(void)state;
	restore();
	put("nets.txt", "# nothing\n");
	assert_failed(ERR_FORMAT, "list 'nets' has no usable row");
	unlink(cidr_path);
	assert_failed(ERR_IO, cidr_path);
	fill();
	put("shipped/operators.tsv", "asn\tvendor\tcolour\n");
	assert_failed(ERR_FORMAT, "operators.tsv:1:12: error: a column has no known name");
	fill();
	put("shipped/zz-vendors.tsv", "vendor\tname\tparent\nezviz\tEZVIZ\tno\nhik\tHik\t\n");
	assert_failed(ERR_FORMAT, "vendor 'no' is named as a parent but not described");
}

static void test_locked(void **state)
{
	int fd = open(store_path, O_RDONLY | O_DIRECTORY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_failed(ERR_AGAIN, "another build runs there");
	close(fd);
}

/* A damaged generation is replaced, and nothing is compared with it. */
static void test_damaged(void **state)
{
	char path[GENERATIONS_PATH_MAX], *said;
	struct lists_build_result result;

	(void)state;
	restore();
	assert_int_equal(generations_current(store_path, path), 0);
	assert_int_equal(truncate(path, 5000), 0);
	assert_int_equal(build(false, &result, &said), 0);
	assert_false(result.unchanged);
	assert_non_null(strstr(said, "cannot be read"));
	free(said);
	assert_built(false, true);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(store_path, sizeof(store_path), "%s/var/store", directory);
	snprintf(shipped_path, sizeof(shipped_path), "%s/shipped", directory);
	snprintf(domains_path, sizeof(domains_path), "%s/mine.txt", directory);
	snprintf(cidr_path, sizeof(cidr_path), "%s/nets.txt", directory);
	return 0;
}

static int teardown(void **state)
{
	char *command = NULL;
	int result;

	(void)state;
	if (asprintf(&command, "rm -rf %s", directory) < 0)
		return -1;
	result = system(command);
	free(command);
	return result;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_shrunk),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
