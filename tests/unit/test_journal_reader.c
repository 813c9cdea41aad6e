/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "journal/packed.h"
#include "journal/reader.h"
#include "journal/record.h"

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/celnik-reader-XXXXXX");
	assert_non_null(mkdtemp(directory));
	return 0;
}

static int teardown(void **state)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(directory);
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void append(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "a");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* In ten octets that do not shrink to nothing. */
static void append_number(const char *name, unsigned number)
{
	char text[11];

	snprintf(text, sizeof(text), "%010u", number * 2654435761u);
	append(name, text);
}

static struct journal_reader *reader_of(const char *stream, uint64_t since_ns)
{
	struct journal_reader *r = NULL;

	assert_int_equal(journal_reader_new(directory, stream, since_ns, &r), 0);
	return r;
}

static void expect(struct journal_reader *r, const char *text)
{
	struct span line = {NULL, 0};

	if (!text) {
		assert_int_equal(journal_reader_next(r, &line), ERR_MISSING);
		assert_null(line.data);
		return;
	}
	assert_int_equal(journal_reader_next(r, &line), 0);
	assert_int_equal(line.len, strlen(text));
	assert_memory_equal(line.data, text, line.len);
}

#define FIRST "events-20261123T100000Z-aa-000001.jsonl"
#define SECOND "events-20261123T100000Z-aa-000002.jsonl"
#define FOURTH "events-20261124T100000Z-bb-000002.jsonl"
#define THIRD "events-20261124T100000Z-bb-000001.jsonl"

/* Segments in the order of their names, others not, torn lines not. */
static void order(void **state)
{
	struct journal_reader *r;

	(void)state;
	append(SECOND, "c\n");
	append(THIRD, "d\ne");
	append(FIRST, "a\n\nb\ntorn");
	append("queries-20261123T100000Z-aa-000001.jsonl", "q\n");
	append("events-20261123T100000Z-aa-000001.jsonl.zst", "z\n");
	append("events.jsonl", "x\n");
	assert_int_equal(mkdir(path_of("events-directory.jsonl"), 0700), 0);
	r = reader_of("events", 0);
	expect(r, "a");
	expect(r, "");
	expect(r, "b");
	expect(r, "c");
	expect(r, "d");
	expect(r, NULL);
	expect(r, NULL);
	append(THIRD, "nd\n");
	expect(r, "end");
	expect(r, NULL);
	journal_reader_free(r);
	assert_int_equal(rmdir(path_of("events-directory.jsonl")), 0);
}

/* Across rotation, also to a name that sorts before: the clock was set back. */
static void follows(void **state)
{
	struct journal_reader *r = reader_of("events", 0);

	(void)state;
	expect(r, NULL);
	append(SECOND, "a\n");
	expect(r, "a");
	expect(r, NULL);
	append(SECOND, "b\n");
	append(THIRD, "c\n");
	expect(r, "b");
	expect(r, "c");
	expect(r, NULL);
	append(FIRST, "d\n");
	expect(r, "d");
	append(FIRST, "e\n");
	expect(r, "e");
	expect(r, NULL);
	journal_reader_free(r);
}

static void since(void **state)
{
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct journal_reader *r;

	(void)state;
	append(FIRST, "old\n");
	append(SECOND, "new\n");
	assert_int_equal(utimensat(AT_FDCWD, path_of(FIRST), old, 0), 0);
	r = reader_of("events", 2000 * NS_PER_S);
	expect(r, "new");
	expect(r, NULL);
	append(THIRD, "newer\n");
	expect(r, "newer");
	expect(r, NULL);
	journal_reader_free(r);
	r = reader_of("events", 1000 * NS_PER_S);
	expect(r, "old");
	journal_reader_free(r);
}

/* Retention goes on while somebody reads. */
static void deleted(void **state)
{
	struct journal_reader *r;

	(void)state;
	append(FIRST, "a\nb\n");
	append(SECOND, "c\n");
	append(THIRD, "d\n");
	r = reader_of("events", 0);
	expect(r, "a");
	unlink(path_of(FIRST));
	unlink(path_of(SECOND));
	expect(r, "b");
	expect(r, "d");
	expect(r, NULL);
	journal_reader_free(r);
}

