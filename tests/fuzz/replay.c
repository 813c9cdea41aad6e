/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Runs a fuzz target over a corpus without a fuzzer: arguments are files and directories. Fails
 * when there are fewer inputs than a corpus must have, so that an empty one is noticed.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define INPUTS_MIN 50
#define INPUT_MAX (1 << 20)
#define PATH_LEN_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy on the heap, so that a sanitizer sees the first octet behind it. */
static int run_file(const char *path)
{
	static uint8_t room[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	uint8_t *copy = NULL;
	int count = -1;
	size_t len;

	if (!file)
		goto out;
	len = fread(room, 1, sizeof(room), file);
	copy = malloc(len ? len : 1);
	if (ferror(file) || !copy)
		goto out;
	for (size_t i = 0; i < len; i++)
		copy[i] = room[i];
	LLVMFuzzerTestOneInput(copy, len);
	count = 1;
out:
	if (count < 0)
		fprintf(stderr, "cannot read '%s'\n", path);
	free(copy);
	if (file)
		fclose(file);
	return count;
}

static int run_directory(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!directory) {
		fprintf(stderr, "cannot read '%s'\n", path);
		return -1;
	}
	while (count >= 0 && (entry = readdir(directory))) {
		char inside[PATH_LEN_MAX];
		int len = snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (len < 0 || len >= (int)sizeof(inside) || run_file(inside) < 0)
			count = -1;
		else
			count++;
	}
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat info;
		bool is_directory = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
		int count = is_directory ? run_directory(argv[i]) : run_file(argv[i]);

		if (count < 0)
			return 1;
		total += count;
	}
	printf("%d inputs\n", total);
	if (total < INPUTS_MIN) {
		fprintf(stderr, "fewer than %d inputs; add seeds to the corpus\n", INPUTS_MIN);
		return 1;
	}
	return 0;
}
