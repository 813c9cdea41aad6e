/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "field.h"
#include "guard.h"
#include "row.h"

enum column {
	COLUMN_DOMAIN,
	COLUMN_MATCH,
	COLUMN_RANGE,
	COLUMN_ASN,
	COLUMN_VENDOR,
	COLUMN_NAME,
	COLUMN_PARENT,
	COLUMN_CATEGORY,
	COLUMN_FACT,
	COLUMN_COUNTRY,
	COLUMN_CONFIDENCE,
	COLUMN_SOURCE,
	COLUMN_COUNT
};

#define BIT(column) (1u << (column))
#define BITS_OF_ROWS                                                                               \
	(BIT(COLUMN_VENDOR) | BIT(COLUMN_CATEGORY) | BIT(COLUMN_FACT) | BIT(COLUMN_COUNTRY) |      \
		BIT(COLUMN_ASN) | BIT(COLUMN_CONFIDENCE) | BIT(COLUMN_SOURCE))

static const char *const column_words[COLUMN_COUNT] = {
	[COLUMN_DOMAIN] = "domain",
	[COLUMN_MATCH] = "match",
	[COLUMN_RANGE] = "range",
	[COLUMN_ASN] = "asn",
	[COLUMN_VENDOR] = "vendor",
	[COLUMN_NAME] = "name",
	[COLUMN_PARENT] = "parent",
	[COLUMN_CATEGORY] = "category",
	[COLUMN_FACT] = "fact",
	[COLUMN_COUNTRY] = "country",
	[COLUMN_CONFIDENCE] = "confidence",
	[COLUMN_SOURCE] = "source",
};

/* One line, by column; a column that the file does not have is empty. */
struct fields {
	struct span at[COLUMN_COUNT];
	const struct line *line;
};

struct tsv {
	const struct import_target *target;
	const struct kind *kind;
	enum column columns[COLUMN_COUNT]; /* from left to right */
	unsigned count;
	uint32_t present;
	struct import_result *result;
};

/* What the key column makes of a file. */
struct kind {
	const char *rows; /* for messages */
	enum column key;
	uint32_t required, allowed;
	int (*add)(const struct tsv *tsv, const struct fields *f);
};

static void refuse(
	const struct tsv *tsv, const struct fields *f, enum column column, const char *problem)
{
	struct span at = f->at[column];

	row_refuse(tsv->target, f->line, at.len > 0 ? at : (struct span){0}, problem, tsv->result);
}

/* Reads what all kinds of rows but vendors have. False when the line was refused. */
static bool row_read(const struct tsv *tsv, const struct fields *f, struct builder_row *row)
{
	const char *problem = NULL;
	enum column at = COLUMN_FACT;

	if (f->at[at].len > 0)
		problem = field_fact(f->at[at], &row->fact);
	if (!problem && f->at[at = COLUMN_COUNTRY].len > 0)
		problem = field_country(f->at[at], row->country);
	if (!problem && f->at[at = COLUMN_CONFIDENCE].len > 0)
		problem = field_confidence(f->at[at], &row->confidence);
	if (!problem && f->at[at = COLUMN_ASN].len > 0)
		problem = field_asn(f->at[at], &row->asn);
	if (!problem && f->at[at = COLUMN_CATEGORY].len > 0)
		problem = field_id(f->at[at]);
	if (!problem && f->at[at = COLUMN_VENDOR].len > 0 &&
		!builder_has_vendor(tsv->target->builder, f->at[at]))
		problem = "the vendor is not described; add it to a file with the columns vendor "
			  "and name";
	if (!problem && row->fact != FACT_LISTED && row->country[0] == '\0') {
		at = COLUMN_FACT;
		problem = "the fact needs a country";
	}
	if (!problem && row->fact == FACT_LOCATED && tsv->kind->key != COLUMN_RANGE) {
		at = COLUMN_FACT;
		problem = "only a range of addresses is located; write operated or owned";
	}
	if (problem) {
		refuse(tsv, f, at, problem);
		return false;
	}
	row->vendor = f->at[COLUMN_VENDOR];
	row->category = f->at[COLUMN_CATEGORY];
	row->source = f->at[COLUMN_SOURCE];
	return true;
}

