/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/settings.h"

#include <inttypes.h>
#include <string.h>

#define CACHE_MIN (4u << 20) /* octets; below that even the keys do not fit */

/*
 * The same in every context. What is not here has libunbound's default, of which many are for a
 * tiny embedded resolver; unwanted-reply-threshold ends the process in library mode. A low
 * infra-cache-max-rtt looks as if it helped when an upstream comes back and does the opposite:
 * above it a server counts as down, and below twelve seconds none of those is probed.
 */
static const char fixed[] = "	use-syslog: no\n"
			    "	verbosity: 0\n"
			    "	val-log-level: 2\n" /* else there is no reason in words */
			    "	do-not-query-localhost: no\n"
			    "	edns-buffer-size: 1232\n"
			    "	minimal-responses: yes\n"
			    "	rrset-roundrobin: no\n"
			    "	outgoing-num-tcp: 64\n"
			    "	msg-cache-slabs: 1\n"
			    "	rrset-cache-slabs: 1\n"
			    "	key-cache-slabs: 1\n"
			    "	infra-cache-slabs: 1\n"
			    "	infra-host-ttl: 900\n"
			    "	infra-keep-probing: yes\n"
			    "	harden-glue: yes\n"
			    "	harden-short-bufsize: yes\n"
			    "	harden-dnssec-stripped: yes\n"
			    "	harden-below-nxdomain: yes\n"
			    "	qname-minimisation: yes\n"
			    "	qname-minimisation-strict: no\n"
			    "	val-clean-additional: yes\n"
			    "	val-permissive-mode: no\n"
			    "	serve-expired: no\n"
			    "	module-config: ";

/* The zones that libunbound answers by itself: label octets are numbers from first to last. */
static const struct {
	unsigned first, last; /* both 0: suffix is the whole name */
	const char *suffix;
} built_in[] = {
	{0, 0, "localhost"},
	{0, 0, "test"},
	{0, 0, "invalid"},
	{0, 0, "onion"},
	{0, 0, "home.arpa"},
	{0, 0, "127.in-addr.arpa"},
	{0, 0, "10.in-addr.arpa"},
	{16, 31, ".172.in-addr.arpa"},
	{0, 0, "168.192.in-addr.arpa"},
	{64, 127, ".100.in-addr.arpa"},
	{0, 0, "0.in-addr.arpa"},
	{0, 0, "254.169.in-addr.arpa"},
	{0, 0, "2.0.192.in-addr.arpa"},
	{0, 0, "100.51.198.in-addr.arpa"},
	{0, 0, "113.0.203.in-addr.arpa"},
	{0, 0, "255.255.255.255.in-addr.arpa"},
	{0, 0, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"},
	{0, 0, "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"},
	{0, 0, "d.f.ip6.arpa"},
	{0, 0, "8.e.f.ip6.arpa"},
	{0, 0, "9.e.f.ip6.arpa"},
	{0, 0, "a.e.f.ip6.arpa"},
	{0, 0, "b.e.f.ip6.arpa"},
	{0, 0, "8.b.d.0.1.0.0.2.ip6.arpa"},
};

/* As a quoted word; only what cannot end the quotation. */
static int zone_text(const struct name *zone, char out[NAME_TEXT_MAX])
{
	name_format(zone, out);
	for (const char *c = out; *c; c++)
		if (*c == '"' || *c <= ' ' || *c > '~')
			return ERR_FORMAT;
	return 0;
}

/* A configured zone opens what is built in below it; at or above it "transparent" is enough. */
static void open_built_in(const struct name *zone, struct buf *out)
{
	char text[NAME_TEXT_MAX];
	struct name n;

	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		for (unsigned octet = built_in[i].first; octet <= built_in[i].last; octet++) {
			struct buf name;

			buf_init_fixed(&name, text, sizeof(text));
			if (built_in[i].last != 0)
				buf_printf(&name, "%u", octet);
			buf_put_text(&name, built_in[i].suffix);
			if (name_parse(buf_span(&name), &n) == 0 && name_is_below(&n, zone) &&
				!name_equal(&n, zone))
				buf_printf(
					out, "\tlocal-zone: \"%s.\" nodefault\n", buf_text(&name));
		}
	}
}

static int write_zone_opening(const struct conf_zone *zone, struct buf *out)
{
	char text[NAME_TEXT_MAX];
	int err = zone_text(&zone->zone, text);

	if (err != 0)
		return err;
	buf_printf(out, "\tlocal-zone: \"%s\" transparent\n", text);
	open_built_in(&zone->zone, out);
	if (!zone->validate)
		buf_printf(out, "\tdomain-insecure: \"%s\"\n", text);
	return 0;
}

static int write_forward(const struct name *zone, const struct inet_endpoint *servers,
	unsigned count, struct buf *out)
{
	char text[NAME_TEXT_MAX];
	char address[INET_TEXT_MAX];
	int err = zone_text(zone, text);

	if (err != 0)
		return err;
	buf_printf(out, "forward-zone:\n\tname: \"%s\"\n", text);
	for (unsigned i = 0; i < count; i++)
		buf_printf(out, "\tforward-addr: %s@%u\n",
			inet_addr_format(&servers[i].addr, address), servers[i].port);
	/* Never on to the root servers of the Internet by itself. */
	buf_put_text(out, "\tforward-first: no\n");
	return 0;
}

static void write_caches(uint64_t size, struct buf *out)
{
	size = size < CACHE_MIN ? CACHE_MIN : size;
	buf_printf(out, "\trrset-cache-size: %" PRIu64 "\n", size / 2);
	buf_printf(out, "\tmsg-cache-size: %" PRIu64 "\n", size / 4);
	buf_printf(out, "\tkey-cache-size: %" PRIu64 "\n", size / 8);
	buf_printf(out, "\tneg-cache-size: %" PRIu64 "\n", size / 8);
}

int settings_write(const struct settings *s, struct buf *out)
{
	const struct name root = {.len = 1};
	int err = 0;

	buf_put_text(out, "server:\n");
	buf_put_text(out, fixed);
	buf_put_text(out, s->validate ? "\"validator iterator\"\n" : "\"iterator\"\n");
	buf_printf(out, "\toutgoing-range: %u\n", s->sockets);
	buf_printf(out, "\tinfra-cache-min-rtt: %u\n", s->wait_ms);
	write_caches(s->cache_size, out);
	/* Without a forwarder libunbound would ask the root servers. */
	if (s->upstream_count == 0)
		buf_put_text(out, "\tlocal-zone: \".\" refuse\n");
	for (unsigned i = 0; err == 0 && i < s->zone_count; i++)
		err = write_zone_opening(&s->zones[i], out);
	if (err == 0 && s->upstream_count > 0)
		err = write_forward(&root, s->upstreams, s->upstream_count, out);
	for (unsigned i = 0; err == 0 && i < s->zone_count; i++)
		err = write_forward(
			&s->zones[i].zone, s->zones[i].servers, s->zones[i].server_count, out);
	if (err == 0 && out->overflow)
		err = ERR_LIMIT;
	return err;
}
