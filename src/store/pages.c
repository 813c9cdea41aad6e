/* SPDX-License-Identifier: BSD-3-Clause */

#include "pages.h"

#include <stdlib.h>
#include <string.h>

/* The layout is that of LMDB's mdb.c: MDB_page, MDB_node, MDB_meta and MDB_db on 64 bits. */

#define DEPTH_MAX 16 /* LMDB's own cursor stack holds 32 */
#define PAGE_SIZE_MIN 4096
#define PAGE_SIZE_MAX 32768

#define PAGE_HEADER 16
#define PAGE_NUMBER 0 /* u64 */
#define PAGE_FLAGS 10 /* u16 */
#define PAGE_LOWER 12 /* u16; of an overflow run the u32 count of pages */
#define PAGE_UPPER 14 /* u16 */
#define FLAG_BRANCH 0x01
#define FLAG_LEAF 0x02
#define FLAG_OVERFLOW 0x04
#define FLAG_META 0x08

#define NODE_HEADER 8 /* u16 low, u16 high, u16 flags, u16 key length */
#define NODE_BIG 0x01 /* the value is the number of an overflow page */
#define KEY_MAX 511

#define META_MAGIC_VALUE 0xBEEFC0DEu
#define META_MAGIC 0 /* u32 */
#define META_VERSION 4 /* u32 */
#define META_FREE 24 /* MDB_db */
#define META_MAIN 72 /* MDB_db */
#define META_LAST_PAGE 120 /* u64 */
#define META_TXN 128 /* u64 */
#define DB_PAD 0 /* u32; of the free database the page size */
#define DB_FLAGS 4 /* u16 */
#define DB_DEPTH 6 /* u16 */
#define DB_ROOT 40 /* u64 */
#define ROOT_NONE UINT64_MAX
#define FREE_FLAGS 0x4008 /* MDB_NOSUBDIR, MDB_INTEGERKEY */

struct walk {
	struct span file;
	size_t page_size;
	uint64_t pages;
	uint8_t *seen; /* a bit per page */
};

/* Numbers in an LMDB file are in the order of the machine. */
static uint16_t native_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t native_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t native_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Takes pages that nothing else has taken: each may be reached in one way only. */
static bool claim(struct walk *w, uint64_t first, uint64_t count)
{
	if (first < 2 || first >= w->pages || count == 0 || count > w->pages - first)
		return false;
	for (uint64_t p = first; p < first + count; p++) {
		uint8_t bit = (uint8_t)(1u << (p & 7));

		if (w->seen[p >> 3] & bit)
			return false;
		w->seen[p >> 3] |= bit;
	}
	return true;
}

static unsigned key_count(const uint8_t *page)
{
	return (unsigned)(native_u16(page + PAGE_LOWER) - PAGE_HEADER) / 2;
}

static const uint8_t *node_at(const uint8_t *page, unsigned index)
{
	return page + native_u16(page + PAGE_HEADER + 2 * index);
}

static uint64_t branch_child(const uint8_t *page, unsigned index)
{
	const uint8_t *node = node_at(page, index);

	return native_u16(node) | (uint64_t)native_u16(node + 2) << 16 |
	       (uint64_t)native_u16(node + 4) << 32;
}

static bool overflow_is_sound(struct walk *w, uint64_t number, uint64_t len)
{
	uint64_t need = (PAGE_HEADER + len + w->page_size - 1) / w->page_size;
	const uint8_t *page;

	if (number >= w->pages)
		return false;
	page = w->file.data + number * w->page_size;
	return native_u16(page + PAGE_FLAGS) == FLAG_OVERFLOW &&
	       native_u32(page + PAGE_LOWER) == need && claim(w, number, need);
}

static bool leaf_node_is_sound(struct walk *w, const uint8_t *node, size_t room)
{
	uint64_t len = native_u16(node) | (uint64_t)native_u16(node + 2) << 16;
	unsigned flags = native_u16(node + 4);
	size_t key_len = native_u16(node + 6);

	if (key_len == 0 || key_len > KEY_MAX || (flags & ~(unsigned)NODE_BIG) ||
		NODE_HEADER + key_len > room)
		return false;
	room -= NODE_HEADER + key_len;
	if (!(flags & NODE_BIG))
		return len <= room;
	return room >= sizeof(uint64_t) &&
	       overflow_is_sound(w, native_u64(node + NODE_HEADER + key_len), len);
}

static bool branch_node_is_sound(const uint8_t *node, size_t room)
{
	size_t key_len = native_u16(node + 6);

	return key_len <= KEY_MAX && NODE_HEADER + key_len <= room;
}

