/* SPDX-License-Identifier: BSD-3-Clause */

#include "zonefile.h"

#include <ldns/dname.h>
#include <ldns/rr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TTL_S 3600
#define SWALLOWED_MAX 16 /* records that are bad over more than a line, before giving up */

struct zonefile {
	struct span text; /* as given */
	char *copy; /* the same length, with blanks for what ldns would stumble over */
	FILE *file; /* over the copy; NULL when it is empty */
	ldns_rdf *origin, *previous;
	ldns_rr *record; /* returned last */
	uint32_t ttl;
	struct lines lines; /* of text, up to the record being read */
	unsigned swallowed;
};

int zonefile_open(struct span text, struct zonefile **out)
{
	struct zonefile *z = calloc(1, sizeof(*z));
	int err = ERR_MEMORY;

	if (!z)
		return err;
	lines_init(&z->lines, text, ";");
	z->text = z->lines.rest;
	z->ttl = DEFAULT_TTL_S;
	z->copy = malloc(z->text.len + 1);
	z->origin = ldns_dname_new_frm_str(".");
	z->previous = ldns_dname_new_frm_str(".");
	if (!z->copy || !z->origin || !z->previous)
		goto out;
	for (size_t i = 0; i < z->text.len; i++) {
		char c = (char)z->text.data[i];

		z->copy[i] = c == '\r' || c == '\0' ? ' ' : c;
	}
	if (z->text.len > 0) {
		z->file = fmemopen(z->copy, z->text.len, "r");
		if (!z->file)
			goto out;
	}
	*out = z;
	z = NULL;
	err = 0;
out:
	zonefile_close(z);
	return err;
}

void zonefile_close(struct zonefile *z)
{
	if (!z)
		return;
	if (z->file)
		fclose(z->file);
	ldns_rr_free(z->record);
	ldns_rdf_deep_free(z->origin);
	ldns_rdf_deep_free(z->previous);
	free(z->copy);
	free(z);
}

static size_t offset_of(const struct zonefile *z, const uint8_t *at)
{
	return (size_t)(at - z->text.data);
}

/* The first line at or behind the place where reading stands that is neither empty nor a comment,
 * and goes there. */
static bool seek_line(struct zonefile *z, struct line *out)
{
	long at = z->file ? ftell(z->file) : -1;

	if (at < 0)
		return false;
	while (lines_next(&z->lines, out)) {
		if (offset_of(z, out->whole.data) < (size_t)at)
			continue;
		if (offset_of(z, out->whole.data) == (size_t)at)
			return true;
		return fseek(z->file, (long)offset_of(z, out->whole.data), SEEK_SET) == 0;
	}
	return false;
}

static int name_of(const ldns_rdf *rdf, struct name *out)
{
	if (!rdf || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME)
		return ERR_FORMAT;
	return name_from_span(span_of(ldns_rdf_data(rdf), ldns_rdf_size(rdf)), out);
}

static int record_of(const ldns_rr *rr, struct zonefile_record *out)
{
	int err = name_of(ldns_rr_owner(rr), &out->owner);

	out->type = (uint16_t)ldns_rr_get_type(rr);
	out->class = (uint16_t)ldns_rr_get_class(rr);
	out->target = (struct name){.len = 1};
	if (!err && ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME)
		err = name_of(ldns_rr_rdf(rr, 0), &out->target);
	return err;
}

/* Goes behind the first line of what was bad: a parenthesis that is never closed swallows the rest.
 */
static enum zonefile_step resume(struct zonefile *z)
{
	size_t end = z->text.len - z->lines.rest.len;
	long at = ftell(z->file);

	if (at > 0 && (size_t)at > end && ++z->swallowed > SWALLOWED_MAX)
		return ZONEFILE_LOST;
	clearerr(z->file);
	return fseek(z->file, (long)end, SEEK_SET) == 0 ? ZONEFILE_BAD : ZONEFILE_LOST;
}

enum zonefile_step zonefile_next(struct zonefile *z, struct zonefile_record *out)
{
	while (seek_line(z, &out->line)) {
		int number = 0;

		ldns_rr_free(z->record);
		z->record = NULL;
		switch (ldns_rr_new_frm_fp_l(
			&z->record, z->file, &z->ttl, &z->origin, &z->previous, &number)) {
		case LDNS_STATUS_OK:
			return record_of(z->record, out) == 0 ? ZONEFILE_RECORD : ZONEFILE_BAD;
		case LDNS_STATUS_SYNTAX_TTL:
		case LDNS_STATUS_SYNTAX_ORIGIN:
			continue;
		case LDNS_STATUS_SYNTAX_INCLUDE:
			return ZONEFILE_INCLUDE;
		default:
			return resume(z);
		}
	}
	return ZONEFILE_END;
}

void zonefile_write(const struct zonefile *z, struct buf *out)
{
	const ldns_rr *rr = z->record;
	const ldns_rdf *owner = ldns_rr_owner(rr);
	size_t length_at;

	buf_put(out, ldns_rdf_data(owner), ldns_rdf_size(owner));
	buf_put_u16(out, (uint16_t)ldns_rr_get_type(rr));
	buf_put_u16(out, (uint16_t)ldns_rr_get_class(rr));
	buf_put_u32(out, ldns_rr_ttl(rr));
	length_at = out->len;
	buf_put_u16(out, 0);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
		buf_put(out, ldns_rdf_data(ldns_rr_rdf(rr, i)), ldns_rdf_size(ldns_rr_rdf(rr, i)));
	if (!out->overflow)
		buf_patch_u16(out, length_at, (uint16_t)(out->len - length_at - 2));
}

struct name zonefile_origin(const struct zonefile *z)
{
	struct name name;

	return name_of(z->origin, &name) == 0 ? name : (struct name){.len = 1};
}
