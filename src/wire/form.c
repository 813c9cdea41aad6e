/* SPDX-License-Identifier: BSD-3-Clause */

#include "form.h"

#include "svcparam.h"
#include "wire/name.h"
#include "wire/rr.h"

#define TYPE_BITMAP_MAX 32

static const uint8_t forms[][FORM_FIELDS_MAX] = {
	[RR_A] = {FIELD_A},
	[RR_NS] = {FIELD_NAME_SHORT},
	[3 /* MD */] = {FIELD_NAME_SHORT},
	[4 /* MF */] = {FIELD_NAME_SHORT},
	[RR_CNAME] = {FIELD_NAME_SHORT},
	[RR_SOA] = {FIELD_NAME_SHORT, FIELD_NAME_SHORT, FIELD_U32, FIELD_U32, FIELD_U32, FIELD_U32,
		FIELD_U32},
	[7 /* MB */] = {FIELD_NAME_SHORT},
	[8 /* MG */] = {FIELD_NAME_SHORT},
	[9 /* MR */] = {FIELD_NAME_SHORT},
	[RR_PTR] = {FIELD_NAME_SHORT},
	[13 /* HINFO */] = {FIELD_TEXT, FIELD_TEXT},
	[14 /* MINFO */] = {FIELD_NAME_SHORT, FIELD_NAME_SHORT},
	[RR_MX] = {FIELD_U16, FIELD_NAME_SHORT},
	[RR_TXT] = {FIELD_TEXTS},
	[17 /* RP */] = {FIELD_NAME, FIELD_NAME},
	[18 /* AFSDB */] = {FIELD_U16, FIELD_NAME},
	[21 /* RT */] = {FIELD_U16, FIELD_NAME},
	[24 /* SIG */] = {FIELD_TYPE, FIELD_U8, FIELD_U8, FIELD_U32, FIELD_TIME, FIELD_TIME,
		FIELD_U16, FIELD_NAME, FIELD_BASE64},
	[26 /* PX */] = {FIELD_U16, FIELD_NAME, FIELD_NAME},
	[RR_AAAA] = {FIELD_AAAA},
	[RR_SRV] = {FIELD_U16, FIELD_U16, FIELD_U16, FIELD_NAME},
	[RR_NAPTR] = {FIELD_U16, FIELD_U16, FIELD_TEXT, FIELD_TEXT, FIELD_TEXT, FIELD_NAME},
	[36 /* KX */] = {FIELD_U16, FIELD_NAME},
	[RR_DNAME] = {FIELD_NAME},
	[RR_DS] = {FIELD_U16, FIELD_U8, FIELD_U8, FIELD_HEX},
	[44 /* SSHFP */] = {FIELD_U8, FIELD_U8, FIELD_HEX},
	[RR_RRSIG] = {FIELD_TYPE, FIELD_U8, FIELD_U8, FIELD_U32, FIELD_TIME, FIELD_TIME, FIELD_U16,
		FIELD_NAME, FIELD_BASE64},
	[RR_NSEC] = {FIELD_NAME, FIELD_TYPES},
	[RR_DNSKEY] = {FIELD_U16, FIELD_U8, FIELD_U8, FIELD_BASE64},
	[RR_NSEC3] = {FIELD_U8, FIELD_U8, FIELD_U16, FIELD_SALT, FIELD_HASH, FIELD_TYPES},
	[RR_NSEC3PARAM] = {FIELD_U8, FIELD_U8, FIELD_U16, FIELD_SALT},
	[RR_TLSA] = {FIELD_U8, FIELD_U8, FIELD_U8, FIELD_HEX},
	[53 /* SMIMEA */] = {FIELD_U8, FIELD_U8, FIELD_U8, FIELD_HEX},
	[59 /* CDS */] = {FIELD_U16, FIELD_U8, FIELD_U8, FIELD_HEX},
	[60 /* CDNSKEY */] = {FIELD_U16, FIELD_U8, FIELD_U8, FIELD_BASE64},
	[RR_SVCB] = {FIELD_U16, FIELD_NAME, FIELD_PARAMS},
	[RR_HTTPS] = {FIELD_U16, FIELD_NAME, FIELD_PARAMS},
	[99 /* SPF */] = {FIELD_TEXTS},
	[107 /* LP */] = {FIELD_U16, FIELD_NAME},
	[256 /* URI */] = {FIELD_U16, FIELD_U16, FIELD_QUOTED},
	[RR_CAA] = {FIELD_U8, FIELD_TAG, FIELD_QUOTED},
};

