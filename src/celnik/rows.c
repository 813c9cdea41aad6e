/* SPDX-License-Identifier: BSD-3-Clause */

#include "rows.h"

#include <string.h>

#include "judge/evidence.h"
#include "screen.h"
#include "wire/name.h"
#include "json/writer.h"

#define LINE_MAX_LEN ((size_t)1 << 20)
#define SUBJECT_MAX NAME_TEXT_MAX

static const char *const confidence_text[] = {
	[CONFIDENCE_LOW] = "low", [CONFIDENCE_MEDIUM] = "medium", [CONFIDENCE_HIGH] = "high"};

/* What kind of entry a row comes from. */
enum origin { ORIGIN_NAME, ORIGIN_RANGE, ORIGIN_ASN, ORIGIN_DATABASE };

static enum origin origin_of(const struct store_row *row)
{
	static const struct inet_addr none;

	if (row->key.len > 0)
		return ORIGIN_NAME;
	if (row->file.len == 0 && row->fact == FACT_LOCATED)
		return ORIGIN_DATABASE;
	return inet_addr_compare(&row->last, &none) == 0 ? ORIGIN_ASN : ORIGIN_RANGE;
}

static const char *match_word(const struct store_row *row)
{
	static const char *const of_names[] = {[NAME_MATCH_EXACT] = "exact",
		[NAME_MATCH_SUFFIX] = "suffix",
		[NAME_MATCH_TLD] = "tld"};
	static const char *const others[] = {
		[ORIGIN_RANGE] = "range", [ORIGIN_ASN] = "asn", [ORIGIN_DATABASE] = "database"};
	enum origin origin = origin_of(row);

	return origin == ORIGIN_NAME ? of_names[row->match] : others[origin];
}

/* The listed name, range or AS itself. */
static const char *subject_format(const struct store_row *row, char out[SUBJECT_MAX])
{
	char first[INET_TEXT_MAX], last[INET_TEXT_MAX];
	struct name name;

	out[0] = '\0';
	switch (origin_of(row)) {
	case ORIGIN_NAME:
		if (name_from_key(row->key, &name) == 0)
			name_format(&name, out);
		break;
	case ORIGIN_ASN:
		snprintf(out, SUBJECT_MAX, "AS%u", row->asn);
		break;
	default:
		inet_addr_format(&row->first, first);
		inet_addr_format(&row->last, last);
		snprintf(out, SUBJECT_MAX, "%s%s%s", first, strcmp(first, last) ? "-" : "",
			strcmp(first, last) ? last : "");
	}
	return out;
}

static const char *country_word(const struct store_row *row)
{
	return strcmp(row->country, "--") == 0 ? "unknown" : row->country;
}

static struct span vendor_of(const struct store_row *row)
{
	return row->vendor_count > 0 ? row->vendors[0] : span_of(NULL, 0);
}

/* Takes the next of the sources, which stand with `;` between; false at the end. */
static bool next_source(struct span *rest, struct span *source)
{
	const uint8_t *end;
	size_t len;

	while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == ';'))
		*rest = span_part(*rest, 1, rest->len);
	if (rest->len == 0)
		return false;
	end = memchr(rest->data, ';', rest->len);
	len = end ? (size_t)(end - rest->data) : rest->len;
	*source = span_part(*rest, 0, len);
	*rest = span_part(*rest, len, rest->len);
	return true;
}

static void show_vendor(const struct store_row *row)
{
	if (row->vendor_count == 0)
		return;
	screen_printf(", vendor %.*s", SPAN_ARGS(row->vendors[0]));
	if (row->vendor_name.len > 0 && !span_equal(row->vendor_name, row->vendors[0]))
		screen_printf(" (%.*s)", SPAN_ARGS(row->vendor_name));
	for (unsigned i = 1; i < row->vendor_count; i++)
		screen_printf(" of %.*s", SPAN_ARGS(row->vendors[i]));
}

static void show_human_row(const struct store_row *row)
{
	char subject[SUBJECT_MAX];

	screen_printf(
		"%s %s: %s", match_word(row), subject_format(row, subject), fact_text[row->fact]);
	if (row->country[0])
		screen_printf(" %s", country_word(row));
	show_vendor(row);
	if (row->category.len > 0)
		screen_printf(", category %.*s", SPAN_ARGS(row->category));
	if (row->asn != 0 && origin_of(row) != ORIGIN_ASN)
		screen_printf(", AS%u", row->asn);
	screen_printf(", confidence %s\n", confidence_text[row->confidence]);
	screen_printf("    list %.*s", SPAN_ARGS(row->list));
	if (row->file.len > 0)
		screen_printf(", %.*s:%u", SPAN_ARGS(row->file), row->line);
	if (row->source.len > 0)
		screen_printf("; known from %.*s", SPAN_ARGS(row->source));
	putchar('\n');
}

