/* SPDX-License-Identifier: BSD-3-Clause */

#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "tables.h"

#define ITEMS_MIN 64
#define LISTS_MAX 4096
#define TEXT_MAX 65535

/* What a fact is about: the first octet of its duplicate key. */
enum subject { SUBJECT_NAME, SUBJECT_RANGE, SUBJECT_ASN };

int model_room(void **items, size_t *capacity, size_t count, size_t size)
{
	size_t wanted = *capacity ? *capacity * 2 : ITEMS_MIN;
	void *grown;

	if (count < *capacity)
		return 0;
	if (count >= UINT32_MAX / 4)
		return ERR_LIMIT;
	grown = reallocarray(*items, wanted, size);
	if (!grown)
		return ERR_MEMORY;
	*items = grown;
	*capacity = wanted;
	return 0;
}

int builder_new(struct builder **out)
{
	struct builder *b = calloc(1, sizeof(*b));
	struct intern *const sets[] = {
		&b->strings, &b->entries, &b->keys, &b->facts, &b->vendor_ids};
	uint32_t empty;
	int err = 0;

	if (!b)
		return ERR_MEMORY;
	for (size_t i = 0; !err && i < sizeof(sets) / sizeof(sets[0]); i++)
		err = intern_init(sets[i]);
	if (!err)
		err = intern_put(&b->strings, span_of(NULL, 0), &empty, NULL);
	if (err)
		builder_free(b);
	else
		*out = b;
	return err;
}

void builder_free(struct builder *b)
{
	if (!b)
		return;
	intern_release(&b->strings);
	intern_release(&b->entries);
	intern_release(&b->keys);
	intern_release(&b->facts);
	intern_release(&b->vendor_ids);
	free(b->names.items);
	free(b->ranges.items);
	free(b->asns.items);
	free(b->vendors.items);
	free(b->lists.items);
	free(b);
}

static int text_put(struct builder *b, struct span text, uint32_t *number)
{
	return text.len > TEXT_MAX ? ERR_LIMIT : intern_put(&b->strings, text, number, NULL);
}

int builder_list(struct builder *b, struct span name, uint32_t *index)
{
	struct model_list list = {0};
	int err;

	if (b->lists.count == LISTS_MAX)
		return ERR_LIMIT;
	err = text_put(b, name, &list.name);
	if (err)
		return err;
	for (size_t i = 0; i < b->lists.count; i++)
		if (b->lists.items[i].name == list.name)
			return ERR_STATE;
	err = MODEL_ROOM(&b->lists);
	if (err)
		return err;
	*index = (uint32_t)b->lists.count;
	b->lists.items[b->lists.count++] = list;
	return 0;
}

void builder_count_refused(struct builder *b, uint32_t list, uint32_t skipped, uint32_t off)
{
	if (list >= b->lists.count)
		return;
	b->lists.items[list].skipped += skipped;
	b->lists.items[list].off += off;
}

int builder_vendor(struct builder *b, struct span id, struct span name, struct span parent)
{
	struct model_vendor vendor = {0};
	uint32_t index;
	bool is_new;
	int err;

	if (id.len == 0)
		return ERR_FORMAT;
	if (builder_has_vendor(b, id))
		return ERR_STATE;
	err = text_put(b, id, &vendor.id);
	if (!err)
		err = text_put(b, name, &vendor.name);
	if (!err)
		err = text_put(b, parent, &vendor.parent);
	if (!err)
		err = MODEL_ROOM(&b->vendors);
	if (!err)
		err = intern_put(&b->vendor_ids, id, &index, &is_new);
	if (!err)
		b->vendors.items[b->vendors.count++] = vendor;
	return err;
}

bool builder_has_vendor(const struct builder *b, struct span id)
{
	uint32_t index;

	return intern_find(&b->vendor_ids, id, &index);
}

static bool country_is_sound(const char country[3])
{
	bool none = country[0] == '\0';
	bool code = country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' &&
		    country[1] <= 'Z' && country[2] == '\0';

	return none || code;
}

static bool row_is_sound(const struct builder *b, const struct builder_row *row)
{
	return row->list < b->lists.count && row->fact < FACT_COUNT &&
	       row->confidence <= CONFIDENCE_HIGH && country_is_sound(row->country);
}

static int entry_put(
	struct builder *b, const struct builder_row *row, enum name_match match, uint32_t *number)
{
	uint8_t e[ENTRY_LEN] = {[ENTRY_FACT] = (uint8_t)row->fact,
		[ENTRY_CONFIDENCE] = (uint8_t)row->confidence,
		[ENTRY_MATCH] = (uint8_t)match};
	uint32_t file, vendor, category, source;
	int err;

