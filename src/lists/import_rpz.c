/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "field.h"
#include "row.h"
#include "tally.h"
#include "wire/rr.h"
#include "zonefile.h"

#define RANGE_TEXT_MAX 80
#define V4_LABELS 5 /* a prefix length and four octets */

/* A name that the zone blocks. Kept until all are known: a name and its wildcard make one row. */
struct trigger {
	const char *name; /* as a row is written */
	struct line line;
	bool below;
};

/* One file while it is read. */
struct rpz {
	const struct import_target *t;
	struct tally tally;
	struct import_result result;
	struct name apex;
	bool has_apex;
	struct arena *arena;
	struct trigger *triggers;
	size_t count, capacity;
};

static void skip(struct rpz *z, const struct line *line, const char *reason)
{
	tally_add(&z->tally, line, line->text, reason);
	z->result.skipped++;
}

static bool is_name(const struct name *name, const char *text)
{
	struct name other;

	return name_parse(span_text(text), &other) == 0 && name_equal(name, &other);
}

/* Why what the zone does at a trigger does not make it stand on a list; NULL when it blocks. */
static const char *action_reason(const struct rpz *z, const struct zonefile_record *r)
{
	struct name self;

	if (r->type != RR_CNAME)
		return "local data: lists have no answers; write a rule with 'sinkhole'";
	if (r->target.labels == 0 || is_name(&r->target, "*") || is_name(&r->target, "rpz-drop"))
		return NULL;
	if (is_name(&r->target, "rpz-passthru"))
		return "PASSTHRU: lists take nothing out of what is blocked; write an exception";
	if (is_name(&r->target, "rpz-tcp-only"))
		return "TCP-only: celnik has no such action";
	/* Once, PASSTHRU was an alias to the trigger itself. */
	if (name_substitute(&r->owner, &z->apex, &(struct name){.len = 1}, &self) == 0 &&
		name_equal(&self, &r->target))
		return "PASSTHRU: lists take nothing out of what is blocked; write an exception";
	return "local data: lists have no answers; write a rule with 'sinkhole'";
}

/* Labels of owner that stand before the apex and, if it is not a query name, the kind of trigger.
 */
struct trigger_labels {
	struct span at[NAME_LABELS_MAX];
	unsigned count;
	struct span kind;
};

static void labels_read(const struct rpz *z, const struct name *owner, struct trigger_labels *out)
{
	unsigned count = owner->labels - z->apex.labels;
	const uint8_t *at = owner->octets;

	out->kind = span_of(NULL, 0);
	for (out->count = 0; out->count < count; at += 1 + *at)
		out->at[out->count++] = span_of(at + 1, *at);
	if (count > 0 && out->at[count - 1].len > 4 &&
		memcmp(out->at[count - 1].data, "rpz-", 4) == 0)
		out->kind = out->at[--out->count];
}

static int trigger_add(struct rpz *z, const struct line *line, const char *name, bool below)
{
	if (z->count == z->capacity) {
		size_t capacity = z->capacity ? 2 * z->capacity : 1024;
		struct trigger *grown = reallocarray(z->triggers, capacity, sizeof(*grown));

		if (!grown)
			return ERR_MEMORY;
		z->triggers = grown;
		z->capacity = capacity;
	}
	z->triggers[z->count++] = (struct trigger){.name = name, .line = *line, .below = below};
	return 0;
}

/* Without what would change the meaning of the name once it is written with dots between. */
static bool is_plain(struct span label)
{
	for (size_t i = 0; i < label.len; i++)
		if (label.data[i] <= ' ' || label.data[i] == '.')
			return false;
	return true;
}

