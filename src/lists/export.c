/* SPDX-License-Identifier: BSD-3-Clause */

#include "lists/export.h"

#include "pieces.h"

/* Ranges on the way to prefixes. */
struct prefixes {
	const struct lists_filter *filter;
	struct inet_addr first, last; /* joined so far */
	bool has_range;
	void (*each)(void *context, const struct inet_prefix *prefix);
	void *context;
};

static bool is_asked(const char *asked, struct span value)
{
	return !asked || span_equal(value, span_text(asked));
}

bool lists_filter_has(const struct lists_filter *filter, const struct store_row *row)
{
	bool vendor = !filter->vendor;

	for (unsigned i = 0; !vendor && i < row->vendor_count; i++)
		vendor = is_asked(filter->vendor, row->vendors[i]);
	return vendor && (!filter->fact || *filter->fact == row->fact) &&
	       is_asked(filter->list, row->list) && is_asked(filter->category, row->category) &&
	       is_asked(filter->country, span_text(row->country));
}

static void emit(struct prefixes *p)
{
	if (p->has_range)
		pieces_split(&p->first, &p->last, p->each, p->context);
}

static int collect(void *context, enum store_kind kind, const struct store_row *row)
{
	struct prefixes *p = context;

	if (kind != STORE_RANGE || !lists_filter_has(p->filter, row))
		return 0;
	if (p->has_range && row->first.is_v4 == p->first.is_v4 &&
		pieces_touch(&p->last, &row->first)) {
		if (inet_addr_compare(&row->last, &p->last) > 0)
			p->last = row->last;
		return 0;
	}
	emit(p);
	p->first = row->first;
	p->last = row->last;
	p->has_range = true;
	return 0;
}

/* Calls each with every prefix in the order of addresses. */
static int walk_prefixes(struct store *s, const struct lists_filter *filter,
	void (*each)(void *context, const struct inet_prefix *prefix), void *context)
{
	struct prefixes p = {.filter = filter, .each = each, .context = context};
	struct store_reader *reader = NULL;
	int err = store_reader_new(s, &reader);

	if (!err)
		err = store_walk(reader, collect, &p);
	if (!err)
		emit(&p);
	store_reader_free(reader);
	return err;
}

/* Where prefixes are written to. */
struct output {
	FILE *file;
	bool is_v4; /* nft: the set */
	uint64_t in_set;
	struct lists_export_result *result;
};

static void put_cidr(void *context, const struct inet_prefix *prefix)
{
	struct output *o = context;
	char text[INET_PREFIX_TEXT_MAX];

	fprintf(o->file, "%s\n", inet_prefix_format(prefix, text));
	o->result->ranges++;
}

int lists_export_cidr(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result)
{
	struct output o = {.file = out, .result = result};

	return walk_prefixes(s, filter, put_cidr, &o);
}

static void put_element(void *context, const struct inet_prefix *prefix)
{
	struct output *o = context;
	char text[INET_PREFIX_TEXT_MAX];

	if (prefix->addr.is_v4 != o->is_v4)
		return;
	if (o->in_set++ == 0)
		fprintf(o->file, "add element inet celnik %s {\n", o->is_v4 ? "ipv4" : "ipv6");
	fprintf(o->file, "\t%s,\n", inet_prefix_format(prefix, text));
	o->result->ranges++;
}

int lists_export_nft(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result)
{
	int err = 0;

	fputs("add table inet celnik\n", out);
	for (int v4 = 1; !err && v4 >= 0; v4--) {
		struct output o = {.file = out, .is_v4 = v4, .result = result};
		const char *set = v4 ? "ipv4" : "ipv6";

		fprintf(out, "add set inet celnik %s { type %s_addr; flags interval; }\n", set,
			set);
		fprintf(out, "flush set inet celnik %s\n", set);
		err = walk_prefixes(s, filter, put_element, &o);
		if (o.in_set > 0)
			fputs("}\n", out);
	}
	return err;
}
