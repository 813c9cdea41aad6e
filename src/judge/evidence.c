/* SPDX-License-Identifier: BSD-3-Clause */

#include "draft.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX (EVIDENCE_PLACES_MAX * NAME_LEN_MAX)
#define ROW_SPANS (6 + STORE_VENDOR_DEPTH)

#define LIST(storage, most)                                                                        \
	(struct draft_list)                                                                        \
	{                                                                                          \
		.items = (storage), .first = (storage), .size = sizeof(*(storage)),                \
		.capacity = sizeof(storage) / sizeof(*(storage)), .max = (most)                    \
	}

void evidence_draft_init(struct evidence_draft *d)
{
	d->places = LIST(d->first_places, EVIDENCE_PLACES_MAX);
	d->rows = LIST(d->first_rows, EVIDENCE_ROWS_MAX);
	d->findings = LIST(d->first_findings, EVIDENCE_FINDINGS_MAX);
	d->names = LIST(d->first_names, NAMES_MAX);
	d->record = PLACE_QUESTION;
	d->overflow = d->exhausted = false;
}

static void list_release(struct draft_list *l)
{
	if (l->items != l->first)
		free(l->items);
}

void evidence_draft_release(struct evidence_draft *d)
{
	list_release(&d->places);
	list_release(&d->rows);
	list_release(&d->findings);
	list_release(&d->names);
}

struct evidence_draft *evidence_draft_new(void)
{
	struct evidence_draft *d = malloc(sizeof(*d));

	if (d)
		evidence_draft_init(d);
	return d;
}

void evidence_draft_free(struct evidence_draft *d)
{
	if (d)
		evidence_draft_release(d);
	free(d);
}

void evidence_draft_record(struct evidence_draft *d, unsigned index)
{
	d->record = (uint16_t)index;
}

void evidence_draft_overflow(struct evidence_draft *d)
{
	d->overflow = true;
}

bool evidence_draft_is_over(const struct evidence_draft *d)
{
	return d->overflow || d->exhausted;
}

static bool list_grow(struct draft_list *l, size_t least)
{
	bool is_first = l->items == l->first;
	size_t capacity = l->capacity;
	void *items;

	while (capacity < least)
		capacity *= 2;
	items = realloc(is_first ? NULL : l->items, capacity * l->size);
	if (!items)
		return false;
	if (is_first)
		memcpy(items, l->first, l->count * l->size);
	l->items = items;
	l->capacity = capacity;
	return true;
}

/* Room for more elements; NULL, with the reason noted in d, when there is none. */
static void *list_add(struct evidence_draft *d, struct draft_list *l, size_t more)
{
	void *added;

	if (more > l->max - l->count) {
		d->overflow = true;
		return NULL;
	}
	if (more > l->capacity - l->count && !list_grow(l, l->count + more)) {
		d->exhausted = true;
		return NULL;
	}
	added = (uint8_t *)l->items + l->count * l->size;
	l->count += more;
	return added;
}

/* The same entry for another place: everything but the segment is equal. */
static bool row_equal(const struct store_row *a, const struct store_row *b)
{
	if (a->line != b->line || a->fact != b->fact || a->asn != b->asn || a->match != b->match ||
		a->confidence != b->confidence || a->vendor_count != b->vendor_count)
		return false;
	for (unsigned i = 0; i < a->vendor_count; i++)
		if (!span_equal(a->vendors[i], b->vendors[i]))
			return false;
	return strcmp(a->country, b->country) == 0 && span_equal(a->file, b->file) &&
	       span_equal(a->list, b->list) && span_equal(a->category, b->category) &&
	       span_equal(a->source, b->source) && span_equal(a->key, b->key) &&
	       span_equal(a->vendor_name, b->vendor_name);
}

/* The row's index, or EVIDENCE_ROWS_MAX when it could not be stored. */
static size_t row_index(struct evidence_draft *d, const struct store_row *row)
{
	const struct store_row *rows = d->rows.items;
	struct store_row *added;

	for (size_t i = d->rows.count; i-- > 0;)
		if (row_equal(&rows[i], row))
			return i;
	added = list_add(d, &d->rows, 1);
	if (!added)
		return EVIDENCE_ROWS_MAX;
	*added = *row;
	added->first = added->last = (struct inet_addr){.is_v4 = false};
	if (added->vendor_count > STORE_VENDOR_DEPTH)
		added->vendor_count = STORE_VENDOR_DEPTH;
	return d->rows.count - 1;
}

static void add_rows(struct evidence_draft *d, const struct store_row *rows, size_t found)
{
	if (found > STORE_ROWS_MAX)
		d->overflow = true;
	for (size_t i = 0; i < found && i < STORE_ROWS_MAX; i++) {
		size_t row = row_index(d, &rows[i]);
		struct draft_finding *f;

		if (row == EVIDENCE_ROWS_MAX)
			return;
		f = list_add(d, &d->findings, 1);
		if (!f)
			return;
		*f = (struct draft_finding){(uint16_t)(d->places.count - 1), (uint16_t)row};
	}
}