/* In the form a row is written in; U-labels as they are. */
static int add_name(struct rpz *z, const struct line *line, const struct trigger_labels *labels)
{
	unsigned first = labels->count > 1 && span_equal(labels->at[0], SPAN_LITERAL("*"));
	char text[NAME_LEN_MAX + 1], *copy;
	size_t len = 0;

	for (unsigned i = first; i < labels->count; i++) {
		struct span label = labels->at[i];

		if (!is_plain(label)) {
			row_refuse(z->t, line, line->text,
				"the name has a character that host names do not have", &z->result);
			return 0;
		}
		memcpy(text + len, label.data, label.len);
		len += label.len;
		text[len++] = '.';
	}
	copy = arena_alloc(z->arena, len + 1);
	if (!copy)
		return ERR_MEMORY;
	for (size_t i = 0; i < len; i++)
		copy[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
	copy[len] = '\0';
	return trigger_add(z, line, copy, first == 1);
}

/* `24.0.2.0.192`, `48.zz.db8.2001`: the length first, then the address backwards. */
static bool range_text(const struct trigger_labels *labels, char out[RANGE_TEXT_MAX])
{
	bool is_v4 = labels->count == V4_LABELS;
	size_t len = 0;

	for (unsigned i = labels->count; i > 1 && len < RANGE_TEXT_MAX; i--) {
		struct span label = labels->at[i - 1];
		bool compressed = span_equal(label, SPAN_LITERAL("zz"));

		is_v4 = is_v4 && !compressed;
		/* `zz` stands for a colon beside those that separate. */
		if (compressed)
			len += (size_t)snprintf(out + len, RANGE_TEXT_MAX - len, "%s",
				i == labels->count ? "::" : ":");
		else
			len += (size_t)snprintf(out + len, RANGE_TEXT_MAX - len, "%.*s%s",
				SPAN_ARGS(label), i > 2 ? ":" : "");
	}
	if (len >= RANGE_TEXT_MAX || labels->count < 2)
		return false;
	for (size_t i = 0; is_v4 && i < len; i++)
		if (out[i] == ':')
			out[i] = '.';
	len += (size_t)snprintf(out + len, RANGE_TEXT_MAX - len, "/%.*s", SPAN_ARGS(labels->at[0]));
	return len < RANGE_TEXT_MAX;
}

static int add_range(struct rpz *z, const struct line *line, const struct trigger_labels *labels)
{
	struct builder_row row = row_plain(z->t, line);
	struct inet_addr first, last;
	char text[RANGE_TEXT_MAX];
	const char *problem = "this is no address of RPZ; write 24.0.2.0.192.rpz-ip";

	if (range_text(labels, text))
		problem = field_range(span_text(text), &first, &last);
	if (problem) {
		row_refuse(z->t, line, line->text, problem, &z->result);
		return 0;
	}
	return row_count(z->t, line, builder_range(z->t->builder, &first, &last, &row), &z->result);
}

/* What a trigger asks about that a list cannot say; NULL. */
static const char *kind_reason(struct span kind)
{
	static const struct {
		const char *kind, *reason;
	} kinds[] = {
		{"rpz-client-ip", "a trigger on clients: lists do not say who asks; write a group "
				  "and a rule"},
		{"rpz-nsdname",
			"a trigger on the names of servers, which a forwarder does not see"},
		{"rpz-nsip",
			"a trigger on the addresses of servers, which a forwarder does not see"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (span_equal(kind, span_text(kinds[i].kind)))
			return kinds[i].reason;
	return "a kind of trigger that is not known";
}

static bool is_of_zone(const struct zonefile_record *r)
{
	switch (r->type) {
	case RR_RRSIG:
	case RR_NSEC:
	case RR_DNSKEY:
	case RR_NSEC3:
	case RR_NSEC3PARAM:
		return true;
	default:
		return false;
	}
}

static int import_record(struct rpz *z, struct zonefile_record *r)
{
	struct trigger_labels labels;
	const char *reason;

	name_to_lower(&r->owner);
	name_to_lower(&r->target);
	if (is_of_zone(r) || name_equal(&r->owner, &z->apex))
		return 0;
	if (r->class != RR_CLASS_IN || !name_is_below(&r->owner, &z->apex)) {
		row_refuse(z->t, &r->line, r->line.text,
			"the record is outside the zone or of another class than IN", &z->result);
		return 0;
	}
	labels_read(z, &r->owner, &labels);
	reason = labels.kind.len > 0 && !span_equal(labels.kind, SPAN_LITERAL("rpz-ip"))
			 ? kind_reason(labels.kind)
			 : action_reason(z, r);
	if (reason) {
		skip(z, &r->line, reason);
		return 0;
	}
	return labels.kind.len > 0 ? add_range(z, &r->line, &labels)
				   : add_name(z, &r->line, &labels);
}

/* The zone is what has the SOA; a file without one is as its $ORIGIN says. */
static void apex_find(struct rpz *z, const struct zonefile *file, const struct zonefile_record *r)
{
	if (z->has_apex)
		return;
	z->apex = r->type == RR_SOA ? r->owner : zonefile_origin(file);
	name_to_lower(&z->apex);
	z->has_apex = true;
}

static int records_read(struct rpz *z, struct zonefile *file)
{
	struct zonefile_record r;
	enum zonefile_step step;
	int err = 0;

	while (!err && (step = zonefile_next(file, &r)) != ZONEFILE_END) {
		const char *problem = step == ZONEFILE_RECORD ? line_problem(&r.line) : NULL;

		if (step == ZONEFILE_INCLUDE) {
			skip(z, &r.line, "$INCLUDE is not followed; name the file in 'files'");
		} else if (step != ZONEFILE_RECORD || problem) {
			row_refuse(z->t, &r.line, r.line.text,
				problem ? problem : "this is no record of a zone file", &z->result);
		} else {
			apex_find(z, file, &r);
			err = import_record(z, &r);
		}
		if (step == ZONEFILE_LOST) {
			row_refuse(z->t, &r.line, r.line.text,
				"reading ends here, as too many parentheses are never closed",
				&z->result);
			break;
		}
	}
	return err;
}

static int compare_triggers(const void *a, const void *b)
{
	const struct trigger *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order
		     : (x->line.number > y->line.number) - (x->line.number < y->line.number);
}

/* Rows know the name alone, or the name and all below. */
static int triggers_import(struct rpz *z)
{
	int err = 0;

	if (z->count > 0)
		qsort(z->triggers, z->count, sizeof(*z->triggers), compare_triggers);
	for (size_t i = 0, end; !err && i < z->count; i = end) {
		const struct trigger *first = &z->triggers[i];
		bool self = false, below = false;
		uint32_t accepted;

		for (end = i; end < z->count && strcmp(z->triggers[end].name, first->name) == 0;
			end++) {
			self = self || !z->triggers[end].below;
			below = below || z->triggers[end].below;
		}
		accepted = z->result.accepted;
		err = row_add_name(z->t, &first->line, span_text(first->name),
			below ? NAME_MATCH_SUFFIX : NAME_MATCH_EXACT, &z->result);
		if (below && !self && z->result.accepted > accepted)
			tally_add(&z->tally, &first->line, first->line.text,
				"a wildcard without its own name; the list covers that too");
	}
	return err;
}

int import_rpz(const struct import_target *t, struct span text, struct import_result *out)
{
	struct zonefile *file = NULL;
	struct rpz z = {.t = t, .arena = arena_new(SIZE_MAX)};
	int err = ERR_MEMORY;

	if (z.arena)
		err = zonefile_open(text, &file);
	if (!err)
		err = records_read(&z, file);
	if (!err)
		err = triggers_import(&z);
	tally_report(&z.tally, t);
	zonefile_close(file);
	arena_free(z.arena);
	free(z.triggers);
	if (!err)
		*out = z.result;
	return err;
}
