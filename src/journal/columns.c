/* SPDX-License-Identifier: BSD-3-Clause */

/* The parallel arrays of a line: one array for each column, one element for each answer or match.
 */

#include "line.h"

/* As the text of one record is written into a scratch buffer. */
#define RDATA_TEXT_MAX (MESSAGE_MAX * 4)
#define COLUMNS_OCTETS 24 /* type, TTL, quotes and commas of one record */

struct answer_column {
	const char *key;
	void (*put)(const struct message *m, const struct record *r, struct json_writer *w);
	bool addresses; /* only of A and AAAA */
};

static void put_owner(const struct message *m, const struct record *r, struct json_writer *w)
{
	char text[NAME_TEXT_MAX];

	(void)m;
	json_put_string(w, NULL, name_format(&r->owner, text));
}

static void put_type(const struct message *m, const struct record *r, struct json_writer *w)
{
	char text[RR_TEXT_MAX];

	(void)m;
	json_put_string(w, NULL, rr_type_format(r->type, text));
}

static void put_ttl(const struct message *m, const struct record *r, struct json_writer *w)
{
	(void)m;
	json_put_u64(w, NULL, r->ttl);
}

static void put_data(const struct message *m, const struct record *r, struct json_writer *w)
{
	struct buf text;

	buf_init_heap(&text, RDATA_TEXT_MAX);
	rdata_format(m, r, &text);
	json_put_text(w, NULL, buf_span(&text));
	buf_release(&text);
}

static const struct answer_column answer_columns[] = {
	{"dns.answers.name", put_owner, false},
	{"dns.answers.type", put_type, false},
	{"dns.answers.ttl", put_ttl, false},
	{"dns.answers.data", put_data, false},
	{"dns.resolved_ip", put_data, true},
};

static bool is_address(const struct record *r)
{
	return r->type == RR_A || r->type == RR_AAAA;
}

static void put_answer_column(
	const struct line *l, struct json_writer *w, const struct answer_column *column)
{
	struct record_cursor cursor = message_records(&l->message);
	struct record record;
	bool any = false;

	for (unsigned left = l->answers; left > 0 && record_next(&cursor, &record);) {
		if (record.section != SECTION_ANSWER)
			continue;
		left--;
		if (column->addresses && !is_address(&record))
			continue;
		if (!any)
			json_begin_array(w, column->key);
		any = true;
		column->put(&l->message, &record, w);
	}
	if (any)
		json_end_array(w);
}

void line_put_answers(const struct line *l, struct json_writer *w)
{
	if (!l->has_answer)
		return;
	for (size_t i = 0; i < sizeof(answer_columns) / sizeof(answer_columns[0]); i++)
		put_answer_column(l, w, &answer_columns[i]);
}

/* What JSON makes of text that a backslash or a quote may be in. */
static size_t octets_in_json(struct span text)
{
	size_t octets = text.len;

	for (size_t i = 0; i < text.len; i++)
		octets += text.data[i] == '\\' || text.data[i] == '"';
	return octets;
}

/* What a record takes in the line, about; more than fits when its data alone do. Measured on the
 * text: the wire may be a fiftieth of it (compressed names, octets that have to be escaped). */
static size_t octets_of(const struct message *m, const struct record *r)
{
	uint8_t data[LINE_ANSWERS_OCTETS];
	char owner[NAME_TEXT_MAX];
	struct buf text;

	if (r->rdata.len > sizeof(data))
		return LINE_ANSWERS_OCTETS + 1;
	buf_init_fixed(&text, data, sizeof(data));
	rdata_format(m, r, &text);
	if (text.overflow)
		return LINE_ANSWERS_OCTETS + 1;
	return octets_in_json(span_text(name_format(&r->owner, owner))) +
	       octets_in_json(buf_span(&text)) * (is_address(r) ? 2 : 1) + COLUMNS_OCTETS;
}

void line_measure_answers(struct line *l)
{
	const struct answer *answer = l->resolution->answer;
	struct record_cursor cursor;
	struct record record;
	size_t used = 0;

	if (!answer || message_read(answer->plain.octets, &l->message) != 0)
		return;
	l->has_answer = true;
	cursor = message_records(&l->message);
	while (record_next(&cursor, &record)) {
		if (record.section != SECTION_ANSWER)
			continue;
		/* Behind the first that does not fit nothing is measured: a flood is not worth it.
		 */
		if (used <= LINE_ANSWERS_OCTETS)
			used += octets_of(&l->message, &record);
		if (used <= LINE_ANSWERS_OCTETS)
			l->answers++;
		else
			l->cut++;
	}
}

static void put_on(const struct finding *f, struct json_writer *w)
{
	json_put_string(w, NULL, on_text[f->place->on]);
}

static void put_value(const struct finding *f, struct json_writer *w)
{
	char text[NAME_TEXT_MAX];

	json_put_string(w, NULL, place_format(f->place, text));
}

static void put_list(const struct finding *f, struct json_writer *w)
{
	json_put_text(w, NULL, f->row->list);
}

static void put_vendor(const struct finding *f, struct json_writer *w)
{
	json_put_text(w, NULL, f->row->vendor_count ? f->row->vendors[0] : span_of(NULL, 0));
}

static void put_category(const struct finding *f, struct json_writer *w)
{
	json_put_text(w, NULL, f->row->category);
}

static void put_fact(const struct finding *f, struct json_writer *w)
{
	json_put_string(w, NULL, fact_text[f->row->fact]);
}

static void put_country(const struct finding *f, struct json_writer *w)
{
	json_put_string(w, NULL, f->row->country);
}

static void put_asn(const struct finding *f, struct json_writer *w)
{
	json_put_u64(w, NULL, f->row->asn);
}

static void put_sources(const struct finding *f, struct json_writer *w)
{
	json_put_text(w, NULL, f->row->source);
}

static const struct match_column {
	const char *key;
	void (*put)(const struct finding *f, struct json_writer *w);
	const char *of_client; /* where nothing was found but who asks; NULL: the group's name */
} match_columns[] = {
	{"celnik.match.on", put_on, "\"client\""},
	{"celnik.match.value", put_value, NULL},
	{"celnik.match.list", put_list, "\"\""},
	{"celnik.match.vendor", put_vendor, "\"\""},
	{"celnik.match.category", put_category, "\"\""},
	{"celnik.match.fact", put_fact, "\"\""},
	{"celnik.match.country", put_country, "\"\""},
	{"celnik.match.asn", put_asn, "0"},
	{"celnik.match.sources", put_sources, "\"\""},
};

static void put_client(
	const struct line *l, const struct match_column *column, struct json_writer *w)
{
	const struct conf *conf = l->key->context->conf;
	unsigned group = l->key->group;

	if (column->of_client)
		json_put_raw(w, NULL, span_text(column->of_client));
	else
		json_put_string(w, NULL, group < conf->group_count ? conf->groups[group].name : "");
}

void line_put_matches(const struct line *l, struct json_writer *w)
{
	if (l->matches == 0 && !l->by_client)
		return;
	for (size_t i = 0; i < sizeof(match_columns) / sizeof(match_columns[0]); i++) {
		json_begin_array(w, match_columns[i].key);
		for (unsigned k = 0; k < l->matches; k++)
			match_columns[i].put(&l->evidence->findings[k], w);
		if (l->by_client)
			put_client(l, &match_columns[i], w);
		json_end_array(w);
	}
}
