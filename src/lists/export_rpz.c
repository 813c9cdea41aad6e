/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lists/export.h"
#include "pieces.h"
#include "rpz_record.h"

/* What is left of 255 octets must hold the name of the zone, and `*` in front. */
#define NAME_WIRE_MAX 190
#define OWNER_MAX (NAME_TEXT_MAX + 2)

/* A name that stands in the zone, and what its wildcard says. */
struct level {
	struct span key;
	enum rpz_action below;
};

/* A zone while it is written. */
struct zone {
	const struct lists_rpz *rpz;
	FILE *file;
	struct span *keys; /* the names to be looked at */
	size_t key_count, key_room;
	struct level levels[NAME_LABELS_MAX + 2]; /* the present name stands below all of them */
	unsigned depth;
	struct pieces *v4, *v6;
	enum rpz_action (*decide)(void *context, const struct inet_addr *addr);
	const char *trigger;
	uint64_t *count;
	struct lists_export_result *result;
};

static int add_key(struct zone *z, struct span key)
{
	if (z->key_count == z->key_room) {
		size_t room = z->key_room ? 2 * z->key_room : 1024;
		struct span *keys = reallocarray(z->keys, room, sizeof(*keys));

		if (!keys)
			return ERR_MEMORY;
		z->keys = keys;
		z->key_room = room;
	}
	z->keys[z->key_count++] = key;
	return 0;
}

static int cut(struct zone *z, const struct inet_addr *first, const struct inet_addr *last)
{
	return pieces_cut(first->is_v4 ? z->v4 : z->v6, first, last);
}

static int collect(void *context, enum store_kind kind, const struct store_row *row)
{
	struct zone *z = context;

	if (kind == STORE_RANGE)
		return cut(z, &row->first, &row->last);
	if (kind == STORE_NAME && !span_equal(z->keys[z->key_count - 1], row->key))
		return add_key(z, row->key);
	return 0;
}

static int put_record(struct zone *z, struct span key, bool wildcard, enum rpz_action action)
{
	char text[NAME_TEXT_MAX], owner[OWNER_MAX];
	struct name name;
	int err = name_from_key(key, &name);

	if (err)
		return err;
	snprintf(owner, sizeof(owner), "%s%s%s", wildcard ? "*" : "",
		wildcard && key.len ? "." : "", key.len ? name_format(&name, text) : "");
	rpz_record_put(z->file, owner, action, RPZ_BOTH, z->rpz);
	return 0;
}

/* A name, and all below it. Of the apex itself nothing can be said. */
static int put_level(struct zone *z, struct span key, enum rpz_action self, enum rpz_action below)
{
	bool has_self = self != RPZ_NONE && key.len > 0;
	int err = has_self ? put_record(z, key, false, self) : 0;

	if (!err && below != RPZ_NONE)
		err = put_record(z, key, true, below);
	z->levels[z->depth++] = (struct level){key, below};
	z->result->names += has_self || below != RPZ_NONE;
	return err;
}

static enum rpz_action enclosing(const struct zone *z)
{
	return z->depth > 0 ? z->levels[z->depth - 1].below : RPZ_NONE;
}

/* A wildcard reaches no further than to a name that exists (RFC 4592), be it an empty one: names
 * between it and another record must say the same. */
static int put_between(struct zone *z, struct span key)
{
	size_t len = z->depth > 0 ? z->levels[z->depth - 1].key.len : 0;
	enum rpz_action action = enclosing(z);
	int err = 0;

	while (!err && action != RPZ_NONE && len < key.len && len + 1u + key.data[len] < key.len) {
		len += 1u + key.data[len];
		err = put_level(z, span_part(key, 0, len), action, action);
	}
	return err;
}

/* Below a wildcard the zone cannot be silent. */
static enum rpz_action spoken(struct zone *z, enum rpz_action action)
{
	if (action != RPZ_NONE || enclosing(z) == RPZ_NONE)
		return action;
	z->result->passed++;
	return RPZ_PASSTHRU;
}

static int put_name(struct zone *z, struct span key)
{
	enum rpz_action self, below;
	struct name name, star;
	int err = name_from_key(key, &name);

	if (err)
		return err;
	if (name.len > NAME_WIRE_MAX) {
		z->result->left_out++;
		return 0;
	}
	star = (struct name){.len = (uint8_t)(name.len + 2), .labels = (uint8_t)(name.labels + 1)};
	star.octets[0] = 1;
	star.octets[1] = '*';
	memcpy(star.octets + 2, name.octets, name.len);
	self = key.len > 0 ? z->rpz->name(z->rpz->context, &name) : RPZ_NONE;
	below = z->rpz->name(z->rpz->context, &star);
	if (self == enclosing(z) && below == enclosing(z))
		return 0;
	err = put_between(z, key);
	if (err)
		return err;
	self = spoken(z, self);
	return put_level(z, key, self, spoken(z, below));
}

