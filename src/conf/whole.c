/* SPDX-License-Identifier: BSD-3-Clause */

/* What can be told only of the whole: networks of all groups, servers that are ourselves. */

#include <stdlib.h>
#include <string.h>

#include "conf/value.h"
#include "schema.h"

#define NESTED_MAX 130 /* prefixes of different lengths around one address */

static bool holds(const struct draft_network *outer, const struct draft_network *inner)
{
	return outer->prefix.addr.is_v4 == inner->prefix.addr.is_v4 &&
	       inet_prefix_has(&outer->prefix, &inner->prefix.addr);
}

static int compare_networks(const void *a, const void *b)
{
	const struct draft_network *const *x = a, *const *y = b;
	int order = inet_addr_compare(&(*x)->prefix.addr, &(*y)->prefix.addr);

	if (order)
		return order;
	if ((*x)->prefix.len != (*y)->prefix.len)
		return (*x)->prefix.len < (*y)->prefix.len ? -1 : 1;
	if ((*x)->place.file != (*y)->place.file)
		return strcmp((*x)->place.file, (*y)->place.file);
	if ((*x)->place.line != (*y)->place.line)
		return (*x)->place.line < (*y)->place.line ? -1 : 1;
	return (*x)->place.column < (*y)->place.column ? -1 : 1;
}

/* A network inside another is fine, the longer prefix wins; inside one of the same group it makes
 * no difference. Sorted, so that what is around a network comes before it. */
static void check_nested(struct draft *d, const struct draft_network *const *sorted, unsigned count)
{
	const struct draft_network *around[NESTED_MAX];
	char inner[INET_PREFIX_TEXT_MAX], outer[INET_PREFIX_TEXT_MAX];
	unsigned depth = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct draft_network *n = sorted[i], *a;

		while (depth > 0 && !holds(around[depth - 1], n))
			depth--;
		a = depth > 0 ? around[depth - 1] : NULL;
		if (a && value_prefix_equal(&a->prefix, &n->prefix))
			continue;
		if (a && strcmp(a->group, n->group) == 0)
			draft_warning(d, &n->place,
				"the network %s makes no difference: '%s' has %s around it; remove "
				"one of them",
				inet_prefix_format(&n->prefix, inner), n->group,
				inet_prefix_format(&a->prefix, outer));
		around[depth++] = n;
	}
}

/* The same network twice is nobody's. */
void check_networks(struct draft *d)
{
	const struct draft_network **sorted;
	unsigned count = 0;
	char text[INET_PREFIX_TEXT_MAX];

	sorted = draft_alloc(d, d->network_count + 1, sizeof(*sorted));
	if (!sorted)
		return;
	for (const struct draft_network *n = d->networks; n; n = n->next)
		sorted[count++] = n;
	qsort(sorted, count, sizeof(*sorted), compare_networks);
	for (unsigned i = 1; i < count; i++) {
		const struct draft_network *a = sorted[i - 1], *b = sorted[i];

		if (!value_prefix_equal(&a->prefix, &b->prefix))
			continue;
		draft_error(d, &b->place,
			"the network %s belongs to '%s' already, in %s:%u; remove it from one of "
			"them",
			inet_prefix_format(&b->prefix, text), a->group, a->place.file,
			a->place.line);
	}
	check_nested(d, sorted, count);
}

static bool has_group(const struct draft *d, const struct inet_addr *addr)
{
	for (const struct draft_network *n = d->networks; n; n = n->next)
		if (n->prefix.addr.is_v4 == addr->is_v4 && inet_prefix_has(&n->prefix, addr))
			return true;
	return false;
}

void check_devices(struct draft *d)
{
	const struct yaml_node *devices = yaml_member(d->root, "devices");
	struct inet_addr addr;

	if (!devices || devices->kind != YAML_MAPPING)
		return;
	for (const struct yaml_node *n = devices->first; n; n = n->next)
		if (inet_addr_parse(span_text(n->key), &addr) == 0 && !has_group(d, &addr))
			draft_warning(d, &n->key_place,
				"the device '%s' is in no network of 'clients', so it is refused; "
				"add its network to a group",
				n->key);
}

