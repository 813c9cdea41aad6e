/* SPDX-License-Identifier: BSD-3-Clause */

#include "export.h"

#include <string.h>

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

bool export_wants(const struct lists_filter *filter, const struct store_row *row)
{
	bool vendor = !filter->vendor;

	for (unsigned i = 0; !vendor && i < row->vendor_count; i++)
		vendor = is_asked(filter->vendor, row->vendors[i]);
	return vendor && (!filter->fact || *filter->fact == row->fact) &&
	       is_asked(filter->list, row->list) && is_asked(filter->category, row->category) &&
	       is_asked(filter->country, span_text(row->country));
}

/* The address as a number. */
static unsigned __int128 number_of(const struct inet_addr *a)
{
	unsigned __int128 n = 0;

	for (int i = 0; i < 16; i++)
		n = n << 8 | a->octets[i];
	return n;
}

static struct inet_addr address_of(unsigned __int128 n, bool is_v4)
{
	struct inet_addr a = {.is_v4 = is_v4};

	for (int i = 15; i >= 0; i--, n >>= 8)
		a.octets[i] = (uint8_t)n;
	return a;
}

/* The largest prefix that begins at first and ends at or before last; again behind it, to the end.
 */
static void emit(struct prefixes *p)
{
	unsigned __int128 first = number_of(&p->first), last = number_of(&p->last), step;

	if (!p->has_range)
		return;
	for (;;) {
		unsigned bits = 0;

		while (bits < 127 && (first >> bits & 1) == 0 &&
			first + (((unsigned __int128)2 << bits) - 1) <= last)
			bits++;
		p->each(p->context, &(struct inet_prefix){.addr = address_of(first, p->first.is_v4),
					    .len = (uint8_t)(128 - bits)});
		step = ((unsigned __int128)1 << bits) - 1;
		if (first + step >= last)
			return;
		first += step + 1;
	}
}

static int collect(void *context, enum store_kind kind, const struct store_row *row)
{
	struct prefixes *p = context;

	if (kind != STORE_RANGE || !export_wants(p->filter, row))
		return 0;
	if (p->has_range && row->first.is_v4 == p->first.is_v4 &&
		number_of(&row->first) <= number_of(&p->last) + 1) {
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

int export_prefixes(struct store *s, const struct lists_filter *filter,
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

	return export_prefixes(s, filter, put_cidr, &o);
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
		err = export_prefixes(s, filter, put_element, &o);
		if (o.in_set > 0)
			fputs("}\n", out);
	}
	return err;
}