	err = text_put(b, row->file, &file);
	if (!err)
		err = text_put(b, row->vendor, &vendor);
	if (!err)
		err = text_put(b, row->category, &category);
	if (!err)
		err = text_put(b, row->source, &source);
	if (err)
		return err;
	if (row->country[0])
		memcpy(e + ENTRY_COUNTRY, row->country, 2);
	format_put_u32(e + ENTRY_ASN, row->asn);
	format_put_u32(e + ENTRY_LIST, row->list);
	format_put_u32(e + ENTRY_FILE, file);
	format_put_u32(e + ENTRY_VENDOR, vendor);
	format_put_u32(e + ENTRY_CATEGORY, category);
	format_put_u32(e + ENTRY_SOURCE, source);
	return intern_put(&b->entries, span_of(e, sizeof(e)), number, NULL);
}

/* ERR_STATE when the same was said before: subject and value, list and fact and what else counts.
 */
static int fact_note(struct builder *b, enum subject subject, struct span value,
	const struct builder_row *row, enum name_match match)
{
	uint8_t storage[512];
	struct buf key;
	uint32_t number;
	bool is_new;
	int err;

	buf_init_fixed(&key, storage, sizeof(storage));
	buf_put_u8(&key, (uint8_t)subject);
	buf_put_u8(&key, (uint8_t)row->fact);
	buf_put_u8(&key, (uint8_t)match);
	buf_put_u32(&key, row->list);
	buf_put_span(&key, value);
	if (subject != SUBJECT_NAME) {
		/* Two operators of one address or AS are two facts. */
		buf_put(&key, row->country, sizeof(row->country));
		buf_put_u32(&key, row->asn);
		buf_put_span(&key, span_part(row->vendor, 0, 128));
		buf_put_u8(&key, 0);
		buf_put_span(&key, span_part(row->category, 0, 128));
	}
	err = intern_put(&b->facts, buf_span(&key), &number, &is_new);
	if (err)
		return err;
	return is_new ? 0 : ERR_STATE;
}

int builder_name(
	struct builder *b, struct span key, enum name_match match, const struct builder_row *row)
{
	struct model_name name = {.line = row->line};
	int err;

	if (key.len == 0 || key.len > FORMAT_NAME_KEY_MAX || match > NAME_MATCH_TLD ||
		!tables_key_has_boundary(key, key.len) || !row_is_sound(b, row))
		return ERR_FORMAT;
	err = fact_note(b, SUBJECT_NAME, key, row, match);
	if (!err)
		err = entry_put(b, row, match, &name.entry);
	if (!err)
		err = intern_put(&b->keys, key, &name.key, NULL);
	if (!err)
		err = MODEL_ROOM(&b->names);
	if (err)
		return err;
	b->names.items[b->names.count++] = name;
	b->lists.items[row->list].names++;
	return 0;
}

/* IPv4 lies inside IPv6 as ::ffff:0:0/96: a range of one kind must not reach into the other. */
static bool range_is_sound(const struct inet_addr *first, const struct inet_addr *last)
{
	static const uint8_t low[4] = {0}, high[4] = {255, 255, 255, 255};
	struct inet_addr v4_first = inet_addr_v4(low), v4_last = inet_addr_v4(high);
	bool is_v4 =
		inet_addr_compare(first, &v4_first) >= 0 && inet_addr_compare(last, &v4_last) <= 0;
	bool overlaps =
		inet_addr_compare(first, &v4_last) <= 0 && inet_addr_compare(last, &v4_first) >= 0;

	return inet_addr_compare(first, last) <= 0 && is_v4 == overlaps;
}

int builder_range(struct builder *b, const struct inet_addr *first, const struct inet_addr *last,
	const struct builder_row *row)
{
	struct flatten_range range = {.line = row->line};
	uint8_t both[2 * FORMAT_ADDRESS_LEN];
	int err;

	if (!range_is_sound(first, last) || !row_is_sound(b, row))
		return ERR_FORMAT;
	memcpy(range.first, first->octets, sizeof(range.first));
	memcpy(range.last, last->octets, sizeof(range.last));
	memcpy(both, range.first, sizeof(range.first));
	memcpy(both + FORMAT_ADDRESS_LEN, range.last, sizeof(range.last));
	err = fact_note(b, SUBJECT_RANGE, span_of(both, sizeof(both)), row, NAME_MATCH_EXACT);
	if (!err)
		err = entry_put(b, row, NAME_MATCH_EXACT, &range.entry);
	if (!err)
		err = MODEL_ROOM(&b->ranges);
	if (err)
		return err;
	b->ranges.items[b->ranges.count++] = range;
	b->lists.items[row->list].ranges++;
	return 0;
}

int builder_asn(struct builder *b, uint32_t asn, const struct builder_row *row)
{
	struct builder_row numbered = *row;
	struct model_asn item = {.asn = asn, .line = row->line};
	int err;

	if (!row_is_sound(b, row))
		return ERR_FORMAT;
	numbered.asn = asn;
	err = fact_note(b, SUBJECT_ASN, span_of(NULL, 0), &numbered, NAME_MATCH_EXACT);
	if (!err)
		err = entry_put(b, &numbered, NAME_MATCH_EXACT, &item.entry);
	if (!err)
		err = MODEL_ROOM(&b->asns);
	if (err)
		return err;
	b->asns.items[b->asns.count++] = item;
	b->lists.items[row->list].asns++;
	return 0;
}
