/* SPDX-License-Identifier: BSD-3-Clause */

#include "condition.h"

#include <stdlib.h>
#include <string.h>

#include "base/inet.h"

#define SQL_MAX ((size_t)8 << 20)

static const struct condition_column columns[] = {
	{"action", "action", false, NULL},
	{"would", "would", false, NULL},
	{"group", "grp", false, NULL},
	{"transport", "transport", false, NULL},
	{"type", "type", false, NULL},
	{"rcode", "rcode", false, NULL},
	{"rule", "rule", false, NULL},
	{"mode", "mode", false, NULL},
	{"evidence", "evidence", false, NULL},
	{"exception", "exception", false, NULL},
	{"source", "source", false, NULL},
	{"dnssec", "dnssec", false, NULL},
	{"on", "found_on", true, NULL},
	{"list", "list", true, NULL},
	{"vendor", "vendor", true, NULL},
	{"category", "category", true, NULL},
	{"fact", "fact", true, NULL},
	{"country", "country", true, NULL},
	{"located", "country", true, "located"},
	{"operated", "country", true, "operated"},
	{"owned", "country", true, "owned"},
	{"asn", "asn", true, NULL},
};

const struct condition_column *condition_column(const char *field)
{
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (strcmp(columns[i].field, field) == 0)
			return &columns[i];
	return NULL;
}

void condition_quote(struct buf *b, const char *text)
{
	buf_put_u8(b, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_put_u8(b, '\'');
		buf_put_u8(b, (uint8_t)*text);
	}
	buf_put_u8(b, '\'');
}

/* False when SQL would read it otherwise: [ begins a class of characters there. */
static bool put_comparison(struct buf *b, const char *column, const struct expression_node *n)
{
	if (n->how == EXPRESSION_GLOB && strchr(n->text, '['))
		return false;
	buf_printf(b, "(%s <> '' AND %s %s ", column, column,
		n->how == EXPRESSION_GLOB ? "GLOB" : "=");
	condition_quote(b, n->text);
	buf_put_text(b, ")");
	return true;
}

static bool put_column(
	struct buf *b, const struct condition_column *c, const struct expression_node *n)
{
	const char *asn = "CAST(nullif(asn, 0) AS TEXT)";

	buf_put_text(b, c->of_fact ? "shape IN (SELECT shape FROM fact WHERE "
				   : "shape IN (SELECT id FROM shape WHERE ");
	if (c->fact)
		buf_printf(b, "fact = '%s' AND ", c->fact);
	if (!put_comparison(b, strcmp(c->column, "asn") == 0 ? asn : c->column, n))
		return false;
	buf_put_text(b, ")");
	return true;
}

static bool put_name(struct buf *b, const struct expression_node *n)
{
	buf_put_text(b, "name IN (SELECT id FROM name WHERE ");
	if (n->how == EXPRESSION_BELOW) {
		buf_put_text(b, "text = ");
		condition_quote(b, n->text);
		/* A dot that is part of a label stands behind a backslash. */
		buf_printf(b, " OR substr(text, -%zu) = '.' || ", strlen(n->text) + 1);
		condition_quote(b, n->text);
	} else if (!put_comparison(b, "text", n)) {
		return false;
	}
	buf_put_text(b, ")");
	return true;
}

/* The numbers of the clients in a network. */
static void put_network(struct buf *b, struct db *db, const struct inet_prefix *network)
{
	struct db_statement *s = db_prepare(db, "SELECT id, ip FROM client");
	struct inet_addr addr;

	buf_put_text(b, "client IN (0");
	while (db_step(s))
		if (inet_addr_parse(db_text(s, 1), &addr) == 0 && inet_prefix_has(network, &addr))
			buf_printf(b, ", %lld", (long long)db_int(s, 0));
	db_statement_free(s);
	buf_put_text(b, ")");
}

static bool put_client(struct buf *b, struct db *db, const struct expression_node *n)
{
	bool named = strcmp(n->field->name, "client") == 0;

	if (n->how == EXPRESSION_PREFIX) {
		put_network(b, db, &n->prefix);
		return true;
	}
	buf_put_text(b, "client IN (SELECT id FROM client WHERE ");
	if (!put_comparison(b, "ip", n))
		return false;
	buf_put_text(b, named ? " OR " : "");
	if (named && !put_comparison(b, "device", n))
		return false;
	buf_put_text(b, ")");
	return true;
}

/* One part: what a node says. */
struct part {
	struct buf sql;
	bool exact;
};

static void make_unknown(struct part *p)
{
	buf_clear(&p->sql);
	buf_put_text(&p->sql, "1");
	p->exact = false;
}

static void make_term(
	struct db *db, const struct expression_node *n, struct condition *out, struct part *p)
{
	const struct condition_column *column = condition_column(n->field->name);
	bool is_client =
		strcmp(n->field->name, "client") == 0 || strcmp(n->field->name, "address") == 0;
	bool is_name = strcmp(n->field->name, "name") == 0, good = false;

	p->exact = true;
	buf_put_text(&p->sql, n->differs ? "NOT (" : "(");
	if (is_client)
		good = put_client(&p->sql, db, n);
	else if (is_name)
		good = n->how != EXPRESSION_PREFIX && put_name(&p->sql, n);
	else if (column && n->how != EXPRESSION_PREFIX && n->how != EXPRESSION_BELOW)
		good = put_column(&p->sql, column, n);
	buf_put_text(&p->sql, ")");
	if (!good) {
		make_unknown(p);
		return;
	}
	out->uses_client = out->uses_client || is_client;
	out->uses_name = out->uses_name || is_name;
}

static void make_connective(const struct expression_node *n, struct part *parts, struct part *p)
{
	const struct part *left = &parts[n->left], *right = &parts[n->right];

	if (n->kind == EXPRESSION_NOT) {
		buf_put_text(&p->sql, "NOT ");
		buf_put_span(&p->sql, buf_span(&left->sql));
		p->exact = left->exact;
		/* Yes to more is no to less. */
		if (!p->exact)
			make_unknown(p);
		return;
	}
	buf_put_text(&p->sql, "(");
	buf_put_span(&p->sql, buf_span(&left->sql));
	buf_put_text(&p->sql, n->kind == EXPRESSION_AND ? " AND " : " OR ");
	buf_put_span(&p->sql, buf_span(&right->sql));
	buf_put_text(&p->sql, ")");
	p->exact = left->exact && right->exact;
}

int condition_make(struct index *x, const struct expression *e, struct condition *out)
{
	struct part *parts = calloc(e->count + 1u, sizeof(*parts));
	bool overflow = false;

	if (!parts)
		return ERR_MEMORY;
	*out = (struct condition){.exact = true};
	buf_init_heap(&out->sql, SQL_MAX);
	for (unsigned i = 0; i < e->count; i++) {
		buf_init_heap(&parts[i].sql, SQL_MAX);
		if (e->nodes[i].kind == EXPRESSION_TERM)
			make_term(index_db(x), &e->nodes[i], out, &parts[i]);
		else
			make_connective(&e->nodes[i], parts, &parts[i]);
		overflow = overflow || parts[i].sql.overflow;
	}
	if (e->count > 0) {
		buf_put_span(&out->sql, buf_span(&parts[e->count - 1].sql));
		out->exact = parts[e->count - 1].exact;
	} else {
		buf_put_text(&out->sql, "1");
	}
	for (unsigned i = 0; i < e->count; i++)
		buf_release(&parts[i].sql);
	free(parts);
	return overflow || out->sql.overflow ? ERR_MEMORY : db_error(index_db(x));
}