static bool is_any(const struct inet_addr *addr)
{
	static const uint8_t zero[16];

	return memcmp(addr->octets + (addr->is_v4 ? 12 : 0), zero, addr->is_v4 ? 4 : 16) == 0;
}

static bool is_loopback(const struct inet_addr *addr)
{
	static const uint8_t one[16] = {[15] = 1};

	return addr->is_v4 ? addr->octets[12] == 127 : memcmp(addr->octets, one, 16) == 0;
}

/* Whether what is sent to server arrives at listen. */
static bool reaches(const struct inet_endpoint *server, const struct inet_endpoint *listen)
{
	if (inet_endpoint_equal(server, listen))
		return true;
	return server->port == listen->port && is_any(&listen->addr) &&
	       (is_loopback(&server->addr) || is_any(&server->addr)) &&
	       (server->addr.is_v4 == listen->addr.is_v4 || !listen->addr.is_v4);
}

static void check_loop(struct draft *d, const struct schema_row *row, const struct yaml_node *list)
{
	struct inet_endpoint server;

	if (!list || list->kind == YAML_REFUSED)
		return;
	for (const struct yaml_node *n = yaml_first_item(list); n; n = yaml_next_item(list, n)) {
		if (n->kind != YAML_SCALAR ||
			schema_scalars[TYPE_ENDPOINT].read(d, row, n, &server) != 0)
			continue;
		if (is_any(&server.addr))
			draft_error(d, &n->place,
				"'%s' is no address of a server; write the server's own", n->text);
		for (unsigned i = 0; i < d->conf->listen_count; i++) {
			if (!reaches(&server, &d->conf->listen[i]))
				continue;
			draft_error(d, &n->place,
				"celnik listens on '%s' itself, so questions would go round in a "
				"loop; write another server",
				n->text);
			break;
		}
	}
}

/* a is every address of its family, b's among them. */
static bool takes(const struct inet_endpoint *a, const struct inet_endpoint *b)
{
	return a->port == b->port && is_any(&a->addr) && a->addr.is_v4 == b->addr.is_v4;
}

static void check_listen(struct draft *d)
{
	const struct yaml_node *listen = yaml_member(d->root, "listen");
	const struct inet_endpoint *all = d->conf->listen;
	char one[INET_ENDPOINT_TEXT_MAX], other[INET_ENDPOINT_TEXT_MAX];

	for (unsigned i = 0; listen && i < d->conf->listen_count; i++)
		for (unsigned j = 0; j < i; j++)
			if (inet_endpoint_equal(&all[i], &all[j]))
				draft_error(d, &listen->key_place,
					"'listen' names %s twice; remove one",
					inet_endpoint_format(&all[i], one));
			else if (takes(&all[i], &all[j]) || takes(&all[j], &all[i]))
				draft_error(d, &listen->key_place,
					"'listen' names %s and %s, of which one holds the other; "
					"remove one",
					inet_endpoint_format(&all[j], one),
					inet_endpoint_format(&all[i], other));
}

void check_servers(struct draft *d)
{
	const struct schema_row *upstreams = schema_find(IN_FILE, "upstreams");
	const struct schema_row *servers = schema_find(IN_ZONE, "servers");
	const struct yaml_node *zones = yaml_member(d->root, "zones");

	check_listen(d);
	check_loop(d, upstreams, yaml_member(d->root, "upstreams"));
	if (!zones || zones->kind == YAML_REFUSED)
		return;
	for (const struct yaml_node *z = yaml_first_item(zones); z; z = yaml_next_item(zones, z))
		check_loop(d, servers, yaml_member(z, "servers"));
}
