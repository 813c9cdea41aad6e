/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/buf.h"
#include "judge/evidence.h"
#include "match/builtin.h"

const char *const on_text[ON_COUNT] = {
	[ON_QNAME] = "qname",
	[ON_CNAME] = "cname",
	[ON_TARGET] = "target",
	[ON_ADDRESS] = "address",
	[ON_HINT] = "hint",
	[ON_EMBEDDED] = "embedded",
	[ON_MENTION] = "mention",
	[ON_CLIENT] = "client",
};

const char *const fact_text[FACT_COUNT] = {
	[FACT_LISTED] = "listed",
	[FACT_LOCATED] = "located",
	[FACT_OPERATED] = "operated",
	[FACT_OWNED] = "owned",
};

/* How a sentence calls a place. */
static const char *const place_word[ON_COUNT] = {
	[ON_QNAME] = "name",
	[ON_CNAME] = "alias",
	[ON_TARGET] = "target",
	[ON_ADDRESS] = "address",
	[ON_HINT] = "hint",
	[ON_EMBEDDED] = "embedded address",
	[ON_MENTION] = "mentioned name",
	[ON_CLIENT] = "client",
};

bool on_is_address(enum on on)
{
	return on == ON_ADDRESS || on == ON_HINT || on == ON_EMBEDDED || on == ON_CLIENT;
}

bool place_is_final(const struct place *p)
{
	return p->record != PLACE_QUESTION && p->on != ON_CNAME;
}

const char *place_format(const struct place *p, char out[NAME_TEXT_MAX])
{
	struct name name;

	if (on_is_address(p->on))
		return inet_addr_format(&p->addr, out);
	if (name_from_span(p->name, &name) == 0)
		return name_format(&name, out);
	out[0] = '\0';
	return out;
}

void place_describe(const struct place *p, struct buf *out)
{
	char text[NAME_TEXT_MAX];

	buf_printf(out, "%s %s", place_word[p->on], place_format(p, text));
	if (p->kind)
		buf_printf(out, " (%s)", p->kind);
}

static void describe_name(const struct finding *f, struct buf *out)
{
	char text[NAME_TEXT_MAX];
	struct name listed;

	if (name_from_key(f->row->key, &listed) != 0 ||
		span_equal(name_span(&listed), f->place->name))
		buf_put_text(out, " is listed");
	else
		buf_printf(out, " is below %s", name_format(&listed, text));
}

static void describe_address(const struct store_row *row, struct buf *out)
{
	if (row->fact == FACT_LOCATED && strcmp(row->country, "--") == 0)
		buf_put_text(out, " is located in no country that is known");
	else if (row->fact == FACT_LOCATED)
		buf_printf(out, " is located in %s", row->country);
	else if (span_equal(row->list, SPAN_LITERAL(BUILTIN_REBINDING)))
		buf_put_text(out, " is of no public network");
	else if (row->asn != 0)
		buf_printf(out, " belongs to AS%u", (unsigned)row->asn);
	else
		buf_put_text(out, " is listed");
}

/* What the entry says, the most telling of it. */
static void describe_entry(const struct store_row *row, struct buf *out)
{
	if (row->vendor_count > 0)
		buf_printf(out, ": vendor %.*s", SPAN_ARGS(row->vendors[0]));
	else if (row->fact == FACT_OPERATED)
		buf_printf(out, ": operated under the law of %s", row->country);
	else if (row->fact == FACT_OWNED)
		buf_printf(out, ": owned in %s", row->country);
	else if (row->category.len > 0)
		buf_printf(out, ": category %.*s", SPAN_ARGS(row->category));
}

/* Where it is written: list, file and line, or list and source for what no file of ours says. */
static void describe_origin(const struct store_row *row, struct buf *out)
{
	buf_printf(out, " (%.*s", SPAN_ARGS(row->list));
	if (row->file.len > 0)
		buf_printf(out, ", %.*s:%u", SPAN_ARGS(row->file), (unsigned)row->line);
	else if (row->source.len > 0)
		buf_printf(out, ", %.*s", SPAN_ARGS(row->source));
	buf_put_text(out, ")");
}

void finding_describe(const struct finding *f, struct buf *out)
{
	place_describe(f->place, out);
	if (on_is_address(f->place->on))
		describe_address(f->row, out);
	else
		describe_name(f, out);
	describe_entry(f->row, out);
	describe_origin(f->row, out);
}
