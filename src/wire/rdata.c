/* SPDX-License-Identifier: BSD-3-Clause */

#include <time.h>

#include "base/buf.h"
#include "base/inet.h"
#include "form.h"
#include "svcparam.h"
#include "text.h"
#include "wire/message.h"

/* One field: the octets at `at` of the message, len of them. */
struct piece {
	struct span message;
	size_t at;
	const uint8_t *data;
	size_t len;
};

static uint32_t number(const struct piece *p)
{
	uint32_t value = 0;

	for (size_t i = 0; i < p->len; i++)
		value = value << 8 | p->data[i];
	return value;
}

static void put_number(const struct piece *p, struct buf *out)
{
	buf_printf(out, "%u", number(p));
}

static void put_time(const struct piece *p, struct buf *out)
{
	time_t seconds = number(p);
	struct tm tm;
	char text[16];

	if (gmtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm))
		buf_put_text(out, text);
}

static void put_type(const struct piece *p, struct buf *out)
{
	char text[RR_TEXT_MAX];

	buf_put_text(out, rr_type_format((uint16_t)number(p), text));
}

static void put_v4(const struct piece *p, struct buf *out)
{
	struct inet_addr addr = inet_addr_v4(p->data);
	char text[INET_TEXT_MAX];

	buf_put_text(out, inet_addr_format(&addr, text));
}

static void put_v6(const struct piece *p, struct buf *out)
{
	struct inet_addr addr = inet_addr_v6(p->data);
	char text[INET_TEXT_MAX];

	buf_put_text(out, inet_addr_format(&addr, text));
}

static void put_name(const struct piece *p, struct buf *out)
{
	char text[NAME_TEXT_MAX];
	size_t at = p->at;
	struct name n;

	if (name_read(p->message, &at, &n) == 0)
		buf_put_text(out, name_format(&n, text));
}

static void put_texts(const struct piece *p, struct buf *out)
{
	for (size_t at = 0; at < p->len; at += 1 + (size_t)p->data[at]) {
		if (at > 0)
			buf_put_u8(out, ' ');
		text_put_quoted(out, span_of(p->data + at + 1, p->data[at]));
	}
}

static void put_tag(const struct piece *p, struct buf *out)
{
	buf_put(out, p->data + 1, p->len - 1);
}

static void put_salt(const struct piece *p, struct buf *out)
{
	if (p->len == 1)
		buf_put_u8(out, '-');
	else
		text_put_hex(span_of(p->data + 1, p->len - 1), out);
}

static void put_hash(const struct piece *p, struct buf *out)
{
	text_put_base32(span_of(p->data + 1, p->len - 1), out);
}

static void put_window(const uint8_t *window, const char **between, struct buf *out)
{
	for (unsigned bit = 0; bit < window[1] * 8u; bit++) {
		char text[RR_TEXT_MAX];

		if (!(window[2 + bit / 8] & 0x80 >> bit % 8))
			continue;
		buf_put_text(out, *between);
		buf_put_text(out, rr_type_format((uint16_t)(window[0] << 8 | bit), text));
		*between = " ";
	}
}

static void put_types(const struct piece *p, struct buf *out)
{
	const char *between = "";

	for (size_t at = 0; at < p->len; at += 2 + (size_t)p->data[at + 1])
		put_window(p->data + at, &between, out);
}

static void put_quoted(const struct piece *p, struct buf *out)
{
	text_put_quoted(out, span_of(p->data, p->len));
}

static void put_hex(const struct piece *p, struct buf *out)
{
	text_put_hex(span_of(p->data, p->len), out);
}

static void put_base64(const struct piece *p, struct buf *out)
{
	text_put_base64(span_of(p->data, p->len), out);
}

static void put_params(const struct piece *p, struct buf *out)
{
	struct span params = span_of(p->data, p->len);
	const char *between = "";
	struct span value;
	size_t at = 0;
	uint16_t key;

	while (svcparam_next(params, &at, &key, &value)) {
		buf_put_text(out, between);
		svcparam_format(key, value, out);
		between = " ";
	}
}

static void (*const put_field[FIELD_COUNT])(const struct piece *p, struct buf *out) = {
	[FIELD_U8] = put_number,
	[FIELD_U16] = put_number,
	[FIELD_U32] = put_number,
	[FIELD_TIME] = put_time,
	[FIELD_TYPE] = put_type,
	[FIELD_A] = put_v4,
	[FIELD_AAAA] = put_v6,
	[FIELD_NAME] = put_name,
	[FIELD_NAME_SHORT] = put_name,
	[FIELD_TEXT] = put_texts,
	[FIELD_TEXTS] = put_texts,
	[FIELD_TAG] = put_tag,
	[FIELD_SALT] = put_salt,
	[FIELD_HASH] = put_hash,
	[FIELD_TYPES] = put_types,
	[FIELD_QUOTED] = put_quoted,
	[FIELD_HEX] = put_hex,
	[FIELD_BASE64] = put_base64,
	[FIELD_PARAMS] = put_params,
};

static void put_opaque(struct span rdata, struct buf *out)
{
	buf_printf(out, "\\# %zu%s", rdata.len, rdata.len ? " " : "");
	text_put_hex(rdata, out);
}

void rdata_format(const struct message *m, const struct record *r, struct buf *out)
{
	const uint8_t *field = form_of(r->type);
	size_t end = r->rdata_at + r->rdata.len;
	size_t pos = r->rdata_at;

	if (!field) {
		put_opaque(r->rdata, out);
		return;
	}
	for (; *field != FIELD_END; field++) {
		struct piece p = {m->octets, pos, m->octets.data + pos, 0};

		if (field_skip(*field, m->octets, end, &pos) != 0)
			return;
		p.len = pos - p.at;
		/* Only bit maps and parameters may be empty without being shown. */
		if (p.at != r->rdata_at && (p.len > 0 || *field == FIELD_QUOTED))
			buf_put_u8(out, ' ');
		put_field[*field](&p, out);
	}
}