void evidence_draft_name(struct evidence_draft *d, enum on on, const struct name *name,
	const struct store_row *rows, size_t found)
{
	struct draft_place *p = list_add(d, &d->places, 1);
	uint8_t *octets = p ? list_add(d, &d->names, name->len) : NULL;
	struct name lower = *name;

	if (!octets)
		return;
	name_to_lower(&lower);
	memcpy(octets, lower.octets, lower.len);
	*p = (struct draft_place){
		.on = on,
		.name_at = d->names.count - lower.len,
		.name_len = lower.len,
		.record = d->record,
	};
	add_rows(d, rows, found);
}

static void draft_address(struct evidence_draft *d, const struct draft_place *place,
	const struct store_row *rows, size_t found)
{
	struct draft_place *p = list_add(d, &d->places, 1);

	if (!p)
		return;
	*p = *place;
	p->record = d->record;
	add_rows(d, rows, found);
}

void evidence_draft_address(struct evidence_draft *d, enum on on, const struct inet_addr *addr,
	const struct store_row *rows, size_t found)
{
	draft_address(d, &(struct draft_place){.on = on, .addr = *addr}, rows, found);
}

void evidence_draft_embedded(struct evidence_draft *d, const struct inet_addr *addr,
	const char *kind, const struct store_row *rows, size_t found)
{
	draft_address(d, &(struct draft_place){.on = ON_EMBEDDED, .addr = *addr, .kind = kind},
		rows, found);
}

/* The spans of a row, so that sizing and copying cannot disagree. */
static unsigned row_spans(struct store_row *row, struct span *out[ROW_SPANS])
{
	unsigned n = 0;

	out[n++] = &row->list;
	out[n++] = &row->file;
	out[n++] = &row->category;
	out[n++] = &row->source;
	out[n++] = &row->vendor_name;
	out[n++] = &row->key;
	for (unsigned i = 0; i < row->vendor_count; i++)
		out[n++] = &row->vendors[i];
	return n;
}

static size_t text_size(const struct evidence_draft *d)
{
	const struct store_row *rows = d->rows.items;
	size_t size = d->names.count;

	for (size_t i = 0; i < d->rows.count; i++) {
		struct store_row row = rows[i];
		struct span *spans[ROW_SPANS];
		unsigned n = row_spans(&row, spans);

		for (unsigned k = 0; k < n; k++)
			size += spans[k]->len;
	}
	return size;
}

static uint8_t *keep_text(uint8_t *at, struct span *s)
{
	if (s->len > 0)
		memcpy(at, s->data, s->len);
	s->data = at;
	return at + s->len;
}

static uint8_t *keep_rows(const struct evidence_draft *d, struct store_row *rows, uint8_t *text)
{
	if (d->rows.count > 0)
		memcpy(rows, d->rows.items, d->rows.count * sizeof(*rows));
	for (size_t i = 0; i < d->rows.count; i++) {
		struct span *spans[ROW_SPANS];
		unsigned n = row_spans(&rows[i], spans);

		for (unsigned k = 0; k < n; k++)
			text = keep_text(text, spans[k]);
	}
	return text;
}

static void keep_places(const struct evidence_draft *d, struct place *places, uint8_t *text)
{
	const struct draft_place *from = d->places.items;

	if (d->names.count > 0)
		memcpy(text, d->names.items, d->names.count);
	for (size_t i = 0; i < d->places.count; i++)
		places[i] = (struct place){
			.on = from[i].on,
			.kind = from[i].kind,
			.addr = from[i].addr,
			.record = from[i].record,
			.name = span_of(text + from[i].name_at, from[i].name_len),
		};
}

struct evidence *evidence_keep(const struct evidence_draft *d, enum extent extent)
{
	const struct draft_finding *findings = d->findings.items;
	size_t head = sizeof(struct evidence) + d->findings.count * sizeof(struct finding);
	size_t places_size = d->places.count * sizeof(struct place);
	size_t rows_size = d->rows.count * sizeof(struct store_row);
	size_t size = head + places_size + rows_size + text_size(d);
	struct evidence *e = d->exhausted ? NULL : malloc(size);
	struct place *places;
	struct store_row *rows;

	_Static_assert(_Alignof(struct place) == _Alignof(struct store_row) &&
			       _Alignof(struct place) == _Alignof(struct finding),
		"the parts of the block follow one another without padding");
	if (!e)
		return NULL;
	places = (struct place *)((uint8_t *)e + head);
	rows = (struct store_row *)((uint8_t *)places + places_size);
	*e = (struct evidence){
		.extent = extent,
		.overflow = d->overflow,
		.place_count = (unsigned)d->places.count,
		.places = places,
		.count = (unsigned)d->findings.count,
		.size = size,
	};
	keep_places(d, places, keep_rows(d, rows, (uint8_t *)rows + rows_size));
	for (unsigned i = 0; i < e->count; i++)
		e->findings[i] = (struct finding){
			.place = &places[findings[i].place],
			.row = &rows[findings[i].row],
		};
	return e;
}
