/* SPDX-License-Identifier: BSD-3-Clause */

#include "oracle.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle {
	ldns_pkt *pkt;
};

struct oracle *oracle_read(struct span octets)
{
	struct oracle *o = calloc(1, sizeof(*o));

	if (o && ldns_wire2pkt(&o->pkt, octets.data, octets.len) == LDNS_STATUS_OK)
		return o;
	free(o);
	return NULL;
}

void oracle_free(struct oracle *o)
{
	if (!o)
		return;
	ldns_pkt_free(o->pkt);
	free(o);
}

static ldns_rr_list *section_of(const struct oracle *o, int section)
{
	ldns_rr_list *(*const lists[])(const ldns_pkt *) = {
		ldns_pkt_answer, ldns_pkt_authority, ldns_pkt_additional};

	return lists[section](o->pkt);
}

unsigned oracle_count(const struct oracle *o, int section)
{
	return (unsigned)ldns_rr_list_rr_count(section_of(o, section));
}

static bool rdata_equal(const ldns_rr *a, const ldns_rr *b)
{
	ldns_buffer *left = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	ldns_buffer *right = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	bool equal = ldns_rr_rdata2buffer_wire(left, a) == LDNS_STATUS_OK &&
		     ldns_rr_rdata2buffer_wire(right, b) == LDNS_STATUS_OK &&
		     ldns_buffer_position(left) == ldns_buffer_position(right) &&
		     memcmp(ldns_buffer_begin(left), ldns_buffer_begin(right),
			     ldns_buffer_position(left)) == 0;

	ldns_buffer_free(left);
	ldns_buffer_free(right);
	return equal;
}

/* Bit maps may end with zeros, which no text shows: then both must at least look the same. */
static bool rdata_looks_equal(const ldns_rr *a, const ldns_rr *b)
{
	size_t count = ldns_rr_rd_count(a);
	bool equal = count == ldns_rr_rd_count(b);

	for (size_t i = 0; i < count && equal; i++) {
		char *left = ldns_rdf2str(ldns_rr_rdf(a, i));
		char *right = ldns_rdf2str(ldns_rr_rdf(b, i));

		equal = left && right && strcmp(left, right) == 0;
		free(left);
		free(right);
	}
	return equal;
}

/* Names in our text have no final dot: they are read below the root. */
static bool text_agrees(const ldns_rr *rr, const struct oracle_record *r, const char **why)
{
	ldns_rdf *origin = ldns_dname_new_frm_str(".");
	ldns_rr *read = NULL;
	bool agrees = false;
	char *line = NULL;
	int len = asprintf(&line, "x. 0 IN TYPE%u %s", r->type, r->rdata_text);

	*why = "ldns does not read our RDATA";
	if (len > 0 && ldns_rr_new_frm_str(&read, line, 0, origin, NULL) == LDNS_STATUS_OK) {
		agrees = rdata_equal(rr, read) ||
			 ((r->type == LDNS_RR_TYPE_NSEC || r->type == LDNS_RR_TYPE_NSEC3) &&
				 rdata_looks_equal(rr, read));
		*why = "RDATA differs";
	}
	ldns_rr_free(read);
	ldns_rdf_deep_free(origin);
	free(line);
	return agrees;
}

/*
 * ldns 1.8.3 takes a name that starts with an escaped @ for the origin, lacks a mnemonic, and does
 * not read what is escaped twice in a list (RFC 9460 A.1).
 */
static bool is_misread(const char *text)
{
	return strstr(text, "\\064") || strstr(text, "AMTRELAY") ||
	       (strstr(text, "alpn=") && strstr(text, "\\\\"));
}

bool oracle_agrees(const struct oracle *o, const struct oracle_record *r, const char **why)
{
	const ldns_rr *rr = ldns_rr_list_rr(section_of(o, r->section), r->index);
	const ldns_rdf *owner = rr ? ldns_rr_owner(rr) : NULL;

	*why = "no such record";
	if (!owner)
		return false;
	*why = "owner";
	if (ldns_rdf_size(owner) != r->owner.len ||
		memcmp(ldns_rdf_data(owner), r->owner.data, r->owner.len) != 0)
		return false;
	*why = "type, class or TTL";
	if (ldns_rr_get_type(rr) != r->type || ldns_rr_get_class(rr) != r->class ||
		ldns_rr_ttl(rr) != r->ttl)
		return false;
	return !r->rdata_text || is_misread(r->rdata_text) || text_agrees(rr, r, why);
}

size_t oracle_rdata(const struct oracle *o, int section, unsigned index, uint8_t *out, size_t size)
{
	const ldns_rr *rr = ldns_rr_list_rr(section_of(o, section), index);
	ldns_buffer *buffer = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	size_t len = 0;

	if (rr && ldns_rr_rdata2buffer_wire(buffer, rr) == LDNS_STATUS_OK)
		len = ldns_buffer_position(buffer);
	len = len < size ? len : size;
	memcpy(out, ldns_buffer_begin(buffer), len);
	ldns_buffer_free(buffer);
	return len;
}

bool oracle_knows_type(uint16_t type)
{
	const ldns_rr_descriptor *d = ldns_rr_descript(type);

	return d && d->_name && strncmp(d->_name, "TYPE", 4) != 0 && type != 0;
}

uint16_t oracle_type(const char *text)
{
	return (uint16_t)ldns_get_rr_type_by_name(text);
}

size_t oracle_name(const char *text, uint8_t out[256])
{
	ldns_rdf *name = ldns_dname_new_frm_str(text);
	size_t len = name ? ldns_rdf_size(name) : 0;

	if (len > 0 && len <= 256)
		memcpy(out, ldns_rdf_data(name), len);
	ldns_rdf_deep_free(name);
	return len;
}
