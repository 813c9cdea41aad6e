/* SPDX-License-Identifier: BSD-3-Clause */

#include "intake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "memo.h"
#include "json/reader.h"

#define KEY_MAX ((size_t)1 << 20)
#define BETWEEN 0x1f /* stands in no field */

/* What makes a shape, in the order of its columns. */
static const char *const shape_keys[] = {"celnik.group", "dns.question.type", "dns.response_code",
	"event.action", "celnik.would_action", "rule.name", "celnik.exception", "celnik.source",
	"celnik.evidence", "network.transport", "celnik.mode", "celnik.dnssec"};
#define SHAPE_KEYS (sizeof(shape_keys) / sizeof(shape_keys[0]))

/* What makes a match, in the order of the columns of fact; the last is a number. */
static const char *const fact_keys[] = {"celnik.match.on", "celnik.match.list",
	"celnik.match.vendor", "celnik.match.category", "celnik.match.fact", "celnik.match.country",
	"celnik.match.asn"};
#define FACT_KEYS (sizeof(fact_keys) / sizeof(fact_keys[0]))
#define FACT_ASN (FACT_KEYS - 1)

/* A table of texts, each once. */
struct dictionary {
	struct memo *memo;
	struct db_statement *find, *add;
};

struct intake {
	struct db *db;
	bool alerts_in_queries;
	struct dictionary names, clients, shapes;
	struct db_statement *fact, *query, *remark;
	struct buf key;
};

static int dictionary_init(struct dictionary *d, struct db *db, const char *find, const char *add)
{
	d->find = db_prepare(db, find);
	d->add = db_prepare(db, add);
	d->memo = calloc(1, sizeof(*d->memo));
	return d->memo ? hash_key_draw(&d->memo->key) : ERR_MEMORY;
}

static void dictionary_release(struct dictionary *d)
{
	free(d->memo);
	db_statement_free(d->find);
	db_statement_free(d->add);
}

