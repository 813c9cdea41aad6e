/* SPDX-License-Identifier: BSD-3-Clause */

#include "svcparam.h"

#include "base/inet.h"
#include "octets.h"
#include "text.h"

#define KEY_MANDATORY 0

/* Keys in ascending order, `mandatory` itself not among them (RFC 9460 8). */
static bool is_key_list(struct span value)
{
	unsigned last = KEY_MANDATORY;

	for (size_t i = 0; i < value.len; i += 2) {
		if (get_u16(value.data + i) <= last)
			return false;
		last = get_u16(value.data + i);
	}
	return true;
}

/* Ids behind their lengths, none empty (RFC 9460 7.1.1). */
static bool is_id_list(struct span value)
{
	size_t at = 0;

	while (at < value.len) {
		size_t len = value.data[at];

		if (len == 0 || value.len - at - 1 < len)
			return false;
		at += 1 + len;
	}
	return true;
}

/* Inside the value-list, the comma and the backslash are escaped once more (RFC 9460 A.1). */
static void format_ids(struct span value, struct buf *out)
{
	for (size_t at = 0; at < value.len; at += 1 + (size_t)value.data[at]) {
		if (at > 0)
			buf_put_u8(out, ',');
		for (size_t i = 1; i <= value.data[at]; i++) {
			uint8_t octet = value.data[at + i];

			if (octet == ',' || octet == '\\')
				buf_put_text(out, "\\\\");
			text_put_bare(out, octet);
		}
	}
}

static void format_numbers(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i += 2)
		buf_printf(out, "%s%u", i ? "," : "", get_u16(value.data + i));
}

static void format_v4(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i += 4) {
		struct inet_addr addr = inet_addr_v4(value.data + i);
		char text[INET_TEXT_MAX];

		buf_printf(out, "%s%s", i ? "," : "", inet_addr_format(&addr, text));
	}
}

static void format_v6(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i += 16) {
		struct inet_addr addr = inet_addr_v6(value.data + i);
		char text[INET_TEXT_MAX];

		buf_printf(out, "%s%s", i ? "," : "", inet_addr_format(&addr, text));
	}
}

static void format_text(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i++)
		text_put_bare(out, value.data[i]);
}

static void format_keys(struct span value, struct buf *out);

/* The value is least to most octets long, in whole units. */
static const struct param {
	const char *text;
	uint16_t least;
	uint16_t most;
	uint16_t unit;
	bool (*has_form)(struct span value); /* beyond its length; may be NULL */
	void (*format)(struct span value, struct buf *out);
} params_known[] = {
	[KEY_MANDATORY] = {"mandatory", 2, UINT16_MAX, 2, is_key_list, format_keys},
	[1] = {"alpn", 2, UINT16_MAX, 1, is_id_list, format_ids},
	[2] = {"no-default-alpn", 0, 0, 1, NULL, format_text},
	[3] = {"port", 2, 2, 2, NULL, format_numbers},
	[4] = {"ipv4hint", 4, UINT16_MAX, 4, NULL, format_v4},
	[5] = {"ech", 0, UINT16_MAX, 1, NULL, text_put_base64},
	[6] = {"ipv6hint", 16, UINT16_MAX, 16, NULL, format_v6},
	[7] = {"dohpath", 0, UINT16_MAX, 1, NULL, format_text},
	[8] = {"ohttp", 0, 0, 1, NULL, format_text},
};

static const struct param *param_find(uint16_t key)
{
	return key < sizeof(params_known) / sizeof(params_known[0]) ? &params_known[key] : NULL;
}

static void format_key(uint16_t key, struct buf *out)
{
	const struct param *known = param_find(key);

	if (known)
		buf_put_text(out, known->text);
	else
		buf_printf(out, "key%u", key);
}

static void format_keys(struct span value, struct buf *out)
{
	for (size_t i = 0; i < value.len; i += 2) {
		if (i > 0)
			buf_put_u8(out, ',');
		format_key(get_u16(value.data + i), out);
	}
}

static int param_check(uint16_t key, struct span value)
{
	const struct param *known = param_find(key);

	if (!known)
		return 0;
	if (value.len < known->least || value.len > known->most || value.len % known->unit != 0)
		return ERR_FORMAT;
	return known->has_form && !known->has_form(value) ? ERR_FORMAT : 0;
}

bool svcparam_next(struct span params, size_t *pos, uint16_t *key, struct span *value)
{
	size_t at = *pos;
	size_t len;

	if (at > params.len || params.len - at < 4)
		return false;
	len = get_u16(params.data + at + 2);
	if (params.len - at - 4 < len)
		return false;
	*key = get_u16(params.data + at);
	*value = span_of(params.data + at + 4, len);
	*pos = at + 4 + len;
	return true;
}

int svcparams_check(struct span params)
{
	int last_key = -1;
	struct span value;
	uint16_t key;
	size_t at = 0;

	while (svcparam_next(params, &at, &key, &value)) {
		if (key <= last_key || param_check(key, value) != 0)
			return ERR_FORMAT;
		last_key = key;
	}
	return at == params.len ? 0 : ERR_FORMAT;
}

void svcparam_format(uint16_t key, struct span value, struct buf *out)
{
	const struct param *known = param_find(key);

	format_key(key, out);
	if (value.len == 0)
		return;
	buf_put_u8(out, '=');
	if (known)
		known->format(value, out);
	else
		format_text(value, out);
}
