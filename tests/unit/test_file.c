/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/test_file.XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void reads_whole_files_within_the_bound(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, 65535, 65536, 65537, 300000};
	static uint8_t content[300000];
	char *text = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 13 >> 3);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const char *path = path_of("content");

		assert_int_equal(file_replace(path, span_of(content, sizes[i]), 0640), 0);
		assert_int_equal(file_read(path, sizes[i], &text, &len), 0);
		assert_int_equal(len, sizes[i]);
		assert_memory_equal(text, content, len);
		assert_int_equal(text[len], 0);
		free(text);
		text = NULL;
		len = 77;
		if (sizes[i] > 0)
			assert_int_equal(file_read(path, sizes[i] - 1, &text, &len), ERR_LIMIT);
		assert_null(text);
		assert_int_equal(len, 77);
	}
	unlink(path_of("content"));
	assert_int_equal(file_read(path_of("content"), 10, &text, &len), ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_read(directory, 10, &text, &len), ERR_IO);
	assert_int_equal(errno, EISDIR);
}

static void reads_pipes_within_the_bound(void **state)
{
	char path[64], *text = NULL;
	size_t len;
	int ends[2];

	(void)state;
	for (size_t max = 4; max <= 5; max++) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], "hello", 5), 5);
		close(ends[1]);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		assert_int_equal(file_read(path, max, &text, &len), max < 5 ? ERR_LIMIT : 0);
		close(ends[0]);
	}
	assert_string_equal(text, "hello");
	free(text);
}

static void replaces_or_leaves_nothing(void **state)
{
	char path[256], *text = NULL;
	struct stat st;
	size_t len;
	mode_t mask = umask(077);

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("file"));
	assert_int_equal(file_replace(path, SPAN_LITERAL("old"), 0600), 0);
	/* What a crash left behind is no obstacle. */
	assert_int_equal(symlink("/nonexistent", path_of("file.tmp")), 0);
	assert_int_equal(file_replace(path, SPAN_LITERAL("new"), 0644), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_read(path, 10, &text, &len), 0);
	assert_string_equal(text, "new");
	free(text);
	assert_int_equal(access(path_of("file.tmp"), F_OK), -1);
	assert_int_equal(unlink(path), 0);

	/* A directory cannot be replaced by a file. */
	assert_int_equal(mkdir(path_of("taken"), 0700), 0);
	assert_int_equal(file_replace(path_of("taken"), SPAN_LITERAL("x"), 0600), ERR_IO);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(access(path_of("taken.tmp"), F_OK), -1);
	assert_int_equal(rmdir(path_of("taken")), 0);
	assert_int_equal(file_replace(path_of("no/such"), SPAN_LITERAL("x"), 0600), ERR_IO);
	assert_int_equal(errno, ENOENT);
}

static void sealed(int fd)
{
	const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	char *text = NULL;
	size_t len;

	assert_int_equal(fcntl(fd, F_GET_SEALS) & all, all);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(file_read_fd(fd, 100, &text, &len), 0);
		assert_string_equal(text, "content");
		free(text);
	}
	close(fd);
}

static void seals_copies(void **state)
{
	char path[256];
	int fd, copy = -1;

	(void)state;
	assert_int_equal(file_seal_span(SPAN_LITERAL("content"), "test", &copy), 0);
	sealed(copy);
	snprintf(path, sizeof(path), "%s", path_of("source"));
	assert_int_equal(file_replace(path, SPAN_LITERAL("content"), 0600), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	copy = -1;
	assert_int_equal(file_seal_copy(fd, "test", 6, &copy), ERR_LIMIT);
	assert_int_equal(copy, -1);
	/* From the start, wherever the descriptor stands. */
	assert_int_equal(lseek(fd, 3, SEEK_SET), 3);
	assert_int_equal(file_seal_copy(fd, "test", 7, &copy), 0);
	close(fd);
	unlink(path);
	sealed(copy);
}

static void makes_directories(void **state)
{
	char path[PATH_MAX + 2];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("a//b/c/"));
	assert_int_equal(file_make_directory(path, 0750), 0);
	assert_int_equal(file_make_directory(path, 0750), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(file_make_directory("/", 0750), 0);
	assert_int_equal(file_make_directory("", 0750), ERR_IO);

	assert_int_equal(file_replace(path_of("a/file"), span_text(""), 0600), 0);
	assert_int_equal(file_make_directory(path_of("a/file"), 0750), ERR_IO);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(file_make_directory(path_of("a/file/d"), 0750), ERR_IO);
	assert_int_equal(errno, ENOTDIR);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	assert_int_equal(file_make_directory(path, 0750), ERR_IO);
	assert_int_equal(errno, ENAMETOOLONG);
	unlink(path_of("a/file"));
	rmdir(path_of("a/b/c"));
	rmdir(path_of("a/b"));
	rmdir(path_of("a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_whole_files_within_the_bound),
		cmocka_unit_test(reads_pipes_within_the_bound),
		cmocka_unit_test(replaces_or_leaves_nothing),
		cmocka_unit_test(seals_copies),
		cmocka_unit_test(makes_directories),
	};

	return cmocka_run_group_tests_name("file", tests, make_directory, remove_directory);
}
