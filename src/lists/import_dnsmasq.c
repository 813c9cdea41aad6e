/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "hosts.h"
#include "row.h"

/* One file while it is read. */
struct dnsmasq {
	const struct import_target *t;
	struct tally tally;
	struct import_result result;
};

static void skip(struct dnsmasq *d, const struct line *line, struct span at, const char *reason)
{
	tally_add(&d->tally, line, at, reason);
	d->result.skipped++;
}

/* Takes what stands before the next slash; false when there is none. */
static bool piece_next(struct span *rest, struct span *piece)
{
	const uint8_t *slash = rest->len > 0 ? memchr(rest->data, '/', rest->len) : NULL;
	size_t len;

	if (!slash)
		return false;
	len = (size_t)(slash - rest->data);
	*piece = line_trim(span_part(*rest, 0, len));
	*rest = span_part(*rest, len + 1, rest->len);
	return true;
}

static int add(struct dnsmasq *d, const struct line *line, struct span name)
{
	if (name.len > 0 && name.data[0] == '.')
		name = span_part(name, 1, name.len);
	if (span_equal(name, SPAN_LITERAL("#"))) {
		skip(d, line, name, "the line is about all names; write that as a rule");
		return 0;
	}
	if (name.len == 0) {
		skip(d, line, line->text, "the line is about names without a dot");
		return 0;
	}
	if (memchr(name.data, '*', name.len)) {
		skip(d, line, name, "names with '*' inside cannot stand on a list");
		return 0;
	}
	return row_add_name(d->t, line, name, NAME_MATCH_SUFFIX, &d->result);
}

/* Why what stands behind the names keeps them off a list; NULL. */
static const char *address_reason(struct span target)
{
	if (target.len == 0 || span_equal(target, SPAN_LITERAL("#")) || hosts_blocks(target))
		return NULL;
	return "the line gives a name its address instead of blocking it; lists have no answers";
}

static const char *server_reason(struct span target)
{
	if (span_equal(target, SPAN_LITERAL("#")))
		return "the line takes names out of what is blocked; write an exception";
	return NULL;
}

static int names_line(struct dnsmasq *d, const struct line *line, struct span value,
	const char *(*reason_of)(struct span target))
{
	struct span rest, name, target;
	const char *reason;
	const uint8_t *end;
	int err = 0;

	if (value.len == 0 || value.data[0] != '/') {
		skip(d, line, line->text,
			"the line is a setting of dnsmasq and names nothing to list");
		return 0;
	}
	rest = span_part(value, 1, value.len);
	end = rest.len > 0 ? memrchr(rest.data, '/', rest.len) : NULL;
	if (!end) {
		row_refuse(d->t, line, value,
			"there is no slash behind the name; write address=/example.com/",
			&d->result);
		return 0;
	}
	target = line_trim(span_part(rest, (size_t)(end - rest.data) + 1, rest.len));
	rest = span_part(rest, 0, (size_t)(end - rest.data) + 1);
	reason = reason_of(target);
	while (!err && piece_next(&rest, &name)) {
		if (reason)
			skip(d, line, name, reason);
		else
			err = add(d, line, name);
	}
	return err;
}

static int address_line(struct dnsmasq *d, const struct line *line, struct span value)
{
	return names_line(d, line, value, address_reason);
}

static int server_line(struct dnsmasq *d, const struct line *line, struct span value)
{
	return names_line(d, line, value, server_reason);
}

static int range_line(struct dnsmasq *d, const struct line *line, struct span value)
{
	return row_add_range(d->t, line, value, &d->result);
}

static const struct {
	const char *key;
	int (*read)(struct dnsmasq *d, const struct line *line, struct span value);
} keys[] = {
	{"address", address_line},
	{"server", server_line},
	{"local", server_line},
	{"bogus-nxdomain", range_line},
};

static int import_line(struct dnsmasq *d, const struct line *line)
{
	const char *problem = line_problem(line);
	const uint8_t *equals = memchr(line->text.data, '=', line->text.len);
	size_t len = equals ? (size_t)(equals - line->text.data) : line->text.len;
	struct span key = line_trim(span_part(line->text, 0, len));
	struct span value = line_trim(span_part(line->text, len + 1, line->text.len));

	if (problem) {
		row_refuse(d->t, line, line->text, problem, &d->result);
		return 0;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (equals && span_equal(key, span_text(keys[i].key)))
			return keys[i].read(d, line, value);
	for (size_t i = 0; i < key.len; i++) {
		if (!(key.data[i] >= 'a' && key.data[i] <= 'z') && key.data[i] != '-' &&
			!(key.data[i] >= '0' && key.data[i] <= '9')) {
			row_refuse(d->t, line, line->text,
				"this is no line of dnsmasq; write address=/example.com/",
				&d->result);
			return 0;
		}
	}
	skip(d, line, line->text, "the line is a setting of dnsmasq and names nothing to list");
	return 0;
}

int import_dnsmasq(const struct import_target *t, struct span text, struct import_result *out)
{
	struct dnsmasq d = {.t = t};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#");
	while (!err && lines_next(&lines, &line))
		err = import_line(&d, &line);
	tally_report(&d.tally, t);
	if (!err)
		*out = d.result;
	return err;
}