static bool nodes_are_sound(struct walk *w, const uint8_t *page, bool leaf)
{
	unsigned count = key_count(page);
	size_t upper = native_u16(page + PAGE_UPPER);

	for (unsigned i = 0; i < count; i++) {
		size_t at = native_u16(page + PAGE_HEADER + 2 * i);

		if (at < upper || at > w->page_size - NODE_HEADER || (at & 1))
			return false;
		if (leaf ? !leaf_node_is_sound(w, page + at, w->page_size - at)
			 : !branch_node_is_sound(page + at, w->page_size - at))
			return false;
	}
	return true;
}

static bool page_is_sound(struct walk *w, uint64_t number, bool leaf)
{
	const uint8_t *page;
	size_t lower, upper;

	if (!claim(w, number, 1))
		return false;
	page = w->file.data + number * w->page_size;
	lower = native_u16(page + PAGE_LOWER);
	upper = native_u16(page + PAGE_UPPER);
	return native_u64(page + PAGE_NUMBER) == number &&
	       native_u16(page + PAGE_FLAGS) == (leaf ? FLAG_LEAF : FLAG_BRANCH) &&
	       lower >= PAGE_HEADER + (leaf ? 2 : 4) && (lower & 1) == 0 && lower <= upper &&
	       upper <= w->page_size && nodes_are_sound(w, page, leaf);
}

static bool tree_is_sound(struct walk *w, uint64_t root, unsigned depth)
{
	struct {
		const uint8_t *page;
		unsigned next;
	} stack[DEPTH_MAX] = {0};
	unsigned level = 0;

	if (depth == 0 || depth > DEPTH_MAX || !page_is_sound(w, root, depth == 1))
		return false;
	stack[0].page = w->file.data + root * w->page_size;
	for (;;) {
		uint64_t child;

		if (level + 1 == depth || stack[level].next == key_count(stack[level].page)) {
			if (level == 0)
				return true;
			level--;
			continue;
		}
		child = branch_child(stack[level].page, stack[level].next++);
		level++;
		if (!page_is_sound(w, child, level + 1 == depth))
			return false;
		stack[level].page = w->file.data + child * w->page_size;
		stack[level].next = 0;
	}
}

static bool meta_is_sound(const uint8_t *page, uint32_t page_size)
{
	const uint8_t *meta = page + PAGE_HEADER;

	return native_u16(page + PAGE_FLAGS) == FLAG_META &&
	       native_u32(meta + META_MAGIC) == META_MAGIC_VALUE &&
	       native_u32(meta + META_VERSION) == 1 &&
	       native_u32(meta + META_FREE + DB_PAD) == page_size &&
	       native_u16(meta + META_FREE + DB_FLAGS) == FREE_FLAGS &&
	       native_u32(meta + META_MAIN + DB_PAD) == 0 &&
	       native_u16(meta + META_MAIN + DB_FLAGS) == 0;
}

/* The first meta page is the empty one of the beginning, the second that of the one transaction. */
static bool metas_are_sound(const struct walk *w)
{
	const uint8_t *first = w->file.data + PAGE_HEADER;
	const uint8_t *second = first + w->page_size;

	return meta_is_sound(w->file.data, (uint32_t)w->page_size) &&
	       meta_is_sound(w->file.data + w->page_size, (uint32_t)w->page_size) &&
	       native_u64(first + META_TXN) == 0 &&
	       native_u64(first + META_MAIN + DB_ROOT) == ROOT_NONE &&
	       native_u64(first + META_LAST_PAGE) == 1 && native_u64(second + META_TXN) == 1 &&
	       native_u64(second + META_LAST_PAGE) == w->pages - 1;
}

int pages_check(struct span file)
{
	struct walk w = {.file = file};
	const uint8_t *meta;
	bool sound;

	if (file.len < 2 * PAGE_SIZE_MIN)
		return ERR_FORMAT;
	w.page_size = native_u32(file.data + PAGE_HEADER + META_FREE + DB_PAD);
	if (w.page_size < PAGE_SIZE_MIN || w.page_size > PAGE_SIZE_MAX ||
		(w.page_size & (w.page_size - 1)) || file.len % w.page_size)
		return ERR_FORMAT;
	w.pages = file.len / w.page_size;
	if (w.pages < 3 || !metas_are_sound(&w))
		return ERR_FORMAT;
	w.seen = calloc(w.pages / 8 + 1, 1);
	if (!w.seen)
		return ERR_MEMORY;
	meta = file.data + w.page_size + PAGE_HEADER;
	sound = tree_is_sound(&w, native_u64(meta + META_MAIN + DB_ROOT),
		native_u16(meta + META_MAIN + DB_DEPTH));
	free(w.seen);
	return sound ? 0 : ERR_FORMAT;
}
