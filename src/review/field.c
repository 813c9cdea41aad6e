/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/field.h"

#include <stddef.h>
#include <string.h>

#include "conf/suggest.h"

static const char *const kinds[] = {"query", "alert", "change", "loss", NULL};
static const char *const actions[] = {"allow", "strip", "sinkhole", "nxdomain", "nodata", "refuse",
	"drop", "start", "stop", "reload", "delete", "quarantine", "policy-day", NULL};
static const char *const modes[] = {"observe", "enforce", NULL};
static const char *const sources[] = {"cache", "upstream", "local", "stale", NULL};
static const char *const transports[] = {"udp", "tcp", NULL};
static const char *const extents[] = {"name", "full", NULL};
static const char *const validations[] = {"secure", "insecure", "bogus", NULL};
static const char *const facts[] = {"listed", "located", "operated", "owned", NULL};
static const char *const places[] = {
	"qname", "cname", "target", "address", "hint", "embedded", "mention", "client", NULL};

#define COUNTRY .key = "celnik.match.country", .kind = FIELD_COUNTRY, .parallel = true

const struct field fields[] = {
	{"time", "@timestamp", .kind = FIELD_TEXT},
	{"hour", "@timestamp", .kind = FIELD_HOUR},
	{"day", "@timestamp", .kind = FIELD_DAY},
	{"id", "event.id", .kind = FIELD_LOWER},
	{"kind", "event.kind", .kind = FIELD_LOWER, .words = kinds},
	{"action", "event.action", .kind = FIELD_LOWER, .words = actions, .open = true},
	{"would", "celnik.would_action", .kind = FIELD_LOWER, .words = actions, .open = true},
	{"reason", "event.reason", .kind = FIELD_TEXT},
	{"site", "observer.name", .kind = FIELD_TEXT},
	{"client", "client.name", "client.ip", .kind = FIELD_ADDRESS},
	{"address", "client.ip", .kind = FIELD_ADDRESS},
	{"group", "celnik.group", .kind = FIELD_TEXT},
	{"transport", "network.transport", .kind = FIELD_LOWER, .words = transports},
	{"name", "dns.question.name", .kind = FIELD_NAME},
	{"type", "dns.question.type", .kind = FIELD_UPPER},
	{"rcode", "dns.response_code", .kind = FIELD_UPPER},
	{"answer", "dns.resolved_ip", .kind = FIELD_ADDRESS},
	{"alias", "dns.answers.data", .kind = FIELD_NAME},
	{"rule", "rule.name", .kind = FIELD_TEXT},
	{"rules", "celnik.rules", .kind = FIELD_TEXT},
	{"mode", "celnik.mode", .kind = FIELD_LOWER, .words = modes},
	{"evidence", "celnik.evidence", .kind = FIELD_LOWER, .words = extents},
	{"exception", "celnik.exception", .kind = FIELD_TEXT},
	{"suspension", "celnik.suspension", .kind = FIELD_TEXT},
	{"source", "celnik.source", .kind = FIELD_LOWER, .words = sources},
	{"dnssec", "celnik.dnssec", .kind = FIELD_LOWER, .words = validations},
	{"ede", "celnik.ede", .kind = FIELD_NUMBER},
	{"on", "celnik.match.on", .kind = FIELD_LOWER, .parallel = true, .words = places},
	{"value", "celnik.match.value", .kind = FIELD_NAME, .parallel = true},
	{"list", "celnik.match.list", .kind = FIELD_TEXT, .parallel = true},
	{"vendor", "celnik.match.vendor", .kind = FIELD_TEXT, .parallel = true},
	{"category", "celnik.match.category", .kind = FIELD_TEXT, .parallel = true},
	{"fact", "celnik.match.fact", .kind = FIELD_LOWER, .parallel = true, .words = facts},
	{"country", COUNTRY},
	{"located", COUNTRY, .fact = "located"},
	{"operated", COUNTRY, .fact = "operated"},
	{"owned", COUNTRY, .fact = "owned"},
	{"asn", "celnik.match.asn", .kind = FIELD_NUMBER, .parallel = true},
	{"lists", "celnik.lists", .kind = FIELD_LOWER},
	{"config", "celnik.config", .kind = FIELD_LOWER},
	{NULL, NULL},
};

const struct field *field_find(const char *name)
{
	for (const struct field *f = fields; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const char *field_suggest(const char *wrong)
{
	struct suggestion s;

	suggestion_init(&s, wrong);
	for (const struct field *f = fields; f->name; f++)
		suggestion_offer(&s, f->name);
	return s.best;
}