const uint8_t *form_of(uint16_t type)
{
	if (type >= sizeof(forms) / sizeof(forms[0]) || forms[type][0] == FIELD_END)
		return NULL;
	return forms[type];
}

static int skip_octets(size_t count, size_t end, size_t *pos)
{
	if (end - *pos < count)
		return ERR_FORMAT;
	*pos += count;
	return 0;
}

static int skip_name(struct span message, size_t end, size_t *pos)
{
	struct name n;
	size_t at = *pos;

	if (at >= end || name_read(message, &at, &n) != 0 || at > end)
		return ERR_FORMAT;
	*pos = at;
	return 0;
}

/* Content behind its length octet. */
static int skip_counted(struct span message, size_t end, size_t *pos, size_t least)
{
	size_t len;

	if (*pos >= end)
		return ERR_FORMAT;
	len = message.data[*pos];
	if (len < least || end - *pos - 1 < len)
		return ERR_FORMAT;
	*pos += 1 + len;
	return 0;
}

static int skip_texts(struct span message, size_t end, size_t *pos)
{
	do {
		if (skip_counted(message, end, pos, 0) != 0)
			return ERR_FORMAT;
	} while (*pos < end);
	return 0;
}

static bool is_word(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

static int skip_tag(struct span message, size_t end, size_t *pos)
{
	size_t at = *pos;

	if (skip_counted(message, end, &at, 1) != 0)
		return ERR_FORMAT;
	if (!is_word(span_part(message, *pos + 1, at - *pos - 1)))
		return ERR_FORMAT;
	*pos = at;
	return 0;
}

/* Windows in ascending order, each of 1 to 32 octets; none at all is allowed. */
static int skip_types(struct span message, size_t end, size_t *pos)
{
	int last_window = -1;
	size_t at = *pos;

	while (at < end) {
		int window = message.data[at++];

		if (window <= last_window || at >= end || message.data[at] > TYPE_BITMAP_MAX ||
			skip_counted(message, end, &at, 1) != 0)
			return ERR_FORMAT;
		last_window = window;
	}
	*pos = end;
	return 0;
}

static int skip_params(struct span message, size_t end, size_t *pos)
{
	if (svcparams_check(span_part(message, *pos, end - *pos)) != 0)
		return ERR_FORMAT;
	*pos = end;
	return 0;
}

static int skip_rest(size_t least, size_t end, size_t *pos)
{
	if (end - *pos < least)
		return ERR_FORMAT;
	*pos = end;
	return 0;
}

int field_skip(enum field field, struct span message, size_t end, size_t *pos)
{
	static const uint8_t fixed[FIELD_COUNT] = {
		[FIELD_U8] = 1,
		[FIELD_U16] = 2,
		[FIELD_U32] = 4,
		[FIELD_TIME] = 4,
		[FIELD_TYPE] = 2,
		[FIELD_A] = 4,
		[FIELD_AAAA] = 16,
	};

	switch (field) {
	case FIELD_NAME:
	case FIELD_NAME_SHORT:
		return skip_name(message, end, pos);
	case FIELD_TEXT:
	case FIELD_SALT:
		return skip_counted(message, end, pos, 0);
	case FIELD_HASH:
		return skip_counted(message, end, pos, 1);
	case FIELD_TEXTS:
		return skip_texts(message, end, pos);
	case FIELD_TAG:
		return skip_tag(message, end, pos);
	case FIELD_TYPES:
		return skip_types(message, end, pos);
	case FIELD_PARAMS:
		return skip_params(message, end, pos);
	case FIELD_QUOTED:
		return skip_rest(0, end, pos);
	case FIELD_HEX:
	case FIELD_BASE64:
		return skip_rest(1, end, pos);
	default:
		return skip_octets(fixed[field], end, pos);
	}
}

int form_check(uint16_t type, struct span message, size_t at, size_t len)
{
	const uint8_t *field = form_of(type);
	size_t end = at + len;

	if (!field)
		return 0;
	for (; *field != FIELD_END; field++) {
		if (field_skip(*field, message, end, &at) != 0)
			return ERR_FORMAT;
	}
	return at == end ? 0 : ERR_FORMAT;
}