static void show_human(const char *asked, const struct store_row *rows, size_t count)
{
	screen_printf("%s: ", asked);
	if (count == 0)
		puts("no list knows it");
	else
		printf("%zu match%s\n", count, count == 1 ? "" : "es");
	for (size_t i = 0; i < count; i++)
		show_human_row(&rows[i]);
}

static void put_json_row(struct json_writer *w, const struct store_row *row)
{
	struct span rest = row->source, source;
	char subject[SUBJECT_MAX];

	json_put_text(w, "list", row->list);
	json_put_text(w, "file", row->file);
	json_put_u64(w, "line", row->line);
	json_put_string(w, "match", match_word(row));
	json_put_string(w, "fact", fact_text[row->fact]);
	json_put_string(w, "country", country_word(row));
	json_put_text(w, "vendor", vendor_of(row));
	json_put_text(w, "category", row->category);
	json_put_u64(w, "asn", row->asn);
	json_begin_array(w, "sources");
	while (next_source(&rest, &source))
		json_put_text(w, NULL, source);
	json_end_array(w);
	json_put_string(w, "confidence", confidence_text[row->confidence]);
	json_put_string(w, "subject", subject_format(row, subject));
	json_put_text(w, "vendor_name", row->vendor_name);
}

static void show_json(const char *asked, const struct store_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json_writer w;
		struct buf b;

		buf_init_heap(&b, LINE_MAX_LEN);
		json_writer_init(&w, &b);
		json_begin_object(&w, NULL);
		put_json_row(&w, &rows[i]);
		json_put_string(&w, "asked", asked);
		json_end_object(&w);
		puts(buf_text(&b));
		buf_release(&b);
	}
}

/* Controls, those of C1 in UTF-8 included, as \DDD: a terminal or an editor may be next. */
static void put_csv_octet(struct span text, size_t at)
{
	uint8_t c = text.data[at];
	uint8_t before = at > 0 ? text.data[at - 1] : 0;
	uint8_t behind = at + 1 < text.len ? text.data[at + 1] : 0;
	bool is_c1 = (c == 0xc2 && behind >= 0x80 && behind <= 0x9f) ||
		     (before == 0xc2 && c >= 0x80 && c <= 0x9f);

	if (c < 0x20 || c == 0x7f || is_c1) {
		printf("\\%03u", c);
		return;
	}
	if (c == '"')
		putchar('"');
	putchar(c);
}

void rows_csv_field(struct span text)
{
	bool quoted = text.len > 0 &&
		      (memchr(text.data, '"', text.len) || memchr(text.data, ',', text.len));

	if (quoted)
		putchar('"');
	if (text.len > 0 && memchr("=+-@\t\r", text.data[0], 6))
		putchar('\'');
	for (size_t i = 0; i < text.len; i++)
		put_csv_octet(text, i);
	if (quoted)
		putchar('"');
}

static struct span number_format(uint32_t number, char out[16])
{
	snprintf(out, 16, "%u", number);
	return span_text(out);
}

static void show_csv_row(const char *asked, const struct store_row *row)
{
	char subject[SUBJECT_MAX], line[16], asn[16];
	struct span fields[] = {
		row->list,
		row->file,
		number_format(row->line, line),
		span_text(match_word(row)),
		span_text(fact_text[row->fact]),
		span_text(country_word(row)),
		vendor_of(row),
		row->category,
		number_format(row->asn, asn),
		row->source,
		span_text(confidence_text[row->confidence]),
		span_text(subject_format(row, subject)),
		row->vendor_name,
		span_text(asked),
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (i > 0)
			putchar(',');
		rows_csv_field(fields[i]);
	}
	putchar('\n');
}

static void show_csv(const char *asked, const struct store_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		show_csv_row(asked, &rows[i]);
}

void rows_head(enum cli_output output)
{
	if (output == CLI_CSV)
		puts("list,file,line,match,fact,country,vendor,category,asn,sources,confidence,"
		     "subject,vendor_name,asked");
}

void rows_show(
	enum cli_output output, const char *asked, const struct store_row *rows, size_t count)
{
	static void (*const shows[])(const char *, const struct store_row *, size_t) = {
		[CLI_HUMAN] = show_human, [CLI_JSON] = show_json, [CLI_CSV] = show_csv};

	shows[output](asked, rows, count);
}
