/* SPDX-License-Identifier: BSD-3-Clause */

#include "tables.h"

#include <string.h>

#define LABEL_MAX 63

static bool strings_are_sound(struct tables *t)
{
	struct span s = t->values[TABLE_STRINGS];
	uint64_t text_at;
	uint32_t last = 0;

	if (s.len < 4)
		return false;
	t->strings = format_u32(s.data);
	text_at = 4 + ((uint64_t)t->strings + 1) * 4;
	if (t->strings == 0 || text_at > s.len)
		return false;
	for (uint32_t i = 0; i <= t->strings; i++) {
		uint32_t offset = format_u32(s.data + 4 + 4 * (size_t)i);

		if (offset < last || offset > s.len - text_at)
			return false;
		last = offset;
	}
	return last == s.len - text_at && tables_string(t, 0).len == 0;
}

static bool letter_is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool entry_is_sound(const struct tables *t, const uint8_t *e)
{
	const uint8_t *c = e + ENTRY_COUNTRY;

	return e[ENTRY_FACT] < FACT_COUNT && e[ENTRY_CONFIDENCE] <= CONFIDENCE_HIGH &&
	       e[ENTRY_MATCH] <= NAME_MATCH_TLD &&
	       ((c[0] == 0 && c[1] == 0) || (letter_is_upper(c[0]) && letter_is_upper(c[1]))) &&
	       format_u32(e + ENTRY_LIST) < t->lists && format_u32(e + ENTRY_FILE) < t->strings &&
	       format_u32(e + ENTRY_VENDOR) <= t->vendors &&
	       format_u32(e + ENTRY_CATEGORY) < t->strings &&
	       format_u32(e + ENTRY_SOURCE) < t->strings;
}

static const uint8_t *vendor_at(const struct tables *t, uint32_t index)
{
	return t->values[TABLE_VENDORS].data + (size_t)index * VENDOR_LEN;
}

/* Sorted by id, parents exist, and no chain is longer than a row can show (so none is a circle). */
static bool vendors_are_sound(const struct tables *t)
{
	for (uint32_t i = 0; i < t->vendors; i++) {
		const uint8_t *v = vendor_at(t, i);

		if (format_u32(v) >= t->strings || format_u32(v + 4) >= t->strings ||
			format_u32(v + 8) > t->vendors)
			return false;
		if (i > 0 && span_compare(tables_string(t, format_u32(vendor_at(t, i - 1))),
				     tables_string(t, format_u32(v))) >= 0)
			return false;
	}
	for (uint32_t i = 0; i < t->vendors; i++) {
		uint32_t next = i + 1;

		for (unsigned depth = 0; next != 0; depth++) {
			if (depth == STORE_VENDOR_DEPTH)
				return false;
			next = format_u32(vendor_at(t, next - 1) + 8);
		}
	}
	return true;
}

int tables_check(struct tables *t)
{
	static const size_t sizes[TABLE_COUNT] = {[TABLE_ENTRIES] = ENTRY_LEN,
		[TABLE_LISTS] = LIST_LEN,
		[TABLE_STRINGS] = 1,
		[TABLE_VENDORS] = VENDOR_LEN};

	for (unsigned i = 0; i < TABLE_COUNT; i++)
		if (t->values[i].len % sizes[i] || t->values[i].len / sizes[i] > UINT32_MAX - 1)
			return ERR_FORMAT;
	if (!strings_are_sound(t))
		return ERR_FORMAT;
	t->entries = (uint32_t)(t->values[TABLE_ENTRIES].len / ENTRY_LEN);
	t->lists = (uint32_t)(t->values[TABLE_LISTS].len / LIST_LEN);
	t->vendors = (uint32_t)(t->values[TABLE_VENDORS].len / VENDOR_LEN);
	for (uint32_t i = 0; i < t->lists; i++)
		if (format_u32(t->values[TABLE_LISTS].data + (size_t)i * LIST_LEN) >= t->strings)
			return ERR_FORMAT;
	for (uint32_t i = 0; i < t->entries; i++)
		if (!entry_is_sound(t, tables_entry(t, i)))
			return ERR_FORMAT;
	return vendors_are_sound(t) ? 0 : ERR_FORMAT;
}

struct span tables_string(const struct tables *t, uint32_t index)
{
	const uint8_t *offsets = t->values[TABLE_STRINGS].data + 4;
	const uint8_t *text = offsets + 4 * ((size_t)t->strings + 1);
	uint32_t from = format_u32(offsets + 4 * (size_t)index);

	return span_of(text + from, format_u32(offsets + 4 * ((size_t)index + 1)) - from);
}

const uint8_t *tables_entry(const struct tables *t, uint32_t index)
{
	return t->values[TABLE_ENTRIES].data + (size_t)index * ENTRY_LEN;
}

unsigned tables_vendor_chain(
	const struct tables *t, uint32_t vendor, struct span out[STORE_VENDOR_DEPTH])
{
	unsigned count = 0;

	while (vendor != 0 && count < STORE_VENDOR_DEPTH) {
		const uint8_t *v = vendor_at(t, vendor - 1);

		out[count++] = tables_string(t, format_u32(v));
		vendor = format_u32(v + 8);
	}
	return count;
}

