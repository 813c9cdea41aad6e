/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <string.h>

#include "field.h"
#include "row.h"

#define FIELDS_MAX 9
#define RANGE_TEXT_MAX (2 * INET_TEXT_MAX)

enum column { REGISTRY, COUNTRY, TYPE, START, VALUE, DATE, STATUS };

/* One line, by column. */
struct record {
	struct span at[FIELDS_MAX];
	unsigned count;
};

static void split(struct span text, struct record *out)
{
	out->count = 0;
	while (out->count < FIELDS_MAX) {
		const uint8_t *bar = text.len > 0 ? memchr(text.data, '|', text.len) : NULL;
		size_t len = bar ? (size_t)(bar - text.data) : text.len;

		out->at[out->count++] = line_trim(span_part(text, 0, len));
		if (!bar)
			return;
		text = span_part(text, len + 1, text.len);
	}
}

static bool is(struct span field, const char *word)
{
	return span_equal(field, span_text(word));
}

/* The line with the version in front, sums, other numbers, and what nobody holds. */
static bool says_nothing(const struct record *r)
{
	if (r->at[REGISTRY].len > 0 && r->at[REGISTRY].data[0] >= '0' &&
		r->at[REGISTRY].data[0] <= '9')
		return true;
	if (r->count > 5 && is(r->at[5], "summary"))
		return true;
	if (is(r->at[TYPE], "asn"))
		return true;
	return r->count > STATUS &&
	       (is(r->at[STATUS], "available") || is(r->at[STATUS], "reserved"));
}

static int number_parse(struct span text, uint64_t most, uint64_t *out)
{
	uint64_t n = 0;

	if (text.len == 0 || text.len > 10)
		return ERR_FORMAT;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return ERR_FORMAT;
		n = n * 10 + (text.data[i] - '0');
	}
	if (n == 0 || n > most)
		return ERR_FORMAT;
	*out = n;
	return 0;
}

/* A count of addresses, which need not be a power of two. */
static const char *range_of_v4(const struct record *r, char out[RANGE_TEXT_MAX])
{
	char first[INET_TEXT_MAX], last[INET_TEXT_MAX];
	struct inet_addr addr;
	uint64_t count, end;

	if (inet_addr_parse(r->at[START], &addr) != 0 || !addr.is_v4)
		return "the fourth field is no IPv4 address";
	if (number_parse(r->at[VALUE], UINT32_MAX, &count) != 0)
		return "the fifth field is no number of addresses";
	inet_addr_format(&addr, first);
	end = ((uint64_t)addr.octets[12] << 24 | (uint64_t)addr.octets[13] << 16 |
		      (uint64_t)addr.octets[14] << 8 | addr.octets[15]) +
	      count - 1;
	if (end > UINT32_MAX)
		return "the range reaches beyond the last address";
	addr = inet_addr_v4((const uint8_t[4]){
		(uint8_t)(end >> 24), (uint8_t)(end >> 16), (uint8_t)(end >> 8), (uint8_t)end});
	snprintf(out, RANGE_TEXT_MAX, "%s-%s", first, inet_addr_format(&addr, last));
	return NULL;
}

static const char *range_of_v6(const struct record *r, char out[RANGE_TEXT_MAX])
{
	uint64_t len;

	if (number_parse(r->at[VALUE], 128, &len) != 0)
		return "the fifth field is no length of a prefix";
	if (snprintf(out, RANGE_TEXT_MAX, "%.*s/%u", SPAN_ARGS(r->at[START]), (unsigned)len) >=
		RANGE_TEXT_MAX)
		return "the fourth field is no IPv6 address";
	return NULL;
}

static const char *range_read(
	const struct record *r, struct inet_addr *first, struct inet_addr *last, struct span *at)
{
	char text[RANGE_TEXT_MAX];
	const char *problem;

	*at = r->at[TYPE];
	if (is(*at, "ipv4"))
		problem = range_of_v4(r, text);
	else if (is(*at, "ipv6"))
		problem = range_of_v6(r, text);
	else
		return "the third field is none of ipv4, ipv6 and asn";
	*at = r->at[START];
	return problem ? problem : field_range(span_text(text), first, last);
}

/* No country's, or not one of those the source asks for. */
static bool is_wanted(const struct import_target *t, const char country[3])
{
	static const char *const none[] = {"AP", "EU", "ZZ"};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (strcmp(country, none[i]) == 0)
			return false;
	for (unsigned i = 0; i < t->source->country_count; i++)
		if (strcmp(country, t->source->countries[i]) == 0)
			return true;
	return t->source->country_count == 0;
}

static int import_line(
	const struct import_target *t, const struct line *line, struct import_result *result)
{
	struct builder_row row = row_from(t, line);
	const char *problem = line_problem(line);
	struct span at = line->text;
	struct inet_addr first, last;
	struct record r = {0};

	if (!problem) {
		split(line->text, &r);
		if (says_nothing(&r))
			return 0;
		if (r.count <= STATUS)
			problem = "this is no line of a registry's statistics: "
				  "registry|CC|type|start|value|date|status";
	}
	if (!problem && !is(r.at[STATUS], "allocated") && !is(r.at[STATUS], "assigned")) {
		at = r.at[STATUS];
		problem = "the status is none of allocated, assigned, available and reserved";
	}
	if (!problem && r.at[COUNTRY].len == 0)
		return 0;
	if (!problem) {
		at = r.at[COUNTRY];
		problem = field_country(at, row.country);
	}
	if (!problem && !is_wanted(t, row.country))
		return 0;
	if (!problem)
		problem = range_read(&r, &first, &last, &at);
	if (problem) {
		row_refuse(t, line, at, problem, result);
		return 0;
	}
	row.fact = FACT_LOCATED;
	row.source = r.at[REGISTRY];
	return row_count(t, line, builder_range(t->builder, &first, &last, &row), result);
}

int import_delegated(const struct import_target *t, struct span text, struct import_result *out)
{
	struct import_result result = {0};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#");
	while (!err && lines_next(&lines, &line))
		err = import_line(t, &line, &result);
	if (!err)
		*out = result;
	return err;
}
