/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * A generation whose checksum is right and whose content is hostile. Each four octets of the input
 * change one octet of a small sound generation: three say where, one what. What can still be opened
 * is looked into.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "store/builder.h"
#include "store/store.h"

#define IMAGE_MAX ((size_t)1 << 20)
#define ROWS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fill(struct builder *b)
{
	struct builder_row row = {.fact = FACT_OPERATED,
		.country = "CN",
		.file = SPAN_LITERAL("f"),
		.vendor = SPAN_LITERAL("w")};
	uint8_t key[] = "\3com\4a000", octets[16] = {0x20, 1};
	struct inet_addr first, last;
	uint32_t list;

	require(builder_list(b, SPAN_LITERAL("l"), &list) == 0);
	require(builder_vendor(b, SPAN_LITERAL("v"), SPAN_LITERAL("V"), SPAN_LITERAL("")) == 0);
	require(builder_vendor(b, SPAN_LITERAL("w"), SPAN_LITERAL("W"), SPAN_LITERAL("v")) == 0);
	require(builder_name(b, SPAN_LITERAL("\3com"), NAME_MATCH_TLD, &row) == 0);
	for (row.line = 1; row.line < 250; row.line++) {
		key[6] = (uint8_t)('0' + row.line / 100);
		key[7] = (uint8_t)('0' + row.line / 10 % 10);
		key[8] = (uint8_t)('0' + row.line % 10);
		require(builder_name(b, span_of(key, 9), NAME_MATCH_SUFFIX, &row) == 0);
		octets[2] = (uint8_t)row.line;
		first = last = inet_addr_v6(octets);
		last.octets[15] = 9;
		require(builder_range(b, &first, &last, &row) == 0);
		require(builder_asn(b, row.line, &row) == 0);
	}
}

/* Made once. */
static const uint8_t *image(size_t *len)
{
	static const uint8_t sources[DIGEST_LEN];
	static char *content;
	static size_t content_len;
	char path[] = "/tmp/celnik-fuzz-XXXXXX";
	struct builder *b = NULL;
	const char *problem;

	if (!content) {
		int fd = mkstemp(path);

		require(fd >= 0 && builder_new(&b) == 0);
		fill(b);
		require(builder_write(b, path, sources, 1, &problem) == 0);
		close(fd);
		require(file_read(path, IMAGE_MAX, &content, &content_len) == 0);
		unlink(path);
		builder_free(b);
	}
	*len = content_len;
	return (const uint8_t *)content;
}

static void look(struct store *s)
{
	struct inet_addr addr = inet_addr_v6((const uint8_t[16]){0x20, 1, 7, [15] = 5});
	struct store_row rows[ROWS];
	struct store_reader *r;

	require(store_reader_new(s, &r) == 0);
	store_find_name(r, SPAN_LITERAL("\3com\4a007\1x"), rows, ROWS);
	store_find_name(r, SPAN_LITERAL("\3com\4a9"), rows, ROWS);
	store_find_name(r, SPAN_LITERAL("\2zz"), rows, ROWS);
	store_find_address(r, &addr, rows, ROWS);
	store_find_asn(r, 100, rows, ROWS);
	store_has_vendor(s, SPAN_LITERAL("x"));
	store_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct store *s = NULL;
	size_t len;
	const uint8_t *sound = image(&len);
	uint8_t *changed = malloc(len);
	int fd;

	require(changed);
	memcpy(changed, sound, len);
	for (; size >= 4; data += 4, size -= 4) {
		size_t at = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2];

		changed[at % (len - DIGEST_LEN)] = data[3];
	}
	require(digest_of(span_of(changed, len - DIGEST_LEN), changed + len - DIGEST_LEN) == 0);
	require(file_seal_span(span_of(changed, len), "fuzz", &fd) == 0);
	if (store_open_fd(fd, &s) == 0)
		look(s);
	store_close(s);
	close(fd);
	free(changed);
	return 0;
}
