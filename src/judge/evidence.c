/* SPDX-License-Identifier: BSD-3-Clause */

#include "judge/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define NAMES_MAX (EVIDENCE_PLACES_MAX * NAME_LEN_MAX)
#define ROW_SPANS (6 + STORE_VENDOR_DEPTH)

struct draft_place {
	enum on on;
	struct inet_addr addr;
	const char *kind;
	size_t name_at; /* in names */
	uint16_t record;
	uint8_t name_len;
};

struct draft_finding {
	uint16_t place, row;
};

/* An array that grows up to a maximum. */
struct list {
	void *items;
	size_t count, capacity;
};

struct evidence_draft {
	struct list places, rows, findings;
	struct buf names;
	uint16_t record; /* where what comes next stands */
	bool overflow;
	bool exhausted; /* memory was */
};

struct evidence_draft *evidence_draft_new(void)
{
	struct evidence_draft *d = calloc(1, sizeof(*d));

	if (d) {
		d->record = PLACE_QUESTION;
		buf_init_heap(&d->names, NAMES_MAX);
	}
	return d;
}

void evidence_draft_free(struct evidence_draft *d)
{
	if (!d)
		return;
	free(d->places.items);
	free(d->rows.items);
	free(d->findings.items);
	buf_release(&d->names);
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

/* Room for one more of size octets; NULL, with the reason noted in d, when there is none. */
static void *list_add(struct evidence_draft *d, struct list *l, size_t size, size_t max)
{
	if (l->count == max) {
		d->overflow = true;
		return NULL;
	}
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? l->capacity * 2 : 8;
		void *items = realloc(l->items, capacity * size);

		if (!items) {
			d->exhausted = true;
			return NULL;
		}
		l->items = items;
		l->capacity = capacity;
	}
	return (uint8_t *)l->items + l->count++ * size;
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
	added = list_add(d, &d->rows, sizeof(*added), EVIDENCE_ROWS_MAX);
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
		f = list_add(d, &d->findings, sizeof(*f), EVIDENCE_FINDINGS_MAX);
		if (!f)
			return;
		*f = (struct draft_finding){(uint16_t)(d->places.count - 1), (uint16_t)row};
	}
}

void evidence_draft_name(struct evidence_draft *d, enum on on, const struct name *name,
	const struct store_row *rows, size_t found)
{
	struct draft_place *p = list_add(d, &d->places, sizeof(*p), EVIDENCE_PLACES_MAX);
	struct name lower = *name;

	if (!p)
		return;
	name_to_lower(&lower);
	*p = (struct draft_place){
		.on = on, .name_at = d->names.len, .name_len = lower.len, .record = d->record};
	buf_put(&d->names, lower.octets, lower.len);
	if (d->names.overflow)
		d->exhausted = true;
	add_rows(d, rows, found);
}

static void draft_address(struct evidence_draft *d, const struct draft_place *place,
	const struct store_row *rows, size_t found)
{
	struct draft_place *p = list_add(d, &d->places, sizeof(*p), EVIDENCE_PLACES_MAX);

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
	size_t size = d->names.len;

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

	if (d->names.len > 0)
		memcpy(text, d->names.data, d->names.len);
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