int intake_new(struct db *db, bool alerts_in_queries, struct intake **out)
{
	struct intake *in = calloc(1, sizeof(*in));
	int err;

	if (!in)
		return ERR_MEMORY;
	in->db = db;
	in->alerts_in_queries = alerts_in_queries;
	buf_init_heap(&in->key, KEY_MAX);
	err = dictionary_init(&in->names, db, "SELECT id FROM name WHERE text = ?1",
		"INSERT INTO name (text) VALUES (?1)");
	if (!err)
		err = dictionary_init(&in->clients, db,
			"SELECT id FROM client WHERE ip = ?1 AND device = ?2",
			"INSERT INTO client (ip, device) VALUES (?1, ?2)");
	if (!err)
		err = dictionary_init(&in->shapes, db, "SELECT id FROM shape WHERE key = ?1",
			"INSERT INTO shape (key, alert, do, ede, grp, type, rcode, action, would, "
			"rule, exception, source, evidence, transport, mode, dnssec) VALUES (?1, "
			"?2, "
			"?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
	in->fact =
		db_prepare(db, "INSERT INTO fact (shape, found_on, list, vendor, category, fact, "
			       "country, asn) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	in->query = db_prepare(db, "INSERT INTO query (at, client, name, shape, segment, offset) "
				   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	in->remark = db_prepare(db, "INSERT INTO remark (at, kind, action, reason, config, lists, "
				    "segment, offset) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	if (!err)
		err = db_error(db);
	if (err) {
		intake_free(in);
		return err;
	}
	*out = in;
	return 0;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	dictionary_release(&in->names);
	dictionary_release(&in->clients);
	dictionary_release(&in->shapes);
	db_statement_free(in->fact);
	db_statement_free(in->query);
	db_statement_free(in->remark);
	buf_release(&in->key);
	free(in);
}

static struct span text_of(const struct json_value *record, const char *key)
{
	return span_text(json_get_string(record, key, ""));
}

/* `2026-11-23T10:14:02.123Z` in milliseconds; -1 for anything else. */
static int64_t time_of(const struct json_value *record)
{
	const char *text = json_get_string(record, "@timestamp", "");
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!rest || rest[0] != '.' || strlen(rest) != 5)
		return -1;
	return (int64_t)timegm(&tm) * 1000 + strtol(rest + 1, NULL, 10);
}

static int64_t add(struct db *db, struct dictionary *d)
{
	return db_do(d->add) ? db_last_id(db) : 0;
}

static int64_t found(struct dictionary *d)
{
	int64_t id = db_step(d->find) ? db_int(d->find, 0) : 0;

	db_reset(d->find);
	return id;
}

static int64_t name_id(struct intake *in, struct span name)
{
	struct dictionary *d = &in->names;
	uint64_t hash;
	int64_t id = memo_find(d->memo, name, &hash);

	if (id)
		return id;
	db_bind_text(d->find, 1, name);
	id = found(d);
	if (!id) {
		db_bind_text(d->add, 1, name);
		id = add(in->db, d);
	}
	memo_put(d->memo, hash, id);
	return id;
}

static int64_t client_id(struct intake *in, const struct json_value *record)
{
	struct dictionary *d = &in->clients;
	struct span ip = text_of(record, "client.ip"), device = text_of(record, "client.name");
	uint64_t hash;
	int64_t id;

	buf_clear(&in->key);
	buf_put_span(&in->key, ip);
	buf_put_u8(&in->key, BETWEEN);
	buf_put_span(&in->key, device);
	id = memo_find(d->memo, buf_span(&in->key), &hash);
	if (id)
		return id;
	db_bind_text(d->find, 1, ip);
	db_bind_text(d->find, 2, device);
	id = found(d);
	if (!id) {
		db_bind_text(d->add, 1, ip);
		db_bind_text(d->add, 2, device);
		id = add(in->db, d);
	}
	memo_put(d->memo, hash, id);
	return id;
}

/* All that two lines of one shape have in common. */
static void put_key(struct intake *in, const struct json_value *record, bool alert)
{
	struct buf *key = &in->key;

	buf_clear(key);
	buf_printf(key, "%d %d %u", alert, json_get_bool(record, "celnik.do", false),
		(unsigned)json_get_u64(record, "celnik.ede", UINT16_MAX));
	for (size_t i = 0; i < SHAPE_KEYS; i++) {
		buf_put_u8(key, BETWEEN);
		buf_put_span(key, text_of(record, shape_keys[i]));
	}
	for (size_t k = 0; k < FACT_KEYS; k++) {
		const struct json_value *column = json_get(record, fact_keys[k]);

		buf_put_u8(key, BETWEEN);
		for (size_t i = 0; i < json_count(column); i++) {
			buf_put_u8(key, BETWEEN);
			if (k == FACT_ASN)
				buf_put_decimal(key, json_u64(json_at(column, i), 0));
			else
				buf_put_text(key, json_text(json_at(column, i), ""));
		}
	}
}

static void add_facts(struct intake *in, const struct json_value *record, int64_t shape)
{
	for (size_t i = 0; i < json_count(json_get(record, fact_keys[0])); i++) {
		db_bind_int(in->fact, 1, shape);
		for (size_t k = 0; k < FACT_KEYS; k++) {
			const struct json_value *v = json_at(json_get(record, fact_keys[k]), i);

			if (k == FACT_ASN)
				db_bind_int(in->fact, (int)k + 2, (int64_t)json_u64(v, 0));
			else
				db_bind_text(in->fact, (int)k + 2, span_text(json_text(v, "")));
		}
		db_do(in->fact);
	}
}

static int64_t shape_id(struct intake *in, const struct json_value *record, bool alert)
{
	struct dictionary *d = &in->shapes;
	uint64_t hash;
	int64_t id;

	put_key(in, record, alert);
	id = memo_find(d->memo, buf_span(&in->key), &hash);
	if (id)
		return id;
	db_bind_text(d->find, 1, buf_span(&in->key));
	id = found(d);
	if (!id) {
		db_bind_text(d->add, 1, buf_span(&in->key));
		db_bind_int(d->add, 2, alert);
		db_bind_int(d->add, 3, json_get_bool(record, "celnik.do", false));
		db_bind_int(d->add, 4, (int64_t)json_get_u64(record, "celnik.ede", UINT16_MAX));
		for (size_t i = 0; i < SHAPE_KEYS; i++)
			db_bind_text(d->add, (int)i + 5, text_of(record, shape_keys[i]));
		id = add(in->db, d);
		add_facts(in, record, id);
	}
	memo_put(d->memo, hash, id);
	return id;
}

static void put_place(struct db_statement *s, int parameter, const struct intake_place *place)
{
	db_bind_int(s, parameter, place->segment);
	db_bind_int(s, parameter + 1, (int64_t)place->offset);
}

static void take_query(struct intake *in, const struct json_value *record, int64_t at, bool alert,
	const struct intake_place *place)
{
	int64_t client = client_id(in, record);
	int64_t name = name_id(in, text_of(record, "dns.question.name"));
	int64_t shape = shape_id(in, record, alert);

	db_bind_int(in->query, 1, at);
	db_bind_int(in->query, 2, client);
	db_bind_int(in->query, 3, name);
	db_bind_int(in->query, 4, shape);
	put_place(in->query, 5, place);
	db_do(in->query);
}

static void take_remark(struct intake *in, const struct json_value *record, int64_t at,
	struct span kind, const struct intake_place *place)
{
	db_bind_int(in->remark, 1, at);
	db_bind_text(in->remark, 2, kind);
	db_bind_text(in->remark, 3, text_of(record, "event.action"));
	db_bind_text(in->remark, 4, text_of(record, "event.reason"));
	db_bind_text(in->remark, 5, text_of(record, "celnik.config"));
	db_bind_text(in->remark, 6, text_of(record, "celnik.lists"));
	put_place(in->remark, 7, place);
	db_do(in->remark);
}

static int take_record(
	struct intake *in, const struct json_value *record, const struct intake_place *place)
{
	struct span kind = text_of(record, "event.kind");
	bool alert = span_equal(kind, span_text("alert"));
	int64_t at = time_of(record);

	if (at < 0)
		return ERR_FORMAT;
	if (alert || span_equal(kind, span_text("query")))
		take_query(in, record, at, alert, place);
	else
		take_remark(in, record, at, kind, place);
	return 0;
}

int intake_line(
	struct intake *in, struct span line, bool of_events, const struct intake_place *place)
{
	static const char query[] = "\"event.kind\":\"query\"";
	struct json_document *document = NULL;
	int err;

	/* Everything but queries that are no events stands in both streams; no text can look like
	 * this, as its quotes are escaped. */
	if (!of_events && !in->alerts_in_queries &&
		!memmem(line.data, line.len, query, sizeof(query) - 1))
		return 0;
	err = json_parse(line, &document);
	if (!err)
		err = take_record(in, json_root(document), place);
	json_document_free(document);
	return err;
}