static bool is_below(struct span key, struct span ancestor)
{
	return span_equal(span_part(key, 0, ancestor.len), ancestor);
}

static int compare_keys(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* In the order of the keys a name comes before all that stand below it, and those in one piece. */
static int put_names(struct zone *z)
{
	int err = 0;

	qsort(z->keys, z->key_count, sizeof(*z->keys), compare_keys);
	for (size_t i = 0; !err && i < z->key_count; i++) {
		if (i > 0 && span_equal(z->keys[i], z->keys[i - 1]))
			continue;
		while (z->depth > 0 && !is_below(z->keys[i], z->levels[z->depth - 1].key))
			z->depth--;
		err = put_name(z, z->keys[i]);
	}
	return err;
}

static int decide(void *context, const struct inet_addr *addr)
{
	struct zone *z = context;

	return (int)z->decide(z->rpz->context, addr);
}

static void put_prefix(void *context, const struct inet_prefix *prefix, int action)
{
	struct zone *z = context;
	char owner[RPZ_OWNER_MAX];

	rpz_record_put(z->file, rpz_owner_format(prefix, z->trigger, owner),
		(enum rpz_action)action, prefix->addr.is_v4 ? RPZ_IPV4 : RPZ_IPV6, z->rpz);
	++*z->count;
}

static int cut_networks(struct zone *z, const struct inet_prefix *networks, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		struct inet_addr last = inet_prefix_last(&networks[i]);

		err = cut(z, &networks[i].addr, &last);
	}
	return err;
}

static void put_addresses(struct zone *z)
{
	pieces_walk(z->v4, decide, put_prefix, z);
	pieces_walk(z->v6, decide, put_prefix, z);
	pieces_free(z->v4);
	pieces_free(z->v6);
	z->v4 = z->v6 = NULL;
}

static int new_pieces(struct zone *z)
{
	z->v4 = pieces_new(true);
	z->v6 = pieces_new(false);
	return z->v4 && z->v6 ? 0 : ERR_MEMORY;
}

static int put_clients(struct zone *z)
{
	int err = new_pieces(z);

	z->decide = z->rpz->client;
	z->trigger = "rpz-client-ip";
	z->count = &z->result->clients;
	if (!err)
		err = cut_networks(z, z->rpz->clients, z->rpz->client_count);
	if (!err)
		put_addresses(z);
	return err;
}

static int put_lists(struct zone *z, struct store *s, uint8_t (*keys)[NAME_LEN_MAX])
{
	struct store_reader *reader = NULL;
	int err = new_pieces(z);

	z->decide = z->rpz->address;
	z->trigger = "rpz-ip";
	z->count = &z->result->ranges;
	if (!err)
		err = add_key(z, span_of(NULL, 0));
	for (size_t i = 0; !err && i < z->rpz->name_count; i++)
		err = add_key(z, span_of(keys[i], name_to_key(&z->rpz->names[i], keys[i])));
	if (!err)
		err = cut_networks(z, z->rpz->networks, z->rpz->network_count);
	if (!err)
		err = store_reader_new(s, &reader);
	if (!err)
		err = store_walk(reader, collect, z);
	if (!err)
		err = put_names(z);
	if (!err)
		put_addresses(z);
	store_reader_free(reader);
	return err;
}

static void put_head(const struct zone *z, struct store *s)
{
	char digest[DIGEST_TEXT_MAX], built[CLOCK_TEXT_MAX];
	struct store_info info;

	store_info_read(s, &info);
	fprintf(z->file, "; %s\n; lists %s, built %s\n", z->rpz->about,
		digest_format(info.digest, digest), clock_format(info.built_ns, built));
	fprintf(z->file,
		"$TTL %u\n@ IN SOA localhost. hostmaster.localhost. %u 3600 600 604800 %u\n",
		z->rpz->ttl_s, z->rpz->serial, z->rpz->ttl_s);
	fputs("@ IN NS localhost.\n", z->file);
}

int lists_export_rpz(
	struct store *s, const struct lists_rpz *rpz, FILE *out, struct lists_export_result *result)
{
	struct zone *z = calloc(1, sizeof(*z));
	uint8_t(*keys)[NAME_LEN_MAX] = calloc(rpz->name_count + 1, sizeof(*keys));
	int err = z && keys ? 0 : ERR_MEMORY;

	if (err)
		goto out;
	*z = (struct zone){.rpz = rpz, .file = out, .result = result};
	put_head(z, s);
	err = put_clients(z);
	if (!err)
		err = put_lists(z, s, keys);
	pieces_free(z->v4);
	pieces_free(z->v6);
	free(z->keys);
out:
	free(keys);
	free(z);
	return err;
}
