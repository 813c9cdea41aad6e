/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/generations.h"

static char directory[] = "/tmp/celnik-generations-XXXXXX";
static const uint8_t digest[DIGEST_LEN] = {0xab, 0xcd};

#define START (UINT64_C(1795521600) * NS_PER_S) /* 2026-11-24 12:00 */

static void make(uint64_t second, char path[GENERATIONS_PATH_MAX])
{
	assert_int_equal(generations_path(directory, START + second * NS_PER_S, digest, path), 0);
	assert_int_equal(file_replace(path, SPAN_LITERAL("x"), 0644), 0);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void test_path(void **state)
{
	char path[GENERATIONS_PATH_MAX], deep[GENERATIONS_PATH_MAX];

	(void)state;
	assert_int_equal(generations_path("/d", START + 7 * NS_PER_MS, digest, path), 0);
	assert_string_equal(path, "/d/20261124T120000.007Z-abcd000000000000.lists");
	memset(deep, 'd', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(generations_path(deep, START, digest, path), ERR_LIMIT);
	assert_int_equal(generations_current(deep, path), ERR_LIMIT);
}

static void test_adopt(void **state)
{
	char paths[5][GENERATIONS_PATH_MAX], current[GENERATIONS_PATH_MAX];

	(void)state;
	assert_int_equal(generations_current(directory, current), ERR_MISSING);
	for (unsigned i = 0; i < 5; i++) {
		make(i, paths[i]);
		assert_int_equal(generations_adopt(directory, paths[i]), 0);
		assert_int_equal(generations_current(directory, current), 0);
		assert_string_equal(current, paths[i]);
	}
	assert_false(exists(paths[0]));
	assert_false(exists(paths[1]));
	for (unsigned i = 2; i < 5; i++)
		assert_true(exists(paths[i]));
	/* A clock that went backwards must not cost the generation in force. */
	make(0, paths[0]);
	assert_int_equal(generations_adopt(directory, paths[0]), 0);
	assert_true(exists(paths[0]));
	assert_false(exists(paths[2]));
	assert_true(exists(paths[4]));
	assert_int_equal(generations_current(directory, current), 0);
	assert_string_equal(current, paths[0]);
}

static void test_missing(void **state)
{
	char path[GENERATIONS_PATH_MAX], current[GENERATIONS_PATH_MAX];

	(void)state;
	assert_int_equal(generations_path(directory, START + 99 * NS_PER_S, digest, path), 0);
	assert_int_equal(generations_adopt(directory, path), ERR_IO);
	assert_int_equal(generations_adopt("/nonexistent", path), ERR_IO);
	assert_int_equal(generations_current(directory, current), 0);
	unlink(current);
	assert_int_equal(generations_current(directory, current), ERR_MISSING);
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
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
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