/* False when the line is done with: refused, or below what the source asks for. */
static bool row_begin(const struct tsv *tsv, const struct fields *f, struct builder_row *row)
{
	*row = row_from(tsv->target, f->line);
	if (!row_read(tsv, f, row))
		return false;
	if ((int)row->confidence < tsv->target->source->confidence) {
		tsv->result->off++;
		return false;
	}
	return true;
}

static int add_domain(const struct tsv *tsv, const struct fields *f)
{
	struct builder *b = tsv->target->builder;
	uint8_t key[NAME_LEN_MAX];
	struct builder_row row;
	enum name_match match;
	const char *problem;
	struct name name;
	size_t len;

	problem = field_match(f->at[COLUMN_MATCH], &match);
	if (problem) {
		refuse(tsv, f, COLUMN_MATCH, problem);
		return 0;
	}
	problem = field_name(f->at[COLUMN_DOMAIN], match, &name);
	if (!problem)
		problem = guard_name(tsv->target->guard, &name, match);
	if (problem) {
		refuse(tsv, f, COLUMN_DOMAIN, problem);
		return 0;
	}
	if (!row_begin(tsv, f, &row))
		return 0;
	len = name_to_key(&name, key);
	return row_count(
		tsv->target, f->line, builder_name(b, span_of(key, len), match, &row), tsv->result);
}

static int add_range(const struct tsv *tsv, const struct fields *f)
{
	struct builder *b = tsv->target->builder;
	struct inet_addr first, last;
	struct builder_row row;
	const char *problem = field_range(f->at[COLUMN_RANGE], &first, &last);

	if (problem) {
		refuse(tsv, f, COLUMN_RANGE, problem);
		return 0;
	}
	if (!row_begin(tsv, f, &row))
		return 0;
	return row_count(tsv->target, f->line, builder_range(b, &first, &last, &row), tsv->result);
}

static int add_asn(const struct tsv *tsv, const struct fields *f)
{
	struct builder *b = tsv->target->builder;
	struct builder_row row;

	if (f->at[COLUMN_ASN].len == 0) {
		refuse(tsv, f, COLUMN_ASN, "the AS number is empty");
		return 0;
	}
	if (!row_begin(tsv, f, &row))
		return 0;
	return row_count(tsv->target, f->line, builder_asn(b, row.asn, &row), tsv->result);
}

static int add_vendor(const struct tsv *tsv, const struct fields *f)
{
	struct span id = f->at[COLUMN_VENDOR], parent = f->at[COLUMN_PARENT];
	enum column at = COLUMN_VENDOR;
	const char *problem = id.len > 0 ? field_id(id) : "the vendor is empty";
	int err;

	if (!problem) {
		at = COLUMN_PARENT;
		problem = field_id(parent);
	}
	if (problem) {
		refuse(tsv, f, at, problem);
		return 0;
	}
	err = builder_vendor(tsv->target->builder, id, f->at[COLUMN_NAME], parent);
	if (err == ERR_STATE)
		tsv->result->duplicate++;
	return err == ERR_STATE ? 0 : err;
}

static const struct kind kinds[] = {
	{"names", COLUMN_DOMAIN, BIT(COLUMN_MATCH),
		BIT(COLUMN_DOMAIN) | BIT(COLUMN_MATCH) | BITS_OF_ROWS, add_domain},
	{"ranges", COLUMN_RANGE, 0, BIT(COLUMN_RANGE) | BITS_OF_ROWS, add_range},
	{"ASNs", COLUMN_ASN, 0, BITS_OF_ROWS, add_asn},
	{"vendors", COLUMN_VENDOR, BIT(COLUMN_NAME),
		BIT(COLUMN_VENDOR) | BIT(COLUMN_NAME) | BIT(COLUMN_PARENT), add_vendor},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

/* The kind whose key column stands there; NULL. */
static const struct kind *kind_find(uint32_t present)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (present & BIT(kinds[i].key))
			return &kinds[i];
	return NULL;
}