/* Lines longer than any of ours are passed over, those up to it are not. */
static void long_lines(void **state)
{
	static const size_t sizes[] = {10, 65536, 200000, JOURNAL_LINE_MAX, JOURNAL_LINE_MAX * 2,
		JOURNAL_LINE_MAX + 100000};
	struct journal_reader *r;
	struct span line;
	FILE *f = fopen(path_of(FIRST), "w");

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < sizes[i]; k++)
			fputc('x', f);
		fputs("\nshort\n", f);
	}
	fclose(f);
	r = reader_of("events", 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i] <= JOURNAL_LINE_MAX) {
			assert_int_equal(journal_reader_next(r, &line), 0);
			assert_int_equal(line.len, sizes[i]);
		}
		expect(r, "short");
	}
	expect(r, NULL);
	journal_reader_free(r);
}

/* As a sealer does it: the whole file as name.zst, and the plain one gone. */
static void pack(const char *name)
{
	struct packer *packer = NULL;
	char *text = NULL, *half;
	size_t len;
	int fd;

	assert_int_equal(file_read(path_of(name), JOURNAL_LINE_MAX, &text, &len), 0);
	unlink(path_of(name));
	assert_true(asprintf(&half, "%s.zst", path_of(name)) > 0);
	fd = open(half, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(packer_new(fd, &packer), 0);
	assert_int_equal(packer_add(packer, span_of(text, len)), 0);
	assert_int_equal(packer_end(packer), 0);
	packer_free(packer);
	close(fd);
	free(half);
	free(text);
}

/* Sealed segments among others; one that is sealed between listing and opening, and one while it is
 * being read. */
static void packed(void **state)
{
	struct journal_reader *r;

	(void)state;
	append(FIRST, "a\nb\n");
	append(SECOND, "c\nd\n");
	append(THIRD, "e\n");
	pack(FIRST);
	r = reader_of("events", 0);
	expect(r, "a");
	pack(SECOND);
	expect(r, "b");
	expect(r, "c");
	expect(r, "d");
	expect(r, "e");
	expect(r, NULL);
	pack(THIRD);
	expect(r, NULL);
	append(FOURTH, "f\n");
	expect(r, "f");
	expect(r, NULL);
	journal_reader_free(r);
}

/* Lines longer than what is unpacked at a time, and a segment without lines. */
static void packed_long(void **state)
{
	struct journal_reader *r;
	struct span line;

	(void)state;
	append(FIRST, "");
	pack(FIRST);
	for (unsigned i = 0; i < 40; i++) {
		for (unsigned k = 0; k < 5000; k++)
			append_number(SECOND, i * k);
		append(SECOND, "\n");
	}
	pack(SECOND);
	r = reader_of("events", 0);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(journal_reader_next(r, &line), 0);
	assert_int_equal(line.len, 50000);
	expect(r, NULL);
	journal_reader_free(r);
}

/* The lines that come before the first of another segment, or before an error. */
static int read_damaged(char *text, size_t size)
{
	struct journal_reader *r = reader_of("events", 0);
	struct span line;
	size_t len = 0;
	int err;

	while ((err = journal_reader_next(r, &line)) == 0 && *line.data != 'd' && len + 1 < size)
		text[len++] = (char)*line.data;
	text[len] = '\0';
	if (err)
		expect(r, "d");
	expect(r, NULL);
	journal_reader_free(r);
	return err;
}

/* Cut anywhere, or with a bit changed, it is an error, and reading goes on behind it. A bit that
 * changes no text, as of the size of the window, may pass. */
static void packed_damaged(void **state)
{
	char *whole = NULL, text[8];
	unsigned passed = 0;
	size_t len;

	(void)state;
	append(FIRST, "a\nb\nc\n");
	pack(FIRST);
	append(SECOND, "d\n");
	assert_int_equal(file_read(path_of(FIRST ".zst"), 1024, &whole, &len), 0);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(file_replace(path_of(FIRST ".zst"), span_of(whole, i), 0600), 0);
		assert_int_equal(read_damaged(text, sizeof(text)), ERR_FORMAT);
	}
	for (size_t bit = 0; bit < len * 8; bit++) {
		whole[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(file_replace(path_of(FIRST ".zst"), span_of(whole, len), 0600), 0);
		if (read_damaged(text, sizeof(text)) == 0) {
			assert_string_equal(text, "abc");
			passed++;
		}
		whole[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_true(passed < 16);
	free(whole);
}

static void missing(void **state)
{
	struct journal_reader *r = NULL;

	(void)state;
	assert_int_equal(journal_reader_new(path_of("none"), "events", 0, &r), ERR_IO);
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order, setup, teardown),
		cmocka_unit_test_setup_teardown(follows, setup, teardown),
		cmocka_unit_test_setup_teardown(since, setup, teardown),
		cmocka_unit_test_setup_teardown(deleted, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(packed, setup, teardown),
		cmocka_unit_test_setup_teardown(packed_long, setup, teardown),
		cmocka_unit_test_setup_teardown(packed_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(missing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