void tables_list(const struct tables *t, uint32_t index, struct store_list_info *out)
{
	const uint8_t *l = t->values[TABLE_LISTS].data + (size_t)index * LIST_LEN;

	out->name = tables_string(t, format_u32(l));
	out->names = format_u32(l + 4);
	out->ranges = format_u32(l + 8);
	out->asns = format_u32(l + 12);
	out->skipped = format_u32(l + 16);
	out->off = format_u32(l + 20);
}

void tables_row(const struct tables *t, const uint8_t *row, struct store_row *out)
{
	const uint8_t *e = tables_entry(t, format_u32(row));
	const uint8_t *list =
		t->values[TABLE_LISTS].data + (size_t)format_u32(e + ENTRY_LIST) * LIST_LEN;
	uint32_t vendor = format_u32(e + ENTRY_VENDOR);

	*out = (struct store_row){
		.fact = (enum fact)e[ENTRY_FACT],
		.confidence = (enum confidence)e[ENTRY_CONFIDENCE],
		.match = (enum name_match)e[ENTRY_MATCH],
		.country = {(char)e[ENTRY_COUNTRY], (char)e[ENTRY_COUNTRY + 1]},
		.asn = format_u32(e + ENTRY_ASN),
		.list = tables_string(t, format_u32(list)),
		.file = tables_string(t, format_u32(e + ENTRY_FILE)),
		.line = format_u32(row + 4),
		.category = tables_string(t, format_u32(e + ENTRY_CATEGORY)),
		.source = tables_string(t, format_u32(e + ENTRY_SOURCE)),
	};
	out->vendor_count = tables_vendor_chain(t, vendor, out->vendors);
	if (vendor != 0)
		out->vendor_name = tables_string(t, format_u32(vendor_at(t, vendor - 1) + 4));
}

static bool rows_are_sound(const struct tables *t, struct span rows)
{
	if (rows.len == 0 || rows.len % ROW_LEN || rows.len / ROW_LEN > STORE_ROWS_MAX)
		return false;
	for (size_t at = 0; at < rows.len; at += ROW_LEN)
		if (format_u32(rows.data + at) >= t->entries)
			return false;
	return true;
}

bool tables_key_has_boundary(struct span key, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint8_t label = key.data[at];

		if (label == 0 || label > LABEL_MAX || label >= key.len - at)
			return false;
		at += 1u + label;
	}
	return at == len;
}

static int name_check(struct records *r, struct span key, struct span value)
{
	if (key.len == 0 || key.len > FORMAT_NAME_KEY_MAX ||
		!tables_key_has_boundary(key, key.len) || value.len == 0 ||
		value.data[0] >= key.len || !tables_key_has_boundary(key, value.data[0]) ||
		!rows_are_sound(r->tables, span_part(value, 1, value.len)))
		return ERR_FORMAT;
	r->names++;
	return 0;
}

static int range_check(struct records *r, struct span key, struct span value)
{
	if (key.len != FORMAT_ADDRESS_LEN || value.len < FORMAT_ADDRESS_LEN ||
		memcmp(key.data, value.data, FORMAT_ADDRESS_LEN) > 0 ||
		(r->ranges > 0 && memcmp(r->range_end, key.data, FORMAT_ADDRESS_LEN) >= 0) ||
		!rows_are_sound(r->tables, span_part(value, FORMAT_ADDRESS_LEN, value.len)))
		return ERR_FORMAT;
	memcpy(r->range_end, value.data, FORMAT_ADDRESS_LEN);
	r->ranges++;
	return 0;
}

static int asn_check(struct records *r, struct span key, struct span value)
{
	if (key.len != 4 || !rows_are_sound(r->tables, value))
		return ERR_FORMAT;
	r->asns++;
	return 0;
}

int records_check(struct records *r, struct span key, struct span value)
{
	struct span rest = span_part(key, 1, key.len);

	if (key.len == 0 || key.len > FORMAT_KEY_MAX ||
		span_compare(span_of(r->previous, r->previous_len), key) >= 0)
		return ERR_FORMAT;
	memcpy(r->previous, key.data, key.len);
	r->previous_len = key.len;
	if (key.data[0] == TAG_HEADER)
		return key.len == 1 ? 0 : ERR_FORMAT;
	records_digest(r->digest, key, value);
	switch (key.data[0]) {
	case TAG_ASN:
		return asn_check(r, rest, value);
	case TAG_NAME:
		return name_check(r, rest, value);
	case TAG_RANGE:
		return range_check(r, rest, value);
	case TAG_TABLE:
		return rest.len == 1 && memchr(FORMAT_TABLE_NAMES, rest.data[0], TABLE_COUNT)
			       ? 0
			       : ERR_FORMAT;
	default:
		return ERR_FORMAT;
	}
}

void records_digest(struct digest_state *d, struct span key, struct span value)
{
	uint8_t lengths[8];

	format_put_u32(lengths, (uint32_t)key.len);
	format_put_u32(lengths + 4, (uint32_t)value.len);
	digest_add(d, span_of(lengths, sizeof(lengths)));
	digest_add(d, key);
	digest_add(d, value);
}
