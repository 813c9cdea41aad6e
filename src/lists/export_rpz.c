/* SPDX-License-Identifier: BSD-3-Clause */

#include "base/clock.h"
#include "export.h"
#include "wire/name.h"

#define WORDS 8
#define TTL_S 300
/* What is left of 255 octets must hold the name of the zone, and `*` in front. */
#define NAME_WIRE_MAX 190

/* A zone while it is written. */
struct rpz {
	const struct lists_filter *filter;
	FILE *file;
	struct span key; /* of the name whose rows come at the moment; empty before the first */
	bool self, below; /* what they cover */
	struct lists_export_result *result;
};

static void put_name(struct rpz *z)
{
	char text[NAME_TEXT_MAX];
	struct name name;

	if (!z->self || name_from_key(z->key, &name) != 0)
		return;
	if (name.len > NAME_WIRE_MAX) {
		z->result->left_out++;
		return;
	}
	name_format(&name, text);
	fprintf(z->file, "%s CNAME .\n", text);
	if (z->below)
		fprintf(z->file, "*.%s CNAME .\n", text);
	z->result->names++;
}

static int collect(void *context, enum store_kind kind, const struct store_row *row)
{
	struct rpz *z = context;

	if (kind != STORE_NAME)
		return 0;
	if (!span_equal(row->key, z->key)) {
		put_name(z);
		z->key = row->key;
		z->self = z->below = false;
	}
	if (export_wants(z->filter, row)) {
		z->self = true;
		z->below = z->below || row->match != NAME_MATCH_EXACT;
	}
	return 0;
}

static int put_names(struct store *s, struct rpz *z)
{
	struct store_reader *reader = NULL;
	int err = store_reader_new(s, &reader);

	if (!err)
		err = store_walk(reader, collect, z);
	if (!err)
		put_name(z);
	store_reader_free(reader);
	return err;
}

/* The first of the longest runs of zeros, from the end of the address: BIND insists on that one. */
static void zeros_find(const uint16_t words[WORDS], int *first, int *count)
{
	int run = 0;

	*first = -1;
	*count = 1;
	for (int i = 0; i < WORDS; i++) {
		run = words[i] == 0 ? run + 1 : 0;
		if (run > *count) {
			*count = run;
			*first = i + 1 - run;
		}
	}
}

static void put_v6(FILE *out, const struct inet_addr *addr)
{
	uint16_t words[WORDS]; /* the last one first */
	int zeros, count;

	for (int i = 0; i < WORDS; i++)
		words[i] = (uint16_t)(addr->octets[14 - 2 * i] << 8 | addr->octets[15 - 2 * i]);
	zeros_find(words, &zeros, &count);
	for (int i = 0; i < WORDS; i++) {
		if (i == zeros) {
			fputs(".zz", out);
			i += count - 1;
		} else {
			fprintf(out, ".%x", words[i]);
		}
	}
}

static void put_prefix(void *context, const struct inet_prefix *prefix)
{
	struct rpz *z = context;
	const uint8_t *octets = prefix->addr.octets;

	if (prefix->addr.is_v4) {
		fprintf(z->file, "%u.%u.%u.%u.%u", prefix->len - 96u, octets[15], octets[14],
			octets[13], octets[12]);
	} else {
		fprintf(z->file, "%u", prefix->len);
		put_v6(z->file, &prefix->addr);
	}
	fputs(".rpz-ip CNAME .\n", z->file);
	z->result->ranges++;
}

int lists_export_rpz(struct store *s, const struct lists_filter *filter, FILE *out,
	struct lists_export_result *result)
{
	struct rpz z = {.filter = filter, .file = out, .result = result};
	char digest[DIGEST_TEXT_MAX], built[CLOCK_TEXT_MAX];
	struct store_info info;
	int err;

	store_info_read(s, &info);
	fprintf(out, "; lists %s, built %s\n", digest_format(info.digest, digest),
		clock_format(info.built_ns, built));
	fprintf(out, "$TTL %d\n@ IN SOA localhost. hostmaster.localhost. %u 3600 600 604800 %d\n",
		TTL_S, (unsigned)(info.built_ns / NS_PER_S), TTL_S);
	fputs("@ IN NS localhost.\n", out);
	err = put_names(s, &z);
	return err ? err : export_prefixes(s, filter, put_prefix, &z);
}