/* Moves *rest behind the next tab. False behind the last field. */
static bool next_field(struct span *rest, struct span *field)
{
	const uint8_t *tab;

	if (!rest->data)
		return false;
	tab = rest->len > 0 ? memchr(rest->data, '\t', rest->len) : NULL;
	if (tab) {
		size_t len = (size_t)(tab - rest->data);

		*field = line_trim(span_part(*rest, 0, len));
		*rest = span_of(tab + 1, rest->len - len - 1);
	} else {
		*field = line_trim(*rest);
		*rest = span_of(NULL, 0);
	}
	return true;
}

static int header_error(const struct tsv *tsv, const struct line *line, struct span at,
	const char *what, const char *remedy)
{
	struct report_place place = {.file = tsv->target->path, .line = line->number};

	if (at.data)
		place.column = (uint32_t)(at.data - line->whole.data) + 1;
	if (!line_problem(line))
		place.context = line->whole;
	report_add(tsv->target->report, REPORT_ERROR, &place, "%s; %s", what, remedy);
	return ERR_FORMAT;
}

static enum column column_find(struct span word)
{
	enum column c = 0;

	while (c < COLUMN_COUNT && !span_equal(word, span_text(column_words[c])))
		c++;
	return c;
}

/* The columns by their names, without judging whether they fit together. */
static int header_columns(struct tsv *tsv, const struct line *line)
{
	struct span rest = line->whole, word;

	while (next_field(&rest, &word)) {
		enum column c = column_find(word);

		if (line_problem(line) || c == COLUMN_COUNT)
			return header_error(tsv, line, word, "a column has no known name",
				"the first line names the columns, with tabs between: domain match "
				"range asn vendor name parent category fact country confidence "
				"source");
		if (tsv->present & BIT(c))
			return header_error(
				tsv, line, word, "a column stands there twice", "remove one");
		tsv->present |= BIT(c);
		tsv->columns[tsv->count++] = c;
	}
	return 0;
}

static int header_read(struct tsv *tsv, const struct line *line)
{
	int err = header_columns(tsv, line);

	if (err)
		return err;
	tsv->kind = kind_find(tsv->present);
	if (!tsv->kind)
		return header_error(tsv, line, (struct span){0},
			"no column says what the rows are about",
			"add one of domain, range, asn, vendor");
	if (tsv->kind->required & ~tsv->present)
		return header_error(tsv, line, (struct span){0}, "a column is missing",
			"names need match, vendors need name");
	if (tsv->present & ~tsv->kind->allowed)
		return header_error(tsv, line, (struct span){0}, "a column does not fit the others",
			"match belongs to domain, name and parent to a file of vendors");
	return 0;
}

static int import_line(const struct tsv *tsv, const struct line *line)
{
	struct fields f = {.line = line};
	struct span rest = line->whole, field;
	const char *problem = line_problem(line);

	for (unsigned i = 0; !problem && next_field(&rest, &field); i++) {
		if (i < tsv->count)
			f.at[tsv->columns[i]] = field;
		else if (field.len > 0)
			problem = "the line has more fields than the first line names";
	}
	if (problem) {
		row_refuse(tsv->target, line, (struct span){0}, problem, tsv->result);
		return 0;
	}
	return tsv->kind->add(tsv, &f);
}

static bool is_comment(const struct line *line)
{
	return line->text.data[0] == '#';
}

int import_tsv(const struct import_target *t, struct span text, struct import_result *out)
{
	struct import_result result = {0};
	struct tsv tsv = {.target = t, .result = &result};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "");
	while (!err && lines_next(&lines, &line)) {
		if (is_comment(&line))
			continue;
		err = tsv.kind ? import_line(&tsv, &line) : header_read(&tsv, &line);
	}
	if (!err)
		*out = result;
	return err;
}

bool import_tsv_has_vendors(struct span text)
{
	struct lines lines;
	struct line line;
	uint32_t present = 0;

	lines_init(&lines, text, "");
	while (lines_next(&lines, &line)) {
		struct span rest = line.whole, word;
		const struct kind *kind;

		if (is_comment(&line))
			continue;
		while (next_field(&rest, &word)) {
			enum column c = column_find(word);

			if (c < COLUMN_COUNT)
				present |= BIT(c);
		}
		kind = kind_find(present);
		return kind && kind->key == COLUMN_VENDOR;
	}
	return false;
}
